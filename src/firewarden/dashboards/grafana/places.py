"""Where do the alerts of a language lead, as the boards stand in the package?"""

from firewarden.dashboards.grafana import shipped
from firewarden.dashboards.grafana.alerts.shape import Places
from firewarden.dashboards.grafana.catalogue import words
from firewarden.dashboards.grafana.kit.links import uid
from firewarden.dashboards.grafana.panels import panel_ids


def places(console: str, runbooks: str, language: str) -> Places:
    """The addresses, and the panels of the platform's board."""
    platform = shipped.boards(language).get("platform.json", {})
    ids = panel_ids(platform, words(language).texts)
    return Places(console=console, runbooks=runbooks, board=uid("platform", language), panels=ids)

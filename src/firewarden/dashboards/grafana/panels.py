"""Which panel of the platform's board shows what an alert rule asks for?"""

from collections.abc import Mapping
from typing import Any

from firewarden.dashboards.grafana.alerts.rules import RULES

FIGURES = tuple(dict.fromkeys(rule.figure for rule in RULES if rule.figure is not None))


def panel_ids(board: Mapping[str, Any], texts: Mapping[str, str]) -> dict[str, int]:
    """The ids of the panels that rules name, by their keys; `texts` are the boards' words in the board's language."""
    ids = {panel.get("title"): int(panel["id"]) for panel in board.get("panels", ()) if panel.get("type") != "row"}
    titles = {key: texts.get(f"platform.{key}.title") for key in FIGURES}
    return {key: ids[title] for key, title in titles.items() if title in ids}

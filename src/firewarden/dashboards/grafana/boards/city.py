"""City: does it burn anywhere, is everything connected, is today as every day?"""

from firewarden.dashboards.grafana.kit import links
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.limits import FEW_IS_GOOD, NONE_IS_GOOD, ONLINE
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.panels import pie, stat, table


def board(kit: Kit) -> Page:
    """The whole board."""
    page = Page(kit, span="now-7d", refresh="10s", variables=("district",), marks="city")
    page.section("now")
    page.add(
        "fires",
        stat(unit="none", limits=NONE_IS_GOOD),
        "now",
        at=(0, 0, 4, 4),
        fields=("fires",),
        link=links.DESK,
    )
    page.add("faults", stat(unit="none", limits=FEW_IS_GOOD), "now", at=(4, 0, 4, 4), fields=("faults",))
    page.add("online", stat(unit="percentunit", limits=ONLINE), "now", at=(0, 4, 8, 4), fields=("online_rate",))
    page.add("kinds", pie(unit="none"), "open_kinds", at=(8, 0, 6, 8), pivot=("kind", "n"), codes="condition")
    page.add(
        "districts",
        table(),
        "districts",
        at=(14, 0, 10, 8),
        fields=("district", "venues", "fires", "faults", "online_rate", "grade_d"),
        limits={"fires": NONE_IS_GOOD, "online_rate": ONLINE},
    )
    return page

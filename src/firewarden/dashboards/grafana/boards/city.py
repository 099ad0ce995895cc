"""City: does it burn anywhere, is everything connected, is today as every day?"""

from firewarden.dashboards.grafana.kit import limits, links
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.panels import geomap, pie, stat, table, time_series


def board(kit: Kit) -> Page:
    """The whole board."""
    page = Page(kit, span="now-7d", refresh="10s", variables=("district",), marks="city")
    page.section("now")
    _counts(page)
    _map(page)
    page.section("urgent")
    _open(page)
    page.section("course")
    _course(page)
    page.section("districts")
    _districts(page)
    return page


def _counts(page: Page) -> None:
    none, few = limits.NONE_IS_GOOD, limits.FEW_IS_GOOD
    page.add("fires", stat(unit="none", limits=none), "now", at=(0, 0, 3, 4), fields=("fires",), link=links.DESK)
    page.add("incidents", stat(unit="none", limits=few), "now", at=(3, 0, 3, 4), fields=("incidents",), link=links.DESK)
    page.add("online", stat(unit="percentunit", limits=limits.ONLINE), "now", at=(6, 0, 3, 4), fields=("online_rate",))
    page.add("intact", stat(unit="percentunit", limits=limits.INTACT), "now", at=(9, 0, 3, 4), fields=("intact_rate",))
    connected = stat(unit="percentunit", limits=limits.CONNECTED)
    page.add("connected", connected, "now", at=(0, 4, 3, 4), fields=("connected_rate",))
    page.add("gateways_out", stat(unit="none", limits=few), "now", at=(3, 4, 3, 4), fields=("gateways_out",))
    page.add("faults", stat(unit="none", limits=few), "now", at=(6, 4, 3, 4), fields=("faults",))
    page.add("shielded", stat(unit="none", limits=few), "now", at=(9, 4, 3, 4), fields=("shielded",))


def _map(page: Page) -> None:
    page.add("kinds", pie(unit="none"), "open_kinds", at=(0, 8, 6, 8), pivot=("kind", "n"), codes="condition")
    states = pie(unit="none")
    page.add("heard", states, "gateway_states", at=(6, 8, 6, 8), pivot=("gateway_state", "n"), codes="gateway_state")
    page.add(
        "map",
        geomap(colour="condition", layer=page.kit.text("map.title")),
        "venues",
        at=(12, 0, 12, 16),
        fields=("code", "name", "condition", "fires", "faults", "shielded", "grade", "lat", "lon", "venue_id"),
        cell_links={"code": links.VENUE, "name": links.board("venue", page.kit.language, venue="venue_id")},
    )


def _open(page: Page) -> None:
    page.add(
        "open",
        table(),
        "open_incidents",
        at=(0, 0, 18, 9),
        fields=("kind", "age_s", "venue_name", "point_name", "district", "state", "seat", "time", "venue_id"),
        limits={"age_s": limits.AGE_OPEN},
        cell_links={"venue_name": links.VENUE, "kind": links.DESK},
    )
    connection = pie(unit="none")
    page.add("states", connection, "connections", at=(18, 0, 6, 9), pivot=("connection", "n"), codes="connection")


def _course(page: Page) -> None:
    page.add(
        "usual",
        time_series(unit="none").time_from("now/d"),
        "usual",
        shape="time_series",
        at=(0, 0, 12, 9),
        fields=("current", "usual", "least", "most"),
        between=("least", "most"),
    )
    by_day = time_series(unit="none", bars=True)
    page.add("by_day", by_day, "kinds_by_day", shape="time_series", at=(12, 0, 12, 9), codes="condition")
    period = stat(unit="percentunit", limits=limits.INTACT)
    page.add("period_intact", period, "period", at=(0, 9, 6, 4), fields=("intact_rate",))
    silent = stat(unit="percentunit", limits=limits.ONLINE)
    page.add("period_online", silent, "period", at=(6, 9, 6, 4), fields=("online_rate",))
    share = stat(unit="percentunit", limits=limits.FALSE_SHARE)
    page.add("false_share", share, "false_alarms", at=(12, 9, 6, 4), fields=("false_share",))
    rate = stat(unit="none", limits=limits.FALSE_PER_100, decimals=1)
    page.add("false_rate", rate, "false_alarms", at=(18, 9, 6, 4), fields=("false_per_100",))


def _districts(page: Page) -> None:
    page.add(
        "districts",
        table(),
        "districts",
        at=(0, 0, 24, 9),
        fields=("district", "venues", "fires", "incidents", "faults", "online_rate", "intact_rate", "grade_d"),
        limits={"fires": limits.NONE_IS_GOOD, "online_rate": limits.ONLINE, "intact_rate": limits.INTACT},
        cell_links={"district": links.board("city", page.kit.language, district="district")},
    )

"""Facility health: what is out of order, for how long, how fast is it repaired, and where is it worst?"""

from firewarden.dashboards.grafana.kit import limits, links
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.panels import bar_gauge, stat, table, time_series

RATES = {"intact_rate": limits.INTACT}


def board(kit: Kit) -> Page:
    """The whole board."""
    page = Page(kit, span="now-7d", refresh="30s", variables=("district",), marks="city")
    page.section("now")
    _now(page)
    page.section("repair")
    _repair(page)
    page.section("where")
    _where(page)
    page.section("what")
    _what(page)
    return page


def _now(page: Page) -> None:
    few = limits.FEW_IS_GOOD
    intact = stat(unit="percentunit", limits=limits.INTACT)
    page.add("intact", intact, "now", at=(0, 0, 4, 4), fields=("intact_rate",))
    page.add("faults", stat(unit="none", limits=few), "now", at=(4, 0, 4, 4), fields=("faults",))
    page.add("faults_day", stat(unit="none", limits=few), "now", at=(8, 0, 4, 4), fields=("faults_day",))
    page.add("shielded_points", stat(unit="none", limits=few), "now", at=(0, 4, 4, 4), fields=("shielded",))
    page.add("manual", stat(unit="none", limits=limits.NONE_IS_GOOD), "now", at=(4, 4, 4, 4), fields=("manual",))
    page.add("venues_faulty", stat(unit="none", limits=few), "now", at=(8, 4, 4, 4), fields=("venues_faulty",))
    ages = ("under_day", "under_week", "under_month", "over_month")
    page.add("ages", bar_gauge(unit="none", rows=False), "now", at=(12, 0, 12, 8), fields=ages)


def _repair(page: Page) -> None:
    share = stat(unit="percentunit", limits=limits.IN_TIME)
    page.add("within_day", share, "repairs", at=(0, 0, 4, 4), fields=("within_day_share",))
    page.add("repaired", stat(unit="none"), "repairs", at=(0, 4, 4, 4), fields=("repaired",))
    times = ("repair_p50_s", "repair_p90_s")
    page.add("repair_time", stat(unit="s", limits=limits.AGE_FAULT), "repairs", at=(4, 0, 4, 8), fields=times)
    page.add(
        "repair_course", time_series(unit="s"), "repair_course", shape="time_series", at=(8, 0, 8, 8), fields=times
    )
    page.add(
        "balance", time_series(unit="none"), "balance", shape="time_series", at=(16, 0, 8, 8), fields=("began", "ended")
    )


def _where(page: Page) -> None:
    counts = ("all_points", "faults", "shielded", "intact_rate")
    page.add("systems", table(), "systems", at=(0, 0, 12, 8), fields=("system_kind", *counts), limits=RATES)
    page.add("components", table(), "components", at=(12, 0, 12, 8), fields=("component", *counts), limits=RATES)
    page.add(
        "districts",
        table(),
        "districts",
        at=(0, 8, 8, 8),
        fields=("district", *counts),
        limits=RATES,
        cell_links={"district": links.board("health", page.kit.language, district="district")},
    )
    maker = ("profile", "all_points", "faults", "intact_rate")
    page.add("profiles", table(), "profiles", at=(8, 8, 6, 8), fields=maker, limits=RATES)
    page.add(
        "venues",
        table(),
        "venues",
        at=(14, 8, 10, 8),
        fields=("venue_name", *counts, "venue_id"),
        limits=RATES,
        cell_links={"venue_name": links.board("venue", page.kit.language, venue="venue_id")},
    )


def _what(page: Page) -> None:
    place = ("venue_name", "point_name", "floor", "system_kind", "component", "district", "venue_id")
    page.add(
        "open_faults",
        table(),
        "open_faults",
        at=(0, 0, 24, 9),
        fields=("condition", "age_s", *place),
        limits={"age_s": limits.AGE_FAULT},
        cell_links={"venue_name": links.VENUE},
    )
    page.add(
        "shields",
        table(),
        "shielded",
        at=(0, 9, 24, 9),
        fields=("age_s", *place),
        limits={"age_s": limits.AGE_FAULT},
        cell_links={"venue_name": links.VENUE},
    )

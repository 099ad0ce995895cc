"""Duty desk: are fire signals taken and judged in time, who carries how much, what was false, who answers checks?"""

from firewarden.dashboards.grafana.kit import limits, links
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.panels import pie, stat, table, time_series


def board(kit: Kit) -> Page:
    """The whole board."""
    page = Page(kit, span="now-12h", refresh="10s", variables=("district",), marks="city")
    page.section("now")
    _now(page)
    page.section("clocks")
    _clocks(page)
    page.section("load")
    _load(page)
    page.section("false_alarms")
    _false_alarms(page)
    page.section("checks")
    _checks(page)
    return page


def _now(page: Page) -> None:
    none, few = limits.NONE_IS_GOOD, limits.FEW_IS_GOOD
    page.add(
        "fires_new", stat(unit="none", limits=none), "now", at=(0, 0, 4, 4), fields=("fires_new",), link=links.DESK
    )
    page.add(
        "oldest", stat(unit="s", limits=limits.TAKE), "now", at=(4, 0, 4, 4), fields=("oldest_s",), link=links.DESK
    )
    page.add("fires", stat(unit="none", limits=few), "now", at=(8, 0, 4, 4), fields=("fires",))
    page.add("incidents_new", stat(unit="none", limits=few), "now", at=(12, 0, 4, 4), fields=("incidents_new",))
    page.add("incidents_taken", stat(unit="none"), "now", at=(16, 0, 4, 4), fields=("incidents_taken",))
    page.add("seats_busy", stat(unit="none"), "now", at=(20, 0, 4, 4), fields=("seats",))


def _clocks(page: Page) -> None:
    bounds = (("shown", limits.SHOW), ("take", limits.TAKE), ("judge", limits.JUDGE))
    for at, (clock, limit) in enumerate(bounds):
        fields = (f"{clock}_p50_s", f"{clock}_p95_s")
        page.add(
            f"{clock}_clock", stat(unit="s", limits=limit, decimals=1), "clocks", at=(8 * at, 0, 5, 4), fields=fields
        )
    for at, breach in enumerate(("breaches_show", "breaches_take", "breaches_judge")):
        look = stat(unit="none", limits=limits.NONE_IS_GOOD)
        page.add(breach, look, "clocks", at=(8 * at + 5, 0, 3, 4), fields=(breach,))
    page.add(
        "clock_course",
        time_series(unit="s"),
        "clock_course",
        shape="time_series",
        at=(0, 4, 12, 9),
        fields=("shown_p95_s", "take_p95_s", "judge_p95_s"),
    )
    page.add(
        "breaches",
        table(),
        "breaches",
        at=(12, 4, 12, 9),
        fields=("time", "kind", "venue_name", "shown_s", "take_s", "judge_s", "seat", "class", "venue_id"),
        limits={"shown_s": limits.SHOW, "take_s": limits.TAKE, "judge_s": limits.JUDGE},
        cell_links={"venue_name": links.VENUE},
    )


def _load(page: Page) -> None:
    page.add(
        "seats",
        table(),
        "seats",
        at=(0, 0, 12, 9),
        fields=("seat", "taken", "fire_signals", "still_open", "take_p95_s", "judge_p95_s", "last_at"),
        limits={"take_p95_s": limits.TAKE, "judge_p95_s": limits.JUDGE},
    )
    page.add(
        "flood",
        time_series(unit="none", limits=limits.FLOOD),
        "flood",
        shape="time_series",
        at=(12, 0, 12, 9),
        fields=("fire_signals", "other_incidents", "for_each_seat"),
    )


def _false_alarms(page: Page) -> None:
    page.add("classes", pie(unit="none"), "classes", at=(0, 0, 6, 9), pivot=("class", "n"), codes="class")
    page.add("components", table(), "false_components", at=(6, 0, 6, 9), fields=("component", "false_alarms"))
    page.add(
        "false_points",
        table(),
        "false_points",
        at=(12, 0, 12, 9),
        fields=("venue_name", "point_name", "component", "false_alarms", "raises", "last_at", "venue_id"),
        cell_links={"venue_name": links.VENUE},
    )


def _checks(page: Page) -> None:
    share = stat(unit="percentunit", limits=limits.IN_TIME)
    page.add("answered", share, "checks", at=(0, 0, 4, 4), fields=("answered_share",))
    page.add("missed", stat(unit="none", limits=limits.FEW_IS_GOOD), "checks", at=(0, 4, 4, 4), fields=("missed",))
    page.add("answer_time", stat(unit="s"), "checks", at=(4, 0, 4, 4), fields=("answered_p95_s",))
    page.add("asked", stat(unit="none"), "checks", at=(4, 4, 4, 4), fields=("asked",))
    by_day = time_series(unit="none", bars=True)
    page.add("checks_by_day", by_day, "checks_by_day", shape="time_series", at=(8, 0, 8, 8), codes="command_state")
    page.add(
        "checks_missed",
        table(),
        "checks_missed",
        at=(16, 0, 8, 8),
        fields=("venue_name", "missed", "asked", "last_at", "venue_id"),
        cell_links={"venue_name": links.VENUE},
    )

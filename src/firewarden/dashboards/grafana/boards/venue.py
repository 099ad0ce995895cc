"""Venue: what is this place, what is wrong there now, and what was before?"""

from firewarden.dashboards.grafana.kit import limits, links
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.panels import bar_chart, stat, state_timeline, table, time_series

CHOICES = ("district", "venue", "system", "point")


def board(kit: Kit) -> Page:
    """The whole board."""
    page = Page(kit, span="now-24h", refresh="30s", variables=CHOICES, marks="venue")
    page.section("now")
    _now(page)
    page.section("course")
    _course(page)
    page.section("water")
    for quantity, unit, x in (("pressure", "suffix: MPa", 0), ("level", "percent", 12)):
        plot = time_series(unit=unit, table_legend=True).span_nulls(7_200_000)
        statement = f"readings_{quantity}"
        edges = ("low", "high")
        page.add(
            quantity,
            plot,
            statement,
            shape="time_series",
            at=(x, 0, 12, 10),
            fields=edges,
            edges=edges,
            link=links.CHOSEN_VENUE,
        )
    page.section("risk")
    _risk(page)
    return page


def _now(page: Page) -> None:
    none, few = limits.NONE_IS_GOOD, limits.FEW_IS_GOOD
    fires = stat(unit="none", limits=none)
    page.add("fires", fires, "profile", at=(0, 0, 3, 4), fields=("fires",), link=links.DESK)
    page.add(
        "grade",
        stat(unit="none", words=True),
        "profile",
        at=(3, 0, 3, 4),
        fields=("grade",),
        link=links.CHOSEN_VENUE_RISK,
    )
    page.add("faults", stat(unit="none", limits=few), "profile", at=(6, 0, 3, 4), fields=("faults",))
    page.add("shielded", stat(unit="none", limits=few), "profile", at=(9, 0, 3, 4), fields=("shielded",))
    page.add(
        "online", stat(unit="percentunit", limits=limits.ONLINE), "profile", at=(12, 0, 3, 4), fields=("online_rate",)
    )
    profile = ("code", "name", "use", "district", "key_unit", "area_m2", "points_n", "venue_id")
    page.add("profile", table(), "profile", at=(0, 4, 15, 4), fields=profile, cell_links={"name": links.VENUE})
    parts = bar_chart(unit="none", stacked=True, horizontal=True)
    said = ("system_kind", "normal", "alarmed", "fault", "shielded", "others")
    page.add("points", parts, "points", at=(15, 0, 9, 8), fields=said)
    page.add(
        "gateways",
        table(),
        "gateways",
        at=(0, 8, 24, 5),
        fields=(
            "gateway_id",
            "gateway_state",
            "silent_s",
            "connection",
            "protocol",
            "heard_at",
            "link_since",
            "link_end_reason",
            "clock_skew_s",
            "open_gaps",
            "missing_messages",
        ),
        cell_links={"gateway_id": links.GATEWAY},
    )


def _course(page: Page) -> None:
    bands = ("fire", "manual_alarm", "supervise", "fault", "manual", "shielded", "offline", "test")
    page.add("timeline", state_timeline(), "timeline", at=(0, 0, 24, 8), fields=("time", *bands), codes="condition")
    page.add(
        "out_of_order",
        table(),
        "out_of_order",
        at=(0, 8, 12, 9),
        fields=("condition", "age_s", "name", "floor", "system_kind", "component", "since"),
        limits={"age_s": limits.AGE_FAULT},
    )
    page.add(
        "incidents",
        table(),
        "incidents",
        at=(12, 8, 12, 9),
        fields=("time", "kind", "point_name", "state", "class", "take_s", "close_s", "raises", "venue_id"),
        cell_links={"time": links.VENUE},
    )


def _risk(page: Page) -> None:
    score = time_series(unit="none", limits=limits.SCORE).time_from("30d")
    page.add(
        "score", score, "score", shape="time_series", at=(0, 0, 12, 8), fields=("score",), link=links.CHOSEN_VENUE_RISK
    )
    bars = bar_chart(unit="none", horizontal=True)
    page.add("factors", bars, "factors", at=(12, 0, 12, 8), fields=("factor", "points"), link=links.CHOSEN_VENUE_RISK)

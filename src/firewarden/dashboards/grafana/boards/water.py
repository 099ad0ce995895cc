"""Water: would it come if it burned now? Pressure, level, pumps and street mains."""

from grafana_foundation_sdk.models.common import LineInterpolation

from firewarden.dashboards.grafana.kit import limits, links
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.panels import bar_chart, histogram, pie, stat, table, time_series

CHOICES = ("district", "venue", "system", "point")


def board(kit: Kit) -> Page:
    """The whole board."""
    page = Page(kit, span="now-24h", refresh="30s", variables=CHOICES, marks="venue")
    page.section("now")
    _now(page)
    page.section("mains")
    _mains(page)
    page.section("venue")
    for quantity, unit, x in (("pressure", "suffix: MPa", 0), ("level", "percent", 12)):
        plot = time_series(unit=unit, table_legend=True).span_nulls(7_200_000)
        edges = ("low", "high")
        page.add(
            quantity,
            plot,
            f"readings_{quantity}",
            shape="time_series",
            at=(x, 0, 12, 10),
            fields=edges,
            edges=edges,
            link=links.CHOSEN_VENUE,
        )
    return page


def _now(page: Page) -> None:
    none, few = limits.NONE_IS_GOOD, limits.FEW_IS_GOOD
    for x, key, judged in (
        (0, "below", none),
        (3, "pumps_manual", none),
        (6, "leaks", few),
        (9, "above", few),
    ):
        page.add(key, stat(unit="none", limits=judged), "now", at=(x, 0, 3, 4), fields=(key,))
    page.add("venues_below", stat(unit="none", limits=none), "now", at=(0, 4, 4, 4), fields=("venues_below",))
    page.add("sensors_doubted", stat(unit="none", limits=few), "now", at=(4, 4, 4, 4), fields=("sensors_doubted",))
    page.add("unheard", stat(unit="none", limits=few), "now", at=(8, 4, 4, 4), fields=("unheard",))
    page.add("findings", pie(unit="none"), "findings", at=(0, 8, 12, 8), pivot=("finding", "n"), codes="water_kind")
    page.add(
        "out_of_band",
        table(),
        "out_of_band",
        at=(12, 0, 12, 16),
        fields=(
            "finding",
            "venue_name",
            "name",
            "last_value",
            "low",
            "high",
            "unit",
            "last_at",
            "finding_since",
            "system_kind",
            "district",
            "venue_id",
        ),
        cell_links={"venue_name": links.VENUE, "name": links.board("water", page.kit.language, venue="venue_id")},
    )
    bands = bar_chart(unit="none", stacked=True, horizontal=True)
    page.add("bands", bands, "bands", at=(0, 16, 8, 8), fields=("system_kind", "within", "below", "above", "unheard"))
    page.add("position", histogram(unit="percent", bucket=10), "position", at=(8, 16, 8, 8), fields=("position",))
    page.add(
        "manual",
        table(),
        "manual",
        at=(16, 16, 8, 8),
        fields=("venue_name", "point_name", "duration_s", "system_kind", "since", "venue_id"),
        limits={"duration_s": limits.AGE_FAULT},
        cell_links={"venue_name": links.VENUE},
    )


def _mains(page: Page) -> None:
    several = time_series(unit="none", limits=limits.SEVERAL).line_interpolation(LineInterpolation.STEP_AFTER)
    page.add("mains", several, "mains", shape="time_series", at=(0, 0, 14, 8))
    page.add("bursts", table(), "bursts", at=(14, 0, 10, 8), fields=("district", "venues", "since", "codes"))

"""What have the detectors to say of a plot of water? The band that is usual, and where something was found."""

from datetime import datetime

from firewarden.api.risk_water import WaterFinding, WaterMarks
from firewarden.api.rows import PressureSeries, Series
from firewarden.dashboards.console.elements import box, icon, text
from firewarden.dashboards.console.formats import epoch_ms, moment
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.venue_plot import Option, colour, label, units

FOUND_COLOUR = "#d9423a"
FINDINGS_SHOWN = 8


def add_marks(
    options: dict[str, Option], pressures: PressureSeries, focus: int, marks: WaterMarks, texts: Texts
) -> None:
    """Put the usual band and the findings of the series at `focus` into its plot."""
    lines = options["series"]
    assert isinstance(lines, list)
    series = pressures.series[focus]
    axis = min(units(pressures).index(series.unit), 1)
    lines += _usual(series, focus, marks, texts, axis)
    found = [each for each in marks.findings if each.point_id == series.point_id]
    if found:
        lines.append(_found(found, series, pressures, texts, axis))


def _usual(series: Series, focus: int, marks: WaterMarks, texts: Texts, axis: int) -> list[Option]:
    """Two lines, of which the upper one is stacked on the lower: what lies between is filled."""
    band = marks.usual.get(series.point_id, ())
    if not band:
        return []
    common: dict[str, Option] = {
        "type": "line",
        "stack": "usual",
        "stackStrategy": "all",
        "yAxisIndex": axis,
        "showSymbol": False,
        "silent": True,
        "z": 1,
        "color": colour(focus),
        "lineStyle": {"width": 0},
        "tooltip": {"show": False},
    }
    low: list[Option] = [[epoch_ms(each.at), round(each.low, 4)] for each in band]
    apart: list[Option] = [[epoch_ms(each.at), round(each.high - each.low, 4)] for each in band]
    name = texts("risk.usual_band")
    return [
        {**common, "name": f"{name} ", "data": low},
        {**common, "name": name, "data": apart, "areaStyle": {"opacity": 0.22}},
    ]


def _found(found: list[WaterFinding], series: Series, pressures: PressureSeries, texts: Texts, axis: int) -> Option:
    """A pin where each began, and a shade as long as it held."""
    spans: list[Option] = []
    pins: list[Option] = []
    for each in found:
        since, until = max(each.began_at, pressures.since), each.ended_at or pressures.until
        spans.append([{"xAxis": epoch_ms(since)}, {"xAxis": epoch_ms(min(until, pressures.until))}])
        if each.began_at >= pressures.since:
            value = each.value if each.value is not None else _nearest(series, each.began_at)
            pins.append({"value": [epoch_ms(each.began_at), value], "name": texts.name("water_kind", each.what)})
    return {
        "name": texts("risk.found"),
        "type": "scatter",
        "symbol": "pin",
        "symbolSize": 26,
        "color": FOUND_COLOUR,
        "yAxisIndex": axis,
        "z": 5,
        "data": pins,
        "label": {"show": True, "formatter": "{b}", "position": "left", "color": FOUND_COLOUR},
        "markArea": {"silent": True, "itemStyle": {"color": FOUND_COLOUR, "opacity": 0.08}, "data": spans},
    }


def _nearest(series: Series, at: datetime) -> float:
    return min(series.samples, key=lambda sample: abs((sample.at - at).total_seconds())).mean


def finding_lines(marks: WaterMarks, pressures: PressureSeries, texts: Texts) -> None:
    """The findings in words, those that hold first."""
    points = {series.point_id: series for series in pressures.series}
    ordered = sorted(marks.findings, key=lambda each: (each.ended_at is not None, -each.began_at.timestamp()))
    for each in ordered[:FINDINGS_SHOWN]:
        with box("row-item", data_testid=f"water-{each.what}"):
            icon("water_drop")
            with box("row-main"):
                text(texts.name("water_kind", each.what), tag="b")
                if each.point_id in points:
                    text(label(points[each.point_id], texts), tag="small")
            with box("row-end"):
                text(texts("risk.holds") if each.ended_at is None else texts("risk.over"), "tag")
                until = "…" if each.ended_at is None else moment(each.ended_at)
                text(f"{moment(each.began_at)} – {until}", tag="small")

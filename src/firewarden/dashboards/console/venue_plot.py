"""How is the water of a venue drawn? Series and bands to the options of the chart."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import pairwise
from statistics import median

from firewarden.api.risk_rows import RiskScore
from firewarden.api.rows import PressureSeries, Sample, Series
from firewarden.dashboards.console.formats import epoch_ms, measured
from firewarden.dashboards.console.i18n import Texts

SERIES_COLOURS = ("#3d8fd9", "#e0873a", "#35a57a", "#b06fd8", "#c9a227", "#d95f6e", "#4fb3c4", "#8a93a6")
"""Told apart in both themes and by most colour-blind people; the legend names them as well."""

HOLE_INTERVALS = 4
"""A hole longer than so many usual intervals of a series breaks its line, which would otherwise claim a measurement."""

Option = str | int | float | bool | None | list["Option"] | dict[str, "Option"]


class Span(StrEnum):
    """How far back a plot looks."""

    HOUR = "1h"
    SIX_HOURS = "6h"
    DAY = "24h"
    WEEK = "7d"
    MONTH = "30d"
    YEAR = "1y"

    @property
    def length(self) -> timedelta:
        """The stretch of time shown."""
        return _LENGTHS[self]


_LENGTHS: Mapping[Span, timedelta] = {
    Span.HOUR: timedelta(hours=1),
    Span.SIX_HOURS: timedelta(hours=6),
    Span.DAY: timedelta(days=1),
    Span.WEEK: timedelta(days=7),
    Span.MONTH: timedelta(days=30),
    Span.YEAR: timedelta(days=365),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Ink:
    """The greys of a theme, which a canvas cannot take from the style sheet."""

    text: str
    line: str
    panel: str


INK_DARK = Ink(text="#9aa8ba", line="#222d3b", panel="#182130")
INK_LIGHT = Ink(text="#556273", line="#dde3ea", panel="#ffffff")


def outside(series: Series) -> bool | None:
    """Whether the newest value lies outside the band; None where there is no value or no band."""
    if not series.samples or (series.low is None and series.high is None):
        return None
    value = series.latest
    return (series.low is not None and value < series.low) or (series.high is not None and value > series.high)


def label(series: Series, texts: Texts) -> str:
    """What the legend calls a series."""
    # Only its gateway tells a point that nobody named from another such one.
    name = f"{series.floor} {series.name}".strip() or f"{series.gateway_id} {series.address}"
    return f"{name} · {texts.name('quantity', series.quantity)}"


def colour(index: int) -> str:
    """The colour of the series at `index`."""
    return SERIES_COLOURS[index % len(SERIES_COLOURS)]


def units(pressures: PressureSeries) -> tuple[str, ...]:
    """The units in use, the most frequent first: the first has the left axis, the second the right."""
    found = [series.unit for series in pressures.series if series.samples]
    return tuple(sorted(set(found), key=lambda unit: (-found.count(unit), unit)))


def worst(pressures: PressureSeries) -> int:
    """The index of the series to look at first: one outside its band, else the first with samples, else 0."""
    drawn = [index for index, series in enumerate(pressures.series) if series.samples]
    return next((index for index in drawn if outside(pressures.series[index])), drawn[0] if drawn else 0)


def water_options(
    pressures: PressureSeries, focus: int, texts: Texts, ink: Ink, *, alone: bool = False
) -> dict[str, Option]:
    """The chart of all series with samples, and the band of the one at `focus`, which may be shown alone.

    Times are milliseconds since 1970; the browser writes them locally.
    """
    axes = units(pressures)
    scale = "axisDay" if pressures.until - pressures.since > timedelta(days=2) else "axisTime"
    drawn = [(index, series) for index, series in enumerate(pressures.series) if series.samples]
    return {
        "animation": False,
        "textStyle": {"color": ink.text, "fontFamily": "inherit"},
        "grid": {"left": 54, "right": 54 if len(axes) > 1 else 20, "top": 58, "bottom": 30},
        "legend": {
            "type": "scroll",
            "top": 4,
            "left": 8,
            "right": 8,
            "textStyle": {"color": ink.text},
            "itemHeight": 8,
            "inactiveColor": ink.line,
            "selected": {label(series, texts): index == focus or not alone for index, series in drawn},
        },
        "tooltip": {
            "trigger": "axis",
            "backgroundColor": ink.panel,
            "borderColor": ink.line,
            "textStyle": {"color": ink.text},
            ":formatter": "(items) => firewarden.tooltip(items)",
        },
        "xAxis": {
            "type": "time",
            "min": epoch_ms(pressures.since),
            "max": epoch_ms(pressures.until),
            "axisLine": {"lineStyle": {"color": ink.line}},
            "axisLabel": {"color": ink.text, "hideOverlap": True, ":formatter": f"(ms) => firewarden.{scale}(ms)"},
        },
        "yAxis": [_axis(unit, ink, first=index == 0) for index, unit in enumerate(axes[:2] or ("",))],
        "series": _series_drawn(drawn, focus, texts, pressures.step_s, axes, alone=alone),
    }


def _series_drawn(
    drawn: list[tuple[int, Series]], focus: int, texts: Texts, step_s: float, axes: tuple[str, ...], *, alone: bool
) -> list[Option]:
    """A line for each series, and hollow points where its readings came late."""
    lines: list[Option] = [
        {
            **_line(index, series, texts, step_s),
            "yAxisIndex": min(axes.index(series.unit), 1),
            "lineStyle": {"width": 2.2 if index == focus else 1.2},
            "z": 3 if index == focus else 2,
            "markArea": _band(series, index) if index == focus else None,
            "markLine": _edges(series, index) if index == focus else None,
        }
        for index, series in drawn
    ]
    late: list[Option] = [
        _late_points(index, series, texts, axes)
        for index, series in drawn
        if (index == focus or not alone) and any(sample.late for sample in series.samples)
    ]
    return [*lines, *late]


def late_readings(pressures: PressureSeries) -> int:
    """How many of the readings were old when they arrived."""
    return sum(sample.late or 0 for series in pressures.series for sample in series.samples)


def _late_points(index: int, series: Series, texts: Texts, axes: tuple[str, ...]) -> dict[str, Option]:
    """Hollow points over the line where readings were old when they arrived."""
    return {
        "name": texts("venue.late_readings"),
        "type": "scatter",
        "symbol": "emptyCircle",
        "symbolSize": 7,
        "color": colour(index),
        "yAxisIndex": min(axes.index(series.unit), 1),
        "z": 4,
        "data": [[epoch_ms(sample.at), round(sample.mean, 4)] for sample in series.samples if sample.late],
    }


def _axis(unit: str, ink: Ink, *, first: bool) -> Option:
    return {
        "type": "value",
        "name": unit,
        "scale": True,
        "nameTextStyle": {"color": ink.text},
        "axisLabel": {"color": ink.text},
        "splitLine": {"show": first, "lineStyle": {"color": ink.line}},
    }


def _line(index: int, series: Series, texts: Texts, step_s: float) -> dict[str, Option]:
    return {
        "name": label(series, texts),
        "type": "line",
        "showSymbol": len(series.samples) == 1,
        "symbolSize": 4,
        "color": colour(index),
        "data": _with_holes(series.samples, step_s),
    }


def _with_holes(samples: tuple[Sample, ...], step_s: float) -> list[Option]:
    gaps_s = [(after.at - before.at).total_seconds() for before, after in pairwise(samples)]
    usual_s = median(gaps_s) if gaps_s else step_s
    data: list[Option] = []
    last: datetime | None = None
    for sample in samples:
        if last is not None and (sample.at - last).total_seconds() > HOLE_INTERVALS * max(step_s, usual_s):
            data.append([epoch_ms(last + timedelta(seconds=step_s)), None])
        data.append([epoch_ms(sample.at), round(sample.mean, 4)])
        last = sample.at
    return data


def _band(series: Series, index: int) -> Option:
    if series.low is None and series.high is None:
        return None
    lower: dict[str, Option] = {"yAxis": series.low} if series.low is not None else {"y": "100%"}
    upper: dict[str, Option] = {"yAxis": series.high} if series.high is not None else {"y": "0%"}
    return {
        "silent": True,
        "itemStyle": {"color": colour(index), "opacity": 0.1},
        "data": [[lower, upper]],
    }


def _edges(series: Series, index: int) -> Option:
    """The limits as thin lines, so that they are seen where the band fills the plot."""
    return {
        "silent": True,
        "symbol": "none",
        "label": {"position": "insideEndTop", "color": colour(index)},
        "lineStyle": {"color": colour(index), "type": "dashed", "opacity": 0.6},
        "data": [{"yAxis": limit} for limit in (series.low, series.high) if limit is not None],
    }


def band_text(series: Series, texts: Texts) -> str:
    """The normal band in words; an open end shows as a dash."""
    if series.low is None and series.high is None:
        return texts("venue.no_band")
    low = "…" if series.low is None else f"{series.low:g}"
    high = "…" if series.high is None else f"{series.high:g}"
    return texts("venue.band", low=low, high=high, unit=series.unit)


def latest_text(series: Series) -> str:
    """The newest value with its unit."""
    return measured(series.latest, series.unit)


GRADE_LINES = (30, 55, 75)


def score_options(
    history: tuple[RiskScore, ...], *, now: datetime, since: datetime, ink: Ink, lines: bool = False
) -> dict[str, Option]:
    """The line of past scores, as steps up to `now`; `history` is newest first. `lines`: where the grades change."""
    data: list[Option] = [[epoch_ms(max(score.at, since)), score.score] for score in reversed(history)]
    if history:
        data.append([epoch_ms(now), history[0].score])
    return {
        "animation": False,
        "grid": {"left": 30, "right": 8, "top": 8, "bottom": 20},
        "tooltip": {
            "trigger": "axis",
            "backgroundColor": ink.panel,
            "borderColor": ink.line,
            "textStyle": {"color": ink.text},
            ":formatter": "(items) => firewarden.tooltip(items)",
        },
        "xAxis": {
            "type": "time",
            "min": epoch_ms(since),
            "max": epoch_ms(now),
            "splitNumber": 4,
            "axisLine": {"lineStyle": {"color": ink.line}},
            "axisTick": {"show": False},
            "axisLabel": {"color": ink.text, "hideOverlap": True, ":formatter": "(ms) => firewarden.axisDay(ms)"},
        },
        "yAxis": {
            "type": "value",
            "min": 0,
            "max": 100,
            "interval": 50,
            "axisLabel": {"color": ink.text},
            "splitLine": {"lineStyle": {"color": ink.line}},
        },
        "series": [
            {
                "type": "line",
                "step": "end",
                "showSymbol": False,
                "color": SERIES_COLOURS[0],
                "areaStyle": {"opacity": 0.15},
                "lineStyle": {"width": 1.6},
                "data": data,
                "markLine": _grade_lines(ink) if lines else None,
            }
        ],
    }


def _grade_lines(ink: Ink) -> Option:
    return {
        "silent": True,
        "symbol": "none",
        "label": {"show": False},
        "lineStyle": {"color": ink.text, "type": "dashed", "opacity": 0.5},
        "data": [{"yAxis": line} for line in GRADE_LINES],
    }

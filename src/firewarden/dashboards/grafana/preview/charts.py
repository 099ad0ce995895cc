"""How does a panel become a chart of ECharts? Pure."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import cast

from firewarden.dashboards.grafana.preview.axes import (
    Option,
    Options,
    grid,
    legend,
    name_axis,
    time_axis,
    value_axis,
)
from firewarden.dashboards.grafana.preview.bars import bars, histogram, pie
from firewarden.dashboards.grafana.preview.frames import Cell, Frame, Json, Series, series_of
from firewarden.dashboards.grafana.preview.looks import PALETTE, Panel, colour, mapped

FEW_POINTS = 2
"""A line of so few points is drawn with symbols, or nothing would be seen."""

STRETCH = """(params, api) => {
  const start = api.coord([api.value(1), api.value(0)]), end = api.coord([api.value(2), api.value(0)]);
  const height = api.size([0, 1])[1] * 0.7, width = Math.max(1, end[0] - start[0]);
  return {type: 'rect', shape: {x: start[0], y: start[1] - height / 2, width, height}, style: api.style()};
}"""


def chart_of(panel: Panel, frames: Sequence[Frame]) -> Options | None:
    """The options of a panel that is drawn as a chart, or None for one that is not, or has nothing to draw."""
    draw = _DRAWN.get(panel.kind)
    if draw is None or not any(frame.rows for frame in frames):
        return None
    look: Options = {"animation": False, "textStyle": {"fontFamily": "inherit"}, "backgroundColor": "transparent"}
    return {**look, **draw(panel, frames)}


def _time_series(panel: Panel, frames: Sequence[Frame]) -> Options:
    lines = [line for frame in frames for line in series_of(frame)]
    looks = [panel.field(line.name) for line in lines]
    common = panel.field("")
    series = [_line(panel, line, look, at) for at, (line, look) in enumerate(zip(lines, looks, strict=True))]
    if series:
        series[0]["markLine"] = _limits(common)
    unit = str((looks[0] if looks else common).get("unit") or "")
    return {
        "grid": grid(len(lines)),
        "legend": legend(len(lines)),
        "tooltip": {"trigger": "axis"},
        "xAxis": time_axis(),
        "yAxis": value_axis(unit, low=common.get("min"), high=common.get("max"), scale=common.get("min") is None),
        "series": series,
    }


def _line(panel: Panel, line: Series, look: Mapping[str, object], at: int) -> Options:
    style = look.get("custom.drawStyle")
    words = mapped(line.name, look)
    fill = float(cast("float", look.get("custom.fillOpacity") or 0)) / 100
    stacking = cast("Json", look.get("custom.stacking") or {}).get("mode")
    return {
        "name": words[0] if words else panel.called(line.name),
        "type": "bar" if style == "bars" else "line",
        "step": "end" if look.get("custom.lineInterpolation") in {"stepAfter", "stepBefore"} else False,
        "stack": "all" if stacking in {"normal", "percent"} else None,
        "showSymbol": style == "points" or len(line.points) <= FEW_POINTS,
        "symbolSize": 4,
        "color": _line_colour(look, words, at),
        "lineStyle": {"width": 0 if style == "points" else 1.5},
        "areaStyle": {"opacity": fill} if fill and style != "bars" else None,
        "data": [[panel.moment(moment), value] for moment, value in line.points],
    }


def _line_colour(look: Mapping[str, object], words: tuple[str, str | None] | None, at: int) -> str:
    own = cast("Json", look.get("color") or {})
    if own.get("mode") == "fixed":
        return colour(own.get("fixedColor"), PALETTE[at % len(PALETTE)])
    return colour(words[1] if words else None, PALETTE[at % len(PALETTE)])


def _limits(look: Mapping[str, object]) -> Options | None:
    if cast("Json", look.get("custom.thresholdsStyle") or {}).get("mode", "off") == "off":
        return None
    steps = cast("Sequence[Json]", cast("Json", look.get("thresholds") or {}).get("steps") or ())
    lines: list[Option] = [
        {"yAxis": step["value"], "lineStyle": {"color": colour(step.get("color")), "type": "dashed"}}
        for step in steps
        if step.get("value") is not None
    ]
    return {"silent": True, "symbol": "none", "label": {"show": False}, "data": lines}


def _state_timeline(panel: Panel, frames: Sequence[Frame]) -> Options:
    stretches: list[Option] = []
    lanes: list[str] = []
    for frame in frames:
        time = frame.times()
        for line in _lanes(frame, time) if time else ():
            lanes.append(panel.called(line[0]))
            stretches += _stretches(panel, line, len(lanes) - 1)
    return {
        "grid": grid(0),
        "xAxis": time_axis(),
        "yAxis": name_axis(lanes, lying=True),
        "series": [{"type": "custom", ":renderItem": STRETCH, "encode": {"x": [1, 2], "y": 0}, "data": stretches}],
    }


_Lane = tuple[str, Sequence[tuple[datetime, Cell]]]


def _lanes(frame: Frame, time: str) -> list[_Lane]:
    """One for each column; where rows have a name beside their state, one for each name."""
    moments = cast("Sequence[datetime]", frame.column(time))
    others = [name for name in frame.names if name != time]
    if len(others) == 2 and set(others) == set(frame.words()):  # noqa: PLR2004 - a name and a state
        found: dict[str, list[tuple[datetime, Cell]]] = {}
        for moment, name, cell in zip(moments, frame.column(others[0]), frame.column(others[1]), strict=True):
            found.setdefault(str(name), []).append((moment, cell))
        return list(found.items())
    return [(name, list(zip(moments, frame.column(name), strict=True))) for name in others]


def _stretches(panel: Panel, lane: _Lane, at: int) -> list[Option]:
    name, cells = lane
    found: list[Option] = []
    for index, (start, cell) in enumerate(cells):
        end = cells[index + 1][0] if index + 1 < len(cells) else start
        if cell is not None:
            tint = panel.tint(cell, name) or _line_colour(panel.field(name), None, at)
            value: list[Option] = [at, panel.moment(start), panel.moment(end)]
            found.append({"name": panel.text(cell, name), "value": value, "itemStyle": {"color": tint}})
    return found


def _places(panel: Panel, frames: Sequence[Frame]) -> Options:
    points: list[Option] = []
    for frame in frames:
        names = {name.lower(): name for name in frame.names}
        lat, lon = names.get("lat") or names.get("latitude"), names.get("lon") or names.get("longitude")
        shade = _shade_field(panel, frame)
        for row in frame.rows if lat and lon else ():
            cells = dict(zip(frame.names, row, strict=True))
            tint = panel.tint(cells[shade], shade) or PALETTE[0]
            points.append({"value": [cells[str(lon)], cells[str(lat)]], "itemStyle": {"color": tint}})
    return {
        "grid": grid(0),
        "xAxis": value_axis("", scale=True),
        "yAxis": value_axis("", scale=True),
        "series": [{"type": "scatter", "symbolSize": 7, "data": points}],
    }


def _shade_field(panel: Panel, frame: Frame) -> str:
    for layer in cast("Sequence[Json]", panel.options.get("layers") or ()):
        style = cast("Json", cast("Json", layer.get("config") or {}).get("style") or {})
        field = cast("Json", style.get("color") or {}).get("field")
        if field in frame.names:
            return str(field)
    return frame.names[-1]


_DRAWN: Mapping[str, Callable[[Panel, Sequence[Frame]], Options]] = {
    "timeseries": _time_series,
    "trend": _time_series,
    "piechart": pie,
    "barchart": bars,
    "bargauge": bars,
    "state-timeline": _state_timeline,
    "status-history": _state_timeline,
    "histogram": histogram,
    "geomap": _places,
}
"""Panels drawn as charts. Stat, gauge and table are drawn as text."""

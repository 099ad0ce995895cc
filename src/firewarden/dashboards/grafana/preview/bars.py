"""How do parts of a whole and counts become pies, bars and histograms? Pure."""

from collections.abc import Sequence
from typing import NamedTuple, cast

from firewarden.dashboards.grafana.preview.axes import TEXT, Option, Options, grid, legend, name_axis, value_axis
from firewarden.dashboards.grafana.preview.frames import Frame, Json, is_number
from firewarden.dashboards.grafana.preview.looks import PALETTE, Panel, colour, number_text, threshold_colour

BUCKETS = 20
BAR_PX = 26


class Part(NamedTuple):
    """A slice or a bar; `tint` None: nothing gives it a colour of its own."""

    name: str
    value: float
    tint: str | None = None


def parts_of(panel: Panel, frames: Sequence[Frame]) -> list[Part]:
    """Rows by their text where there is one, else the last value of each column of numbers."""
    found: list[Part] = []
    for frame in frames:
        words, numbers = frame.words(), frame.numbers()
        if words and numbers:
            cells = zip(frame.column(words[0]), frame.column(numbers[0]), strict=True)
        else:
            cells = ((name, frame.column(name)[-1]) for name in numbers if frame.rows)
        for label, number in cells:
            if is_number(number):
                part = Part(str(label), float(cast("float", number)))
                found.append(_dressed(panel, part, words[0] if words else str(label)))
    return found


def _dressed(panel: Panel, part: Part, field: str) -> Part:
    own = panel.field(part.name)
    look = cast("Json", own.get("color") or {})
    tint = panel.tint(part.name, field)
    if tint is None and look.get("mode") == "fixed":
        tint = colour(look.get("fixedColor"))
    if tint is None and look.get("mode") == "thresholds":
        tint = threshold_colour(part.value, own)
    name = panel.text(part.name, field)
    return Part(str(own.get("displayName") or name), part.value, tint)


def pie(panel: Panel, frames: Sequence[Frame]) -> Options:
    """A pie with its numbers in the legend."""
    data: list[Option] = [
        {
            "name": f"{part.name}  {number_text(part.value, '', None)}",
            "value": part.value,
            "itemStyle": {"color": part.tint or PALETTE[at % len(PALETTE)]},
        }
        for at, part in enumerate(parts_of(panel, frames))
    ]
    donut = panel.options.get("pieType") == "donut"
    return {
        "legend": {"type": "scroll", "orient": "vertical", "right": 4, "top": "middle", "textStyle": TEXT},
        "series": [
            {
                "type": "pie",
                "radius": ["45%", "80%"] if donut else "80%",
                "center": ["32%", "50%"],
                "label": {"show": False},
                "data": data,
            }
        ],
    }


def bars(panel: Panel, frames: Sequence[Frame]) -> Options:
    """Bars, standing or lying, of one column or of several side by side or on top of each other."""
    lying = panel.kind == "bargauge" or panel.options.get("orientation") == "horizontal"
    names, series = _series(panel, frames)
    category = name_axis(names, lying=lying)
    value = value_axis(str(panel.field("").get("unit") or ""))
    return {
        "grid": grid(len(series)),
        "legend": legend(len(series)),
        "tooltip": {},
        "xAxis": value if lying else category,
        "yAxis": category if lying else value,
        "series": series,
    }


def _series(panel: Panel, frames: Sequence[Frame]) -> tuple[list[str], list[Option]]:
    frame = frames[0]
    time = frame.times()
    labels = frame.words() or ((time,) if time else ())
    numbers = frame.numbers()
    if not labels or (len(numbers) <= 1 and not time):
        parts = parts_of(panel, frames)
        data: list[Option] = [{"value": part.value, "itemStyle": {"color": part.tint or PALETTE[0]}} for part in parts]
        return [part.name for part in parts], [{"type": "bar", "data": data, "barMaxWidth": BAR_PX}]
    names = [panel.text(cell, labels[0]) for cell in frame.column(labels[0])]
    stacked = panel.options.get("stacking") in {"normal", "percent"}
    return names, [_column(panel, frame, name, at, stacked=stacked) for at, name in enumerate(numbers)]


def _column(panel: Panel, frame: Frame, name: str, at: int, *, stacked: bool) -> Options:
    look = cast("Json", panel.field(name).get("color") or {})
    return {
        "type": "bar",
        "name": panel.called(name),
        "stack": "all" if stacked else None,
        "color": colour(look.get("fixedColor"), PALETTE[at % len(PALETTE)]),
        "barMaxWidth": BAR_PX,
        "data": list(frame.column(name)),
    }


def histogram(panel: Panel, frames: Sequence[Frame]) -> Options:
    """Counts of all numbers in buckets of one size."""
    numbers = [
        float(cast("float", cell))
        for frame in frames
        for name in frame.numbers()
        for cell in frame.column(name)
        if is_number(cell)
    ]
    size = float(cast("float", panel.options.get("bucketSize") or 0)) or _bucket_size(numbers)
    counts: dict[float, float] = {}
    for number in numbers:
        start = number // size * size
        counts[start] = counts.get(start, 0.0) + 1.0
    rows = tuple((number_text(start, "", None), counts[start]) for start in sorted(counts))
    return bars(panel, (Frame(names=("bucket", "n"), rows=rows),))


def _bucket_size(numbers: Sequence[float]) -> float:
    return max((max(numbers) - min(numbers)) / BUCKETS, 1e-9) if numbers else 1.0

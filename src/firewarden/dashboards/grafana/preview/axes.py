"""What do charts have in common: ink, axes, legends? Pure."""

Option = object
Options = dict[str, Option]

INK = "#9fa3b3"
GRID = "#2c3038"
TEXT: Options = {"color": INK, "fontSize": 11}
LEGEND_MOST = 14
"""More lines than these have no legend: it would be larger than the plot."""


def time_axis() -> Options:
    """Moments, left to right."""
    return {"type": "time", "axisLabel": {**TEXT, "hideOverlap": True}, "axisLine": {"lineStyle": {"color": GRID}}}


def value_axis(unit: str, *, low: object = None, high: object = None, scale: bool = False) -> Options:
    """Numbers with their unit; `scale` lets the axis begin elsewhere than at 0."""
    return {
        "type": "value",
        "scale": scale,
        "min": low,
        "max": high,
        "axisLabel": {**TEXT, ":formatter": f"v => {_formatter(unit)}", "hideOverlap": True},
        "splitLine": {"lineStyle": {"color": GRID}},
    }


def name_axis(names: list[str], *, lying: bool) -> Options:
    """Names; from the top to the bottom where the bars lie."""
    return {
        "type": "category",
        "data": names,
        "inverse": lying,
        "axisLabel": {**TEXT, "interval": 0 if lying else "auto", "width": 150, "overflow": "truncate"},
        "axisTick": {"show": False},
    }


def legend(n: int) -> Options:
    """Below the plot, where there are more lines than one and not too many."""
    shown = 1 < n <= LEGEND_MOST
    return {"show": shown, "bottom": 0, "type": "scroll", "textStyle": TEXT, "icon": "rect", "itemHeight": 3}


def grid(n: int) -> Options:
    """Room for the legend of `n` lines."""
    return {"left": 8, "right": 18, "top": 10, "bottom": 26 if 1 < n <= LEGEND_MOST else 8, "containLabel": True}


def _formatter(unit: str) -> str:
    if unit == "percentunit":
        return "(Math.round(v * 1000) / 10) + ' %'"
    if unit == "bytes":
        return "v >= 1073741824 ? (v / 1073741824).toFixed(1) + ' GiB' : (v / 1048576).toFixed(0) + ' MiB'"
    suffix = {"percent": " %", "s": " s", "ms": " ms"}.get(unit, "")
    return f"(Math.abs(v) < 1000 ? Math.round(v * 1000) / 1000 : v.toLocaleString()) + '{suffix}'"

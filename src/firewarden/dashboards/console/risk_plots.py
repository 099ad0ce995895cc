"""How are a score, its parts and its past drawn? Numbers to the options of charts; pure."""

from collections.abc import Sequence
from dataclasses import dataclass

from firewarden.api.risk_rows import Factor, RiskScore
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.rank_rows import heaviest
from firewarden.dashboards.console.venue_plot import Ink, Option

PARTS = ("rate", "uncontrolled", "consequence", "")
"""In the order in which a score is made; what has no part of its own comes last."""

PART_COLOURS = {"rate": "#e0873a", "uncontrolled": "#d95f6e", "consequence": "#b06fd8", "": "#8a93a6"}
ENDS = "ends"
ENDS_COLOUR = "#5f7896"
ROW_PX = 30


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One bar of a waterfall: from one height to another."""

    name: str
    part: str
    start: float
    end: float


def part_of(factor: Factor) -> str:
    """The group in which a factor is shown."""
    return factor.part if factor.part in PART_COLOURS else ""


def grouped_factors(risk: RiskScore) -> tuple[Factor, ...]:
    """By part, in each the heaviest first."""
    return tuple(factor for part in PARTS for factor in heaviest(risk) if part_of(factor) == part)


def steps(risk: RiskScore, texts: Texts) -> tuple[Step, ...]:
    """From what a typical venue scores to what this one does. Tenths are added as whole numbers."""
    found = [Step(name=texts("risk.typical"), part=ENDS, start=0.0, end=risk.base)]
    at = round(risk.base * 10)
    for factor in grouped_factors(risk):
        after = at + round(factor.points * 10)
        name = texts.name("factor", factor.code)
        found.append(Step(name=name, part=part_of(factor), start=at / 10, end=after / 10))
        at = after
    end = Step(name=texts("risk.this_venue"), part=ENDS, start=0.0, end=at / 10)
    return (*found, end)


def waterfall_height(risk: RiskScore) -> int:
    """Pixels that the chart needs."""
    return ROW_PX * (len(risk.factors) + 2) + 40


def waterfall_options(risk: RiskScore, texts: Texts, ink: Ink) -> dict[str, Option]:
    """The waterfall: a row for each factor, from the top to the bottom."""
    rows = steps(risk, texts)
    low = min(0.0, *(min(row.start, row.end) for row in rows))
    high = max(max(row.start, row.end) for row in rows)
    names: list[Option] = [row.name for row in rows]
    bars: list[Option] = [
        {"value": [index, row.start, row.end, int(row.part == ENDS)], "itemStyle": {"color": _colour(row.part)}}
        for index, row in enumerate(rows)
    ]
    return {
        "animation": False,
        "textStyle": {"color": ink.text, "fontFamily": "inherit"},
        "grid": {"left": 8, "right": 56, "top": 8, "bottom": 26, "containLabel": True},
        "xAxis": {
            "type": "value",
            "min": _round_down(low),
            "max": min(100.0, _round_down(high) + 10.0) if high <= 100 else _round_down(high) + 10.0,  # noqa: PLR2004
            "axisLabel": {"color": ink.text},
            "splitLine": {"lineStyle": {"color": ink.line}},
        },
        "yAxis": {
            "type": "category",
            "data": names,
            "inverse": True,
            "axisLine": {"lineStyle": {"color": ink.line}},
            "axisTick": {"show": False},
            "axisLabel": {"color": ink.text, "width": 150, "overflow": "truncate"},
        },
        "series": [
            {
                "type": "custom",
                ":renderItem": "(params, api) => firewarden.floating(params, api)",
                "encode": {"x": [1, 2], "y": 0},
                "data": bars,
                "clip": False,
                "silent": True,
            }
        ],
    }


def _round_down(value: float) -> float:
    return value // 10 * 10


def _colour(part: str) -> str:
    return PART_COLOURS.get(part, ENDS_COLOUR)


def curve_options(
    series: Sequence[tuple[str, Sequence[tuple[float, float]]]],
    *,
    x: str,
    y: str,
    ink: Ink,
    diagonal: bool = False,
    most: float | None = 1.0,
) -> dict[str, Option]:
    """Lines over shares: gain and calibration curves; `diagonal` is what chance, or a perfect calibration, draws."""
    colours = ("#3d8fd9", "#8a93a6", "#35a57a", "#e0873a")
    lines: list[Option] = [
        {
            "name": name,
            "type": "line",
            "color": colours[index % len(colours)],
            "symbolSize": 5,
            "data": [[a, b] for a, b in points],
        }
        for index, (name, points) in enumerate(series)
    ]
    if diagonal:
        end = most if most is not None else 1.0
        lines.append(
            {
                "type": "line",
                "data": [[0, 0], [end, end]],
                "showSymbol": False,
                "silent": True,
                "color": ink.text,
                "lineStyle": {"type": "dashed", "width": 1},
            }
        )
    axis: dict[str, Option] = {
        "type": "value",
        "min": 0,
        "max": most,
        "nameLocation": "middle",
        "nameTextStyle": {"color": ink.text},
        "axisLabel": {"color": ink.text},
        "splitLine": {"lineStyle": {"color": ink.line}},
    }
    return {
        "animation": False,
        "textStyle": {"color": ink.text, "fontFamily": "inherit"},
        "grid": {"left": 56, "right": 20, "top": 34, "bottom": 44},
        "legend": {"top": 2, "textStyle": {"color": ink.text}, "data": [name for name, _ in series]},
        "xAxis": {**axis, "name": x, "nameGap": 28},
        "yAxis": {**axis, "name": y, "nameGap": 40},
        "series": lines,
    }

"""Which weights does this version have? The tables of docs/risk/scoring.md, made from the weights themselves."""

from collections.abc import Iterator, Sequence
from math import exp

from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.features import FEATURES, TYPICAL
from firewarden.risk.scoring.grade import GRADES
from firewarden.risk.scoring.likelihood import prior_likelihood

BEGIN = "<!-- weights: begin (made by `firewarden risk weights`) -->"
END = "<!-- weights: end -->"

_FACILITIES: tuple[tuple[str, float, str], ...] = (
    ("pump out: not automatic, faulty, shielded", w.PUMP, "R"),
    ("valve in a wrong position, or shielded", w.VALVE_SHUT, "R"),
    ("valve faulty", w.VALVE_FAULTY, "E"),
    ("panel not automatic, or shielded", w.PANEL_MANUAL, "L"),
    ("panel faulty", w.PANEL_FAULTY, "E"),
    ("all detectors faulty (half of it for a twentieth)", w.DETECTORS_FAULTY, "L"),
    ("all detectors shielded (half of it for a twentieth)", w.DETECTORS_SHIELDED, "L"),
    ("all other points out (half of it for a twentieth)", w.OTHER_OUT, "E"),
    ("pressure or flow below its limit, or the main burst", w.WATER_PRESSURE, "L"),
    ("level below its limit", w.WATER_LEVEL, "L"),
    ("water not as it used to be", w.WATER_SHIFT, "E"),
    ("all water sensors silent, stuck or implausible (in proportion)", w.SENSORS_BLIND, "E"),
    ("main supply", w.POWER_MAIN, "E"),
    ("backup supply", w.POWER_BACKUP, "E"),
    ("bus", w.POWER_BUS, "E"),
    ("another supply", w.POWER_OTHER, "E"),
    ("smoke control not automatic, or shielded", w.SMOKE_MANUAL, "E"),
    ("smoke control faulty", w.SMOKE_FAULTY, "E"),
    ("all gateways silent, or none at all (in proportion)", w.OFFLINE, "L"),
    ("left in test", w.TEST, "E"),
    ("output delayed", w.DELAYED, "E"),
    ("all of it together at most", w.UNCONTROLLED_LOG_MAX, "R"),
)


def weights() -> str:
    """Everything that weighs as Markdown, between BEGIN and END."""
    parts = [
        BEGIN,
        f"Version `{prior_likelihood().version}`.",
        "### Rate: the expert prior",
        "\n".join(_features()),
        "### Facilities",
        "\n".join(_facilities()),
        "### Uses: rate and consequence",
        "\n".join(_uses()),
        "### Grades",
        "\n".join(_grades()),
        "### Confidence",
        "\n".join(_confidence()),
        END,
    ]
    return "\n\n".join(parts)


def _row(cells: Sequence[object]) -> str:
    return f"| {' | '.join(str(cell) for cell in cells)} |"


def _head(*cells: str) -> Iterator[str]:
    yield _row(cells)
    yield _row(["---"] * len(cells))


def _features() -> Iterator[str]:
    yield from _head("Feature", "Weight", "Spread", "Sign", "Typical venue", "Source and unit")
    for feature, typical in zip(FEATURES, TYPICAL, strict=True):
        sign = {1: "never negative", -1: "never positive", 0: "either"}[feature.sign]
        yield _row([f"`{feature.name}`", feature.prior, feature.prior_sd, sign, f"{typical:.2f}", feature.source])


def _facilities() -> Iterator[str]:
    yield from _head("What", "Logarithm", "Times", "Source")
    for what, log, source in _FACILITIES:
        yield _row([what, f"{log:.2f}", f"{exp(log):.1f}", source])


def _uses() -> Iterator[str]:
    yield from _head(
        "Use", "Fires a year", "Typical m²", "Assumed m²", "Assumed m", "Crowd", "Vulnerable", "Sleeping", "Contents"
    )
    named = [(f"`{use}`", row) for use, row in w.USES.items()]
    for name, row in [*named, ("not known", w.USE_UNKNOWN)]:
        sizes = [f"{row.typical_m2:,.0f}", f"{row.assumed_m2:,.0f}", f"{row.assumed_m:g}"]
        yield _row([name, row.fires_per_year, *sizes, row.crowd, row.vulnerable, row.sleeping, row.contents])
    yield ""
    heights = ", ".join(f"{metres:g} m {added:g}" for metres, added in w.HEIGHTS)
    yield f"Consequence is 1 plus all of it, plus by height {heights} (straight lines between),"
    yield f"plus {w.LARGE_PER_LOG:g} for each e-fold of area over {w.LARGE_FROM_M2:,.0f} m²,"
    yield f"plus {w.KEY_UNIT:g} for a key unit ({w.KEY_UNIT_UNKNOWN:g} where nobody said)."
    yield f"An unknown year of building counts as {w.AGE_UNKNOWN_YEARS} years."


def _grades() -> Iterator[str]:
    yield from _head("Grade", "From", "Given up after days below")
    yield _row([GRADES[0], "0.0", ""])
    for grade, line, days in zip(GRADES[1:], w.LINES, w.WAIT_DAYS, strict=True):
        yield _row([grade, f"{line / 10:.1f}", days])


def _confidence() -> Iterator[str]:
    yield from _head("What is missing", "Takes away")
    for what, lost in (
        ("each unknown attribute of the register", w.LOST_STATIC_EACH),
        ("no gateway that should be speaking", w.LOST_NO_GATEWAY),
        ("all gateways silent (in proportion where only some are)", w.LOST_GATEWAYS_SILENT),
        ("no registered point", w.LOST_NO_POINTS),
        ("no water sensor with a band", w.LOST_NO_SENSORS),
        ("all water sensors silent (in proportion)", w.LOST_SENSORS_SILENT),
    ):
        yield _row([what, f"{lost / 100:.2f}"])

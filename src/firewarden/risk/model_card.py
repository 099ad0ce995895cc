"""Which weights does this version have? The tables of docs/risk.md, made from the weights themselves."""

from collections.abc import Iterator, Sequence

from firewarden.risk import scorecard as card
from firewarden.risk.catalogue import STATIC_CODES
from firewarden.risk.curve import Curve

BEGIN = "<!-- weights: begin (made by `firewarden risk weights`) -->"
END = "<!-- weights: end -->"


def weights() -> str:
    """Factors, uses, grades and confidence as Markdown, between BEGIN and END."""
    parts = [
        BEGIN,
        f"Version `{card.VERSION}`.",
        "### Factors",
        "\n".join(_factors()),
        "### Uses",
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


def _points(tenths: int) -> str:
    return f"{tenths / 10:.1f}"


def _knots(curve: Curve) -> str:
    return ", ".join(f"{amount:g} → {_points(tenths)}" for amount, tenths in curve.knots)


def _factors() -> Iterator[str]:
    yield _row(["Factor", "Kind", "At most", "Part", "Points by amount"])
    yield _row(["---"] * 5)
    for code, curves in card.PARTS.items():
        kind = "static" if code in STATIC_CODES else "live"
        for number, curve in enumerate(curves):
            head = [f"`{code}`", kind, _points(card.CAPS[code])] if number == 0 else ["", "", ""]
            yield _row([*head, f"{curve.name} ({curve.unit})", _knots(curve)])
    yield _row(["all", "", _points(sum(card.CAPS.values())), "", ""])


def _uses() -> Iterator[str]:
    yield _row(["Use", "Fires a year", "People", "Points", "Assumed area, m²", "Assumed height, m"])
    yield _row(["---"] * 6)
    named = [(f"`{use}`", stratum) for use, stratum in card.USES.items()]
    for name, stratum in [*named, ("not known", card.USE_UNKNOWN)]:
        points = card.FIRE_RATE.at(stratum.fires_per_year) + card.PEOPLE.at(stratum.people_tenths)
        people = _points(stratum.people_tenths)
        sizes = [f"{stratum.assumed_area_m2:,.0f}", f"{stratum.assumed_height_m:g}"]
        yield _row([name, stratum.fires_per_year, people, _points(points), *sizes])
    yield ""
    unknown_age = _points(card.AGE.at(card.AGE_UNKNOWN_YEARS))
    yield f"An unknown year of building counts as {card.AGE_UNKNOWN_YEARS} years old ({unknown_age} points);"
    yield f"where nobody said whether a venue is a key unit, {_points(card.KEY_UNIT_UNKNOWN_TENTHS)} points."


def _grades() -> Iterator[str]:
    yield _row(["Grade", "From", "Or, whatever the score"])
    yield _row(["---"] * 3)
    manual = card.SUPPRESSION_MANUAL_LONG.total_seconds() / 3600
    out = card.OUT_LONG.total_seconds() / 3600
    offline = card.OFFLINE_LONG.total_seconds() / 3600
    triggers = (
        f"pump or panel not automatic for over {manual:g} h;"
        f" over {card.OUT_LONG_SHARE:.0%} of the registered points shielded or faulty for over {out:g} h;"
        f" a gateway silent for over {offline:g} h"
    )
    for tenths, grade in reversed(card.GRADE_FROM_TENTHS):
        yield _row([grade, _points(tenths), triggers if tenths == card.GRADE_FROM_TENTHS[0][0] else ""])


def _confidence() -> Iterator[str]:
    recent = card.SENSOR_RECENT.total_seconds() / 60
    yield _row(["What is missing", "Takes away"])
    yield _row(["---"] * 2)
    for what, lost in (
        ("each unknown static attribute", card.LOST_STATIC_EACH),
        ("no gateway that should be speaking", card.LOST_NO_GATEWAY),
        ("all gateways silent (in proportion where only some are)", card.LOST_GATEWAYS_SILENT),
        ("no registered point", card.LOST_NO_POINTS),
        ("no water sensor with a band", card.LOST_NO_SENSORS),
        (f"all sensors without a reading of the last {recent:g} minutes (in proportion)", card.LOST_SENSORS_SILENT),
    ):
        yield _row([what, f"{lost / 100:.2f}"])

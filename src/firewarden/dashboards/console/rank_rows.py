"""How does a place of the ranking look in the browser, and which rows does the browser not have yet?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from firewarden.api.risk_rows import Factor, RankedVenue, RiskScore
from firewarden.api.risk_words import rule_name
from firewarden.dashboards.console.evidence import sentence
from firewarden.dashboards.console.formats import NOTHING, epoch_ms, percent, points, signed_points
from firewarden.dashboards.console.i18n import Texts

FACTORS_NAMED = 4
"""So many factors are named in a row; the others are added up with the base, so that the row still makes the score."""

COVERAGE_LOW = 0.6
"""With less coverage a score is called insufficient: it says what was known, and that is little."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorPart:
    """One factor as a row shows it."""

    name: str
    points: str
    evidence: str
    less: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class RankRow:
    """One place of the ranking, in the reader's language."""

    id: int
    rank: int
    interval: str
    venue: str
    code: str
    district: str
    use: str
    key_unit: bool
    score: str
    score_share: float
    change: str
    change_way: str
    grade: str
    grade_name: str
    grade_before: str
    overridden: bool
    coverage: str
    coverage_share: float
    coverage_low: bool
    confidence: str
    factors: tuple[FactorPart, ...]
    rest: str
    hits: tuple[str, ...]
    at_ms: int


def heaviest(risk: RiskScore) -> tuple[Factor, ...]:
    """All factors of a score, the heaviest first; what is joined in `rest` comes last."""
    return tuple(sorted(risk.factors, key=lambda factor: (factor.code == "rest", -abs(factor.points))))


def part_of(factor: Factor, texts: Texts) -> FactorPart:
    """A factor in words."""
    return FactorPart(
        name=texts.name("factor", factor.code),
        points=signed_points(factor.points),
        evidence=sentence(factor.code, factor.evidence, texts),
        less=factor.points < 0,
    )


def interval(low: int | None, high: int | None) -> str:
    """The interval of a rank; empty where it is not known."""
    return "" if low is None or high is None else f"{low}–{high}"


def suspected(risk: RiskScore, texts: Texts) -> tuple[str, ...]:
    """What the rules and triggers that hold are called, each once."""
    codes = dict.fromkeys([*(hit.rule for hit in risk.hits), *(trigger.code for trigger in risk.triggers)])
    return tuple(rule_name(code, texts.language.value) for code in codes)


def rank_row(ranked: RankedVenue, texts: Texts) -> RankRow:
    """One row of the ranking's table."""
    risk = ranked.risk
    ordered = heaviest(risk)
    rest_points = risk.base + sum(round(factor.points * 10) for factor in ordered[FACTORS_NAMED:]) / 10
    covered = risk.confidence if risk.coverage is None else risk.coverage
    change = ranked.change
    return RankRow(
        id=ranked.venue_id,
        rank=ranked.rank,
        interval=interval(risk.rank_low, risk.rank_high),
        venue=texts.either(ranked.venue_name, ranked.venue_name_en),
        code=ranked.venue_code,
        district=ranked.district,
        use=texts.name("use", ranked.use),
        key_unit=ranked.key_unit,
        score=points(risk.score),
        score_share=round(risk.score, 1),
        change=NOTHING if change is None else signed_points(change),
        change_way="" if not change else ("up" if change > 0 else "down"),
        grade=risk.grade,
        grade_name=texts.name("grade", risk.grade),
        grade_before=ranked.grade_before if ranked.grade_before and ranked.grade_before != risk.grade else "",
        overridden=risk.override_id is not None,
        coverage=percent(covered),
        coverage_share=round(covered, 2),
        coverage_low=covered < COVERAGE_LOW,
        confidence=percent(risk.confidence),
        factors=tuple(part_of(factor, texts) for factor in ordered[:FACTORS_NAMED]),
        rest=texts("ranking.rest", points=signed_points(rest_points)),
        hits=suspected(risk, texts),
        at_ms=epoch_ms(risk.at) or 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RankChanges:
    """Rows that are new or different, the ids of all rows in order, and what stands around them."""

    changed: tuple[RankRow, ...]
    order: tuple[int, ...]
    query: str
    """What the address of a venue's page has to say besides: of which moment."""
    change: str
    """What the column of changes is called."""


def rank_changes(
    known: Mapping[int, RankRow], rows: Iterable[RankRow], *, query: str = "", change: str = ""
) -> RankChanges:
    """What a browser that knows `known` has to be told to show `rows`."""
    shown = tuple(rows)
    return RankChanges(
        changed=tuple(row for row in shown if known.get(row.id) != row),
        order=tuple(row.id for row in shown),
        query=query,
        change=change,
    )

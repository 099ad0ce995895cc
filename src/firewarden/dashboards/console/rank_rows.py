"""How does a place of the ranking look in the browser, and which rows does the browser not have yet?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from firewarden.api.risk_rows import RankedVenue, RiskScore
from firewarden.dashboards.console.evidence import sentence
from firewarden.dashboards.console.formats import epoch_ms, percent, points, signed_points
from firewarden.dashboards.console.i18n import Texts

FACTORS_NAMED = 5
"""So many factors are named in a row; the others are added up, so that the row still makes the score."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorPart:
    """One factor as a row shows it; `width` is its share of the bar in percent."""

    name: str
    points: str
    width: float
    evidence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RankRow:
    """One place of the ranking, in the reader's language."""

    id: int
    rank: int
    venue: str
    code: str
    district: str
    use: str
    key_unit: bool
    score: str
    grade: str
    grade_name: str
    confidence: str
    confidence_share: float
    factors: tuple[FactorPart, ...]
    rest: str
    triggers: tuple[str, ...]
    at_ms: int


def parts_of(risk: RiskScore, texts: Texts) -> tuple[FactorPart, ...]:
    """All factors of a score, the heaviest first."""
    ordered = sorted(risk.factors, key=lambda factor: -factor.points)
    return tuple(
        FactorPart(
            name=texts.name("factor", factor.code),
            points=signed_points(factor.points),
            width=round(factor.points, 1),
            evidence=sentence(factor.code, factor.evidence, texts),
        )
        for factor in ordered
    )


def rank_row(ranked: RankedVenue, texts: Texts) -> RankRow:
    """One row of the ranking's table."""
    risk = ranked.risk
    others = sorted(risk.factors, key=lambda factor: -factor.points)[FACTORS_NAMED:]
    rest_points = sum(round(factor.points * 10) for factor in others) / 10
    return RankRow(
        id=ranked.venue_id,
        rank=ranked.rank,
        venue=texts.either(ranked.venue_name, ranked.venue_name_en),
        code=ranked.venue_code,
        district=ranked.district,
        use=texts.name("use", ranked.use),
        key_unit=ranked.key_unit,
        score=points(risk.score),
        grade=risk.grade,
        grade_name=texts.name("grade", risk.grade),
        confidence=percent(risk.confidence),
        confidence_share=round(float(risk.confidence), 2),
        factors=parts_of(risk, texts),
        rest=texts("ranking.more_factors", n=len(others), points=signed_points(rest_points)) if others else "",
        triggers=tuple(texts.name("factor", trigger.code) for trigger in risk.triggers),
        at_ms=epoch_ms(risk.at) or 0,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class RankChanges:
    """Rows that are new or different, and the ids of all rows of the page in order."""

    changed: tuple[RankRow, ...]
    order: tuple[int, ...]


def rank_changes(known: Mapping[int, RankRow], rows: Iterable[RankRow]) -> RankChanges:
    """What a browser that knows `known` has to be told to show `rows`."""
    shown = tuple(rows)
    return RankChanges(
        changed=tuple(row for row in shown if known.get(row.id) != row), order=tuple(row.id for row in shown)
    )

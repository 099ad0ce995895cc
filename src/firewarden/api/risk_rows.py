"""What does a reader get to see of risk? One dataclass for each kind of row that the api and the console show."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from firewarden.risk.catalogue import Grade
from firewarden.risk.facts import Use as VenueUse


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """One reason of a score; `base` and the points of all factors add up to it."""

    code: str
    points: Annotated[float, Field(description="what it adds to the score of a typical venue, or takes from it")]
    evidence: Annotated[dict[str, object], Field(description="the numbers behind the points")] = field(
        default_factory=dict[str, object]
    )
    part: Annotated[str, Field(description="`rate`, `uncontrolled` or `consequence`; of `rest` empty")] = ""
    ratio: Annotated[float | None, Field(description="times what it is in a typical venue")] = None
    facts: Annotated[tuple[int, ...], Field(description="numbers of `/risk/{venue}/facts`")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """One fact that makes the grade worse than the score says."""

    code: str
    evidence: Annotated[dict[str, object], Field(description="the numbers behind it")]
    facts: Annotated[tuple[int, ...], Field(description="numbers of `/risk/{venue}/facts`")] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """One thing that takes confidence away."""

    code: str
    lost: Annotated[float, Field(description="of the confidence, 0 to 1")]
    evidence: Annotated[dict[str, object], Field(description="the numbers behind it")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleHit:
    """A rule that what was reported points to. Always suspected: somebody has to verify it on site."""

    rule: Annotated[str, Field(examples=["GB35181-7.4.6"])]
    standard: Annotated[str, Field(examples=["GB 35181"])] = ""
    version: Annotated[str, Field(description="of the standard", examples=["2025"])] = ""
    effect: Annotated[str, Field(description="`direct`, `comprehensive`, `poor` or `trigger`")] = ""
    first_seen: datetime | None = None
    facts: Annotated[tuple[int, ...], Field(description="numbers of `/risk/{venue}/facts`")] = ()
    evidence: dict[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class Counterfactual:
    """What the score would be if one thing were put right, by scoring the venue again without it."""

    item: Annotated[str, Field(examples=["pump_auto"])]
    score: float
    grade: Grade
    evidence: dict[str, object] = field(default_factory=dict[str, object])


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskScore:
    """How dangerous a venue was at `at`, why, and how much of what one should know was known."""

    at: datetime
    score: Annotated[float, Field(description="0 to 100")]
    grade: Annotated[Grade, Field(description="the effective one, after triggers, waiting times and overrides")]
    confidence: Annotated[float, Field(description="0 to 1; missing data lowers it")]
    factors: tuple[Factor, ...]
    triggers: tuple[Trigger, ...] = ()
    doubts: tuple[Doubt, ...] = ()
    version: Annotated[str, Field(description="of the model")]
    base: Annotated[float, Field(description="what a typical venue scores; the factors start from there")] = 0.0
    band: Annotated[Grade | None, Field(description="the grade by the score alone")] = None
    grade_since: Annotated[datetime | None, Field(description="not kept of past scores")] = None
    rate: Annotated[float | None, Field(description="expected fires in 90 days")] = None
    uncontrolled: Annotated[float | None, Field(description="probability that a fire gets out of control")] = None
    consequence: Annotated[float | None, Field(description="times what a fire in an ordinary venue does")] = None
    coverage: Annotated[float | None, Field(description="share of what should report that does, 0 to 1")] = None
    hits: Annotated[tuple[RuleHit, ...], Field(description="rules that hold: suspected, to be verified on site")] = ()
    counterfactuals: tuple[Counterfactual, ...] = ()
    rank_low: Annotated[int | None, Field(description="90 % interval of the rank; not kept of past scores")] = None
    rank_high: int | None = None
    override_id: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RankedVenue:
    """One place of the ranking: by grade, then by score. Equal scores of one grade share a rank."""

    rank: Annotated[int, Field(description="among all scored venues, by grade and score; 1 is the most dangerous")]
    venue_id: int
    venue_code: str
    venue_name: str
    venue_name_en: str
    use: VenueUse
    district: str
    key_unit: bool
    risk: RiskScore
    change: Annotated[
        float | None, Field(description="of the score since yesterday, or over `over`; null: it had none then")
    ] = None
    grade_before: Annotated[Grade | None, Field(description="the grade that it had then")] = None


class Over(StrEnum):
    """Since when a change is looked at."""

    DAY = "1d"
    WEEK = "7d"

    @property
    def length(self) -> timedelta:
        """The stretch of time."""
        return timedelta(days=1 if self is Over.DAY else 7)


class Movers(StrEnum):
    """Whose score went up, or down."""

    UP = "up"
    DOWN = "down"


class RankOrder(StrEnum):
    """By rank; or by change, the greatest rise first (the greatest fall first among those that went down)."""

    RANK = "rank"
    CHANGE = "change"


class NotKept(StrEnum):
    """What cannot be said of a moment in the past."""

    RANK_INTERVAL = "rank_interval"
    GRADE_SINCE = "grade_since"
    REGISTER = "register"  # names, districts and uses are those of today
    BEFORE_KEPT = "before_kept"  # scores of that age are deleted: venues may be missing


@dataclass(frozen=True, slots=True, kw_only=True)
class AsOf:
    """A ranking of the past: what was known at `at`, and nothing that was learnt later."""

    at: datetime
    not_kept: Annotated[tuple[NotKept, ...], Field(description="what cannot be said of that moment")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ranking:
    """A page of the ranking."""

    items: tuple[RankedVenue, ...]
    next: Annotated[str | None, Field(description="pass it as `cursor`; opaque; null when this was the last page")]
    total: Annotated[int, Field(description="venues that the filters let through, on all pages")]
    scored: Annotated[int, Field(description="venues that have a score")]
    as_of: Annotated[AsOf | None, Field(description="null: as it stands")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Repair:
    """What the score and the rank would be if one thing were put right and nothing else changed in the city."""

    item: Annotated[str, Field(examples=["pump_auto"])]
    score: float
    grade: Grade
    rank: int
    evidence: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedFactor:
    """What one factor did to the score between two moments; the points of all add up to the change."""

    code: Annotated[str, Field(description="of a factor; or `recalibrated`: the model or its scale is another")]
    points: float
    part: str = ""
    ratio_before: Annotated[float | None, Field(description="times a typical venue, then; null: it did not count")] = (
        None
    )
    ratio: Annotated[float | None, Field(description="the same now")] = None
    evidence_before: Annotated[dict[str, object] | None, Field(description="null: it did not count")] = None
    evidence: dict[str, object] | None = None
    facts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What has changed since a moment, and why."""

    since: datetime
    score: Annotated[float, Field(description="then")]
    grade: Annotated[Grade, Field(description="then")]
    rank: Annotated[int, Field(description="then")]
    change: Annotated[float, Field(description="of the score since")]
    factors: Annotated[tuple[ChangedFactor, ...], Field(description="the greatest first; they add up to `change`")]
    hits_new: Annotated[tuple[str, ...], Field(description="rules that hold now and did not then")] = ()
    hits_gone: tuple[str, ...] = ()
    triggers_new: tuple[str, ...] = ()
    triggers_gone: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskExplanation:
    """Why a venue stands where it stands."""

    venue_id: int
    venue_code: str
    venue_name: str
    venue_name_en: str
    use: VenueUse
    district: str
    rank: Annotated[int | None, Field(description="null: not scored")]
    scored: Annotated[int, Field(description="venues that have a score")]
    risk: RiskScore | None
    repairs: Annotated[tuple[Repair, ...], Field(description="the counterfactuals of the score, each with its rank")]
    since_yesterday: Annotated[Change | None, Field(description="null: it had no score a day before")]
    as_of: Annotated[AsOf | None, Field(description="null: as it stands")] = None

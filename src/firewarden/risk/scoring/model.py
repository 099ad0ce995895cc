"""What does a score consist of? A base, reasons that add to it or take from it, and what each repair would change."""

from decimal import Decimal

import msgspec

from firewarden.risk.catalogue import Grade
from firewarden.risk.rules.hits import RuleHit
from firewarden.risk.scoring.codes import Cause, DoubtCode, Evidence, Part, Repair, RepairEvidence
from firewarden.risk.scoring.grade import GradeMemory
from firewarden.risk.state.facts import Micros

CONFIDENCE_FULL = 100


class Factor(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """So many tenths of a point more or less than a typical venue, and why. `ratio`: times its risk."""

    code: Cause
    part: Part
    tenths: int
    ratio: float
    evidence: Evidence
    facts: tuple[int, ...] = ()


class Counterfactual(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """What the score would be with `item` put right now, and the grade that score and rules would call for then.

    The waiting time before a grade falls is not in it: that time has to pass whatever is repaired.
    """

    item: Repair
    tenths: int
    grade: Grade
    evidence: RepairEvidence
    facts: tuple[int, ...] = ()


class Doubt(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """So many hundredths of confidence lost, and why."""

    code: DoubtCode
    lost: int
    evidence: Evidence


class Score(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """A venue's score at `at`: base + factors, exactly."""

    at: Micros
    base_tenths: int
    tenths: int
    factors: tuple[Factor, ...]
    hits: tuple[RuleHit, ...]
    counterfactuals: tuple[Counterfactual, ...]
    doubts: tuple[Doubt, ...]
    band: Grade
    """By the score alone."""
    reached: Grade
    """By score and rules, before waiting times and overrides."""
    grade: Grade
    grade_since: Micros
    override: int | None
    memory: GradeMemory
    """To be kept until this venue is scored again."""
    rate: float
    """Fires expected within the next 90 days."""
    uncontrolled: float
    consequence: float
    coverage: float
    version: str
    x: tuple[float, ...]
    """The features as they were scored: for ranks."""

    @property
    def risk(self) -> float:
        """R, of which the score is a monotone picture."""
        return self.rate * self.uncontrolled * self.consequence

    @property
    def points(self) -> Decimal:
        """The score in points, 0.0 to 100.0."""
        return Decimal(self.tenths).scaleb(-1)

    @property
    def base(self) -> Decimal:
        """What a typical venue scores, in points."""
        return Decimal(self.base_tenths).scaleb(-1)

    @property
    def confidence(self) -> Decimal:
        """How much of what the score needs is known, 0.00 to 1.00."""
        return Decimal(CONFIDENCE_FULL - sum(doubt.lost for doubt in self.doubts)).scaleb(-2)

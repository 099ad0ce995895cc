"""What does a score consist of? Reasons, each a code with its weight and the numbers behind it."""

from dataclasses import dataclass
from decimal import Decimal

from firewarden.risk.catalogue import DoubtCode, Evidence, FactorCode, Grade, TriggerCode
from firewarden.risk.scorecard import CONFIDENCE_FULL


@dataclass(frozen=True, slots=True, kw_only=True)
class Factor:
    """So many tenths of a point, and why."""

    code: FactorCode
    tenths: int
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Trigger:
    """A fact that makes the grade D whatever the score."""

    code: TriggerCode
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """So many hundredths of confidence lost, and why."""

    code: DoubtCode
    lost: int
    evidence: Evidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Score:
    """A venue's score: the sum of its factors. `grade_by_score` ignores the triggers."""

    factors: tuple[Factor, ...]
    triggers: tuple[Trigger, ...]
    doubts: tuple[Doubt, ...]
    grade_by_score: Grade
    version: str

    @property
    def tenths(self) -> int:
        """The score in tenths of a point, 0 to 1,000: the sum of the factors and nothing else."""
        return sum(factor.tenths for factor in self.factors)

    @property
    def points(self) -> Decimal:
        """The score in points, 0.0 to 100.0."""
        return Decimal(self.tenths).scaleb(-1)

    @property
    def grade(self) -> Grade:
        """The grade that counts: D where anything triggers it."""
        return Grade.D if self.triggers else self.grade_by_score

    @property
    def confidence(self) -> Decimal:
        """How much of what the score needs is known, 0.00 to 1.00."""
        return Decimal(CONFIDENCE_FULL - sum(doubt.lost for doubt in self.doubts)).scaleb(-2)

"""What do the venues that were looked at say of all of them? Estimates that undo how they were chosen.

Whoever was chosen with probability pi stands for 1/pi venues (Hájek). Weights are truncated: a single venue must not
decide what the city is like. Intervals are 95 %, and wide where little was seen.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

Z = 1.96
WEIGHT_MAX_TIMES_MEAN = 5.0
"""What the share of chance of .2 allows by itself."""
RATIO_POSITIVES_MIN = 5
"""With fewer of them a ratio of rates is noise: nothing is said."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A share with its interval; `n` were seen, `positives` of them had it. value None: nothing was seen."""

    value: float | None
    low: float | None
    high: float | None
    n: int
    positives: int


NOTHING = Estimate(value=None, low=None, high=None, n=0, positives=0)


def wilson(share: float, n: float) -> tuple[float, float]:
    """The interval of a share of `n`, which may be an effective number."""
    if n <= 0:
        return 0.0, 1.0
    centre = (share + Z * Z / (2 * n)) / (1 + Z * Z / n)
    half = Z / (1 + Z * Z / n) * math.sqrt(share * (1 - share) / n + Z * Z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def simple(outcomes: Sequence[bool]) -> Estimate:
    """The share in a group of which everybody was seen."""
    n, positives = len(outcomes), sum(outcomes)
    if n == 0:
        return NOTHING
    low, high = wilson(positives / n, n)
    return Estimate(value=positives / n, low=low, high=high, n=n, positives=positives)


def truncated(probabilities: Sequence[float]) -> list[float]:
    """Weights 1/pi, none above a few times their mean over the population (N/n, by the same weights)."""
    weights = [1 / probability for probability in probabilities]
    if not weights:
        return []
    ceiling = WEIGHT_MAX_TIMES_MEAN * sum(weights) / len(weights)
    return [min(weight, ceiling) for weight in weights]


def hajek(outcomes: Sequence[bool], probabilities: Sequence[float]) -> Estimate:
    """The share in the whole frame, by those who were chosen from it."""
    if len(outcomes) != len(probabilities):
        raise ValueError("an outcome and a probability for each who was chosen")
    if not outcomes:
        return NOTHING
    weights = truncated(probabilities)
    total = sum(weights)
    share = sum(weight for weight, seen in zip(weights, outcomes, strict=True) if seen) / total
    low, high = wilson(share, total * total / sum(weight * weight for weight in weights))
    return Estimate(value=share, low=low, high=high, n=len(outcomes), positives=sum(outcomes))


@dataclass(frozen=True, slots=True, kw_only=True)
class Ratio:
    """How many times one rate is another, with its interval; None: too little was seen."""

    value: float | None
    low: float | None
    high: float | None


def lift(group: Estimate, everybody: Estimate) -> Ratio:
    """How many times the rate of `everybody` the rate of `group` is (interval of the logarithm)."""
    if group.value is None or not everybody.value or everybody.positives < RATIO_POSITIVES_MIN:
        return Ratio(value=None, low=None, high=None)
    value = group.value / everybody.value
    spread = math.sqrt(_relative_variance(group) + _relative_variance(everybody))
    centre = max(value, 0.5 / group.n / everybody.value)  # none in the group: half a one, for the interval only
    return Ratio(value=value, low=centre * math.exp(-Z * spread), high=centre * math.exp(Z * spread))


def _relative_variance(estimate: Estimate) -> float:
    """Variance of the logarithm of a share, from the width of its interval so that it counts effective numbers."""
    assert estimate.value is not None
    assert estimate.low is not None
    assert estimate.high is not None
    if estimate.value == 0:
        return 1 / 0.5 - 1 / (estimate.n + 0.5)
    return ((estimate.high - estimate.low) / (2 * Z * estimate.value)) ** 2


def poisson_interval(observed: int) -> tuple[float, float]:
    """95 % interval of the mean of a count (Byar's approximation; exact enough from one on, and safe at none)."""
    low = 0.0
    if observed > 0:
        low = observed * (1 - 1 / (9 * observed) - Z / (3 * math.sqrt(observed))) ** 3
    above = observed + 1
    high = above * (1 - 1 / (9 * above) + Z / (3 * math.sqrt(above))) ** 3
    return max(0.0, low), high

"""How good is a ranking, and how true are its probabilities? Figures with n, positives and an interval.

Ties are never broken in anybody's favour: every figure is its expected value under a random order of equal scores.
Intervals of 95 %: DeLong for the AUC, a seeded bootstrap over venues for average precision, Wilson for precision.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

POSITIVES_MIN = 20
"""Under so many positives no AUC, AP or calibration error is told: it would be noise that looks like a figure."""
SHARES = (0.01, 0.05, 0.1, 0.2)
Z_95 = 1.959963984540054
_BINS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Estimate:
    """A figure with its 95 % interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class AtShare:
    """What inspecting the first `share` of a ranking would find. `lift` is precision over the base rate."""

    share: float
    venues: int
    precision: Estimate
    recall: float
    lift: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Bin:
    """One of ten equal parts of the venues by probability."""

    venues: int
    predicted: float
    observed: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """All figures of one ranking; what cannot be told is None, and `reason` says why."""

    n: int
    positives: int
    base_rate: float
    auc: Estimate | None
    ap: Estimate | None
    at: tuple[AtShare, ...]
    ece: float | None
    predicted_over_observed: float | None
    bins: tuple[Bin, ...]
    reason: str | None


def figures(y: Floats, scores: Floats, probabilities: Floats | None = None, *, seed: int = 0) -> Figures:
    """All figures of `scores`; calibration of `probabilities` where given."""
    n, positives = len(y), int(y.sum())
    told = POSITIVES_MIN <= positives < n
    judged = probabilities if told else None
    return Figures(
        n=n,
        positives=positives,
        base_rate=positives / n if n else 0.0,
        auc=auc_interval(y, scores) if told else None,
        ap=ap_interval(y, scores, seed=seed) if told else None,
        at=tuple(at_share(y, scores, share) for share in SHARES) if positives else (),
        ece=None if judged is None else ece(y, judged),
        predicted_over_observed=None if judged is None else float(judged.sum()) / positives,
        bins=() if judged is None else bins(y, judged),
        reason=None if told else _reason(n, positives),
    )


def _reason(n: int, positives: int) -> str:
    if positives and positives == n:
        return "every venue is positive: there is nothing to tell apart"
    return f"{positives} positives: under {POSITIVES_MIN} no AUC, AP or calibration error is told"


def auc(y: Floats, scores: Floats) -> float:
    """The chance that a positive stands above a negative; a tie counts half."""
    ranks = midranks(scores)
    positive = y > 0
    m = int(positive.sum())
    k = len(y) - m
    if not m or not k:
        raise ValueError("an AUC needs both positives and negatives")
    return float((ranks[positive].sum() - m * (m + 1) / 2) / (m * k))


def auc_interval(y: Floats, scores: Floats) -> Estimate:
    """The AUC with its interval by DeLong's variance (Sun and Xu's midranks)."""
    positive = y > 0
    m, k = int(positive.sum()), int((~positive).sum())
    value = auc(y, scores)
    ranks = midranks(scores)
    above = (ranks[positive] - midranks(scores[positive])) / k
    below = 1 - (ranks[~positive] - midranks(scores[~positive])) / m
    variance = (float(above.var(ddof=1)) / m if m > 1 else 0.25) + (float(below.var(ddof=1)) / k if k > 1 else 0.25)
    half = Z_95 * sqrt(variance)
    return Estimate(value=value, low=max(0.0, value - half), high=min(1.0, value + half))


def midranks(scores: Floats) -> Floats:
    """Ranks from 1, equal scores sharing their mean rank."""
    _, group, counts = np.unique(scores, return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    return (last - (counts - 1) / 2)[group]


def average_precision(y: Floats, scores: Floats) -> float:
    """The expected average precision under a random order of equal scores, exactly.

    In a group of m equal scores with k positives after N venues with P positives, place j holds a positive with chance
    k/m, and then P + 1 + (j-1)(k-1)/(m-1) positives are expected among the first N + j.
    """
    total = float(y.sum())
    if not total:
        raise ValueError("average precision needs a positive")
    _, group, size = np.unique(-scores, return_inverse=True, return_counts=True)
    hits = np.bincount(group, weights=y, minlength=len(size))
    before, hits_before = np.cumsum(size) - size, np.cumsum(hits) - hits
    of = np.repeat(np.arange(len(size)), size)
    place = np.arange(len(y)) - before[of]
    mates = np.where(size > 1, (hits - 1) / np.maximum(size - 1, 1), 0.0)
    expected = (hits_before[of] + 1 + place * mates[of]) / (before[of] + place + 1)
    return float((hits / size)[of] @ expected / total)


def ap_interval(y: Floats, scores: Floats, *, seed: int = 0, draws: int = 200) -> Estimate:
    """Average precision with a percentile interval over resampled venues."""
    low, high = np.percentile(bootstrap(y, {"ap": scores}, _resampled_ap, seed=seed, draws=draws)["ap"], [2.5, 97.5])
    return Estimate(value=average_precision(y, scores), low=float(low), high=float(high))


Statistic = Callable[[Floats, Floats], float]
"""Of the labels in the order of a ranking, best first, and how often each was drawn."""


def bootstrap(
    y: Floats, rankings: Mapping[str, Floats], statistic: Statistic, *, seed: int = 0, draws: int = 200
) -> dict[str, Floats]:
    """The statistic of every ranking over the same resampled venues, so that differences are paired.

    Equal scores stand in a random order in each draw.
    """
    rng, n = np.random.default_rng(seed), len(y)
    found = {name: np.empty(draws) for name in rankings}
    for draw in range(draws):
        times = np.bincount(rng.integers(0, n, n), minlength=n).astype(np.float64)
        shuffled = rng.permutation(n)
        for name, scores in rankings.items():
            order = shuffled[np.argsort(-scores[shuffled], kind="stable")]
            found[name][draw] = statistic(y[order], times[order])
    return found


def _resampled_ap(y: Floats, times: Floats) -> float:
    hits = y * times
    total = hits.sum()
    return float(hits @ (np.cumsum(hits) / np.maximum(np.cumsum(times), 1)) / total) if total else 0.0


def _resampled_auc(y: Floats, times: Floats) -> float:
    hits, misses = y * times, (1 - y) * times
    pairs = hits.sum() * misses.sum()
    return float(hits @ (misses.sum() - np.cumsum(misses)) / pairs) if pairs else 0.5


def resampled_precision(share: float) -> Statistic:
    """A statistic for `bootstrap`: precision in the first `share` of the resampled venues."""

    def precision(y: Floats, times: Floats) -> float:
        wanted = first(share, int(times.sum()))
        taken = np.diff(np.minimum(np.cumsum(times), wanted), prepend=0.0)
        return float(y @ taken / wanted)

    return precision


RESAMPLED_AP: Statistic = _resampled_ap
RESAMPLED_AUC: Statistic = _resampled_auc


def first(share: float, n: int) -> int:
    """How many venues the first `share` of n is: at least one."""
    return max(1, round(share * n))


def hits_among(y: Floats, scores: Floats, count: int) -> float:
    """The expected number of positives among the first `count`; of the group that is cut, its share."""
    line = -np.partition(-scores, count - 1)[count - 1]
    above, level = scores > line, scores == line
    return float(y[above].sum() + (count - above.sum()) * y[level].mean())


def at_share(y: Floats, scores: Floats, share: float) -> AtShare:
    """Precision, recall and lift in the first `share` of the ranking."""
    count = first(share, len(y))
    hits, total = hits_among(y, scores, count), float(y.sum())
    return AtShare(
        share=share,
        venues=count,
        precision=wilson(hits, count),
        recall=hits / total if total else 0.0,
        lift=hits / count / (total / len(y)) if total else 0.0,
    )


def wilson(hits: float, n: float) -> Estimate:
    """A share with Wilson's interval."""
    p, z2 = hits / n, Z_95**2
    middle, half = p + z2 / (2 * n), Z_95 * sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return Estimate(
        value=p, low=max(0.0, (middle - half) / (1 + z2 / n)), high=min(1.0, (middle + half) / (1 + z2 / n))
    )


def bins(y: Floats, probabilities: Floats, count: int = _BINS) -> tuple[Bin, ...]:
    """Equal parts by rank of probability, lowest first; equal probabilities share their positives evenly."""
    _, group = np.unique(probabilities, return_inverse=True)
    even = (np.bincount(group, weights=y) / np.bincount(group))[group]
    order = np.argsort(probabilities, kind="stable")
    parts = [part for part in np.array_split(order, count) if len(part)]
    return tuple(
        Bin(venues=len(part), predicted=float(probabilities[part].mean()), observed=float(even[part].mean()))
        for part in parts
    )


def ece(y: Floats, probabilities: Floats) -> float:
    """Expected calibration error: |predicted - observed| averaged over ten equal parts of the venues."""
    return sum(part.venues * abs(part.predicted - part.observed) for part in bins(y, probabilities)) / len(y)

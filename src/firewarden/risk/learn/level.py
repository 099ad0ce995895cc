"""How many will there be? The level of a label: when its records began, whether it just moved, where it goes next.

Models learn from rows whose levels were made even, so that they tell which venues, not which year; how many is said
here: by the past periods, believing the older ones as far as that would have foreseen the newer. A label of which
records began late has no level before, and after a jump the level is that since the jump.
"""

from collections.abc import Sequence
from dataclasses import replace
from math import lgamma

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.learn.design import Rows

Floats = NDArray[np.float64]
Times = NDArray[np.int64]

_DAY_S = 86_400
_YEAR_S = 365 * _DAY_S
_BEGUN = 0.1
"""Records began where before there was less than this share of the rate after."""
_MOVED = 2.0
_EVIDENCE = 20.0
"""Of a step against none, in log-likelihood: what happens in bursts must not look like one."""
_PARTS = 8
_DAYS_MIN = 14
_SHRINK = 10.0
"""So many events at the mean rate are added to those of an origin when levels are made even."""
_KEPT = (1.0, 0.95, 0.9, 0.8, 0.6, 0.4, 0.2, 0.05)
"""How much of what was known of the level still holds a period later: from all, a level that stands, to hardly any."""
_GROWTH = ((0.0, 0.7), (-0.15, 0.1), (0.15, 0.1), (-0.3, 0.05), (0.3, 0.05))
"""How the log of the level may grow by period, and how much each is believed beforehand."""
_STEADY = 0.8
"""Growth is of a level that hardly forgets; what jumps does not grow."""


def began(times: Times, begin: int, end: int) -> int:
    """When the records of a label began: `begin`, or the event from which on there were ten times as many."""
    at, gain = _best_step(times, begin, end, 0)
    if at is None or gain < _EVIDENCE:
        return begin
    before, after = _rates(times, begin, at, end)
    return at if before <= _BEGUN * after else begin


def moved(times: Times, begin: int, end: int, period_s: int) -> int | None:
    """Since when the rate is another by half or by twice, within the last two periods; None where it is not.

    What was so a year before as well is a season and no step.
    """
    since = max(begin, end - 2 * period_s)
    own = times[times >= since]
    at, gain = _best_step(own, since, end, max(_DAYS_MIN * _DAY_S, period_s // _PARTS))
    if at is None or gain < _EVIDENCE:
        return None
    before, middle = _rates(own, since, at, end)[0], (at + end) // 2
    halves = _rates(own, at, middle, end)  # a burst is in one of them
    if not (all(half > before for half in halves) or all(half < before for half in halves)):
        return None
    after = rate(own, at, end)
    apart = [_apart(before, half) for half in halves]
    if begin <= at - _YEAR_S:
        apart.append(_apart(_count(times, at - _YEAR_S, end - _YEAR_S) / (end - at), after))
    return at if all(apart) else None


def rate(times: Times, begin: int, end: int) -> float:
    """Events a second, half an event more than there were."""
    return (_count(times, begin, end) + 0.5) / max(end - begin, 1)


def _apart(one: float, other: float) -> bool:
    return max(one, other) >= _MOVED * min(one, other)


def _count(times: Times, begin: int, end: int) -> int:
    start, stop = np.searchsorted(times, [begin, end], side="left")
    return int(stop - start)


def _rates(times: Times, begin: int, at: int, end: int) -> tuple[float, float]:
    return _count(times, begin, at) / max(at - begin, 1), _count(times, at, end) / max(end - at, 1)


def _best_step(times: Times, begin: int, end: int, least: int) -> tuple[int | None, float]:
    """The event at which two rates tell the times better than one, and by how much; each side at least that long."""
    own = times[(times >= begin) & (times < end)]
    places = np.flatnonzero((own - begin >= max(least, 1)) & (end - own >= max(least, 1)))
    if not len(places):
        return None, 0.0
    first, whole = (own[places] - begin).astype(np.float64), float(end - begin)
    n, before = float(len(own)), places.astype(np.float64)
    gains = _loglikelihood(before, first) + _loglikelihood(n - before, whole - first) - n * np.log(n / whole)
    best = int(np.argmax(gains))
    return int(own[places[best]]), float(gains[best])


def _loglikelihood(counts: Floats, spans: Floats) -> Floats:
    return np.where(counts > 0, counts * np.log(np.maximum(counts, 1) / spans), 0.0)


def forecast(positives: Sequence[float], sizes: Sequence[float]) -> float:
    """The share to expect in the next period, from those of past ones, oldest first.

    A Poisson rate of which each period makes us forget a part, and which may grow: each way is believed as far as it
    foresaw every period from those before it (Smith and Miller, 1986). Half an event more than none.
    """
    counts, n = np.asarray(positives, np.float64), np.asarray(sizes, np.float64)
    ways = [(kept, growth, share) for kept in _KEPT for growth, share in _GROWTH if not growth or kept >= _STEADY]
    told = [_filtered(counts, n, kept, growth) for kept, growth, _ in ways]
    evidence = np.array([gain + np.log(share) for (_, gain), (*_, share) in zip(told, ways, strict=True)])
    belief = np.exp(evidence - evidence.max())
    share = float(np.array([rate for rate, _ in told]) @ belief / belief.sum())
    return min(share, float(1 - 0.5 / (n[-1] + 1)))


def _filtered(counts: Floats, n: Floats, kept: float, growth: float) -> tuple[float, float]:
    """The rate foreseen next, and the log evidence of what was seen: gamma before each period, Poisson in it."""
    exposed = n * np.exp(growth * np.arange(len(n)))
    events, of, evidence = counts[0] + 0.5, exposed[0] + 1, 0.0
    for count, size in zip(counts[1:], exposed[1:], strict=True):
        events, of = kept * events, kept * of
        evidence += lgamma(events + count) - lgamma(events)
        evidence += events * np.log(of / (of + size)) + count * np.log(size / (of + size))
        events, of = events + count, of + size
    return float(events / of * np.exp(growth * len(n))), float(evidence)


def even(rows: Rows) -> Rows:
    """The same rows with as many events for each venue in every origin: where there were fewer, the others weigh less.

    Otherwise whatever tells the years apart would pass for a reason of what happened in them.
    """
    _, of = np.unique(rows.origin, return_inverse=True)
    events, exposed = np.bincount(of, rows.weight * rows.y), np.bincount(of, rows.weight * rows.exposure)
    mean = events.sum() / max(float(exposed.sum()), 1e-12)
    if mean <= 0 or len(events) < 2:  # noqa: PLR2004 - one origin has nothing to be even with
        return rows
    rates = (events + _SHRINK) / (exposed + _SHRINK / mean)
    factor = (rates / rates.max())[of]
    return replace(rows, weight=np.where(rows.y > 0, rows.weight, rows.weight * factor))

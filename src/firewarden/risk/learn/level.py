"""How many will there be? The level of a label: when its records began, whether it just moved, where it goes next.

Models learn from rows whose levels were made even, so that they tell which venues, not which year; how many is said
here: by the past periods as a random walk in log-odds whose unrest the periods themselves tell. A label of which
records began late has no level before, and after a jump the level is that since the jump.
"""

from collections.abc import Sequence
from dataclasses import replace

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
_WALKS = (0.01, 0.03, 0.1, 0.3, 1.0)
_SHOCKS = (0.0, 0.1)
"""Of a period alone, which the next does not inherit."""
_DRIFTS = ((0.0, 0.75), (0.15, 0.25))
"""Standard deviations of the drift by period, and how much each is believed beforehand."""


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

    A level that walks, with or without a drift, in periods with or without shocks of their own: each is believed as
    far as it foresaw every period from those before it. Half an event more than none, so it is never 0 or 1.
    """
    events, n = np.asarray(positives, np.float64) + 0.5, np.asarray(sizes, np.float64) + 1
    z, noise = np.log(events / (n - events)), 1 / events + 1 / (n - events)
    kinds = [(walk, shock, *drift) for walk in _WALKS for shock in _SHOCKS for drift in _DRIFTS]
    told = [_walked(z, noise + shock**2, walk, drift) for walk, shock, drift, _ in kinds]
    evidence = np.array([gain + np.log(share) for (_, gain), (*_, share) in zip(told, kinds, strict=True)])
    belief = np.exp(evidence - evidence.max())
    z_next = float(np.array([level for level, _ in told]) @ belief / belief.sum())
    return float(1 / (1 + np.exp(-z_next)))


def _walked(z: Floats, noise: Floats, walk: float, drift: float) -> tuple[float, float]:
    """Kalman's filter of (level, drift): the level foreseen next, and the log evidence of what was seen."""
    state, spread = np.array([z[0], 0.0]), np.diag([noise[0], drift**2])
    step, unrest = np.array([[1.0, 1.0], [0.0, 1.0]]), np.diag([walk**2, 0.0])
    evidence = 0.0
    for seen, error in zip(z[1:], noise[1:], strict=True):
        state, spread = step @ state, step @ spread @ step.T + unrest
        width, off = float(spread[0, 0] + error), float(seen - state[0])
        evidence -= 0.5 * (np.log(width) + off**2 / width)
        gain = spread[:, 0] / width
        state, spread = state + gain * off, spread - np.outer(gain, spread[0])
    return float((step @ state)[0]), float(evidence)


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

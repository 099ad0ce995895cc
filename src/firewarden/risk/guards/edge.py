"""Has the ranking lost its edge within a week? Two rankings, a week apart, each judged by the fires that followed it.

The figure is average precision over the share of venues that burnt: how many times better than a random order. The
share is taken out because fires have seasons: average precision alone falls in a quiet month, whatever the model does.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.guards.checks import Finding
from firewarden.risk.learn.metrics import average_precision

DROP_MAX = 0.2
FIRES_MIN = 20
"""In both windows; they overlap, so nearly the same fires are in both."""
_DRAWS = 400

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Followed:
    """A venue in both rankings: its scores, and whether it burnt in the 90 days after each."""

    before: float
    burnt_before: bool
    now: float
    burnt_now: bool


def weekly_drop(venues: Sequence[Followed]) -> Finding:
    """By which share the edge became less. Fires where that is too much, and chance alone makes no such drop."""
    table = np.array([(v.before, v.burnt_before, v.now, v.burnt_now) for v in venues], dtype=np.float64).reshape(-1, 4)
    before, burnt_before, now, burnt_now = table.T
    fires = {"venues": len(venues), "fires_before": int(burnt_before.sum()), "fires": int(burnt_now.sum())}
    if min(fires["fires_before"], fires["fires"]) < FIRES_MIN:
        return Finding(name="ap_drop", value=None, high=DROP_MAX, detail=fires)
    was, is_ = _edge(burnt_before, before), _edge(burnt_now, now)
    drop, least = 1 - is_ / was, _least(table)
    return Finding(
        name="ap_drop",
        value=drop,
        high=DROP_MAX,
        fired=drop > DROP_MAX and least > 0,
        detail={**fires, "edge_before": was, "edge": is_, "at_least": least},
    )


def _edge(burnt: Floats, scores: Floats) -> float:
    """Above nothing, as long as something burnt."""
    return average_precision(burnt, scores) / float(burnt.mean())


def _least(table: Floats) -> float:
    """The low end of the drop's interval over resampled venues, each with both of its scores."""
    rng, drops = np.random.default_rng(0), list[float]()
    for _ in range(_DRAWS):
        before, burnt_before, now, burnt_now = table[rng.integers(0, len(table), len(table))].T
        if burnt_before.any() and burnt_now.any():
            drops.append(1 - _edge(burnt_now, now) / _edge(burnt_before, before))
    return float(np.percentile(drops, 2.5))

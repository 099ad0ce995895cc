"""Do the venues of today look like those that the model learnt from? The population stability index of each feature.

PSI = sum over bins of (share now - share then) * ln(share now / share then); bins are tenths of then, or fewer where
many venues are alike. Over .2 is the usual line for "another population".
"""

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

PSI_MAX = 0.2
VENUES_MIN = 100
"""With fewer, a tenth is noise."""
_BINS = 10
_SHARE_MIN = 0.5

Floats = NDArray[np.float64]


def reference(names: Sequence[str], x: Floats) -> dict[str, Any]:
    """What is kept in the model's card: edges of the bins of each feature, and how many venues stood in each."""
    told: dict[str, Any] = {}
    for name, column in zip(names, x.T, strict=True):
        edges = np.unique(np.quantile(column, np.linspace(0, 1, _BINS + 1)[1:-1]))
        counts = np.bincount(np.searchsorted(edges, column, side="left"), minlength=len(edges) + 1)
        told[name] = {"edges": edges.tolist(), "counts": counts.tolist()}
    return told


def psi(then: Mapping[str, Any], column: Floats) -> float:
    """The index of one feature; a bin without a venue counts as half of one."""
    counts = np.array(then["counts"], dtype=np.float64)
    now = np.bincount(np.searchsorted(np.array(then["edges"]), column, side="left"), minlength=len(counts))
    old = np.maximum(counts, _SHARE_MIN) / counts.sum()
    new = np.maximum(now, _SHARE_MIN) / len(column)
    return float(sum((b - a) * math.log(b / a) for a, b in zip(old.tolist(), new.tolist(), strict=True)))

"""Which rows may a model learn from? Only origins whose horizon ended by the cutoff; a random split is refused.

Beside the split by time, a fifth of the venues can be held out by the hash of their id, to see whether a model only
remembers venues.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from hashlib import blake2b
from typing import NoReturn

import numpy as np
from numpy.typing import NDArray

HELD_OUT_SHARE = 0.2
HORIZONS_MIN = 3
"""How many horizons of history it takes to train on the whole horizon."""
PARTS_WHEN_SHORT = 4
"""Into how many parts a shorter history is cut: one to know something before, the others to learn from."""
HORIZON_MIN_DAYS = 7
ORIGINS_MAX = 8
"""Older origins are left out: a city changes, and what is older weighs little."""
_DAY = np.timedelta64(86400, "s")


class RandomSplitRefusedError(ValueError):
    """Rows of one venue would stand on both sides, and what comes later would explain what came earlier."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Origins to learn from, latest first, and over how many days; empty when the history is too short (`note`)."""

    origins: tuple[np.datetime64, ...]
    days: int
    note: str | None = None


def refuse_random() -> NoReturn:
    """Say why a random split is no split."""
    raise RandomSplitRefusedError(
        "a random split is refused: rows of the same venue and the same weeks would be on both sides, and a figure"
        " measured so is not one that can be reached on the future (on shuffled time series even the row number"
        " seems to predict); use cutoffs"
    )


def plan(begin: np.datetime64, cutoff: np.datetime64, horizon_days: int, *, origins_max: int = ORIGINS_MAX) -> Plan:
    """Rolling origins before `cutoff`, one horizon apart, each with history before it that begins at `begin`.

    With less history than three horizons the training horizon is a quarter of it, and the exposure says so.
    """
    known = int((cutoff - begin) // _DAY)
    if known >= HORIZONS_MIN * horizon_days:
        days, note = horizon_days, None
    else:
        days = known // PARTS_WHEN_SHORT
        note = f"{known} days of history are short for {horizon_days} days ahead: learnt on horizons of {days} days"
    if days < HORIZON_MIN_DAYS and days < horizon_days:
        return Plan(
            origins=(),
            days=max(days, 0),
            note=f"{max(known, 0)} days of history before the cutoff are too short to learn from",
        )
    count = min(known // days - 1, origins_max)
    return Plan(origins=tuple(cutoff - _DAY * (days * (k + 1)) for k in range(count)), days=days, note=note)


def held_out(venues: Iterable[str], *, share: float = HELD_OUT_SHARE, salt: str = "") -> NDArray[np.bool_]:
    """Which venues are held out: by a hash of the id, so that a venue is always on the same side."""
    line = int(share * 2**64)
    return np.array(
        [int.from_bytes(blake2b(f"{salt}|{v}".encode(), digest_size=8).digest(), "big") < line for v in venues],
        dtype=bool,
    )

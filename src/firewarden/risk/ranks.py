"""What is kept of every venue's last score, to say how sure its rank is?"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import log

import numpy as np

from firewarden.risk.judging import Judgement
from firewarden.risk.scoring.likelihood import Likelihood
from firewarden.risk.scoring.ranks import rank_intervals

SEED = 0
"""Always the same draws: an interval changes only when a venue does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """The 90 % interval of a venue's rank."""

    venue_id: int
    low: int
    high: int


class Ranks:
    """The numbers behind the last score of each venue."""

    def __init__(self) -> None:
        self._rows: dict[int, tuple[tuple[float, ...], tuple[float, ...]]] = {}

    def note(self, found: Mapping[int, Judgement]) -> None:
        """Remember new scores."""
        for venue, judgement in found.items():
            score, duty = judgement.score, judgement.duty
            elsewhere = log(score.uncontrolled * score.consequence)
            self._rows[venue] = (score.x, (elsewhere, score.coverage, duty.a, duty.b))

    def missing(self, venues: Iterable[int]) -> list[int]:
        """Those of which nothing was noted since the process began."""
        return [venue for venue in venues if venue not in self._rows]

    def intervals(self, likelihood: Likelihood) -> list[Interval]:
        """The interval of every venue."""
        if not self._rows:
            return []
        venues = sorted(self._rows)
        x = np.array([self._rows[venue][0] for venue in venues])
        other = np.array([self._rows[venue][1] for venue in venues])
        low, high = rank_intervals(x, other[:, 0], other[:, 1], likelihood, seed=SEED, duty=other[:, 2:])
        return [
            Interval(venue_id=venue, low=int(lowest), high=int(highest))
            for venue, lowest, highest in zip(venues, low, high, strict=True)
        ]

"""What was known of each venue strictly before a moment, as numbers? Nothing that came then or later is looked at.

Counts are decayed, in log1p, and told against the mean venue of the same moment, so that a longer history does not look
like a worse city. Rates of streets and neighbourhoods leave the venue itself out and are shrunk by what streets truly
differ. What is unknown is the mean of its use, with a flag; never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.records.city import KINDS, City, Events, Venues
from firewarden.risk.records.columns import (
    AREA_HALF_LIVES,
    KIND_HALF_LIVES,
    LABEL_HALF_LIVES,
    NEAR,
    OTHERS_HALF_LIFE,
    USES_MAX,
    WIDE,
    YEAR_DAYS,
    Columns,
)
from firewarden.risk.records.neighbours import density, nearest

Floats = NDArray[np.float64]

_DAY_S = 86400
_YEAR_S = YEAR_DAYS * _DAY_S
_SHAPE_MIN, _SHAPE_MAX = 0.5, 50.0
_TINY = 1e-9


def columns_of(venues: Venues, label: Sequence[str]) -> Columns:
    """The columns for a city: its most frequent uses have one each."""
    counts = np.bincount(venues.use[venues.use >= 0], minlength=len(venues.uses))
    frequent = sorted(range(len(venues.uses)), key=lambda code: (-counts[code], venues.uses[code]))[:USES_MAX]
    return Columns(label=tuple(label), uses=tuple(venues.uses[code] for code in frequent))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Maker:
    """Makes the columns of one city at any moment; what does not change with the moment is worked out once."""

    city: City
    columns: Columns
    neighbours: NDArray[np.int32]
    density: Floats

    def at(self, moment: int, population: NDArray[np.int64]) -> Floats:
        """(n, p) in the order of `columns.features()`, for the venues of the population."""
        known = self.city.events.before(moment)
        label = known.of(self.columns.label)
        parts = [
            *(self._count(label, days, moment, population) for days in LABEL_HALF_LIVES.values()),
            self._since(label, known, moment, population),
            *self._kinds(known, moment, population),
            *self._surroundings(known, label, moment, population),
            *_attributes(self.city.venues, moment, population),
            _filled(self.density[population], self.city.venues.use[population]),
            *(self._is(use, population) for use in self.columns.uses),
        ]
        return np.column_stack(parts)

    def _kinds(self, known: Events, moment: int, population: NDArray[np.int64]) -> list[Floats]:
        own = {kind: known.of([kind]) for kind in self.columns.kinds}
        return [
            self._count(own[kind], days, moment, population)
            for kind in self.columns.kinds
            for days in KIND_HALF_LIVES.values()
        ]

    def _count(self, events: Events, days: float, moment: int, population: NDArray[np.int64]) -> Floats:
        return _against_mean(np.log1p(decayed(events, days, moment, len(self.city.venues))[population]))

    def _since(self, label: Events, known: Events, moment: int, population: NDArray[np.int64]) -> Floats:
        """Log of the years since the last event; where there was none, since the records began."""
        begin = int(known.time[0]) if len(known.time) else moment
        last = np.full(len(self.city.venues), begin, np.int64)
        last[label.venue] = label.time  # in order of time: the last one stays
        return _against_mean(np.log((moment - last[population]) / _YEAR_S + 0.1))

    def _surroundings(self, known: Events, label: Events, moment: int, population: NDArray[np.int64]) -> list[Floats]:
        venues, n = self.city.venues, len(self.city.venues)
        present = np.zeros(n)
        present[population] = 1.0
        others = known.of([kind for kind in KINDS if kind not in self.columns.label])
        wanted = [*((label, days) for days in AREA_HALF_LIVES.values()), (others, OTHERS_HALF_LIFE)]
        street, near, wide = list[Floats](), list[Floats](), list[Floats]()
        for events, days in wanted:
            counts, squares = decayed(events, days, moment, n), decayed(events, days / 2, moment, n)
            mean = float(counts[population].sum()) / max(len(population), 1)
            street.append(_street_rates(venues.street, counts, squares, present, mean)[population])
            near.append(self._near_rates(NEAR, counts, squares, present, mean)[population])
            wide.append(self._near_rates(WIDE, counts, squares, present, mean)[population])
        stranger = (venues.street < 0).astype(np.float64)[population]
        nowhere = self.neighbours[population, 0] == n if self.neighbours.size else np.ones(len(population))
        rates = [part for parts in (street, near, wide) for part in parts[:-1]]
        return [*rates, street[-1], near[-1], wide[-1], stranger, nowhere.astype(np.float64)]

    def _near_rates(self, size: int, counts: Floats, squares: Floats, present: Floats, mean: float) -> Floats:
        """Of the nearest `size` venues. The last entry of each sum stands for "no neighbour"."""
        if not self.neighbours.size:
            return np.zeros(len(counts))
        index = self.neighbours[:, :size]
        sums = [np.append(values, 0.0)[index].sum(axis=1) for values in (counts, squares, present)]
        known = self.neighbours[:, 0] < len(counts)
        shape = _shape(sums[0][known], sums[1][known], sums[2][known], mean)
        return np.where(known, _log_rate(sums[0], sums[2], mean, shape), 0.0)

    def _is(self, use: str, population: NDArray[np.int64]) -> Floats:
        return (self.city.venues.use[population] == self.city.venues.uses.index(use)).astype(np.float64)


def maker(city: City, label: Sequence[str]) -> Maker:
    """For the records of one city and one label."""
    return Maker(
        city=city, columns=columns_of(city.venues, label), neighbours=nearest(city.venues), density=density(city.venues)
    )


def decayed(events: Events, half_life_days: float, moment: int, n: int) -> Floats:
    """For each venue the sum of 2^(-age / half-life) over its events."""
    weights = np.exp2((events.time - moment) / (half_life_days * _DAY_S))
    return np.bincount(events.venue, weights=weights, minlength=n).astype(np.float64)


def _street_rates(street: NDArray[np.int32], counts: Floats, squares: Floats, present: Floats, mean: float) -> Floats:
    """The log rate of the rest of each venue's street against the city's, shrunk; 0, the mean, without a street."""
    known = street >= 0
    if not known.any():
        return np.zeros(len(street))
    sums = [_summed(street[known], values[known]) for values in (counts, squares, present)]
    shape = _shape(sums[0], sums[1], sums[2], mean)
    place = np.where(known, street, 0)
    others, peers = sums[0][place] - counts, sums[2][place] - present
    return np.where(known, _log_rate(np.maximum(others, 0), peers, mean, shape), 0.0)


def _summed(groups: NDArray[np.int32], values: Floats) -> Floats:
    return np.bincount(groups, weights=values).astype(np.float64)


def _shape(counts: Floats, squares: Floats, sizes: Floats, mean: float) -> float:
    """The shape of the gamma distribution that the true rates of groups follow, by moments: mean^2 / variance."""
    if mean <= 0:
        return 1.0
    excess = float(((counts - sizes * mean) ** 2 - squares).sum())
    variance = max(excess / max(float((sizes**2).sum()), 1.0), _TINY)
    return float(np.clip(mean**2 / variance, _SHAPE_MIN, _SHAPE_MAX))


def _log_rate(counts: Floats, sizes: Floats, mean: float, shape: float) -> Floats:
    """The log of the shrunk rate against the mean: `shape` events are added at the city's rate."""
    return np.log((counts + shape) / (np.maximum(sizes, 0) * mean + shape))


def _attributes(venues: Venues, moment: int, population: NDArray[np.int64]) -> list[Floats]:
    use = venues.use[population]
    year = 1970 + moment / _YEAR_S
    with np.errstate(invalid="ignore"):
        values = (
            np.log(venues.area_m2[population]),
            np.log(venues.height_m[population]),
            np.log1p(np.maximum(year - venues.built[population], 0)),
        )
    told = [part for value in values for part in (_filled(value, use), np.isnan(value).astype(np.float64))]
    return [*told, _street_size(venues.street, population)]


def _street_size(street: NDArray[np.int32], population: NDArray[np.int64]) -> Floats:
    own = street[population]
    if not (own >= 0).any():
        return np.zeros(len(own))
    size = np.bincount(own[own >= 0], minlength=int(own.max()) + 1)
    return _filled(np.where(own >= 0, np.log(np.maximum(size[np.maximum(own, 0)], 1)), np.nan), own)


def _filled(values: Floats, use: NDArray[np.int32]) -> Floats:
    """Told against the mean; what is unknown has the mean of its use, or of all."""
    known = ~np.isnan(values)
    if not known.any():
        return np.zeros(len(values))
    mean = float(values[known].mean())
    group = use + 1  # 0: use unknown
    count = np.bincount(group[known], minlength=int(group.max()) + 1)
    total = np.bincount(group[known], weights=values[known], minlength=int(group.max()) + 1)
    typical = (total + mean) / (count + 1)  # shrunk by one venue of the mean
    return np.where(known, values, typical[group]) - mean


def _against_mean(values: Floats) -> Floats:
    return values - values.mean() if len(values) else values

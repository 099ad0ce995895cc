"""What was known of each venue strictly before a moment, as numbers? Nothing that came then or later is looked at.

Counts are decayed, in log1p, and told against the mean venue of the same moment, so that a longer history does not look
like a worse city. Rates of streets and neighbourhoods leave the venue itself out and are shrunk by what streets truly
differ. What is unknown is the mean of its use, with a flag; never 0.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

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
    YEAR_DAYS,
    Columns,
)
from firewarden.risk.records.known import Known, known

Floats = NDArray[np.float64]

_DAY_S = 86400
_YEAR_S = YEAR_DAYS * _DAY_S
_SHAPE_MIN, _SHAPE_MAX = 0.5, 50.0
_TINY = 1e-9


def columns_of(venues: Venues, label: Sequence[str], known_by: int | None = None) -> Columns:
    """The columns for a city: the most frequent uses of the venues that were known by then have one each."""
    own = venues.use if known_by is None else venues.use[venues.known_from < known_by]
    counts = np.bincount(own[own >= 0], minlength=len(venues.uses))
    there = [code for code in range(len(venues.uses)) if counts[code]]
    frequent = sorted(there, key=lambda code: (-counts[code], venues.uses[code]))[:USES_MAX]
    return Columns(label=tuple(label), uses=tuple(venues.uses[code] for code in frequent))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Maker:
    """Makes the columns of one city at any moment.

    Only venues of the population are looked at, numbered as they stand in it: another venue changes no bit.
    """

    city: City
    columns: Columns
    _kept: dict[int, Known] = field(default_factory=dict[int, Known])

    def at(self, moment: int, population: NDArray[np.int64]) -> Floats:
        """(n, p) in the order of `columns.features()`, for the venues of the population."""
        there = self._known(population)
        known = there.events(self.city.events.before(moment))
        label = known.of(self.columns.label)
        parts = [
            *(_count(label, days, moment, there) for days in LABEL_HALF_LIVES.values()),
            _since(label, known, moment, there),
            *self._kinds(known, moment, there),
            *self._surroundings(known, label, moment, there),
            *_attributes(there.venues, there.street, moment),
            _filled(there.density, there.venues.use),
            *(self._is(use, there) for use in self.columns.uses),
        ]
        return np.column_stack(parts)

    def _known(self, population: NDArray[np.int64]) -> Known:
        """Who is known and who is next to whom; kept while the population is the same."""
        kept = self._kept.get(len(population))
        if kept is None or not np.array_equal(kept.population, population):
            self._kept.clear()
            kept = self._kept[len(population)] = known(self.city.venues, population)
        return kept

    def _kinds(self, known: Events, moment: int, there: Known) -> list[Floats]:
        own = {kind: known.of([kind]) for kind in self.columns.kinds}
        return [
            _count(own[kind], days, moment, there) for kind in self.columns.kinds for days in KIND_HALF_LIVES.values()
        ]

    def _surroundings(self, known: Events, label: Events, moment: int, there: Known) -> list[Floats]:
        n = len(there)
        others = known.of([kind for kind in KINDS if kind not in self.columns.label])
        wanted = [*((label, days) for days in AREA_HALF_LIVES.values()), (others, OTHERS_HALF_LIFE)]
        street, near, wide = list[Floats](), list[Floats](), list[Floats]()
        for events, days in wanted:
            counts, squares = decayed(events, days, moment, n), decayed(events, days / 2, moment, n)
            mean = float(counts.sum()) / max(n, 1)
            street.append(_street_rates(there.street, counts, squares, mean))
            near.append(_near_rates(there.neighbours[:, :NEAR], counts, squares, mean))
            wide.append(_near_rates(there.neighbours, counts, squares, mean))
        stranger = (there.street < 0).astype(np.float64)
        nowhere = there.neighbours[:, 0] == n if there.neighbours.size else np.ones(n)
        rates = [part for parts in (street, near, wide) for part in parts[:-1]]
        return [*rates, street[-1], near[-1], wide[-1], stranger, nowhere.astype(np.float64)]

    def _is(self, use: str, there: Known) -> Floats:
        return (there.venues.use == self.city.venues.uses.index(use)).astype(np.float64)


def maker(city: City, label: Sequence[str], known_by: int | None = None) -> Maker:
    """For the records of one city and one label; the uses that have columns are those of venues known by then."""
    return Maker(city=city, columns=columns_of(city.venues, label, known_by))


def _count(events: Events, days: float, moment: int, there: Known) -> Floats:
    return _against_mean(np.log1p(decayed(events, days, moment, len(there))))


def _since(label: Events, known: Events, moment: int, there: Known) -> Floats:
    """Log of the years since the last event; where there was none, since the records began."""
    begin = int(known.time[0]) if len(known.time) else moment
    last = np.full(len(there), begin, np.int64)
    last[label.venue] = label.time  # in order of time: the last one stays
    return _against_mean(np.log((moment - last) / _YEAR_S + 0.1))


def decayed(events: Events, half_life_days: float, moment: int, n: int) -> Floats:
    """For each venue the sum of 2^(-age / half-life) over its events."""
    weights = np.exp2((events.time - moment) / (half_life_days * _DAY_S))
    return np.bincount(events.venue, weights=weights, minlength=n).astype(np.float64)


def _street_rates(street: NDArray[np.int32], counts: Floats, squares: Floats, mean: float) -> Floats:
    """The log rate of the rest of each venue's street against the city's, shrunk; 0, the mean, without a street."""
    known = street >= 0
    if not known.any():
        return np.zeros(len(street))
    sums = [_summed(street[known], values[known]) for values in (counts, squares, np.ones(len(street)))]
    shape = _shape(sums[0], sums[1], sums[2], mean)
    place = np.where(known, street, 0)
    others, peers = sums[0][place] - counts, sums[2][place] - 1
    return np.where(known, _log_rate(np.maximum(others, 0), peers, mean, shape), 0.0)


def _near_rates(neighbours: NDArray[np.int32], counts: Floats, squares: Floats, mean: float) -> Floats:
    """Of the nearest venues. The last entry of each sum stands for "no neighbour"."""
    if not neighbours.size:
        return np.zeros(len(counts))
    sums = [np.append(values, 0.0)[neighbours].sum(axis=1) for values in (counts, squares, np.ones(len(counts)))]
    known = neighbours[:, 0] < len(counts)
    shape = _shape(sums[0][known], sums[1][known], sums[2][known], mean)
    return np.where(known, _log_rate(sums[0], sums[2], mean, shape), 0.0)


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


def _attributes(venues: Venues, street: NDArray[np.int32], moment: int) -> list[Floats]:
    year = 1970 + moment / _YEAR_S
    with np.errstate(invalid="ignore"):
        values = (
            np.log(venues.area_m2),
            np.log(venues.height_m),
            np.log1p(np.maximum(year - venues.built, 0)),
        )
    told = [part for value in values for part in (_filled(value, venues.use), np.isnan(value).astype(np.float64))]
    return [*told, _street_size(street)]


def _street_size(own: NDArray[np.int32]) -> Floats:
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

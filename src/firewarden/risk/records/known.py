"""Who was known at a moment, and who is next to whom among them? Venues that became known later are not there at all.

Venues, streets and neighbours are numbered by their order in the population, so that what is worked out of them is the
same to the bit whatever else the venue file has.
"""

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from firewarden.risk.records.city import Events, Venues
from firewarden.risk.records.neighbours import density, nearest


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Known:
    """The venues of a population. `neighbours`: their numbers in it, len(self) where there is none; may be empty."""

    population: NDArray[np.int64]
    venues: Venues
    street: NDArray[np.int32]
    neighbours: NDArray[np.int32]
    density: NDArray[np.float64]
    number: NDArray[np.int32]
    """Of every venue of the city its number in the population; -1 of the others."""

    def __len__(self) -> int:
        return len(self.population)

    def events(self, events: Events) -> Events:
        """Those at the venues of the population, by their numbers in it."""
        if len(self) == len(self.number):
            return events
        venue = self.number[events.venue]
        there = venue >= 0
        return Events(venue=venue[there], time=events.time[there], kind=events.kind[there])


def known(venues: Venues, population: NDArray[np.int64]) -> Known:
    """The venues of a population (rising), on their own."""
    own = _only(venues, population)
    number = np.full(len(venues), -1, np.int32)
    number[population] = np.arange(len(population), dtype=np.int32)
    return Known(
        population=population,
        venues=own,
        street=own.street,
        neighbours=nearest(own),
        density=density(own),
        number=number,
    )


def _only(venues: Venues, population: NDArray[np.int64]) -> Venues:
    columns = {f.name: getattr(venues, f.name) for f in fields(Venues) if f.name not in {"ids", "uses", "street"}}
    return Venues(
        ids=tuple(venues.ids[k] for k in population.tolist()),
        uses=venues.uses,
        street=_renumbered(venues.street[population]),
        **{name: column[population] for name, column in columns.items()},
    )


def _renumbered(codes: NDArray[np.int32]) -> NDArray[np.int32]:
    """The same groups, numbered by the order in which they first occur; -1 stays."""
    there = codes >= 0
    _, first, of = np.unique(codes[there], return_index=True, return_inverse=True)
    result = codes.copy()
    result[there] = np.argsort(np.argsort(first))[of]
    return result

"""What does a city's file say? Venues and events as columns of numbers, whatever file they came from."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

VERSION = 1
"""Of the file format (docs/risk/records.md); a later one may add columns, never change what these mean."""

KINDS = ("fire", "alarm", "false_alarm", "fault", "inspection", "violation", "complaint", "other")
"""Kinds of events; their order is their code."""

ALWAYS = np.iinfo(np.int64).min
"""`known_from` of a venue that was always known."""


class RecordsError(ValueError):
    """A file that cannot be used as it is; the message names the row and the column."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Events:
    """Ordered by time, then venue, then kind. Times are seconds since 1970 in UTC."""

    venue: NDArray[np.int32]
    time: NDArray[np.int64]
    kind: NDArray[np.int8]

    def of(self, kinds: Sequence[str]) -> "Events":
        """Only those of these kinds."""
        kept = np.isin(self.kind, [KINDS.index(kind) for kind in kinds])
        return Events(venue=self.venue[kept], time=self.time[kept], kind=self.kind[kept])

    def before(self, moment: int) -> "Events":
        """Only those strictly before the moment."""
        stop = int(np.searchsorted(self.time, moment, side="left"))
        return Events(venue=self.venue[:stop], time=self.time[:stop], kind=self.kind[:stop])

    def within(self, begin: int, end: int) -> "Events":
        """Only those from `begin` on and before `end`."""
        start, stop = np.searchsorted(self.time, [begin, end], side="left")
        return Events(venue=self.venue[start:stop], time=self.time[start:stop], kind=self.kind[start:stop])


def ordered(venue: NDArray[np.int32], time: NDArray[np.int64], kind: NDArray[np.int8]) -> Events:
    """Events in their order, exact repeats once."""
    order = np.lexsort((kind, venue, time))
    venue, time, kind = venue[order], time[order], kind[order]
    first = np.ones(len(time), dtype=bool)
    first[1:] = (np.diff(time) != 0) | (np.diff(venue) != 0) | (np.diff(kind) != 0)
    return Events(venue=venue[first], time=time[first], kind=kind[first])


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Venues:
    """One row a venue. Numbers are NaN and codes -1 where nothing is known."""

    ids: tuple[str, ...]
    use: NDArray[np.int32]
    uses: tuple[str, ...]
    street: NDArray[np.int32]
    area_m2: NDArray[np.float64]
    height_m: NDArray[np.float64]
    built: NDArray[np.float64]
    lat: NDArray[np.float64]
    lon: NDArray[np.float64]
    number: NDArray[np.float64]
    known_from: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.ids)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class City:
    """Both files. `strangers`: events at venues that the venue file does not have (venue -1)."""

    venues: Venues
    events: Events
    strangers: Events
    notices: tuple[str, ...] = ()
    repeats: int = 0
    digests: Mapping[str, str] = field(default_factory=dict[str, str])

    def population(self, moment: int) -> NDArray[np.int64]:
        """The venues that were known before the moment."""
        return np.flatnonzero(self.venues.known_from < moment)

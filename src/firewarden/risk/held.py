"""Which states does the process hold in memory, and what do a step's facts make of them?"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import msgspec

from firewarden.risk.gather import Found
from firewarden.risk.state.facts import Micros, Registered, VenueFact
from firewarden.risk.state.fold import apply
from firewarden.risk.state.venue import VenueState

VENUES_MAX = 20_000
"""More states than this are not held; they are read again."""


@dataclass(slots=True, kw_only=True)
class Held:
    """One venue: its state, and the sweep up to which it is scored (None: none yet)."""

    state: VenueState = field(default_factory=VenueState)
    swept_at: Micros | None = None

    @property
    def number(self) -> int:
        """Of its newest fact."""
        return max(self.state.beyond, default=self.state.prefix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Numbered:
    """A fact with its number, ready to be stored."""

    venue_id: int
    source: str
    source_id: str
    fact: VenueFact


class Holding:
    """The states that were used last. What a step that failed has touched is let go, and read again."""

    def __init__(self, venues_max: int = VENUES_MAX) -> None:
        self._held: OrderedDict[int, Held] = OrderedDict()
        self._venues_max = venues_max

    def missing(self, venues: Iterable[int]) -> list[int]:
        """Those of `venues` that must be read."""
        return [venue for venue in venues if venue not in self._held]

    def put(self, states: Mapping[int, Held]) -> None:
        """Hold what was read."""
        self._held.update(states)

    def get(self, venue: int) -> Held:
        """The state of a venue that is held."""
        self._held.move_to_end(venue)
        return self._held[venue]

    def forget(self, venues: Iterable[int]) -> None:
        """Let go of states that are not as they are stored."""
        for venue in venues:
            self._held.pop(venue, None)

    def shrink(self) -> None:
        """Let go of what was not used for long."""
        while len(self._held) > self._venues_max:
            self._held.popitem(last=False)


def is_news(held: Held, found: Found) -> bool:
    """Whether a fact says something; the register may say what is known."""
    return not isinstance(found.fact, Registered) or not _says_the_same(found.fact, held.state.register)


def take(held: Held, found: Found) -> Numbered | None:
    """Give a fact its number and take it in. None: it is no news."""
    if not is_news(held, found):
        return None
    fact = msgspec.structs.replace(found.fact, number=held.number + 1)
    apply(held.state, fact)
    return Numbered(venue_id=found.venue_id, source=found.source, source_id=found.source_id, fact=fact)


def by_venue(found: Iterable[Found]) -> Iterator[tuple[int, list[Found]]]:
    """The facts of each venue, in the order of the venues; each venue's own keep their order of time."""
    groups: dict[int, list[Found]] = {}
    for fact in found:
        groups.setdefault(fact.venue_id, []).append(fact)
    for venue in sorted(groups):
        yield venue, sorted(groups[venue], key=lambda each: each.fact.at)


def _says_the_same(new: Registered, old: Registered) -> bool:
    return old.number > 0 and msgspec.structs.replace(new, number=0, at=0) == msgspec.structs.replace(
        old, number=0, at=0
    )

"""Which frames does a device still owe the centre, and which goes next? A ring of few slots, as real devices have.

What is full loses its oldest: devices do that, and no platform can give it back. Alarms go first, but never before an
older word about the same component: whole words that change places say that something ended which did not.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from firewarden.gateway_sim.gb_content import Content

SLOTS = 20


@dataclass(slots=True, eq=False)
class Entry:
    """One slot."""

    content: Content
    under_way: bool = False
    sent: bool = False
    """Whether a frame of it ever went out."""


class Ring:
    """What is not confirmed, oldest first; at most `slots`."""

    def __init__(self, slots: int = SLOTS, *, unit_max: int = 1024) -> None:
        if slots < 1:
            raise ValueError(f"a ring has at least one slot, got {slots}")
        self._slots = slots
        self._unit_max = unit_max
        self._entries: list[Entry] = []

    def __len__(self) -> int:
        return len(self._entries)

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries)

    def put(self, content: Content) -> Entry | None:
        """Keep it, readings together with those that wait. Returns what was overwritten for it.

        With every slot under way there is none to overwrite: then it is the new one that is lost.
        """
        if self._joined(content):
            return None
        entry, gone = Entry(content), None
        if len(self._entries) >= self._slots:
            gone = next((old for old in self._entries if not old.under_way), entry)
        if gone is not entry:
            self._entries.append(entry)
            if gone is not None:
                self.remove(gone)
        return gone

    def _joined(self, content: Content) -> bool:
        newest = self._entries[-1] if self._entries else None
        if newest is None or newest.under_way or newest.sent:
            return False
        both = newest.content.with_more(content, unit_max=self._unit_max)
        if both is not None:
            newest.content = both
        return both is not None

    def next(self) -> Entry | None:
        """What to send now: alarms first, after older words about the same; nothing about what is under way."""
        busy = frozenset[str]().union(*(entry.content.points for entry in self._entries if entry.under_way))
        free = [entry for entry in self._entries if not entry.under_way and not entry.content.points & busy]
        chosen = next((entry for entry in free if entry.content.urgent), free[0] if free else None)
        if chosen is None:
            return None
        return next(entry for entry in free if entry is chosen or entry.content.points & chosen.content.points)

    def remove(self, entry: Entry) -> None:
        """It is confirmed, or overwritten."""
        self._entries.remove(entry)

    def clear(self) -> list[Entry]:
        """The power is gone; returns what was kept."""
        gone, self._entries = self._entries, []
        return gone

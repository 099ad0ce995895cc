"""Which messages does a gateway still keep, and which goes next? Alarms first, each lane in its order.

What happens now is not kept waiting by what waited: it travels in a lane that goes first. Within a lane the numbers
keep their order, also when something is sent again: a state that came and went must not arrive the wrong way round,
and a number that is held back counts as lost after half a minute.
"""

from collections import deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice

import msgspec

from firewarden.gateway_sim.journal import Message
from firewarden.ingest.facts import Fact, Lane
from firewarden.ingest.wire.json_v1 import Stored

RESEND_AFTER_S = 20.0
RESEND_MAX = 200
ASKED_MAX = 2_000
"""Messages sent again on one command. The platform asks anew as long as something is missing."""
FLASH_MESSAGES_MAX = 20_000
PRIORITY: tuple[Lane, ...] = (Lane.ALARM, Lane.REPLY, Lane.STATE, Lane.READING)
SACRIFICE: tuple[Lane, ...] = (Lane.READING, Lane.REPLY, Lane.STATE, Lane.ALARM)
"""What a full memory gives up first; an alarm only when there is nothing else."""


@dataclass(slots=True, eq=False)
class Entry:
    """One kept message. `sent_s` is when it was last published, in seconds of a clock that does not jump."""

    message: Message
    sent_s: float | None = None
    queued: bool = True
    gone: bool = False


class Outbox:
    """The messages of one gateway that are not confirmed as stored. Keeps at most `capacity`."""

    def __init__(
        self,
        gateway: str,
        boot: str,
        kept: Iterable[Message] = (),
        *,
        capacity: int = FLASH_MESSAGES_MAX,
        resend_after_s: float = RESEND_AFTER_S,
    ) -> None:
        self.gateway = gateway
        self.boot = boot
        self._capacity = capacity
        self._resend_after_s = resend_after_s
        self._seq = dict.fromkeys(PRIORITY, 0)
        self._kept: dict[tuple[str, Lane], dict[int, Entry]] = {}
        self._queue: dict[Lane, deque[Entry]] = {lane: deque() for lane in PRIORITY}
        self.facts_confirmed = 0
        for message in kept:
            self._keep(Entry(message))

    def __len__(self) -> int:
        return sum(len(stream) for stream in self._kept.values())

    @property
    def idle(self) -> bool:
        """Whether nothing waits to be published."""
        return not any(self._queue.values())

    def compose(
        self, lane: Lane, facts: tuple[Fact, ...], *, created_at: datetime, published_at: datetime | None
    ) -> Message:
        """The next message of `lane`, numbered but not kept yet."""
        self._seq[lane] += 1
        return Message(
            gateway=self.gateway,
            boot=self.boot,
            lane=lane,
            seq=self._seq[lane],
            created_at=created_at,
            published_at=published_at,
            facts=facts,
        )

    def keep(self, message: Message) -> Message | None:
        """Keep a message until it is confirmed. A full memory gives up its oldest reading, or another: returned."""
        self._keep(Entry(message))
        return self._drop_oldest() if len(self) > self._capacity else None

    def next(self) -> Entry | None:
        """What to publish now, or None."""
        for lane in PRIORITY:
            queue = self._queue[lane]
            while queue:
                entry = queue.popleft()
                entry.queued = False
                if not entry.gone:
                    return entry
        return None

    def mark_published(self, entry: Entry, at: datetime) -> None:
        """Note the first publish of a message that had to wait."""
        entry.message = msgspec.structs.replace(entry.message, published_at=at)

    def confirm(self, stored: Stored) -> int:
        """Forget what is stored; returns how many messages that were."""
        through = {
            Lane.ALARM: stored.alarm,
            Lane.STATE: stored.state,
            Lane.READING: stored.reading,
            Lane.REPLY: stored.reply,
        }
        count = 0
        for lane, seq in through.items():
            stream = self._kept.get((stored.boot, lane), {})
            done = [kept for kept in stream if seq is not None and kept <= seq]
            for kept in done:
                entry = stream.pop(kept)
                entry.gone = True
                self.facts_confirmed += len(entry.message.facts)
            count += len(done)
        return count

    def requeue_all(self) -> None:
        """After a reconnect everything unconfirmed goes again, in order; what is new comes after it in its lane."""
        self._requeue(self._entries())

    def requeue_asked(self) -> int:
        """On a command: the oldest unconfirmed of what was sent, at most ASKED_MAX, among what waits and in order."""
        return self._requeue(islice(self._sent(), ASKED_MAX))

    def requeue_overdue(self, now_s: float) -> int:
        """Queue again, in order and at most RESEND_MAX, what was published long ago and never confirmed."""
        overdue = (
            entry for entry in self._sent() if entry.sent_s is not None and now_s - entry.sent_s >= self._resend_after_s
        )
        return self._requeue(islice(overdue, RESEND_MAX))

    def restart(self, boot: str, *, flash: bool) -> list[Message]:
        """Begin another boot. Without flash memory everything unconfirmed is gone: returned."""
        self.boot = boot
        self._seq = dict.fromkeys(PRIORITY, 0)
        if flash:
            return []
        gone = [entry.message for entry in self._entries()]
        for entry in self._entries():
            entry.gone = True
        self._kept.clear()
        return gone

    def unconfirmed(self) -> list[Message]:
        """Every kept message, oldest boot first, in order within each lane."""
        return [entry.message for entry in self._entries()]

    def _keep(self, entry: Entry) -> None:
        message = entry.message
        self._kept.setdefault((message.boot, message.lane), {})[message.seq] = entry
        self._queue[message.lane].append(entry)

    def _sent(self) -> Iterator[Entry]:
        """What was sent and is not confirmed, alarms first."""
        in_order = sorted(self._kept.items(), key=lambda stream: PRIORITY.index(stream[0][1]))
        return (entry for _, stream in in_order for entry in stream.values() if not entry.queued)

    def _requeue(self, wanted: Iterable[Entry]) -> int:
        """Queue these as well; each lane's queue keeps the order of its numbers. Returns how many were not queued."""
        count = 0
        for entry in wanted:
            count += not entry.queued
            entry.queued = True
        if count:
            for lane in PRIORITY:
                self._queue[lane].clear()
            for entry in self._entries():
                if entry.queued:
                    self._queue[entry.message.lane].append(entry)
        return count

    def _entries(self) -> Iterable[Entry]:
        return (entry for stream in self._kept.values() for entry in stream.values())

    def _drop_oldest(self) -> Message | None:
        """Give up the oldest message of the least lane, one that was never sent before one that may be stored."""
        for lane in SACRIFICE:
            oldest: tuple[dict[int, Entry], int] | None = None
            for stream, seq in self._numbers_of(lane):
                oldest = oldest or (stream, seq)
                if stream[seq].message.published_at is None:
                    oldest = (stream, seq)
                    break
            if oldest is not None:
                entry = oldest[0].pop(oldest[1])
                entry.gone = True
                return entry.message
        return None

    def _numbers_of(self, lane: Lane) -> Iterator[tuple[dict[int, Entry], int]]:
        return ((stream, seq) for key, stream in self._kept.items() if key[1] is lane for seq in stream)

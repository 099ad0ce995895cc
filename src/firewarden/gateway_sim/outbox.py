"""Which messages does a gateway still keep, and which goes next? Alarms first, each lane in its order."""

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import msgspec

from firewarden.gateway_sim.journal import Message
from firewarden.ingest.facts import Fact, Lane
from firewarden.ingest.wire.json_v1 import Stored

RESEND_AFTER_S = 20.0
RESEND_MAX = 200
FLASH_MESSAGES_MAX = 20_000
PRIORITY: tuple[Lane, ...] = (Lane.ALARM, Lane.REPLY, Lane.STATE, Lane.READING)


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
        """Keep a message until it is confirmed. A full memory gives up its oldest unsent reading: returned."""
        self._keep(Entry(message))
        return self._drop_oldest_reading() if len(self) > self._capacity else None

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
        """After a reconnect everything unconfirmed goes again, in order, before anything new."""
        for lane in PRIORITY:
            self._queue[lane].clear()
        for entry in self._entries():
            self._enqueue(entry)

    def requeue_overdue(self, now_s: float) -> int:
        """Queue again, in order and at most RESEND_MAX, what was published long ago and never confirmed."""
        count = 0
        for entry in self._entries():
            if count >= RESEND_MAX:
                break
            if not entry.queued and entry.sent_s is not None and now_s - entry.sent_s >= self._resend_after_s:
                self._enqueue(entry)
                count += 1
        return count

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

    def _enqueue(self, entry: Entry) -> None:
        entry.queued = True
        self._queue[entry.message.lane].append(entry)

    def _entries(self) -> Iterable[Entry]:
        return (entry for stream in self._kept.values() for entry in stream.values())

    def _drop_oldest_reading(self) -> Message | None:
        for (_, lane), stream in self._kept.items():
            if lane is not Lane.READING:
                continue
            for seq, entry in stream.items():
                if entry.message.published_at is None:
                    del stream[seq]
                    entry.gone = True
                    return entry.message
        return None

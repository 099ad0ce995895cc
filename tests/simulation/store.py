"""A database in memory that keeps what ingest writes: ledger, gaps, effects, quarantine.

It decides with the production ledger; tests/contract shows that it answers as the real writer on PostgreSQL does.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from firewarden.ingest.batch import Received
from firewarden.ingest.facts import Lane
from firewarden.ingest.halving import store_halving
from firewarden.ingest.ledger import SeqSet, Span, Stream, gap_change
from firewarden.ingest.streams import GIVE_UP_AFTER, SPANS_MAX, stream_of
from firewarden.ingest.writer import Written


class StoreDownError(Exception):
    """The database cannot work now; nothing of this transaction is stored, or nobody heard whether it is."""


class PoisonError(Exception):
    """The database refuses the content of a message in the transaction."""


class MessageKey(NamedTuple):
    """What the ledger counts a message by."""

    gateway: str
    boot: str
    lane: Lane
    seq: int


@dataclass(slots=True)
class Gap:
    """A hole that was seen, and what became of it."""

    seen_at: datetime
    filled_at: datetime | None = None
    given_up_at: datetime | None = None


@dataclass(slots=True)
class MemoryStore:
    """What is committed."""

    gateways: frozenset[str]
    ledger: dict[Stream, SeqSet] = field(default_factory=dict[Stream, SeqSet])
    duplicates: Counter[Stream] = field(default_factory=Counter[Stream])
    gaps: dict[Stream, dict[Span, Gap]] = field(default_factory=dict[Stream, dict[Span, Gap]])
    effects: Counter[MessageKey] = field(default_factory=Counter[MessageKey])
    refused: set[MessageKey] = field(default_factory=set[MessageKey])
    quarantine: Counter[tuple[str, bytes]] = field(default_factory=Counter[tuple[str, bytes]])

    def through(self, stream: Stream) -> int:
        """Up to which number everything of `stream` is stored or given up."""
        return self.ledger[stream].through(self.given_up(stream))

    def given_up(self, stream: Stream) -> list[Span]:
        """What of a stream will not come any more."""
        gaps = self.gaps.get(stream, {})
        return [span for span, gap in gaps.items() if gap.given_up_at is not None and gap.filled_at is None]

    def commit_number(self, key: MessageKey) -> bool:
        """Whether the message is new; it is counted as stored afterwards."""
        stream = Stream(key.gateway, key.boot, key.lane)
        new = self.ledger.setdefault(stream, SeqSet()).add(key.seq)
        self.duplicates[stream] += not new
        return new

    def note_gaps(self, stream: Stream, before: list[Span], now: datetime) -> None:
        """Write down which holes came, went, or have been open for too long."""
        gaps = self.gaps.setdefault(stream, {})
        change = gap_change(before, self.ledger[stream].holes())
        for span in change.filled:
            if span in gaps:
                gaps[span].filled_at = now
        for span in change.opened:
            gaps.setdefault(span, Gap(now))
        for gap in gaps.values():
            if gap.filled_at is None and gap.given_up_at is None and gap.seen_at < now - GIVE_UP_AFTER:
                gap.given_up_at = now


class MemoryWriter:
    """One worker's connection. `trouble` sees each batch before its commit and may raise, `unheard` after it."""

    def __init__(
        self,
        store: MemoryStore,
        now: Callable[[], datetime],
        *,
        trouble: Callable[[list[Received]], None] = lambda _: None,
        unheard: Callable[[], None] = lambda: None,
    ) -> None:
        self.store = store
        self._now = now
        self._trouble = trouble
        self._unheard = unheard

    async def write(self, batch: list[Received]) -> list[Written]:
        """Store a batch as the real writer does. Raises StoreDownError; earlier parts of the batch may be stored."""
        return await store_halving(batch, write=self._write, refuse=self._refuse, poison=(PoisonError,))

    async def _write(self, batch: list[Received]) -> Written:
        self._trouble(batch)
        written = self._commit(batch, refused=False)
        self._unheard()
        return written

    async def _refuse(self, received: Received, _: str) -> Written:
        written = self._commit([received], refused=True)
        self._unheard()
        return written

    def _commit(self, batch: list[Received], *, refused: bool) -> Written:
        store = self.store
        known = [r for r in batch if (key := key_of(r)) is not None and key.gateway in store.gateways]
        streams = sorted({stream for r in known if (stream := stream_of(r)) is not None})  # a set's order is chance
        before = {stream: self._holes(stream) for stream in streams}
        new = {id(received): received for received in known if store.commit_number(_key(received))}
        quarantined = 0
        for received in batch:
            fresh = id(received) in new
            if received.envelope is None or received.envelope.gateway not in store.gateways:
                aside = True
            else:
                aside = fresh and (refused or bool(received.rejections))
            if aside:
                store.quarantine[received.message.topic, received.message.payload] += 1
                quarantined += 1
            if fresh and refused:
                store.refused.add(_key(received))
            elif fresh:
                store.effects[_key(received)] += 1
        for stream in streams:
            store.note_gaps(stream, before[stream], self._now())
        return Written(
            through={stream: store.through(stream) for stream in streams},
            messages=len(new),
            duplicates=len(known) - len(new),
            facts=sum(len(r.envelope.facts) for r in new.values() if r.envelope) if not refused else 0,
            quarantined=quarantined,
        )

    def _holes(self, stream: Stream) -> list[Span]:
        numbers = self.store.ledger.setdefault(stream, SeqSet())
        if len(numbers.spans) > SPANS_MAX:
            numbers.fold(self.store.through(stream))
        return numbers.holes()


def key_of(received: Received) -> MessageKey | None:
    """What the ledger counts the message by; None where it is not counted."""
    stream = stream_of(received)
    return MessageKey(*stream, received.envelope.seq) if stream is not None and received.envelope else None


def _key(received: Received) -> MessageKey:
    key = key_of(received)
    assert key is not None
    return key

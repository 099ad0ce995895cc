"""A database in memory that keeps what ingest writes: ledger, gaps, effects, quarantine.

It decides with the production ledger; tests/contract shows that it answers as the real writer on PostgreSQL does.
"""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import NamedTuple

from firewarden.ingest.batch import Received
from firewarden.ingest.facts import LEDGER_LANES, Lane
from firewarden.ingest.gaps import ASK_AFTER, ASK_PAUSE, GIVE_UP_AFTER
from firewarden.ingest.halving import store_halving
from firewarden.ingest.ledger import SeqSet, Span, Stream, gap_change
from firewarden.ingest.streams import SPANS_MAX
from firewarden.ingest.writer import Written

_NEVER = datetime.min.replace(tzinfo=UTC)


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
    moved_at: datetime
    filled_at: datetime | None = None
    given_up_at: datetime | None = None

    @property
    def open(self) -> bool:
        """Whether it may still be filled in time."""
        return self.filled_at is None and self.given_up_at is None


@dataclass(slots=True)
class MemoryStore:
    """What is committed."""

    gateways: frozenset[str]
    ledger: dict[Stream, SeqSet] = field(default_factory=dict[Stream, SeqSet])
    duplicates: Counter[Stream] = field(default_factory=Counter[Stream])
    gaps: dict[Stream, dict[Span, Gap]] = field(default_factory=dict[Stream, dict[Span, Gap]])
    effects: Counter[MessageKey] = field(default_factory=Counter[MessageKey])
    asked_at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    wanted_at: dict[str, datetime] = field(default_factory=dict[str, datetime])
    refused: set[MessageKey] = field(default_factory=set[MessageKey])
    quarantine: Counter[tuple[str, bytes]] = field(default_factory=Counter[tuple[str, bytes]])

    def through(self, stream: Stream) -> int:
        """Up to which number everything of `stream` is stored or given up."""
        return self.ledger[stream].through(self.given_up(stream))

    def given_up(self, stream: Stream) -> list[Span]:
        """What of a stream will not come any more."""
        gaps = self.gaps.get(stream, {})
        return [span for span, gap in gaps.items() if gap.given_up_at is not None and gap.filled_at is None]

    def missing(self, stream: Stream) -> list[Span]:
        """The gaps of a stream that are open."""
        gaps = self.gaps.get(stream, {})
        return sorted(span for span, gap in gaps.items() if gap.open)

    def commit_number(self, key: MessageKey) -> bool:
        """Whether the message is new; it is counted as stored afterwards."""
        stream = Stream(key.gateway, key.boot, key.lane)
        new = self.ledger.setdefault(stream, SeqSet()).add(key.seq)
        self.duplicates[stream] += not new
        return new

    def note_gaps(self, stream: Stream, before: list[Span], now: datetime) -> None:
        """Write down which holes came, and which went, whole or in part."""
        gaps = self.gaps.setdefault(stream, {})
        change = gap_change(before, self.ledger[stream].holes())
        for span, pieces in change.moved:
            whole = gaps.pop(span, None) or Gap(now, now)
            for piece in pieces:
                gaps[piece.span] = Gap(whole.seen_at, now, now if piece.filled else None, whole.given_up_at)
        for span in change.opened:
            gaps.setdefault(span, Gap(now, now))

    def give_up(self, lanes: tuple[Lane, ...], now: datetime) -> dict[Stream, int]:
        """Give up gaps that have not moved. Returns up to which number their streams may be forgotten."""
        streams: dict[Stream, int] = {}
        for stream, gaps in self.gaps.items():
            due = [gap for gap in gaps.values() if gap.open and gap.moved_at < now - GIVE_UP_AFTER]
            if due and stream.lane in lanes:
                for gap in due:
                    gap.given_up_at = now
                streams[stream] = self.through(stream)
        return streams

    def claim_resends(self, now: datetime) -> list[str]:
        """Whom to ask now to send again, and nobody else within the pause."""
        wanted = {gateway for gateway, at in self.wanted_at.items() if at > self.asked_at.get(gateway, _NEVER)}
        for stream, gaps in self.gaps.items():
            if any(gap.open and gap.seen_at <= now - ASK_AFTER for gap in gaps.values()):
                wanted.add(stream.gateway)
        claimed = sorted(g for g in wanted if self.asked_at.get(g, _NEVER) <= now - ASK_PAUSE)
        self.asked_at.update(dict.fromkeys(claimed, now))
        return claimed


class MemoryWriter:
    """One worker's connection. `trouble` sees what will be inserted and may raise; so may `unheard`, once committed."""

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
        return await store_halving(
            batch,
            write=self._write,
            refuse=self._refuse,
            troubles=(PoisonError, StoreDownError),
            blames_message=lambda error: isinstance(error, PoisonError),
        )

    async def give_up(self, lanes: tuple[Lane, ...], now: datetime) -> dict[Stream, int]:
        """Give up gaps of `lanes` that have not moved."""
        return self.store.give_up(lanes, now)

    async def want_resend(self, now: datetime) -> None:
        """Every gateway shall be asked to send again what is not confirmed."""
        self.store.wanted_at.update(dict.fromkeys(sorted(self.store.gateways), now))

    async def claim_resends(self, now: datetime) -> list[str]:
        """The gateways that the caller must ask now."""
        return self.store.claim_resends(now)

    async def _write(self, batch: list[Received]) -> Written:
        self._trouble([received for received in batch if self._is_new(received)])
        written = self._commit(batch, refused=False)
        self._unheard()
        return written

    async def _refuse(self, received: Received, _: str) -> Written:
        written = self._commit([received], refused=True)
        self._unheard()
        return written

    def _is_new(self, received: Received) -> bool:
        """Whether its facts would be inserted; what is not inserted, no database can refuse."""
        key = key_of(received)
        if key is None or key.gateway not in self.store.gateways:
            return False
        return key.seq not in self.store.ledger.get(stream_of(received), SeqSet())

    def _commit(self, batch: list[Received], *, refused: bool) -> Written:
        store = self.store
        known = [r for r in batch if (key := key_of(r)) is not None and key.gateway in store.gateways]
        streams = sorted({stream_of(r) for r in known})  # a set's order is chance
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
            facts=0 if refused else sum(_facts(received) for received in new.values()),
            quarantined=quarantined,
        )

    def _holes(self, stream: Stream) -> list[Span]:
        numbers = self.store.ledger.setdefault(stream, SeqSet())
        if len(numbers.spans) > SPANS_MAX:
            numbers.fold(self.store.through(stream))
        return numbers.holes()


def key_of(received: Received) -> MessageKey | None:
    """What the ledger counts the message by; None where it is not counted."""
    envelope = received.envelope
    if envelope is None or envelope.lane not in LEDGER_LANES:
        return None
    return MessageKey(envelope.gateway, envelope.boot, envelope.lane, envelope.seq)


def stream_of(received: Received) -> Stream:
    """What a counted message is counted by."""
    return Stream(*_key(received)[:3])


def _key(received: Received) -> MessageKey:
    key = key_of(received)
    assert key is not None
    return key


def _facts(received: Received) -> int:
    envelope = received.envelope
    assert envelope is not None
    return len(envelope.facts) + (len(envelope.readings.values) if envelope.readings else 0)

"""Two stores behind one face: the real writer on PostgreSQL, and the simulation's in memory."""

from collections import Counter
from collections.abc import Awaitable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import Protocol

import psycopg

from firewarden.ingest.batch import Received, read
from firewarden.ingest.facts import Act, Envelope, Lane, OperatorAction
from firewarden.ingest.ledger import Span, Stream
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.platform_clock import PlatformClock
from firewarden.ingest.register_cache import SQL
from firewarden.ingest.wire import json_v1
from firewarden.ingest.writer import Writer, Written
from firewarden.store.database import Role, connect
from tests.integration.city import GATEWAY, register_venue
from tests.simulation.store import MemoryStore, MemoryWriter, MessageKey, PoisonError

REFUSED = "refuse me"
"""An operator whom the database of these tests does not take."""


class AnyWriter(Protocol):
    """What ingest's pipeline needs of a writer."""

    def write(self, batch: list[Received]) -> Awaitable[list[Written]]:
        """Store a batch."""
        ...

    def give_up(self, lanes: tuple[Lane, ...], now: datetime) -> Awaitable[dict[Stream, int]]:
        """Give up gaps that have not moved."""
        ...

    def claim_resends(self, now: datetime) -> Awaitable[list[str]]:
        """Whom to ask now to send again."""
        ...


class StoreUnderTest(Protocol):
    """A store with one registered gateway, and what can be seen of it."""

    async def writer(self) -> AnyWriter:
        """One more worker's connection."""
        ...

    def effects(self) -> Counter[MessageKey]:
        """How often each message had an effect."""
        ...

    def missing(self, stream: Stream) -> list[Span]:
        """The gaps of a stream that are open."""
        ...

    def duplicates(self, stream: Stream) -> int:
        """How many repeats were counted."""
        ...

    def quarantined(self) -> Counter[str]:
        """How much is in quarantine, by topic."""
        ...


def message(seq: int, *, lane: Lane = Lane.STATE, boot: str = "b", gateway: str = GATEWAY, who: str = "3") -> Received:
    """A message with one fact, as the pipeline has it."""
    now = datetime.now(tz=UTC)
    act = OperatorAction(at=now, action=Act.CONFIRM, operator=who)
    envelope = Envelope(gateway=gateway, lane=lane, boot=boot, seq=seq, sent_at=now, facts=(act,))
    return unreadable(json_v1.encode(envelope), lane=lane, gateway=gateway)


def unreadable(payload: bytes, *, lane: Lane = Lane.STATE, gateway: str = GATEWAY) -> Received:
    """Any bytes as a message."""
    return read(Message(json_v1.topic(gateway, lane.value), payload, 1, 1), datetime.now(tz=UTC))


class MemoryStoreUnderTest:
    """The simulation's store, which refuses what the real one does."""

    def __init__(self) -> None:
        self._store = MemoryStore(gateways=frozenset([GATEWAY]))

    async def writer(self) -> AnyWriter:
        """One more connection."""
        return MemoryWriter(self._store, lambda: datetime.now(tz=UTC), trouble=_refuse)

    def effects(self) -> Counter[MessageKey]:
        """How often each message had an effect."""
        return +self._store.effects

    def missing(self, stream: Stream) -> list[Span]:
        """The gaps of a stream that are open."""
        return self._store.missing(stream)

    def duplicates(self, stream: Stream) -> int:
        """How many repeats were counted."""
        return self._store.duplicates[stream]

    def quarantined(self) -> Counter[str]:
        """How much is in quarantine, by topic."""
        found: Counter[str] = Counter()
        for (topic, _), count in self._store.quarantine.items():
            found[topic] += count
        return found


def _refuse(batch: list[Received]) -> None:
    for received in batch:
        facts = received.envelope.facts if received.envelope else ()
        if any(isinstance(fact, OperatorAction) and fact.operator == REFUSED for fact in facts):
            raise PoisonError(REFUSED)


class PostgresUnderTest:
    """The real writer, on a database of its own."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._stack = AsyncExitStack()
        register_venue(url)
        self._see = psycopg.connect(url, autocommit=True)
        self._see.execute("ALTER TABLE operator_action ADD CHECK (operator <> 'refuse me')")

    async def close(self) -> None:
        """End every connection."""
        self._see.close()
        await self._stack.aclose()

    async def writer(self) -> AnyWriter:
        """One more connection."""
        connection = await connect(self._url, Role.INGEST, name="firewarden ingest contract")
        self._stack.push_async_callback(connection.close)
        return Writer(connection, SQL["notify_bulk"], PlatformClock())

    def effects(self) -> Counter[MessageKey]:
        """How often each message had an effect."""
        rows = self._see.execute("SELECT gateway_id, boot, lane::text, seq FROM operator_action").fetchall()
        return Counter(MessageKey(gateway, boot, Lane(lane), seq) for gateway, boot, lane, seq in rows)

    def missing(self, stream: Stream) -> list[Span]:
        """The gaps of a stream that are open."""
        rows = self._see.execute(
            "SELECT from_seq, to_seq FROM message_gap WHERE gateway_id = %s AND boot = %s AND lane = %s"
            " AND state = 'open' ORDER BY from_seq",
            list(stream),
        ).fetchall()
        return [Span(first, last) for first, last in rows]

    def duplicates(self, stream: Stream) -> int:
        """How many repeats were counted."""
        row = self._see.execute(
            "SELECT sum(duplicates)::int FROM message_ledger WHERE gateway_id = %s AND boot = %s AND lane = %s",
            list(stream),
        ).fetchone()
        return row[0] or 0 if row else 0

    def quarantined(self) -> Counter[str]:
        """How much is in quarantine, by topic."""
        return Counter(dict(self._see.execute("SELECT topic, count(*)::int FROM quarantine GROUP BY topic").fetchall()))

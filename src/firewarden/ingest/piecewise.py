"""What can be stored of a message that the database refuses as a whole? A fire beside a refused fact is a fire."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from msgspec.structs import replace
from psycopg import AsyncConnection

from firewarden.ingest.batch import Received
from firewarden.ingest.facts import Envelope, Fact, Reason, Rejection
from firewarden.ingest.register_cache import RegisterCache
from firewarden.ingest.rows import Rows, points_named, rows_of
from firewarden.ingest.trouble import TROUBLES, blames_message
from firewarden.ingest.wire import json_v1

REASONS_TOLD_MAX = 5


@dataclass(slots=True)
class Pieces:
    """The facts of one message, stored each if it can be, within the caller's transaction."""

    connection: AsyncConnection
    insert: Callable[[Rows], Awaitable[None]]
    received: Received
    venue_id: int
    stored: int = 0
    reasons: list[str] = field(default_factory=list[str])

    async def store(self) -> Rejection:
        """Store what can be; returns why the rest was refused."""
        envelope = self.received.envelope
        if envelope is not None and envelope.readings is not None:  # columns: each reading is needed by itself
            envelope = json_v1.decode(self.received.message.topic, self.received.message.payload).envelope
        assert envelope is not None, "it was read before"
        await self._store(envelope, envelope.facts)
        told = "; ".join(self.reasons[:REASONS_TOLD_MAX])
        detail = f"{len(self.reasons)} of {len(envelope.facts)} facts were refused, the others are stored: {told}"
        return Rejection(reason=Reason.REFUSED_BY_DATABASE, detail=detail)

    async def _store(self, envelope: Envelope, facts: Sequence[Fact]) -> None:
        try:
            async with self.connection.transaction():
                await self._insert(envelope, facts)
        except TROUBLES as error:
            if not blames_message(error):
                raise
            if len(facts) == 1:
                self.reasons.append(str(error))
                return
            middle = len(facts) // 2
            await self._store(envelope, facts[:middle])
            await self._store(envelope, facts[middle:])
        else:
            self.stored += len(facts)

    async def _insert(self, envelope: Envelope, facts: Sequence[Fact]) -> None:
        part = replace(self.received, envelope=replace(envelope, facts=tuple(facts), readings=None), rejections=())
        # Nothing is remembered of points that a rollback may take away again.
        register = RegisterCache()
        await register.find(self.connection, points_named([part]))
        venues = {envelope.gateway: self.venue_id}
        await self.insert(rows_of([part], venues, register.points(venues)))

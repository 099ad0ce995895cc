"""One transaction a batch: ledger, facts, quarantine, NOTIFY. Only after it may messages be acknowledged."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import LiteralString

import psycopg
from psycopg import AsyncConnection

from firewarden.ingest import gaps
from firewarden.ingest.batch import PAYLOAD_KEPT_BYTES, Received
from firewarden.ingest.facts import Heartbeat, Lane, Reason, Rejection
from firewarden.ingest.ledger import Stream
from firewarden.ingest.register_cache import SQL, RegisterCache
from firewarden.ingest.rows import (
    ActionRow,
    QuarantineRow,
    ReplyRow,
    Rows,
    StateRow,
    add_message,
    pack_readings,
    points_named,
    quarantined,
    reason_for_unknown_gateway,
)
from firewarden.ingest.streams import BEGUN_REMEMBERED_MAX, Streams, stream_of

POISON = (psycopg.DataError, psycopg.IntegrityError, UnicodeEncodeError)
"""What a message can do to a transaction by its content. Anything else is the database's own trouble: retried."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a committed batch did. `through`: by stream, up to which number everything is stored."""

    through: dict[Stream, int]
    messages: int
    duplicates: int
    facts: int
    quarantined: int


@dataclass(slots=True)
class Writer:
    """Writes batches over one connection, which nobody else uses."""

    connection: AsyncConnection
    notify: LiteralString
    register: RegisterCache = field(default_factory=RegisterCache)
    _begun: set[Stream] = field(default_factory=set[Stream])

    async def write(self, batch: list[Received]) -> list[Written]:
        """Store a batch, in one transaction unless the database refuses a message's content.

        Then the batch is halved until the refused message stands alone and goes to quarantine: the others commit.
        Raises psycopg.OperationalError where the database cannot work; nothing of the failing part is stored then.
        """
        try:
            return [await self._write(batch, refused=None)]
        except POISON as error:
            if len(batch) == 1:
                return [await self._write_refused(batch[0], str(error))]
            middle = len(batch) // 2
            return [*await self.write(batch[:middle]), *await self.write(batch[middle:])]

    async def _write_refused(self, received: Received, refused: str) -> Written:
        try:
            return await self._write([received], refused=refused)
        except POISON as error:  # not even its number can be counted
            rejection = Rejection(reason=Reason.REFUSED_BY_DATABASE, detail=f"{refused}; {error}")
            rows = Rows(quarantine=quarantined(received, [rejection]))
            async with self.connection.transaction():
                await self._insert(rows)
            return Written(through={}, messages=0, duplicates=0, facts=0, quarantined=1)

    async def _write(self, batch: list[Received], *, refused: str | None) -> Written:
        rows = Rows()
        counted = [received for received in batch if stream_of(received) is not None]
        async with self.connection.transaction():
            venues = await self.register.venues(self.connection, {_gateway(r) for r in batch if r.envelope})
            known = [received for received in counted if _gateway(received) in venues]
            streams = await Streams.lock(self.connection, known, self._begun)
            new = [received for received in known if streams.is_new(received)]
            self._reject(rows, batch, new, venues, refused)
            points = await self.register.points(self.connection, points_named(new) if refused is None else {})
            if refused is None:
                for received in new:
                    add_message(rows, received, venues[_gateway(received)], points)
            await self._insert(rows)
            through = await streams.write(datetime.now(tz=UTC)) if known else {}
            await self.connection.execute(self.notify)
        self.register.committed()
        self._remember(streams.streams)
        facts = len(rows.readings) + len(rows.states) + len(rows.actions) + len(rows.replies)
        return Written(
            through=through,
            messages=len(new),
            duplicates=len(known) - len(new),
            facts=facts,
            quarantined=len(rows.quarantine),
        )

    def _reject(
        self,
        rows: Rows,
        batch: list[Received],
        new: list[Received],
        venues: dict[str, int],
        refused: str | None,
    ) -> None:
        """Quarantine what could not be read, whom nobody knows, and what the database refused; repeats only once."""
        fresh = {id(received) for received in new}
        for received in batch:
            if received.envelope is None:
                rows.quarantine.extend(quarantined(received, received.rejections))
            elif _gateway(received) not in venues:
                rows.quarantine.extend(quarantined(received, [reason_for_unknown_gateway(received)]))
            elif id(received) in fresh or stream_of(received) is None:
                rows.quarantine.extend(quarantined(received, received.rejections))
                if refused is not None:
                    rejection = Rejection(reason=Reason.REFUSED_BY_DATABASE, detail=refused)
                    rows.quarantine.extend(quarantined(received, [rejection]))

    def _remember(self, streams: set[Stream]) -> None:
        if len(self._begun) > BEGUN_REMEMBERED_MAX:
            self._begun.clear()
        self._begun |= streams

    async def _insert(self, rows: Rows) -> None:
        async with self.connection.cursor() as cursor:
            if rows.readings:
                async with cursor.copy(SQL["copy_readings"]) as copy:
                    await copy.write(pack_readings(rows.readings))
                await cursor.execute(SQL["insert_reading_batch"], _reading_batch(rows))
            if rows.states:
                await cursor.executemany(SQL["insert_state"], [_state_values(row) for row in rows.states])
            if rows.actions:
                await cursor.executemany(SQL["insert_action"], [_action_values(row) for row in rows.actions])
            if rows.replies:
                await cursor.executemany(SQL["insert_reply"], [_reply_values(row) for row in rows.replies])
            if rows.quarantine:
                values = [_quarantine_values(row) for row in rows.quarantine]
                await cursor.executemany(SQL["insert_quarantine"], values)

    async def heard(self, batch: list[Received]) -> None:
        """Note who spoke. After the commit of the facts, so that no alarm waits for a liveness row."""
        newest: dict[str, tuple[datetime, str | None, bool, float | None]] = {}
        venues = await self.register.venues(self.connection, {_gateway(r) for r in batch if r.envelope})
        for received in batch:
            envelope = received.envelope
            if envelope is None or envelope.gateway not in venues:
                continue
            online = all(fact.online for fact in envelope.facts if isinstance(fact, Heartbeat))
            live = online and envelope.lane is Lane.STATUS  # other messages may have waited in a buffer
            skew = (envelope.sent_at - received.received_at).total_seconds() if live else None
            newest[envelope.gateway] = (received.received_at, envelope.boot if online else None, online, skew)
        if newest:
            heard, boots, online_flags, skews = zip(*newest.values(), strict=True)
            values = {
                "gateways": list(newest),
                "heard": list(heard),
                "boots": list(boots),
                "online": list(online_flags),
                "skews": list(skews),
            }
            await self.connection.execute(SQL["heard"], values)

    async def beat(self, worker: str, connection: str, *, reconnected: bool) -> None:
        """Say that this connection listens."""
        values = {"worker": worker, "connection": connection, "reconnected": reconnected}
        await self.connection.execute(SQL["beat"], values)

    async def give_up(self, lanes: tuple[Lane, ...], now: datetime) -> dict[Stream, int]:
        """Give up gaps of `lanes` that have not moved. Returns up to which number their streams may be forgotten."""
        due = await gaps.to_give_up(self.connection, lanes, now)
        if not due:
            return {}
        async with self.connection.transaction():
            streams = await Streams.hold(self.connection, due)
            return await streams.give_up(now)

    async def want_resend(self, now: datetime) -> None:
        """Every gateway that is connected shall be asked to send again what is not confirmed."""
        await gaps.want_resend(self.connection, now)

    async def claim_resends(self, now: datetime) -> list[str]:
        """The gateways that the caller must ask now, and nobody else."""
        return await gaps.claim_resends(self.connection, now)

    async def forget(self, now: datetime) -> None:
        """Delete notes about readings that every reader has read, or will not read any more."""
        await self.connection.execute(SQL["forget_reading_batches"], {"now": now})


def _gateway(received: Received) -> str:
    assert received.envelope is not None
    return received.envelope.gateway


def _reading_batch(rows: Rows) -> dict[str, object]:
    times = [at for _, _, at, _, _, _ in rows.readings]
    return {
        "point_ids": sorted({point_id for point_id, *_ in rows.readings}),
        "rows": len(rows.readings),
        "at_min": min(times),
        "at_max": max(times),
    }


def _state_values(row: StateRow) -> dict[str, object]:
    return {
        "gateway_id": row.gateway_id,
        "venue_id": row.venue_id,
        "point_id": row.point_id,
        "state": row.state,
        "raised": row.raised,
        "at": row.at,
        "device_at": row.device_at,
        "sent_at": row.envelope.sent_at,
        "received_at": row.received_at,
        "boot": row.envelope.boot,
        "lane": row.envelope.lane.value,
        "seq": row.envelope.seq,
    }


def _action_values(row: ActionRow) -> dict[str, object]:
    return {
        "gateway_id": row.envelope.gateway,
        "venue_id": row.venue_id,
        "action": row.fact.action.value,
        "operator": row.fact.operator,
        "at": row.at,
        "device_at": row.fact.at,
        "sent_at": row.envelope.sent_at,
        "received_at": row.received_at,
        "boot": row.envelope.boot,
        "lane": row.envelope.lane.value,
        "seq": row.envelope.seq,
    }


def _reply_values(row: ReplyRow) -> dict[str, object]:
    return {
        "gateway_id": row.envelope.gateway,
        "command": row.fact.command,
        "result": row.fact.result,
        "detail": row.fact.detail,
        "at": row.at,
        "received_at": row.received_at,
        "boot": row.envelope.boot,
        "seq": row.envelope.seq,
    }


def _quarantine_values(row: QuarantineRow) -> dict[str, object]:
    payload = row.received.message.payload
    return {
        "received_at": row.received.received_at,
        "topic": row.received.message.topic,
        "gateway_id": row.gateway_id,
        "reason": row.rejection.reason.value,
        "detail": row.rejection.detail.replace("\0", "\\0"),
        "payload": payload[:PAYLOAD_KEPT_BYTES],
        "payload_size": row.received.size,
    }

"""One transaction a batch: ledger, facts, quarantine, NOTIFY. Only after it may messages be acknowledged."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import LiteralString

import structlog
from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from firewarden.ingest.batch import PAYLOAD_KEPT_BYTES, Received
from firewarden.ingest.facts import Heartbeat, Lane, Reason, Rejection
from firewarden.ingest.ledger import Stream
from firewarden.ingest.piecewise import Pieces
from firewarden.ingest.platform_clock import PlatformClock
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
from firewarden.ingest.trouble import TROUBLES, blames_message

log = structlog.stdlib.get_logger("ingest")


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
    clock: PlatformClock
    register: RegisterCache = field(default_factory=RegisterCache)
    _begun: set[Stream] = field(default_factory=set[Stream])

    async def write(self, batch: list[Received]) -> list[Written]:
        """Store a batch, in one transaction unless the database refuses a message's content.

        Then the batch is halved until the refused message stands alone: the others commit. Of that one, the facts
        that are not refused are stored, and it goes to quarantine.
        Raises one of RETRIED where the database cannot work; nothing of the failing part is stored then.
        """
        try:
            return [await self._write(batch, refused=None)]
        except TROUBLES as error:
            if not blames_message(error):
                raise
            if len(batch) == 1:
                return [await self._write_refused(batch[0], str(error))]
            middle = len(batch) // 2
            return [*await self.write(batch[:middle]), *await self.write(batch[middle:])]

    async def _write_refused(self, received: Received, refused: str) -> Written:
        """Store of a refused message what can be: some of its facts, else its number, else only that it came."""
        for attempt in (self._write_piecewise, self._write_none_of_it):
            try:
                return await attempt(received, refused)
            except TROUBLES as error:
                if not blames_message(error):
                    raise
                refused = f"{refused}; {error}"
        rejection = Rejection(reason=Reason.REFUSED_BY_DATABASE, detail=refused)
        rows = Rows(quarantine=quarantined(received, [rejection]))
        async with self.connection.transaction():
            await self._insert(rows)
        return Written(through={}, messages=0, duplicates=0, facts=0, quarantined=1)

    async def _write_none_of_it(self, received: Received, refused: str) -> Written:
        return await self._write([received], refused=refused)

    async def _write_piecewise(self, received: Received, refused: str) -> Written:
        async with self.connection.transaction():
            venues = await self.register.venues(self.connection, {_gateway(received)} if received.envelope else ())
            if stream_of(received) is None or not venues:
                return await self._write_none_of_it(received, refused)
            streams = await Streams.lock(self.connection, [received], set())
            new = streams.is_new(received)
            pieces = Pieces(self.connection, self._insert, received, venues[_gateway(received)])
            rows = Rows()
            if new:
                rejections = [*received.rejections, await pieces.store()]
                rows.quarantine.extend(quarantined(received, rejections))
            await self._insert(rows)
            through = await streams.write(self.clock.now(), self.clock.even_for_s())
            await self.connection.execute(self.notify)
        return Written(
            through=through,
            messages=int(new),
            duplicates=int(not new),
            facts=pieces.stored,
            quarantined=len(rows.quarantine),
        )

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
            through = await streams.write(self.clock.now(), self.clock.even_for_s()) if known else {}
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
        newest: dict[str, tuple[float, str | None, bool, float | None]] = {}
        now = self.clock.now()
        venues = await self.register.venues(self.connection, {_gateway(r) for r in batch if r.envelope})
        for received in batch:
            envelope = received.envelope
            if envelope is None or envelope.gateway not in venues:
                continue
            online = all(fact.online for fact in envelope.facts if isinstance(fact, Heartbeat))
            live = online and envelope.lane is Lane.STATUS  # other messages may have waited in a buffer
            skew = (envelope.sent_at - received.received_at).total_seconds() if live else None
            age_s = max(0.0, (now - received.received_at).total_seconds())
            newest[envelope.gateway] = (age_s, envelope.boot if online else None, online, skew)
        if newest:
            ages, boots, online_flags, skews = zip(*newest.values(), strict=True)
            values = {
                "gateways": list(newest),
                "ages": list(ages),
                "boots": list(boots),
                "online": list(online_flags),
                "skews": list(skews),
            }
            try:
                await self.connection.execute(SQL["heard"], values)
            except TROUBLES as error:
                if not blames_message(error):
                    raise
                log.warning("liveness_refused", gateways=values["gateways"], reason=str(error))

    async def beat(self, worker: str, connection: str, *, reconnected: bool) -> timedelta | None:
        """Say that this connection listens. Returns by how much our clock was wrong, where it was."""
        values = {"worker": worker, "connection": connection, "reconnected": reconnected}
        async with self.connection.cursor(row_factory=scalar_row) as cursor:
            await cursor.execute(SQL["forget_the_future"], values)
            asked_s = self.clock.steady()
            await cursor.execute(SQL["beat"], values)
            now = await cursor.fetchone()
        assert isinstance(now, datetime)
        return self.clock.hear(now, asked_s)

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

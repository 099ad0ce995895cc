"""One transaction a batch: ledger, facts, quarantine, NOTIFY. Only after it may messages be acknowledged."""

import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import LiteralString

import structlog
from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from firewarden.ingest import gaps
from firewarden.ingest.batch import Received
from firewarden.ingest.command_settling import settle
from firewarden.ingest.facts import Lane, Reason, Rejection
from firewarden.ingest.halving import store_halving
from firewarden.ingest.hearing import Heard
from firewarden.ingest.ledger import Stream
from firewarden.ingest.piecewise import Pieces
from firewarden.ingest.platform_clock import PlatformClock
from firewarden.ingest.register_cache import SQL, RegisterCache
from firewarden.ingest.rows import (
    QuarantineRow,
    Rows,
    pack_readings,
    points_named,
    quarantined,
    rejected,
    rows_of,
)
from firewarden.ingest.sorting import gateway_of, is_counted, sort_out
from firewarden.ingest.streams import BEGUN_REMEMBERED_MAX, GapCount, Streams
from firewarden.ingest.trouble import TROUBLES, blames_message
from firewarden.ingest.values import (
    action_values,
    heard_values,
    quarantine_values,
    reading_batch_values,
    reply_values,
    state_values,
)

log = structlog.stdlib.get_logger("ingest")

REFUSED_TOLD_MAX = 10
"""Rows of quarantine of which a batch tells one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a committed batch did. `through`: by stream, up to which number everything is stored."""

    through: dict[Stream, int]
    messages: int
    duplicates: int
    facts: int
    quarantined: int
    reasons: Mapping[Reason, int] = field(default_factory=dict[Reason, int])
    gaps: GapCount = field(default_factory=GapCount)
    write_s: float = 0.0
    commit_s: float = 0.0
    alarms: Sequence[Received] = ()
    """Messages of the alarm lane that are new."""
    refused: Sequence[QuarantineRow] = ()
    """The first of what went to quarantine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """A batch under the lock of its ledger rows. `plain`: every message could be read and every gateway is known."""

    batch: list[Received]
    new: list[Received]
    repeats: list[Received]
    venues: dict[str, int]
    streams: Streams
    plain: bool


def alarms_of(counted: Counted) -> Sequence[Received]:
    """The new messages of the alarm lane. A batch of readings is not looked through for them."""
    if all(stream.lane is not Lane.ALARM for stream in counted.streams.streams):
        return ()
    return [r for r in counted.new if r.envelope is not None and r.envelope.lane is Lane.ALARM]


@dataclass(slots=True)
class Writer:
    """Writes batches over one connection, which nobody else uses."""

    connection: AsyncConnection
    notify: LiteralString
    clock: PlatformClock = field(default_factory=PlatformClock)
    register: RegisterCache = field(default_factory=RegisterCache)
    given_up: int = 0
    """How many gaps it has given up."""
    _begun: set[Stream] = field(default_factory=set[Stream])

    async def write(self, batch: list[Received]) -> list[Written]:
        """Store a batch, in one transaction unless the database refuses a message's content.

        Then the batch is halved until the refused message stands alone: the others commit. Of that one, the facts
        that are not refused are stored, and it goes to quarantine.
        Raises one of RETRIED where the database cannot work; nothing of the failing part is stored then.
        """
        return await store_halving(
            batch,
            write=self._write_all,
            refuse=self._write_refused,
            troubles=TROUBLES,
            blames_message=blames_message,
        )

    async def _write_all(self, batch: list[Received]) -> Written:
        return await self._write(batch, refused=None)

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
        reasons = {Reason.REFUSED_BY_DATABASE: 1}
        return Written(
            through={}, messages=0, duplicates=0, facts=0, quarantined=1, reasons=reasons, refused=rows.quarantine
        )

    async def _write_none_of_it(self, received: Received, refused: str) -> Written:
        return await self._write([received], refused=refused)

    async def _write_piecewise(self, received: Received, refused: str) -> Written:
        async with self.connection.transaction():
            counted = await self._count([received], set())
            if not counted.streams.streams:
                return await self._write_none_of_it(received, refused)
            rows = Rows()
            stored = 0
            for message in counted.new:
                pieces = Pieces(self.connection, self._insert_part, message, counted.venues[gateway_of(message)])
                rows.quarantine.extend(quarantined(message, [*message.rejections, await pieces.store()]))
                stored = pieces.stored
            await self._complete(rows, counted)
            await self._insert(rows)
            through = await counted.streams.write(self.clock.now())
            await self.connection.execute(self.notify)
        return Written(
            through=through,
            messages=len(counted.new),
            duplicates=len(counted.repeats),
            facts=stored,
            quarantined=len(rows.quarantine),
            reasons=Counter(row.rejection.reason for row in rows.quarantine),
            gaps=counted.streams.gaps,
            alarms=alarms_of(counted),
            refused=rows.quarantine[:REFUSED_TOLD_MAX],
        )

    async def _write(self, batch: list[Received], *, refused: str | None) -> Written:
        began_s = time.monotonic()
        async with self.connection.transaction():
            self.register.begin()
            counted = await self._count(batch, self._begun)
            rows = await self._rows(counted.new if refused is None else [], counted.venues)
            if refused is not None or not counted.plain:
                rows.quarantine = [
                    *rejected(counted.batch, counted.new, counted.venues, refused),
                    *rows.quarantine,
                ]
            await self._complete(rows, counted)
            await self._insert(rows)
            through = await counted.streams.write(self.clock.now()) if counted.streams.streams else {}
            await self.connection.execute(self.notify)
            stated_s = time.monotonic()
        committed_s = time.monotonic()
        self.register.committed()
        self._remember(counted.streams.streams)
        return Written(
            through=through,
            messages=len(counted.new),
            duplicates=len(counted.repeats),
            facts=rows.facts,
            quarantined=len(rows.quarantine),
            reasons=Counter(row.rejection.reason for row in rows.quarantine),
            gaps=counted.streams.gaps,
            write_s=stated_s - began_s,
            commit_s=committed_s - stated_s,
            alarms=alarms_of(counted),
            refused=rows.quarantine[:REFUSED_TOLD_MAX],
        )

    async def _count(self, batch: list[Received], begun: set[Stream]) -> Counted:
        """Hold the ledger rows of the batch, and tell what is new. Gateways number their messages themselves."""
        found = sort_out(batch)
        venues = await self.register.venues(self.connection, found.gateways)
        known = {stream: messages for stream, messages in found.streams.items() if stream.gateway in venues}
        streams = await Streams.lock(self.connection, known, begun)
        repeats = [received for stream in known for received in streams.repeats(stream, known[stream])]
        new = batch
        if repeats or found.uncounted or len(known) < len(found.streams):
            repeated = {id(received) for received in repeats}
            new = [r for r in batch if is_counted(r) and gateway_of(r) in venues and id(r) not in repeated]
        plain = not found.flawed and len(venues) == len(found.gateways)
        return Counted(batch=batch, new=new, repeats=repeats, venues=venues, streams=streams, plain=plain)

    async def _complete(self, rows: Rows, counted: Counted) -> None:
        """Nothing more is to be written of messages that say themselves what came and what went."""

    async def _insert_part(self, rows: Rows) -> None:
        """Insert some facts of a message of which others are refused."""
        await self._insert(rows)

    async def _rows(self, new: list[Received], venues: dict[str, int]) -> Rows:
        """What the new messages add. The ids of their points are nearly always known."""
        try:
            return rows_of(new, venues, self.register.points(venues))
        except KeyError:
            await self.register.find(self.connection, points_named(new))
            return rows_of(new, venues, self.register.points(venues))

    def _remember(self, streams: set[Stream]) -> None:
        if len(self._begun) > BEGUN_REMEMBERED_MAX:
            self._begun.clear()
        self._begun |= streams

    async def _insert(self, rows: Rows) -> None:
        async with self.connection.cursor() as cursor:
            if rows.readings:
                async with cursor.copy(SQL["copy_readings"]) as copy:
                    await copy.write(pack_readings(rows.readings))
                for note in reading_batch_values(rows.readings):
                    await cursor.execute(SQL["insert_reading_batch"], note)
            if rows.states:
                await cursor.executemany(SQL["insert_state"], [state_values(row) for row in rows.states])
            if rows.actions:
                await cursor.executemany(SQL["insert_action"], [action_values(row) for row in rows.actions])
            if rows.replies:
                await cursor.executemany(SQL["insert_reply"], [reply_values(row) for row in rows.replies])
            await settle(cursor, rows.replies, rows.actions)
            if rows.quarantine:
                values = [quarantine_values(row) for row in rows.quarantine]
                await cursor.executemany(SQL["insert_quarantine"], values)

    async def heard(self, spoke: dict[str, Heard]) -> None:
        """Note who spoke. After the commit of the facts, so that no alarm waits for a liveness row."""
        venues = await self.register.venues(self.connection, spoke)
        known = {gateway: heard for gateway, heard in spoke.items() if gateway in venues}
        if not known:
            return
        try:
            await self.connection.execute(SQL["heard"], heard_values(known, self.clock.now()))
        except TROUBLES as error:
            if not blames_message(error):
                raise
            log.warning("liveness_refused", gateways=sorted(known), reason=str(error))

    async def beat(self, worker: str, connection: str, *, reconnected: bool) -> timedelta | None:
        """Say that this connection listens. Returns by how much our clock was wrong, where it was."""
        values = {"worker": worker, "connection": connection, "reconnected": reconnected}
        async with self.connection.cursor(row_factory=scalar_row) as cursor:
            asked_s = self.clock.steady()
            await cursor.execute(SQL["beat"], values)
            now = await cursor.fetchone()
        assert isinstance(now, datetime)
        return self.clock.hear(now, asked_s)

    async def give_up(self, lanes: tuple[Lane, ...], now: datetime) -> dict[Stream, int]:
        """Give up gaps of `lanes` that have not moved. Returns up to which number their streams may be forgotten."""
        due = await gaps.to_give_up(self.connection, lanes, now)
        if not due:
            return {}
        async with self.connection.transaction():
            streams = await Streams.hold(self.connection, due)
            through = await streams.give_up(now)
        self.given_up += streams.gaps.given_up
        return through

    async def want_resend(self, now: datetime) -> None:
        """Every gateway that is connected shall be asked to send again what is not confirmed."""
        await gaps.want_resend(self.connection, now)

    async def claim_resends(self, now: datetime) -> list[str]:
        """The gateways that the caller must ask now, and nobody else."""
        return await gaps.claim_resends(self.connection, now)

    async def forget(self, now: datetime) -> None:
        """Delete notes about readings that every reader has read, or will not read any more."""
        await self.connection.execute(SQL["forget_reading_batches"], {"now": now})

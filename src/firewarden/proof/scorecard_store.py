"""What does the database hold of a run? Read in one snapshot, once the run is over."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from psycopg import AsyncConnection, IsolationLevel
from psycopg.rows import class_row, scalar_row

from firewarden.ingest.facts import Lane
from firewarden.proof.due import Deadline, Key
from firewarden.proof.frames import StoredFrame
from firewarden.proof.matching import Incident
from firewarden.proof.scorecard import FactKey, Held, OpenGap, ReadingKey, StoredSpan, stored_value
from firewarden.proof.truth_file import Number
from firewarden.store.queries import Queries

SQL = Queries("firewarden.proof")

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Span:
    gateway: str
    boot: str
    lane: str
    first: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Reading:
    gateway: str
    point: str
    quantity: int
    at: datetime
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    gateway: str
    boot: str
    lane: str
    seq: int
    point: str
    what: str
    raised: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Incident:
    incident_id: int
    gateway: str
    point: str | None
    kind: str
    occurred_at: datetime
    committed_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    gateway: str
    boot: str
    lane: str
    seq: int
    received_at: datetime
    frame: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class _Deadline:
    gateway: str
    heartbeat_s: float
    silence_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    venues: int
    venues_ranked: int
    quarantined: int


async def read_held(database_url: str) -> Held:
    """Everything at one moment. Raises psycopg.OperationalError where the database is away."""
    connection = await AsyncConnection.connect(database_url, connect_timeout=5, application_name="firewarden demo")
    async with connection:
        await connection.set_isolation_level(IsolationLevel.REPEATABLE_READ)
        counts = (await _rows(connection, "counts", _Counts))[0]
        return Held(
            spans=tuple(_span(row) for row in await _rows(connection, "ledger", _Span)),
            repeats=await _repeats(connection),
            readings=Counter(_reading(row) for row in await _rows(connection, "readings", _Reading)),
            facts=Counter(_fact(row) for row in await _rows(connection, "facts", _Fact)),
            incidents=tuple(_incident(row) for row in await _rows(connection, "incidents", _Incident)),
            gaps=tuple(_gap(row) for row in await _rows(connection, "open_gaps", _Span)),
            deadlines={row.gateway: _deadline(row) for row in await _rows(connection, "deadlines", _Deadline)},
            venues=counts.venues,
            venues_ranked=counts.venues_ranked,
            quarantined=counts.quarantined,
            frames=tuple(_frame(row) for row in await _rows(connection, "frames", _Frame)),
        )


async def _rows(connection: AsyncConnection, name: str, kind: type[Row]) -> list[Row]:
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(SQL[name])
        return await cursor.fetchall()


async def _repeats(connection: AsyncConnection) -> int:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["repeats"])
        value: object = await cursor.fetchone()
    assert isinstance(value, int)
    return value


def _span(row: _Span) -> StoredSpan:
    return StoredSpan(gateway=row.gateway, boot=row.boot, lane=Lane(row.lane), first=row.first, last=row.last)


def _gap(row: _Span) -> OpenGap:
    return OpenGap(gateway=row.gateway, boot=row.boot, lane=Lane(row.lane), first=row.first, last=row.last)


def _reading(row: _Reading) -> ReadingKey:
    return ReadingKey(row.gateway, row.point, row.quantity, row.at, stored_value(row.value))


def _fact(row: _Fact) -> FactKey:
    number = Number(row.gateway, row.boot, Lane(row.lane), row.seq)
    return FactKey(number, row.point, row.what, row.raised)


def _frame(row: _Frame) -> StoredFrame:
    number = Number(row.gateway, row.boot, Lane(row.lane), row.seq)
    return StoredFrame(number=number, received_at=row.received_at, whole=row.frame)


def _incident(row: _Incident) -> Incident:
    return Incident(
        incident_id=row.incident_id,
        key=Key(row.gateway, row.point, row.kind),
        occurred_at=row.occurred_at,
        committed_at=row.committed_at,
        ended_at=row.ended_at,
    )


def _deadline(row: _Deadline) -> Deadline:
    return Deadline(heartbeat_s=row.heartbeat_s, silence_s=row.silence_s)

"""Which way did one message go? Told from the database alone, by its trace id or by what a gateway calls it."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TypeVar

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from firewarden.ingest.trace_id import MessageId
from firewarden.store.queries import Queries

_SQL = Queries("firewarden.api", "trace_queries.sql")
_ROUND = timedelta(hours=1)
"""Around the arrival of a message whose incident is known, where its facts are looked for."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Station:
    """One thing that happened to the message; `at` is None where that moment is not kept."""

    at: datetime | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """The way of one message. `message` is None where the id is known and the message is not kept any more."""

    trace_id: str
    message: MessageId | None
    incidents: tuple[int, ...]
    stations: tuple[Station, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Incident:
    id: int
    kind: str
    venue_id: int
    venue_code: str
    gateway_id: str
    received_at: datetime
    opened_at: datetime
    taken_at: datetime | None
    taken_by: str | None
    closed_at: datetime | None
    closed_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Message:
    gateway: str
    boot: str
    lane: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    sent_at: datetime | None
    received_at: datetime
    committed_at: datetime | None
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stored:
    stored: bool
    first_at: datetime
    last_at: datetime
    gap: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    id: int
    at: datetime
    kind: str
    incident_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Scored:
    venue_id: int
    at: datetime


async def by_trace_id(connection: AsyncConnection, trace_id: str, *, now: datetime, days: int) -> Way | None:
    """The way of the message of that id; None where nothing of the last `days` has it."""
    incidents = await _all(connection, "incidents_of_trace", {"trace_id": trace_id}, _Incident)
    since, until = now - timedelta(days=days), now + _ROUND
    gateway: str | None = None
    if incidents:
        since, until = incidents[0].received_at - _ROUND, incidents[0].received_at + _ROUND
        gateway = incidents[0].gateway_id
    values = {"trace_id": trace_id, "since": since, "until": until, "gateway": gateway}
    found = await _all(connection, "message_of_trace", values, _Message)
    if not found and not incidents:
        return None
    message = MessageId(**asdict(found[0])) if found else None
    return await _way(connection, trace_id, message, incidents, (since, until))


async def by_message(connection: AsyncConnection, message: MessageId, *, now: datetime, days: int) -> Way | None:
    """The way of a message that is named as its gateway names it; None where it never came."""
    trace_id = message.trace_id
    incidents = await _all(connection, "incidents_of_trace", {"trace_id": trace_id}, _Incident)
    span = now - timedelta(days=days), now + _ROUND
    if incidents:
        span = min(span[0], incidents[0].received_at - _ROUND), span[1]
    way = await _way(connection, trace_id, message, incidents, span)
    return way if way.stations else None


async def _way(
    connection: AsyncConnection,
    trace_id: str,
    message: MessageId | None,
    incidents: Sequence[_Incident],
    span: tuple[datetime, datetime],
) -> Way:
    stations = [] if message is None else await _arrival(connection, message, span)
    for each in incidents:
        stations += _life(each)
    numbers = [each.id for each in incidents]
    values = {"trace_id": trace_id, "incidents": numbers, "since": span[0], "until": span[1] + timedelta(days=7)}
    for event in await _all(connection, "events_of_trace", values, _Event):
        stations.append(Station(at=event.at, what=f"event {event.id} {event.kind}"))
    values = {"incidents": numbers, "ids": [str(number) for number in numbers]}
    for scored in await _all(connection, "scored_of_incidents", values, _Scored):
        stations.append(Station(at=scored.at, what=f"taken into the risk score of venue {scored.venue_id}"))
    dated = sorted((s for s in stations if s.at is not None), key=_moment)
    undated = [s for s in stations if s.at is None]
    return Way(trace_id=trace_id, message=message, incidents=tuple(numbers), stations=(*dated, *undated))


async def _arrival(connection: AsyncConnection, message: MessageId, span: tuple[datetime, datetime]) -> list[Station]:
    named: dict[str, object] = {
        "gateway": message.gateway,
        "boot": message.boot,
        "lane": message.lane,
        "seq": message.seq,
    }
    facts = await _all(connection, "facts_of_message", {**named, "since": span[0], "until": span[1]}, _Fact)
    stations: list[Station] = []
    if facts:
        first = facts[0]
        if first.sent_at is not None:
            stations.append(Station(at=first.sent_at, what="sent, by the gateway's clock"))
        stations.append(Station(at=first.received_at, what="received"))
    stations += [Station(at=fact.committed_at or fact.received_at, what=f"committed: {fact.what}") for fact in facts]
    for ledger in await _all(connection, "message_stored", named, _Stored):
        if not facts and ledger.stored:
            stations.append(Station(at=None, what="stored; its facts do not keep their message, or are forgotten"))
        elif ledger.gap is not None and not ledger.stored:
            stations.append(Station(at=None, what=f"missing: in a gap that is {ledger.gap.replace('_', ' ')}"))
    return stations


def _life(incident: _Incident) -> list[Station]:
    name = f"incident {incident.id}"
    return [
        Station(at=incident.opened_at, what=f"{name} opened: {incident.kind} at venue {incident.venue_code}"),
        *([Station(at=incident.taken_at, what=f"{name} taken by {incident.taken_by}")] if incident.taken_at else []),
        *(
            [Station(at=incident.closed_at, what=f"{name} closed by {incident.closed_by}")]
            if incident.closed_at
            else []
        ),
    ]


def _moment(station: Station) -> datetime:
    assert station.at is not None
    return station.at


async def _all(
    connection: AsyncConnection, name: str, values: Mapping[str, object], kind: type[Row]
) -> tuple[Row, ...]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SQL[name], values)
        return msgspec.convert(await cursor.fetchall(), tuple[kind, ...])

"""The desk's rows in the database: what it reads of the facts, and what it writes."""

from dataclasses import dataclass
from datetime import datetime
from typing import LiteralString

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from firewarden.desk.episodes import Change, Key, Open
from firewarden.desk.incidents import PRIORITY, Condition, Holding, IncidentAct, IncidentClass, IncidentState
from firewarden.desk.liveness import Listening
from firewarden.store.queries import Queries
from firewarden.store.reading_after import Window

SQL = Queries("firewarden.desk")
SYSTEM = "system"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewChange:
    """A fact as the database holds it: a state that came or went, or (state None) an operator's act."""

    id: int
    gateway_id: str
    venue_id: int
    point_id: int | None
    state: str | None
    action: str | None
    raised: bool
    at: datetime
    received_at: datetime
    committed_at: datetime
    boot: str
    lane: str
    seq: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayToJudge:
    """A gateway past its deadline, or with an open offline episode."""

    gateway_id: str
    venue_id: int
    silence_deadline_s: float
    heard_at: datetime
    episode_id: int | None
    connection: str
    """The one of ingest's that would hear it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _EpisodeRow:
    id: int
    venue_id: int
    gateway_id: str
    point_id: int | None
    kind: str
    raised_at: datetime
    last_raised_at: datetime
    judged_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _IncidentRow:
    id: int
    venue_id: int
    gateway_id: str
    point_id: int | None
    kind: str
    state: str
    taken_by: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _HeldRow:
    id: int
    state: str
    taken_by: str | None
    closed_by: str | None


async def new_changes(connection: AsyncConnection, window: Window, lanes: list[str]) -> list[NewChange]:
    """Facts of `lanes` in `window`, in the order of arrival."""
    async with connection.cursor(row_factory=class_row(NewChange)) as cursor:
        await cursor.execute(SQL["new_changes"], {"since": window.since, "lanes": lanes})
        return await cursor.fetchall()


async def open_episodes(connection: AsyncConnection, venues: list[int]) -> dict[Key, Open]:
    """What holds now at `venues`."""
    async with connection.cursor(row_factory=class_row(_EpisodeRow)) as cursor:
        await cursor.execute(SQL["open_episodes"], {"venues": venues})
        return {
            _key(row): Open(
                episode_id=row.id,
                raised_at=row.raised_at,
                last_raised_at=row.last_raised_at,
                judged_at=row.judged_at,
            )
            for row in await cursor.fetchall()
        }


async def open_incidents(connection: AsyncConnection, venues: list[int]) -> dict[Key, Holding]:
    """What nobody has closed at `venues`."""
    async with connection.cursor(row_factory=class_row(_IncidentRow)) as cursor:
        await cursor.execute(SQL["open_incidents"], {"venues": venues})
        return {
            _key(row): Holding(incident_id=row.id, state=IncidentState(row.state), holder=row.taken_by)
            for row in await cursor.fetchall()
        }


def _key(row: _EpisodeRow | _IncidentRow) -> Key:
    return Key(venue_id=row.venue_id, gateway_id=row.gateway_id, point_id=row.point_id, kind=Condition(row.kind))


async def insert_incident(connection: AsyncConnection, change: Change, *, late: bool) -> int:
    """Open an incident; returns its number."""
    return await _returned_id(
        connection,
        SQL["insert_incident"],
        {
            **_key_values(change.key),
            "priority": PRIORITY[change.key.kind],
            "late": late,
            "at": change.at,
            "received_at": change.received_at,
            "committed_at": change.committed_at,
            "trace_id": None if change.message is None else change.message.trace_id,
        },
    )


async def insert_episode(connection: AsyncConnection, change: Change, incident_id: int | None, *, late: bool) -> int:
    """Begin an episode; returns its number."""
    values = {**_key_values(change.key), "at": change.at, "incident_id": incident_id, "late": late}
    return await _returned_id(connection, SQL["insert_episode"], values)


async def hold_open(connection: AsyncConnection, incident_id: int) -> None:
    """Lock an incident that a report joins: whoever closes it meanwhile makes this transaction start over."""
    await connection.execute(SQL["hold_open_incident"], {"id": incident_id})


async def raise_again(connection: AsyncConnection, episode_id: int, at: datetime) -> None:
    """Count a repeated report of an open episode."""
    await connection.execute(SQL["raise_episode_again"], {"id": episode_id, "at": at})


async def make_live(connection: AsyncConnection, incident_id: int) -> bool:
    """What was old news is news. Returns whether it was old."""
    cursor = await connection.execute(SQL["incident_is_live"], {"id": incident_id})
    return await cursor.fetchone() is not None


async def give_incident(connection: AsyncConnection, episode_id: int, incident_id: int) -> None:
    """An open episode has a new incident, its last one being closed."""
    await connection.execute(SQL["give_episode_incident"], {"id": episode_id, "incident_id": incident_id})


async def close_episode(connection: AsyncConnection, episode_id: int, at: datetime) -> None:
    """End an episode."""
    await connection.execute(SQL["close_episode"], {"id": episode_id, "at": at})


async def apply_to_incident(
    connection: AsyncConnection, incident_id: int, act: IncidentAct, *, at: datetime, now: datetime
) -> None:
    """Write what a fact does to an open incident: raised again, recovered, or closed by recovery."""
    queries: dict[IncidentAct, LiteralString] = {
        IncidentAct.RAISE_AGAIN: SQL["raise_incident_again"],
        IncidentAct.RECOVER: SQL["recover_incident"],
        IncidentAct.CLOSE_RECOVERED: SQL["close_recovered_incident"],
    }
    await connection.execute(queries[act], {"id": incident_id, "at": at, "now": now})


async def record(
    connection: AsyncConnection,
    incident_id: int,
    act: IncidentAct,
    *,
    actor: str,
    at: datetime,
    detail: dict[str, str],
) -> None:
    """Add a line to the incident's history."""
    await connection.execute(
        SQL["insert_action"],
        {
            "incident_id": incident_id,
            "at": at,
            "actor": actor,
            "action": act.value,
            "reason": "",
            "detail": Jsonb(detail),
        },
    )


async def tell_incident(connection: AsyncConnection, incident_id: int, event: str) -> None:
    """Add an event about an incident, as it is now in this transaction."""
    await connection.execute(SQL["event_of_incident"], {"incident_id": incident_id, "event": event})


async def tell_episode(connection: AsyncConnection, episode_id: int, event: str) -> None:
    """Add an event about an episode, as it is now in this transaction."""
    await connection.execute(SQL["event_of_episode"], {"id": episode_id, "event": event})


async def open_by_kind(connection: AsyncConnection) -> dict[Condition, int]:
    """How many incidents nobody has closed, by kind."""
    cursor = await connection.execute(SQL["open_by_kind"])
    return {Condition(kind): int(count) for kind, count in await cursor.fetchall()}


async def notify(connection: AsyncConnection) -> None:
    """Wake who watches, once this transaction is committed."""
    await connection.execute(SQL["notify_event"])


async def repeatable_read(connection: AsyncConnection) -> None:
    """Whatever this transaction reads stays true until it commits, or it is done again."""
    await connection.execute(SQL["repeatable_read"])


async def database_now(connection: AsyncConnection) -> datetime:
    """The time of the database's machine."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["now"])
        value: object = await cursor.fetchone()
    assert isinstance(value, datetime)
    return value


async def listening(connection: AsyncConnection) -> dict[str, Listening]:
    """How well ingest hears, by its connection; one that is not named does not."""
    cursor = await connection.execute(SQL["listening"])
    return {str(name): Listening(since=since, beat_at=beat_at) for name, since, beat_at in await cursor.fetchall()}


async def gateways_to_judge(connection: AsyncConnection, now: datetime) -> list[GatewayToJudge]:
    """Gateways whose silence, or whose return, may have to be told."""
    async with connection.cursor(row_factory=class_row(GatewayToJudge)) as cursor:
        await cursor.execute(SQL["gateways_to_judge"], {"now": now})
        return await cursor.fetchall()


async def hold(connection: AsyncConnection, incident_id: int) -> Holding | None:
    """Lock one incident for this transaction; None where there is none of this number."""
    async with connection.cursor(row_factory=class_row(_HeldRow)) as cursor:
        await cursor.execute(SQL["incident_for_update"], {"id": incident_id})
        row = await cursor.fetchone()
    if row is None:
        return None
    return Holding(incident_id=row.id, state=IncidentState(row.state), holder=row.closed_by or row.taken_by)


async def take(connection: AsyncConnection, incident_id: int, *, actor: str, now: datetime) -> None:
    """Write that `actor` has the incident."""
    await connection.execute(SQL["take_incident"], {"id": incident_id, "actor": actor, "now": now})


async def close(
    connection: AsyncConnection,
    incident_id: int,
    *,
    actor: str,
    incident_class: IncidentClass,
    note: str,
    now: datetime,
) -> None:
    """Write that `actor` judged the incident."""
    await connection.execute(
        SQL["close_incident"],
        {"id": incident_id, "actor": actor, "class": incident_class.value, "note": note, "now": now},
    )


def _key_values(key: Key) -> dict[str, object]:
    return {
        "venue_id": key.venue_id,
        "gateway_id": key.gateway_id,
        "point_id": key.point_id,
        "kind": key.kind.value,
    }


async def _returned_id(connection: AsyncConnection, query: LiteralString, values: dict[str, object]) -> int:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(query, values)
        value: object = await cursor.fetchone()
    assert isinstance(value, int)
    return value

"""What may an officer do to an incident? Taken and closed here, each act with its history, in one transaction."""

from datetime import datetime

from psycopg import AsyncConnection

from firewarden.desk import store
from firewarden.desk.incidents import (
    Holding,
    IncidentAct,
    IncidentClass,
    IncidentNotFoundError,
    IncidentState,
    after,
)

NOTE_LENGTH_MAX = 2_000


async def take(connection: AsyncConnection, incident_id: int, *, actor: str, now: datetime) -> None:
    """`actor` takes the incident on.

    Raises IncidentNotFoundError; IncidentConflictError, naming the holder, where somebody was faster.
    """
    async with connection.transaction():
        holding = await _hold(connection, incident_id)
        await _take(connection, holding, actor=actor, now=now)
        await store.tell_incident(connection, incident_id, "incident.taken")
        await store.notify(connection)


async def close(
    connection: AsyncConnection,
    incident_id: int,
    *,
    actor: str,
    incident_class: IncidentClass,
    note: str,
    now: datetime,
) -> None:
    """`actor` judges the incident and ends it; one that nobody had is taken by the same act, and both are recorded.

    Raises IncidentNotFoundError, IncidentConflictError, ValueError where `note` is over NOTE_LENGTH_MAX characters.
    """
    if len(note) > NOTE_LENGTH_MAX:
        raise ValueError(f"a note has at most {NOTE_LENGTH_MAX} characters, got {len(note)}")
    async with connection.transaction():
        holding = await _hold(connection, incident_id)
        if holding.state is IncidentState.NEW:
            holding = await _take(connection, holding, actor=actor, now=now)
        after(holding, IncidentAct.CLOSE)
        await store.close(connection, incident_id, actor=actor, incident_class=incident_class, note=note, now=now)
        detail = {"class": incident_class.value, "note": note}
        await store.record(connection, incident_id, IncidentAct.CLOSE, actor=actor, at=now, detail=detail)
        await store.tell_incident(connection, incident_id, "incident.closed")
        await store.notify(connection)


async def _hold(connection: AsyncConnection, incident_id: int) -> Holding:
    holding = await store.hold(connection, incident_id)
    if holding is None:
        raise IncidentNotFoundError(incident_id)
    return holding


async def _take(connection: AsyncConnection, holding: Holding, *, actor: str, now: datetime) -> Holding:
    state = after(holding, IncidentAct.TAKE)
    await store.take(connection, holding.incident_id, actor=actor, now=now)
    await store.record(connection, holding.incident_id, IncidentAct.TAKE, actor=actor, at=now, detail={})
    return Holding(incident_id=holding.incident_id, state=state, holder=actor)

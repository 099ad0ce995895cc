"""Incidents: what needs a person, who has it, and what it was."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from firewarden.api import officer, reads
from firewarden.api.auth import IncidentsRead, IncidentsWrite
from firewarden.api.context import ApiContext, Connection, Context
from firewarden.api.errors import not_found
from firewarden.api.routes.params import Cursor, Id, IdFilter, Limit, Moment, problems
from firewarden.api.rows import IncidentDetail, IncidentRow, IncidentView, Page
from firewarden.desk.acts import NOTE_LENGTH_MAX
from firewarden.desk.incidents import Condition, IncidentClass

router = APIRouter(prefix="/incidents", tags=["incidents"])


class Judgement(BaseModel):
    """What an incident turned out to be."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [{"class": "false_alarm", "note": "steam from the kitchen"}]},
    )

    incident_class: Annotated[IncidentClass, Field(alias="class")]
    note: Annotated[str, Field(max_length=NOTE_LENGTH_MAX, pattern=r"^[^\x00]*$")] = ""


@router.get("", responses=problems(400))
async def list_incidents(
    *,
    _: IncidentsRead,
    connection: Connection,
    state: Annotated[
        IncidentView, Query(description="open, new, taken: by priority, then newest; closed, all: newest")
    ] = IncidentView.OPEN,
    kind: Condition | None = None,
    venue_id: IdFilter = None,
    since: Annotated[Moment | None, Query(description="opened then or later")] = None,
    until: Annotated[Moment | None, Query(description="opened before that")] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[IncidentRow]:
    """List incidents, fire first."""
    return await reads.list_incidents(
        connection, view=state, kind=kind, venue_id=venue_id, since=since, until=until, cursor=cursor, limit=limit
    )


@router.get("/{incident_id}", responses=problems(404))
async def get_incident(_: IncidentsRead, connection: Connection, incident_id: Id) -> IncidentDetail:
    """Show one incident and everything that was ever done to it."""
    return await _detail(connection, incident_id)


@router.post("/{incident_id}/take", responses=problems(404, 409))
async def take_incident(principal: IncidentsWrite, context: Context, incident_id: Id) -> IncidentDetail:
    """Take an incident on. Of two who try, one wins; the other gets 409 with the holder's name."""
    await officer.take_incident(context, principal, incident_id)
    return await _after(context, incident_id)


@router.post("/{incident_id}/close", responses=problems(404, 409))
async def close_incident(
    principal: IncidentsWrite, context: Context, incident_id: Id, judgement: Judgement
) -> IncidentDetail:
    """Say what it was, and end it. One that nobody had is taken by the same act."""
    await officer.close_incident(
        context, principal, incident_id, incident_class=judgement.incident_class, note=judgement.note
    )
    return await _after(context, incident_id)


async def _after(context: ApiContext, incident_id: int) -> IncidentDetail:
    async with context.pool.connection() as connection:
        return await _detail(connection, incident_id)


async def _detail(connection: Connection, incident_id: int) -> IncidentDetail:
    detail = await reads.get_incident(connection, incident_id)
    if detail is None:
        raise not_found(f"incident {incident_id}")
    return detail

"""What does an officer do to an incident, through the api or the console? Permission, act and audit in one place."""

from http import HTTPStatus

from firewarden.api.audit import Entry, audited
from firewarden.api.auth import demand
from firewarden.api.context import ApiContext
from firewarden.api.errors import refuse
from firewarden.api.policy import Principal, Scope
from firewarden.desk import acts
from firewarden.desk.incidents import IncidentClass


async def take_incident(context: ApiContext, principal: Principal, incident_id: int) -> None:
    """`principal` takes the incident on.

    Raises ProblemError: not-found, incident-conflict (with the holder), missing-scope, password-change-required.
    """
    entry = Entry(actor=principal.actor, action="incident.take", target=f"incident {incident_id}")
    async with audited(context.pool, entry) as connection:
        demand(principal, Scope.INCIDENTS_WRITE)
        await acts.take(connection, incident_id, actor=principal.actor, now=context.now())


async def close_incident(
    context: ApiContext, principal: Principal, incident_id: int, *, incident_class: IncidentClass, note: str
) -> None:
    """`principal` judges the incident and ends it; one that nobody had is taken by the same act.

    Raises ProblemError as take_incident does, and note-too-long.
    """
    detail = {"class": incident_class.value}
    entry = Entry(actor=principal.actor, action="incident.close", target=f"incident {incident_id}", detail=detail)
    async with audited(context.pool, entry) as connection:
        demand(principal, Scope.INCIDENTS_WRITE)
        if len(note) > acts.NOTE_LENGTH_MAX:
            too_long = f"a note has at most {acts.NOTE_LENGTH_MAX} characters, got {len(note)}"
            raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "note-too-long", too_long)
        await acts.close(
            connection,
            incident_id,
            actor=principal.actor,
            incident_class=incident_class,
            note=note,
            now=context.now(),
        )

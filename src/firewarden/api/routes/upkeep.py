"""The platform itself: gateways, what never came, what could not be read, and whether everything listens."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import StringConstraints

from firewarden.api import processes, reads, upkeep
from firewarden.api.auth import PlatformRead, RegisterWrite, VenuesRead
from firewarden.api.context import Connection, Context
from firewarden.api.processes import History, Processes
from firewarden.api.routes.params import Cursor, IdFilter, Limit, Line, problems
from firewarden.api.rows import GatewayRow, Page
from firewarden.api.upkeep import GapRow, GapState, PlatformState, QuarantineRow
from firewarden.ingest.facts import Reason
from firewarden.upkeep.seen import JobState, job_states

router = APIRouter(tags=["upkeep"])

SeriesName = Annotated[str, StringConstraints(pattern=r"^[^\x00]{1,300}$")]


@router.get("/gateways", responses=problems(400))
async def list_gateways(
    _: VenuesRead,
    connection: Connection,
    context: Context,
    venue_id: IdFilter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[GatewayRow]:
    """List gateways by id, each with whether it is heard."""
    return await reads.list_gateways(connection, venue_id=venue_id, cursor=cursor, limit=limit, now=context.now())


@router.get("/gaps", responses=problems(400))
async def list_gaps(
    _: VenuesRead,
    connection: Connection,
    *,
    filled: Annotated[bool, Query(description="show those that were filled later, too")] = False,
    state: GapState | None = None,
    gateway: Line | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[GapRow]:
    """List the messages that gateways numbered and that did not come in time, each with what became of it."""
    return await upkeep.list_gaps(
        connection, filled_too=filled, state=state, gateway_id=gateway, cursor=cursor, limit=limit
    )


@router.get("/quarantine", responses=problems(400))
async def list_quarantine(
    _: RegisterWrite,
    connection: Connection,
    gateway: Line | None = None,
    reason: Reason | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[QuarantineRow]:
    """List what could not be taken at its word, newest first, with the reason."""
    return await upkeep.list_quarantine(connection, gateway_id=gateway, reason=reason, cursor=cursor, limit=limit)


@router.get("/platform", responses=problems())
async def platform_state(_: VenuesRead, connection: Connection, context: Context) -> PlatformState:
    """Say whether everything listens, and how much is open."""
    return await upkeep.platform_state(connection, now=context.now())


@router.get("/platform/processes", responses=problems())
async def list_processes(_: PlatformRead, connection: Connection) -> Processes:
    """Say how each process is doing, in a word and in all its figures; those of /metrics."""
    return await processes.list_processes(connection)


@router.get("/platform/history", responses=problems())
async def figures_history(
    _: PlatformRead,
    connection: Connection,
    series: Annotated[
        list[SeriesName],
        Query(
            min_length=1, max_length=processes.SERIES_MAX, description='such as `firewarden_lag_seconds{of="alarm"}`'
        ),
    ],
    minutes: Annotated[int, Query(ge=1, le=processes.MINUTES_MAX, description="how far back")] = 180,
) -> tuple[History, ...]:
    """Show some series of every process, one value a minute."""
    return await processes.figures_history(connection, series=series, minutes=minutes)


@router.get("/jobs", responses=problems())
async def list_jobs(_: VenuesRead, connection: Connection, context: Context) -> tuple[JobState, ...]:
    """List the periodic jobs, each with its last run and whether it is overdue."""
    return await job_states(connection, context.now())

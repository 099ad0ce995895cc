"""Gateways in all detail, and the frames that devices sent, byte by byte.

Whoever may read a fact may read the frame that it was made from. Lists of frames, and what nobody understood, are for
those who look after gateways.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query

from firewarden.api import facts, frames, gateway_detail, reads
from firewarden.api.auth import IncidentsRead, PlatformRead, VenuesRead
from firewarden.api.context import Connection, Context
from firewarden.api.cursors import BIGINT_MAX
from firewarden.api.errors import not_found
from firewarden.api.facts import FactRow
from firewarden.api.frames import FrameDetail, FrameRow
from firewarden.api.gateway_detail import GatewayDetail
from firewarden.api.routes.params import Cursor, Id, Limit, Line, Moment, problems
from firewarden.api.routes.venues import Venue, profile_of
from firewarden.api.rows import Page
from firewarden.ingest.facts import LEDGER_LANES, Lane

router = APIRouter(tags=["frames"])

Since = Annotated[Moment | None, Query(description="came then or later")]
Until = Annotated[Moment | None, Query(description="came before that")]
UnitType = Annotated[int | None, Query(ge=0, le=255, alias="type", description="type flag of the application unit")]


@router.get("/gateways/{gateway_id}", responses=problems(404))
async def get_gateway(_: VenuesRead, connection: Connection, context: Context, gateway_id: Line) -> GatewayDetail:
    """Show one gateway: what it speaks, how it is connected, and how its day went so far."""
    found = await gateway_detail.get_gateway(connection, gateway_id, now=context.now())
    if found is None:
        raise not_found(f"gateway {gateway_id}")
    return found


@router.get("/gateways/{gateway_id}/frames", responses=problems(400, 404))
async def list_frames(
    *,
    _: PlatformRead,
    connection: Connection,
    context: Context,
    gateway_id: Line,
    since: Since = None,
    until: Until = None,
    unit_type: UnitType = None,
    undecoded: Annotated[bool, Query(description="only those in which something was not understood")] = False,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[FrameRow]:
    """List the frames of a gateway, newest first. One that speaks MQTT has none."""
    if not (await reads.list_gateways(connection, gateway_id=gateway_id, limit=1, now=context.now())).items:
        raise not_found(f"gateway {gateway_id}")
    return await frames.list_frames(
        connection,
        gateway_id,
        since=since,
        until=until,
        unit_type=unit_type,
        undecoded=undecoded,
        cursor=cursor,
        limit=limit,
    )


@router.get("/gateways/{gateway_id}/frames/{lane}/{seq}", responses=problems(404))
async def get_frame(
    *,
    _: VenuesRead,
    connection: Connection,
    context: Context,
    gateway_id: Line,
    lane: Lane,
    seq: Annotated[int, Path(ge=1, le=BIGINT_MAX)],
    at: Annotated[Moment, Query(description="`received_at` of the frame, or of a fact that it became")],
) -> FrameDetail:
    """Show one frame, byte by byte and field by field. Facts name theirs in `frame`."""
    found = None
    if lane in LEDGER_LANES:
        found = await frames.get_frame(connection, gateway_id, lane, seq, at=at, profiles=context.profiles)
    if found is None:
        raise not_found(f"frame {lane} {seq} of gateway {gateway_id} at {at.isoformat()}, or it is no longer kept")
    return found


@router.get("/frames/undecoded", responses=problems(400))
async def list_undecoded(
    _: PlatformRead,
    connection: Connection,
    *,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[FrameRow]:
    """List the frames of all gateways in which something was not understood, newest first."""
    return await frames.list_undecoded(connection, since=since, until=until, cursor=cursor, limit=limit)


@router.get("/venues/{venue}/facts", tags=["venues"], responses=problems(400, 404))
async def venue_facts(
    *,
    _: VenuesRead,
    connection: Connection,
    venue: Venue,
    since: Since = None,
    until: Until = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[FactRow]:
    """List the states that came and went at a venue and what its operators did, newest first."""
    profile = await profile_of(connection, venue)
    return await facts.venue_facts(connection, profile.id, since=since, until=until, cursor=cursor, limit=limit)


@router.get("/incidents/{incident_id}/facts", tags=["incidents"], responses=problems(400, 404))
async def incident_facts(
    _: IncidentsRead, connection: Connection, incident_id: Id, cursor: Cursor = None, limit: Limit = 50
) -> Page[FactRow]:
    """List the facts behind an incident, newest first: what raised its condition, and what ended it."""
    found = await reads.get_incident(connection, incident_id)
    if found is None:
        raise not_found(f"incident {incident_id}")
    return await facts.incident_facts(connection, found.incident, cursor=cursor, limit=limit)

"""Proof of no loss: what came on a day, and what did not."""

from datetime import date
from typing import Annotated

from annotated_types import Interval
from fastapi import APIRouter, Query

from firewarden.api import proof
from firewarden.api.auth import VenuesRead
from firewarden.api.context import Connection, Context
from firewarden.api.errors import not_found
from firewarden.api.proof import DayProof, GatewayProof
from firewarden.api.routes.params import Cursor, Limit, Line, problems
from firewarden.ingest.day import day_of

router = APIRouter(tags=["upkeep"])

Day = Annotated[
    Annotated[date, Interval(ge=date(2000, 1, 1), le=date(2999, 12, 31))] | None,
    Query(description="a day in Shanghai; absent: today"),
]


@router.get("/proof", responses=problems(400))
async def day_proof(
    _: VenuesRead, connection: Connection, context: Context, day: Day = None, cursor: Cursor = None, limit: Limit = 50
) -> DayProof:
    """Prove a day: what all gateways numbered, and what of it is stored; those with most missing first."""
    return await proof.day_proof(connection, day or day_of(context.now()), cursor=cursor, limit=limit)


@router.get("/gateways/{gateway_id}/proof", responses=problems(404))
async def gateway_proof(
    _: VenuesRead, connection: Connection, context: Context, gateway_id: Line, day: Day = None
) -> GatewayProof:
    """Prove a day of one gateway, boot by boot and lane by lane, with every gap."""
    found = await proof.gateway_proof(connection, gateway_id, day or day_of(context.now()))
    if found is None:
        raise not_found(f"gateway {gateway_id}")
    return found

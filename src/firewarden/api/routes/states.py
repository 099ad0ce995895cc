"""States: what is wrong now, in the whole city or a part of it."""

from fastapi import APIRouter

from firewarden.api import reads
from firewarden.api.auth import VenuesRead
from firewarden.api.context import Connection
from firewarden.api.routes.params import Cursor, IdFilter, Limit, Line, problems
from firewarden.api.rows import CurrentState, Page
from firewarden.desk.incidents import Condition

router = APIRouter(prefix="/states", tags=["venues"])


@router.get("", responses=problems(400))
async def list_states(
    *,
    _: VenuesRead,
    connection: Connection,
    district: Line | None = None,
    venue_id: IdFilter = None,
    kind: Condition | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CurrentState]:
    """List every condition that holds now, newest first."""
    return await reads.current_states(
        connection, district=district, venue_id=venue_id, kind=kind, cursor=cursor, limit=limit
    )

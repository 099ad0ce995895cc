"""Venues: what is there, what is wrong there now, and what its water does."""

from dataclasses import replace
from datetime import timedelta
from typing import Annotated

from fastapi import APIRouter, Path, Query
from psycopg import AsyncConnection

from firewarden.api import measurements, reads
from firewarden.api.auth import VenuesRead
from firewarden.api.context import Connection, Context
from firewarden.api.cursors import BIGINT_MAX
from firewarden.api.errors import not_found
from firewarden.api.policy import Scope
from firewarden.api.routes.params import Cursor, Limit, Line, problems
from firewarden.api.rows import Page, PressureSeries, VenueDetail, VenueProfile, VenueRow, VenueUse

HOURS_MAX = 5 * 366 * 24
"""As far back as days are kept."""

router = APIRouter(tags=["venues"])

Venue = Annotated[
    str,
    Path(
        pattern=r"^([0-9]{1,19}|code:[A-Za-z0-9_.-]{1,64})$",
        description="a venue's id, or `code:` and its code",
        examples=["17", "code:V0017"],
    ),
]


def _venue_key(venue: str) -> int | str:
    return venue.removeprefix("code:") if venue.startswith("code:") else min(int(venue), BIGINT_MAX)


async def profile_of(connection: AsyncConnection, venue: str) -> VenueProfile:
    """The venue that a path names. Raises ProblemError (not-found)."""
    profile = await reads.get_profile(connection, _venue_key(venue))
    if profile is None:
        raise not_found(f"venue {venue}")
    return profile


@router.get("/venues", responses=problems(400))
async def list_venues(
    *,
    principal: VenuesRead,
    connection: Connection,
    code: Line | None = None,
    search: Annotated[Line | None, Query(description="part of the code or of a name")] = None,
    district: Line | None = None,
    use: VenueUse | None = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[VenueRow]:
    """List venues by code. Scores come only with the scope `risk:read` too."""
    page = await reads.list_venues(
        connection, code=code, search=search, district=district, use=use, cursor=cursor, limit=limit
    )
    if Scope.RISK_READ in principal.scopes:
        return page
    return Page(items=tuple(replace(row, score=None, grade=None) for row in page.items), next=page.next)


@router.get("/venues/{venue}", responses=problems(404))
async def get_venue(principal: VenuesRead, connection: Connection, context: Context, venue: Venue) -> VenueDetail:
    """Show a venue: profile, gateways and whether they are heard, what is wrong now; with `risk:read`, its risk."""
    detail = await reads.get_venue(connection, _venue_key(venue), now=context.now())
    if detail is None:
        raise not_found(f"venue {venue}")
    return detail if Scope.RISK_READ in principal.scopes else replace(detail, risk=None)


@router.get("/venues/{venue}/pressure", responses=problems(404))
async def venue_pressure(
    *,
    _: VenuesRead,
    connection: Connection,
    context: Context,
    venue: Venue,
    hours: Annotated[float, Query(gt=0.001, le=HOURS_MAX, allow_inf_nan=False, description="how far back")] = 24,
    points: Annotated[int, Query(ge=1, le=measurements.POINTS_MAX, description="series at most")] = 6,
    samples: Annotated[int, Query(ge=10, le=measurements.SAMPLES_MAX, description="of one series")] = 300,
) -> PressureSeries:
    """Show water pressures and levels, each in a bounded number of samples."""
    profile = await profile_of(connection, venue)
    until = context.now()
    return await measurements.pressure_series(
        connection,
        profile.id,
        since=until - timedelta(hours=hours),
        until=until,
        samples_max=samples,
        points_max=points,
    )

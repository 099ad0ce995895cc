"""What grades call for, and what officers decide about it."""

from typing import Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from firewarden.api import risk_acts
from firewarden.api.auth import RiskRead, RiskWrite
from firewarden.api.context import ApiContext, Connection, Context
from firewarden.api.errors import not_found
from firewarden.api.risk_acts import REASON_LENGTH_MAX, OverrideRow, ProposalRow
from firewarden.api.routes.params import Cursor, Id, IdFilter, Limit, Line, Moment, problems
from firewarden.api.routes.venues import Venue, profile_of
from firewarden.api.rows import Page
from firewarden.risk.catalogue import Grade
from firewarden.risk.proposals import Kind, State

router = APIRouter(prefix="/risk", tags=["risk"])

Reason = Annotated[str, Field(min_length=1, max_length=REASON_LENGTH_MAX, pattern=r"^[^\x00]*$")]


class Acceptance(BaseModel):
    """What there is to say besides; nothing is needed."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [{"note": "visit on Thursday"}]})

    note: Annotated[str, Field(max_length=REASON_LENGTH_MAX, pattern=r"^[^\x00]*$")] = ""


class Explanation(BaseModel):
    """Why."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"reason": "closed for renovation until May"}]}
    )

    reason: Reason


class Override(BaseModel):
    """A grade for a time, and why."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={
            "examples": [{"grade": "B", "reason": "guards on site", "until": "2026-12-01T00:00:00+08:00"}]
        },
    )

    grade: Grade
    reason: Reason
    until: Annotated[Moment, Field(description="in the future, at most 30 days away")]


@router.get("/proposals", responses=problems(400))
async def list_proposals(
    *,
    _: RiskRead,
    connection: Connection,
    state: Annotated[State, Query(description="open ones by grade and due; others newest first")] = State.OPEN,
    every: Annotated[bool, Query(alias="all", description="of every state, newest first")] = False,
    kind: Kind | None = None,
    grade: Grade | None = None,
    district: Line | None = None,
    venue_id: IdFilter = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[ProposalRow]:
    """List what grades call for. Nothing of it happens before somebody accepts it."""
    return await risk_acts.list_proposals(
        connection,
        state=None if every else state,
        kind=kind,
        grade=grade,
        district=district,
        venue_id=venue_id,
        cursor=cursor,
        limit=limit,
    )


@router.get("/proposals/{proposal_id}", responses=problems(404))
async def get_proposal(_: RiskRead, connection: Connection, proposal_id: Id) -> ProposalRow:
    """Show one proposal."""
    return await _row(connection, proposal_id)


@router.post("/proposals/{proposal_id}/accept", responses=problems(404, 409))
async def accept_proposal(
    principal: RiskWrite, context: Context, proposal_id: Id, acceptance: Acceptance | None = None
) -> ProposalRow:
    """Accept a proposal: somebody will see to it. Of two who decide, one wins; the other gets 409 with the name."""
    await risk_acts.accept_proposal(context, principal, proposal_id, acceptance.note if acceptance else "")
    return await _after(context, proposal_id)


@router.post("/proposals/{proposal_id}/decline", responses=problems(404, 409))
async def decline_proposal(
    principal: RiskWrite, context: Context, proposal_id: Id, explanation: Explanation
) -> ProposalRow:
    """Decline a proposal, and say why. It does not come again while the venue stays in that grade."""
    await risk_acts.decline_proposal(context, principal, proposal_id, explanation.reason)
    return await _after(context, proposal_id)


@router.get("/{venue}/overrides", responses=problems(404))
async def list_overrides(_: RiskRead, connection: Connection, venue: Venue) -> tuple[OverrideRow, ...]:
    """List who set this venue's grade, newest first. The first holds, if it has a grade and its time is not over."""
    return await risk_acts.list_overrides(connection, (await profile_of(connection, venue)).id)


@router.post("/{venue}/override", status_code=201, responses=problems(404))
async def override_grade(
    principal: RiskWrite, context: Context, venue: Venue, override: Override
) -> tuple[OverrideRow, ...]:
    """Set the grade of a venue for at most 30 days, whatever its score. The score itself stays what it is."""
    venue_id = await _venue_id(context, venue)
    await risk_acts.override_grade(
        context, principal, venue_id, grade=override.grade, reason=override.reason, until=override.until
    )
    return await _overrides(context, venue_id)


@router.post("/{venue}/override/end", responses=problems(404, 409))
async def end_override(
    principal: RiskWrite, context: Context, venue: Venue, explanation: Explanation
) -> tuple[OverrideRow, ...]:
    """Let the computed grade hold again."""
    venue_id = await _venue_id(context, venue)
    await risk_acts.end_override(context, principal, venue_id, reason=explanation.reason)
    return await _overrides(context, venue_id)


async def _venue_id(context: ApiContext, venue: str) -> int:
    async with context.pool.connection() as connection:
        return (await profile_of(connection, venue)).id


async def _overrides(context: ApiContext, venue_id: int) -> tuple[OverrideRow, ...]:
    async with context.pool.connection() as connection:
        return await risk_acts.list_overrides(connection, venue_id)


async def _after(context: ApiContext, proposal_id: int) -> ProposalRow:
    async with context.pool.connection() as connection:
        return await _row(connection, proposal_id)


async def _row(connection: Connection, proposal_id: int) -> ProposalRow:
    row = await risk_acts.get_proposal(connection, proposal_id)
    if row is None:
        raise not_found(f"proposal {proposal_id}")
    return row

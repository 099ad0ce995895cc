"""What does an officer decide about risk? Proposals accepted or declined, a grade set for a time; all of it audited."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus
from typing import Annotated

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from pydantic import Field

from firewarden.api import cursors
from firewarden.api.audit import Entry, audited
from firewarden.api.auth import demand
from firewarden.api.context import ApiContext
from firewarden.api.errors import Problem, ProblemError, not_found, refuse
from firewarden.api.fetch import Row, page_of, rows_wanted
from firewarden.api.policy import Principal, Scope
from firewarden.api.rows import Page, Scalar
from firewarden.risk.catalogue import Grade
from firewarden.risk.proposals import Kind, State
from firewarden.store.queries import Queries

SQL = Queries("firewarden.api", "risk_act_queries.sql")

OVERRIDE_MAX = timedelta(days=30)
REASON_LENGTH_MAX = 2_000
OVERRIDES_SHOWN_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class ProposalRow:
    """Something that a venue's grade calls for, and what a person decided about it."""

    id: int
    kind: Annotated[
        Kind,
        Field(
            description="`duty_checks`: because.per_day, one at night where because.night; `fault_follow_up`:"
            " because.step is `reminder` or `brigade_copy`; `reminder` (a letter); `interview`; `visit` (see `due_at`);"
            " `hazard_determination`: because.rules; `admonition`"
        ),
    ]
    state: Annotated[State, Field(description="`lapsed`: nothing calls for it any more, and nobody decided")]
    grade: Annotated[Grade, Field(description="the grade that calls for it")]
    venue_id: int
    venue_code: str
    venue_name: str
    venue_name_en: str
    district: str
    because: Annotated[dict[str, Scalar], Field(description="the numbers of the score that called for it")]
    proposed_at: datetime
    due_at: Annotated[datetime | None, Field(description="working days are Mondays to Fridays; holidays are not known")]
    decided_at: datetime | None
    decided_by: str | None
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRow:
    """A grade that an officer set until a moment, or (`grade` null) the end of that. The newest one holds."""

    id: int
    grade: Grade | None
    reason: str
    actor: str
    at: datetime
    until: datetime


async def list_proposals(
    connection: AsyncConnection,
    *,
    state: State | None = State.OPEN,
    kind: Kind | None = None,
    grade: Grade | None = None,
    district: str | None = None,
    venue_id: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[ProposalRow]:
    """The open ones by grade and by when they are due; those of another state, or of all (None), newest first."""
    params = {
        **_ANY,
        "state": state,
        "kind": kind,
        "grade": grade,
        "district": district,
        "venue_id": venue_id,
        "rows": rows_wanted(limit),
    }
    if state is State.OPEN:
        if cursor is not None:
            after = cursors.decode(cursor, cursors.OpenProposals)
            params |= {"after_grade": after.grade, "after_due": after.due_at, "after_id": after.id}
        rows = await _fetch(connection, "proposals", {**params, "by": "due"}, ProposalRow)
        return page_of(rows, limit, lambda row: cursors.OpenProposals(grade=row.grade, due_at=row.due_at, id=row.id))
    if cursor is not None:
        params["after_id"] = cursors.decode(cursor, cursors.PastProposals).id
    rows = await _fetch(connection, "proposals", {**params, "by": "age"}, ProposalRow)
    return page_of(rows, limit, lambda row: cursors.PastProposals(id=row.id))


_FILTERS = ("id", "state", "kind", "grade", "district", "venue_id", "after_grade", "after_due", "after_id")
_ANY: dict[str, object] = {name: None for name in _FILTERS}  # noqa: C420 - fromkeys would have a narrower type


async def get_proposal(connection: AsyncConnection, proposal_id: int) -> ProposalRow | None:
    """One proposal; None where there is none of that id."""
    params = {**_ANY, "id": proposal_id, "by": "id", "rows": 1}
    rows = await _fetch(connection, "proposals", params, ProposalRow)
    return rows[0] if rows else None


async def accept_proposal(context: ApiContext, principal: Principal, proposal_id: int, note: str = "") -> None:
    """`principal` will see to it. Raises ProblemError: missing-scope, not-found, proposal-conflict, reason-too-long."""
    await _decide(context, principal, proposal_id, State.ACCEPTED, note)


async def decline_proposal(context: ApiContext, principal: Principal, proposal_id: int, reason: str) -> None:
    """`principal` says why not. Raises ProblemError as accept_proposal does, and reason-missing."""
    await _decide(context, principal, proposal_id, State.DECLINED, reason)


async def _decide(context: ApiContext, principal: Principal, proposal_id: int, state: State, reason: str) -> None:
    action = "proposal.accept" if state is State.ACCEPTED else "proposal.decline"
    entry = Entry(actor=principal.actor, action=action, target=f"proposal {proposal_id}", detail=_told(reason))
    async with audited(context.pool, entry) as connection:
        demand(principal, Scope.RISK_WRITE)
        _check_reason(reason, needed=state is State.DECLINED)
        values = {
            "id": proposal_id,
            "state": state.value,
            "by": principal.actor,
            "now": context.now(),
            "reason": reason,
        }
        decided = (await connection.execute(SQL["decide_proposal"], values)).rowcount
        if not decided:
            raise await _conflict(connection, proposal_id)


async def list_overrides(connection: AsyncConnection, venue_id: int) -> tuple[OverrideRow, ...]:
    """The newest acts on a venue's grade, at most OVERRIDES_SHOWN_MAX."""
    params = {"venue_id": venue_id, "rows": OVERRIDES_SHOWN_MAX}
    return await _fetch(connection, "overrides", params, OverrideRow)


async def override_grade(
    context: ApiContext, principal: Principal, venue_id: int, *, grade: Grade, reason: str, until: datetime
) -> None:
    """`principal` knows better until then. Raises ProblemError: missing-scope, reason-missing, invalid-until."""
    detail = {"grade": grade.value, "until": until.isoformat(), **_told(reason)}
    entry = Entry(actor=principal.actor, action="risk.override", target=f"venue {venue_id}", detail=detail)
    async with audited(context.pool, entry) as connection:
        demand(principal, Scope.RISK_WRITE)
        _check_reason(reason, needed=True)
        now = context.now()
        if not now < until <= now + OVERRIDE_MAX:
            why = f"an override ends in the future, and after {OVERRIDE_MAX.days} days at the latest"
            raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-until", why)
        await _act(connection, venue_id, grade=grade, reason=reason, actor=principal.actor, at=now, until=until)


async def end_override(context: ApiContext, principal: Principal, venue_id: int, *, reason: str) -> None:
    """The computed grade holds again. Raises ProblemError: missing-scope, reason-missing, no-override."""
    entry = Entry(actor=principal.actor, action="risk.override_end", target=f"venue {venue_id}", detail=_told(reason))
    async with audited(context.pool, entry) as connection:
        demand(principal, Scope.RISK_WRITE)
        _check_reason(reason, needed=True)
        await connection.execute(SQL["lock_overrides"], {"venue_id": venue_id})
        now = context.now()
        rows = await list_overrides(connection, venue_id)
        if not rows or rows[0].grade is None or rows[0].until <= now:
            raise refuse(HTTPStatus.CONFLICT, "no-override", f"the grade of venue {venue_id} is not set by anybody")
        # The schema wants an end after the beginning; of an act that ends another it means nothing.
        until = now + timedelta(seconds=1)
        await _act(connection, venue_id, grade=None, reason=reason, actor=principal.actor, at=now, until=until)


async def _act(
    connection: AsyncConnection,
    venue_id: int,
    *,
    grade: Grade | None,
    reason: str,
    actor: str,
    at: datetime,
    until: datetime,
) -> None:
    await connection.execute(SQL["lock_overrides"], {"venue_id": venue_id})
    values = {"venue_id": venue_id, "grade": grade, "reason": reason, "actor": actor, "at": at, "until": until}
    await connection.execute(SQL["override"], values)
    await connection.execute(SQL["tell_risk"])


def _check_reason(reason: str, *, needed: bool) -> None:
    if needed and not reason.strip():
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "reason-missing", "say why")
    if len(reason) > REASON_LENGTH_MAX:
        why = f"a reason has at most {REASON_LENGTH_MAX} characters, got {len(reason)}"
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "reason-too-long", why)


def _told(reason: str) -> dict[str, str]:
    return {"reason": reason[:200]} if reason else {}


async def _conflict(connection: AsyncConnection, proposal_id: int) -> ProblemError:
    row = await (await connection.execute(SQL["proposal_state"], {"id": proposal_id})).fetchone()
    if row is None:
        return not_found(f"proposal {proposal_id}")
    state, holder = str(row[0]), row[1]
    return ProblemError(
        Problem(
            status=HTTPStatus.CONFLICT,
            code="proposal-conflict",
            title="The proposal is not open any more",
            detail=f"proposal {proposal_id} is {state}" + (f" by {holder}" if holder else ""),
            holder=None if holder is None else str(holder),
            state=state,
        )
    )


async def _fetch(
    connection: AsyncConnection, name: str, params: Mapping[str, object], kind: type[Row]
) -> tuple[Row, ...]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], params)
        return msgspec.convert(await cursor.fetchall(), tuple[kind, ...])

"""How do proposals get into the database? In the transaction that writes the scores which call for them."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from firewarden.risk.catalogue import Grade
from firewarden.risk.proposals import (
    FAULTS,
    OVERDUE,
    OVERDUE_WINDOW,
    Call,
    Earlier,
    Kind,
    Standing,
    State,
    moment,
    step,
)
from firewarden.store.queries import Queries

SQL = Queries("firewarden.risk", "proposal_queries.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Proposed:
    """What one step did."""

    proposed: int = 0
    lapsed: int = 0


async def propose(connection: AsyncConnection, standings: Sequence[Standing], now: datetime) -> Proposed:
    """Bring the proposals of venues that were just scored up to date. To be called within the step's transaction.

    `now` is the time of the step; what is called for is judged by the time of each standing.
    """
    if not standings:
        return Proposed()
    earlier = await _earlier(connection, standings)
    closed = await _overdue_closed(connection, [one.venue_id for one in standings if one.grade is Grade.B], now)
    lapse: list[int] = []
    calls: list[tuple[int, Call]] = []
    for standing in standings:
        known = replace(standing, overdue_closed=closed.get(standing.venue_id, 0))
        done = step(known, earlier[standing.venue_id])
        lapse += done.lapse
        calls += [(standing.venue_id, call) for call in done.propose]
    if lapse:
        await connection.execute(SQL["lapse"], {"ids": lapse, "now": now})
    if calls:
        await connection.execute(SQL["propose"], _columns(calls, now))
    return Proposed(proposed=len(calls), lapsed=len(lapse))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    venue_id: int
    id: int
    kind: str
    grade: str
    about: str
    state: str
    proposed_at: datetime


async def _earlier(connection: AsyncConnection, standings: Sequence[Standing]) -> defaultdict[int, list[Earlier]]:
    params = {
        "venues": [one.venue_id for one in standings],
        "since": [moment(one.grade_since) for one in standings],
    }
    found: defaultdict[int, list[Earlier]] = defaultdict(list)
    async with connection.cursor(row_factory=class_row(_Row)) as cursor:
        await cursor.execute(SQL["earlier"], params)
        for row in await cursor.fetchall():
            known = Earlier(
                id=row.id,
                kind=Kind(row.kind),
                grade=Grade(row.grade),
                about=row.about,
                state=State(row.state),
                proposed_at=row.proposed_at,
            )
            found[row.venue_id].append(known)
    return found


async def _overdue_closed(connection: AsyncConnection, venues: Sequence[int], now: datetime) -> dict[int, int]:
    if not venues:
        return {}
    params = {
        "venues": list(venues),
        "after": now - timedelta(microseconds=OVERDUE_WINDOW),
        "until": now,
        "troubles": sorted(trouble.value for trouble in FAULTS),
        "overdue": OVERDUE,
    }
    cursor = await connection.execute(SQL["overdue_closed"], params)
    return {int(venue): int(faults) for venue, faults in await cursor.fetchall()}


def _columns(calls: Sequence[tuple[int, Call]], now: datetime) -> dict[str, object]:
    return {
        "now": now,
        "venues": [venue for venue, _ in calls],
        "kinds": [call.kind.value for _, call in calls],
        "grades": [call.grade.value for _, call in calls],
        "because": [msgspec.json.encode({"about": call.about, **call.because}).decode() for _, call in calls],
        "due": [call.due_at for _, call in calls],
    }

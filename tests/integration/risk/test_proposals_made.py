"""Does the worker propose what the grade calls for, in the step that scores, and let it lapse when the grade falls?"""

from collections.abc import Callable
from datetime import datetime, timedelta

import psycopg
import pytest

from firewarden.risk.catalogue import Grade
from firewarden.risk.proposal_store import propose
from firewarden.risk.proposals import DAY, HOUR, Standing
from firewarden.risk.state.facts import Group, Micros, Trouble
from firewarden.risk.state.moments import micros
from firewarden.risk.state.situation import Open
from firewarden.store.database import Role, connect
from tests.integration.city import GATEWAY, Venue
from tests.integration.risk.facts_sql import open_episode, override
from tests.integration.risk.stepping import NOON, Clock, settle, stepping

pytestmark = pytest.mark.services

Proposals = Callable[[], list[tuple[str, str, str]]]


@pytest.fixture
def proposals(database: str) -> Proposals:
    """Kind, grade and state of every proposal, oldest first."""

    def read() -> list[tuple[str, str, str]]:
        with psycopg.connect(database) as connection:
            rows = connection.execute("SELECT kind, grade::text, state FROM risk_proposal ORDER BY id").fetchall()
        return [(str(a), str(b), str(c)) for a, b, c in rows]

    return read


def standing(venue: int, grade: Grade, at: Micros, *troubles: Open, since: Micros | None = None) -> Standing:
    """How a venue stands."""
    return Standing(
        venue_id=venue, at=at, troubles=troubles, score=60.0, grade=grade, grade_since=at if since is None else since
    )


def fault(since: Micros) -> Open:
    """A detector does not work."""
    return Open(episode=1, trouble=Trouble.FAULT, group=Group.DETECTOR, gateway=GATEWAY, point=1, since=since, fact=7)


async def told(database: str, now: datetime, *standings: Standing) -> tuple[int, int]:
    """Proposed and lapsed by one step."""
    async with await connect(database, Role.RISK, name="test") as connection, connection.transaction():
        done = await propose(connection, standings, now)
    return done.proposed, done.lapsed


async def test_proposals_follow_the_grade(database: str, venue: Venue, proposals: Proposals) -> None:
    """Once for a stay in a grade; a person's decision stays; what nothing calls for any more lapses."""
    at = micros(NOON)
    of_c = standing(venue.venue_id, Grade.C, at)
    assert await told(database, NOON, of_c) == (3, 0)
    assert await told(database, NOON, of_c) == (0, 0)
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE risk_proposal SET state = 'accepted', decided_at = %s, decided_by = 'li' WHERE kind = 'interview'",
            [NOON],
        )
    later = NOON + timedelta(days=1)
    assert await told(database, later, standing(venue.venue_id, Grade.A, at + DAY)) == (0, 2)
    assert proposals() == [
        ("duty_checks", "C", "lapsed"),
        ("interview", "C", "accepted"),
        ("visit", "C", "lapsed"),
    ]
    again = NOON + timedelta(days=2)
    assert await told(database, again, standing(venue.venue_id, Grade.C, at + 2 * DAY)) == (3, 0)


async def test_a_fault_moves_up_and_its_follow_up_ends_with_it(
    database: str, venue: Venue, proposals: Proposals
) -> None:
    """The brigade's copy replaces the reminder; with the repair nothing is open."""
    at, broken = micros(NOON), fault(micros(NOON))
    for hours, done in ((13, (4, 0)), (49, (1, 1))):
        now = NOON + timedelta(hours=hours)
        assert await told(database, now, standing(venue.venue_id, Grade.C, at + hours * HOUR, broken, since=at)) == done
    now = NOON + timedelta(hours=50)
    assert await told(database, now, standing(venue.venue_id, Grade.C, at + 50 * HOUR, since=at)) == (0, 1)
    assert [row for row in proposals() if row[0] == "fault_follow_up"] == [("fault_follow_up", "C", "lapsed")] * 2


async def test_overdue_faults_that_ended_count(database: str, venue: Venue, proposals: Proposals) -> None:
    """Two faults that lasted longer than a day within a month call for a letter; shorter and older ones do not."""
    at = micros(NOON)
    ended = [(2, 30), (5, 25), (6, 3), (40, 90)]  # days ago, hours that it lasted
    with psycopg.connect(database) as connection:
        for number, (days, hours) in enumerate(ended, start=1):
            moment = NOON - timedelta(days=days)
            connection.execute(
                "INSERT INTO risk_fact (venue_id, number, at, stepped_at, kind, source, source_id, data)"
                " VALUES (%s, %s, %s, %s, 'cleared', 'test', %s,"
                " jsonb_build_object('trouble', 'fault', 'raised_at', %s::bigint))",
                [venue.venue_id, number, moment, moment, str(number), micros(moment) - hours * HOUR],
            )
    assert await told(database, NOON, standing(venue.venue_id, Grade.B, at)) == (2, 0)
    assert proposals() == [("duty_checks", "B", "open"), ("reminder", "B", "open")]


async def test_the_worker_proposes_in_its_step(database: str, venue: Venue, proposals: Proposals) -> None:
    """A grade that an officer sets calls for what that grade calls for, as long as it holds."""
    clock = Clock()
    async with stepping(database, clock) as live:
        open_episode(database, venue.venue_id, GATEWAY, venue.detector_id, "fault", since=NOON)
        override(database, venue.venue_id, "D", clock.now, clock.now + timedelta(days=1))
        await settle(live, clock)
        assert ("visit", "D", "open") in proposals()
        assert ("fault_follow_up", "D", "open") in proposals()
        override(database, venue.venue_id, None, clock.now, clock.now + timedelta(seconds=1))
        await settle(live, clock)
    assert not [row for row in proposals() if row[1:] == ("D", "open")]

"""What SQL says of a venue: every condition counted once, the newest reading found, memories fading."""

from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from firewarden.risk import store
from firewarden.risk.catalogue import DoubtCode
from firewarden.risk.facts import Condition, Use, VenueFacts
from firewarden.risk.score import score
from firewarden.risk.worker import rescore
from firewarden.store.database import Role, connect
from tests.integration.city import GATEWAY, Venue, register_venue
from tests.integration.risk.board import Board
from tests.integration.risk.facts_sql import (
    act,
    add_point,
    close_fires,
    hear,
    open_episode,
    open_fire,
    read,
)

pytestmark = pytest.mark.services

NOW = datetime(2026, 11, 23, 12, tzinfo=UTC)


async def facts(url: str, venue: int, now: datetime = NOW) -> VenueFacts:
    """What the database says of a venue."""
    async with await connect(url, Role.RISK, name="test") as connection:
        return (await store.load_facts(connection, [venue], now))[venue]


async def test_a_bare_venue(database: str, venue: Venue) -> None:
    """A venue nobody has heard of has its use, two points, a silent gateway, a sensor without readings, no more."""
    found = await facts(database, venue.venue_id)
    assert (found.static.use, found.static.area_m2, found.registered_points) == (Use.MALL, None, 2)
    assert [(g.heard_at, g.silent_since is not None) for g in found.gateways] == [(None, True)]
    assert [(s.point_id, s.value, s.outside_since) for s in found.sensors] == [(venue.pressure_id, None, None)]
    assert (found.conditions, found.fires.incidents, found.out_points) == ((), 0, 0)


async def test_an_empty_register_is_no_error(database: str) -> None:
    """Where there are no venues, reading finds none and writing does nothing."""
    async with await connect(database, Role.RISK, name="test") as connection:
        assert await store.load_facts(connection, [1], NOW) == {}
        assert await store.unscored_venues(connection) == []
        assert await store.venues_after(connection, 0) == []
        assert await store.save(connection, {}, NOW) == ()


async def test_too_many_venues_are_refused(database: str) -> None:
    """A read is bounded: more venues at once than VENUES_MAX is an error, not a slow query."""
    async with await connect(database, Role.RISK, name="test") as connection:
        with pytest.raises(ValueError, match="at most 200"):
            await store.load_facts(connection, range(1, 202), NOW)


async def test_conditions_are_counted_by_kind_and_component(database: str, venue: Venue) -> None:
    """Open conditions are grouped by kind and component, closed ones are not there, a point that is both is one."""
    yesterday = NOW - timedelta(hours=25)
    smoke = add_point(database, venue.venue_id, GATEWAY, "1.1/40.2", 40)
    open_episode(database, venue.venue_id, GATEWAY, venue.detector_id, "fault", since=yesterday)
    open_episode(database, venue.venue_id, GATEWAY, smoke, "fault", since=NOW)
    open_episode(database, venue.venue_id, GATEWAY, smoke, "shielded", since=NOW)
    open_episode(database, venue.venue_id, GATEWAY, venue.pressure_id, "line_fault", since=NOW)
    act(database, ("UPDATE episode SET cleared_at = %s WHERE kind = 'line_fault'", [NOW]))
    found = await facts(database, venue.venue_id)
    assert {(c.kind, c.component, c.points, c.since) for c in found.conditions} == {
        (Condition.FAULT, 40, 2, yesterday),
        (Condition.SHIELDED, 40, 1, NOW),
    }
    counted = (found.faulty_points, found.shielded_points, found.out_points, found.points_out_long)
    assert counted == (2, 1, 2, 1)


async def test_the_newest_reading_counts(database: str, venue: Venue) -> None:
    """The sensor's newest reading by device time decides, and a run outside is followed back to its beginning."""
    start = NOW - timedelta(hours=3)
    minutes = timedelta(minutes=1)
    values = [0.2, 0.01, 0.2, 0.05, 0.06, 0.04]
    read(database, venue.pressure_id, *[(start + n * minutes, value) for n, value in enumerate(values)])
    (sensor,) = (await facts(database, venue.venue_id)).sensors
    assert (sensor.value, sensor.at, sensor.outside_since) == (0.04, start + 5 * minutes, start + 3 * minutes)


async def test_an_old_reading_goes_on_counting(database: str, venue: Venue) -> None:
    """A sensor that was outside its band when it fell silent months ago still is."""
    long_ago = NOW - timedelta(days=100)
    read(database, venue.pressure_id, (long_ago, 0.02))
    (sensor,) = (await facts(database, venue.venue_id)).sensors
    assert (sensor.value, sensor.outside_since) == (0.02, long_ago)


async def test_another_quantity_of_the_same_point_is_not_its_pressure(database: str, venue: Venue) -> None:
    """A temperature that the pressure sensor reports too is not compared with the pressure band."""
    read(database, venue.pressure_id, (NOW - timedelta(hours=1), 0.2))
    act(
        database,
        (
            "INSERT INTO reading (point_id, quantity, at, value, sent_at, received_at) VALUES (%s, 3, %s, 21, %s, %s)",
            [venue.pressure_id, NOW, NOW, NOW],
        ),
    )
    (sensor,) = (await facts(database, venue.venue_id)).sensors
    assert (sensor.value, sensor.outside_since) == (0.2, None)


async def test_silence_begins_with_the_first_sign_of_it(database: str, venue: Venue) -> None:
    """A gateway is silent since its last will or since the desk noticed, whichever is earlier."""
    hear(database, GATEWAY, NOW)
    assert (await facts(database, venue.venue_id)).gateways[0].silent_since is None
    open_episode(database, venue.venue_id, GATEWAY, None, "offline", since=NOW - timedelta(hours=1))
    hear(database, GATEWAY, NOW - timedelta(hours=2), online=False)
    (gateway,) = (await facts(database, venue.venue_id)).gateways
    assert gateway.silent_since == NOW - timedelta(hours=2)


@pytest.mark.parametrize("connection_state", ["contracted", "installed", "suspended", "retired"])
async def test_a_gateway_that_need_not_speak_is_not_silent(database: str, venue: Venue, connection_state: str) -> None:
    """Silence is a fault only of gateways in trial or in service; without one, confidence says so."""
    act(database, ("UPDATE gateway SET connection = %s::connection_state", [connection_state]))
    found = await facts(database, venue.venue_id)
    assert found.gateways == ()
    assert DoubtCode.NO_GATEWAY in {doubt.code for doubt in score(found, NOW).doubts}


async def test_judged_alarms_fade(database: str, venue: Venue) -> None:
    """A false alarm counts half after 60 days; tests do not count; open ones count as signals and as fires."""
    open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=NOW - timedelta(days=60))
    close_fires(database, venue.venue_id, "false_alarm", NOW - timedelta(days=60))
    open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=NOW)
    close_fires(database, venue.venue_id, "test", NOW)
    open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=NOW - timedelta(days=91))
    close_fires(database, venue.venue_id, "real_fire", NOW - timedelta(days=91))
    open_fire(database, venue.venue_id, GATEWAY, None, at=NOW)
    found = await facts(database, venue.venue_id)
    assert found.habit.false_alarms == pytest.approx(0.5)
    assert (found.habit.real_fires, found.habit.signals) == (0, 2)
    assert (found.fires.incidents, found.fires.signals, found.fires.since) == (1, 1, NOW)


async def test_history_keeps_only_what_is_new(database: str, venue: Venue, board: Board) -> None:
    """Scoring the same facts again adds neither history nor event; a new fact adds one of each."""
    async with await connect(database, Role.RISK, name="test") as connection:
        for second in range(3):
            async with connection.transaction():
                await rescore(connection, [venue.venue_id], NOW + timedelta(seconds=second))
        assert board.count("risk_score_history", venue.venue_id) == board.count("event", venue.venue_id) == 1
        open_fire(database, venue.venue_id, GATEWAY, venue.detector_id, at=NOW)
        async with connection.transaction():
            await rescore(connection, [venue.venue_id], NOW + timedelta(seconds=4))
    assert board.count("risk_score_history", venue.venue_id) == board.count("event", venue.venue_id) == 2


async def test_a_venue_is_scored_only_where_it_is_asked_for(database: str, venue: Venue, board: Board) -> None:
    """Scoring one venue leaves the others alone, and one that does not exist is passed over."""
    register_venue(database, "GW-2", code="V2")
    async with await connect(database, Role.RISK, name="test") as connection, connection.transaction():
        await rescore(connection, [venue.venue_id, 999_999], NOW)
    assert set(board.scores()) == {venue.venue_id}


async def test_the_role_may_not_touch_facts(database: str, venue: Venue) -> None:
    """The scorer can neither close an incident nor change an episode: the database refuses."""
    async with await connect(database, Role.RISK, name="test") as connection:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("UPDATE incident SET state = 'new'")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            await connection.execute("DELETE FROM episode")

"""Do facts become incidents, exactly one open for each thing that needs a person?"""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.integration.city import GATEWAY, Venue, register_venue
from tests.integration.polling import until

from firewarden.desk import acts
from firewarden.desk.incidents import IncidentClass, IncidentConflictError, IncidentNotFoundError
from firewarden.desk.worker import FOLLOWERS, follow_once, judge_silence
from firewarden.store.database import Role, connect

Row = dict[str, object]


def add_state(
    connection: psycopg.Connection,
    venue: Venue,
    state: str,
    *,
    raised: bool = True,
    point_id: int | None = None,
    lane: str = "alarm",
    age: timedelta = timedelta(),
) -> None:
    """Put one fact where ingest puts it."""
    connection.execute(
        "INSERT INTO state_change (gateway_id, venue_id, point_id, state, raised, at, device_at, sent_at, received_at,"
        " boot, lane, seq) VALUES (%(g)s, %(v)s, %(p)s, %(s)s, %(r)s, %(at)s, %(at)s, %(at)s, now(), 'b', %(l)s, 1)",
        {
            "g": GATEWAY,
            "v": venue.venue_id,
            "p": point_id or venue.detector_id,
            "s": state,
            "r": raised,
            "at": datetime.now(tz=UTC) - age,
            "l": lane,
        },
    )


async def run_desk(url: str) -> None:
    """One round of every follower."""
    connection = await connect(url, Role.DESK, name="test desk")
    async with connection:
        for follower in FOLLOWERS:
            await follow_once(connection, follower, datetime.now(tz=UTC))


def rows(url: str, query: str) -> list[Row]:
    """What `query` returns."""
    with psycopg.connect(url) as connection, connection.cursor(row_factory=dict_row) as cursor:
        return cursor.execute(query).fetchall()  # pyright: ignore[reportArgumentType, reportCallIssue]


async def test_a_fire_opens_one_incident(database: str) -> None:
    """However often a fire is reported, one incident is open, and the event stream tells of it."""
    venue = register_venue(database)
    for _ in range(3):
        with psycopg.connect(database) as connection:
            add_state(connection, venue, "fire")
        await run_desk(database)
    incidents = rows(database, "SELECT kind, priority, state, late FROM incident")
    assert incidents == [{"kind": "fire", "priority": 1, "state": "new", "late": False}]
    assert rows(database, "SELECT raises FROM episode") == [{"raises": 3}]
    assert rows(database, "SELECT count(*) AS n FROM event WHERE kind = 'incident.opened'") == [{"n": 1}]


async def test_a_fire_that_clears_stays_open(database: str) -> None:
    """Only a person closes a fire: when the device says that it is over, that is noted."""
    venue = register_venue(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire")
    await run_desk(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire", raised=False)
    await run_desk(database)
    [incident] = rows(database, "SELECT state, recovered_at FROM incident")
    assert incident["state"] == "new"
    assert incident["recovered_at"] is not None


async def test_a_fault_that_clears_is_closed_by_the_system(database: str) -> None:
    """A fault that nobody took and that went away needs nobody any more, and its history says so."""
    venue = register_venue(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fault", lane="state")
        add_state(connection, venue, "fault", raised=False, lane="state")
    await run_desk(database)
    assert rows(database, "SELECT state, class, closed_by FROM incident") == [
        {"state": "closed", "class": "recovered", "closed_by": "system"}
    ]
    actions = rows(database, "SELECT action FROM incident_action ORDER BY id")
    assert [row["action"] for row in actions] == ["open", "close_recovered"]


async def test_an_old_fire_makes_no_noise(database: str) -> None:
    """A fire older than ten minutes on arrival opens an incident marked late."""
    venue = register_venue(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire", age=timedelta(minutes=11))
    await run_desk(database)
    assert rows(database, "SELECT late FROM incident") == [{"late": True}]


@pytest.mark.parametrize("cleared", [False, True], ids=["while it lasts", "after it ended"])
async def test_old_news_that_is_reported_live_makes_noise(database: str, *, cleared: bool) -> None:
    """A fire from a buffer is quiet; the same detector's fire of this moment joins its incident and must sound."""
    venue = register_venue(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire", age=timedelta(minutes=30))
        if cleared:
            add_state(connection, venue, "fire", age=timedelta(minutes=20), raised=False)
    await run_desk(database)
    assert rows(database, "SELECT late FROM incident") == [{"late": True}]
    assert rows(database, "SELECT late FROM episode") == [{"late": True}]
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire", age=timedelta(minutes=15))
    await run_desk(database)
    assert rows(database, "SELECT late FROM incident") == [{"late": True}]
    for _ in range(2):
        with psycopg.connect(database) as connection:
            add_state(connection, venue, "fire")
        await run_desk(database)
    assert rows(database, "SELECT late, state FROM incident") == [{"late": False, "state": "new"}]
    told = rows(database, "SELECT data->'late' AS late FROM event WHERE kind = 'incident.raised_again' ORDER BY id")
    assert told[-1] == {"late": False}
    assert len(told) == 1 + cleared


async def test_facts_committed_out_of_order_are_all_read(database: str) -> None:
    """A fact of a transaction that began earlier and committed later than one already read is not skipped."""
    venue = register_venue(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "started")  # the hypertable's chunk exists: its creation would hold up the other
    with psycopg.connect(database) as slow, psycopg.connect(database) as fast:
        add_state(slow, venue, "fire")
        add_state(fast, venue, "fire", point_id=venue.pressure_id)
        fast.commit()
        await run_desk(database)
        assert len(rows(database, "SELECT id FROM incident")) == 1
        slow.commit()
        await run_desk(database)
    assert len(rows(database, "SELECT id FROM incident")) == 2


async def test_two_officers_take_the_same_incident(database: str) -> None:
    """One of two officers gets the incident; the other is told who has it."""
    venue = register_venue(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire")
    await run_desk(database)
    first = await connect(database, Role.API, name="first")
    second = await connect(database, Role.API, name="second")
    async with first, second:
        now = datetime.now(tz=UTC)
        outcomes = await asyncio.gather(
            acts.take(first, 1, actor="officer1", now=now),
            acts.take(second, 1, actor="officer2", now=now),
            return_exceptions=True,
        )
    [refused] = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(refused, IncidentConflictError)
    [incident] = rows(database, "SELECT taken_by FROM incident")
    assert refused.holder == incident["taken_by"]


async def test_closing_what_nobody_took(database: str) -> None:
    """Closing a new incident takes it by the same act, and both are in its history."""
    venue = register_venue(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire")
    await run_desk(database)
    connection = await connect(database, Role.API, name="test")
    async with connection:
        now = datetime.now(tz=UTC)
        with pytest.raises(IncidentNotFoundError):
            await acts.take(connection, 99, actor="officer1", now=now)
        await acts.close(
            connection, 1, actor="officer1", incident_class=IncidentClass.FALSE_ALARM, note="steam", now=now
        )
        with pytest.raises(IncidentConflictError):
            await acts.take(connection, 1, actor="officer2", now=now)
    actions = rows(database, "SELECT action, actor FROM incident_action ORDER BY id")
    assert [row["action"] for row in actions] == ["open", "take", "close"]


async def test_a_fire_after_the_closing_is_a_new_incident(database: str) -> None:
    """When a fire was closed while it lasted, its next report after a clear opens another incident."""
    venue = register_venue(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire")
    await run_desk(database)
    officer = await connect(database, Role.API, name="test")
    async with officer:
        now = datetime.now(tz=UTC)
        await acts.close(officer, 1, actor="o", incident_class=IncidentClass.FALSE_ALARM, note="", now=now)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire", raised=False)
        add_state(connection, venue, "fire")
    await run_desk(database)
    assert [row["state"] for row in rows(database, "SELECT state FROM incident ORDER BY id")] == ["closed", "new"]


async def test_a_fire_reported_again_after_the_closing_is_shown_again(database: str) -> None:
    """A detector that reports fire once more after its incident was closed is not swallowed."""
    venue = register_venue(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire")
    await run_desk(database)
    officer = await connect(database, Role.API, name="test")
    async with officer:
        now = datetime.now(tz=UTC)
        await acts.close(officer, 1, actor="o", incident_class=IncidentClass.FALSE_ALARM, note="", now=now)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire")
    await run_desk(database)
    assert [row["state"] for row in rows(database, "SELECT state FROM incident ORDER BY id")] == ["closed", "new"]


def _listen_since(connection: psycopg.Connection, seconds: float, ear: str = "bulk") -> None:
    connection.execute(
        "INSERT INTO ingest_worker VALUES ('1', %s, now() - make_interval(secs => %s), now())"
        " ON CONFLICT (worker, connection) DO UPDATE SET watching_since = excluded.watching_since, beat_at = now()",
        [ear, seconds],
    )


async def test_a_silent_gateway_opens_and_its_return_closes_an_incident(database: str) -> None:
    """A gateway past its own deadline is offline once; when it is heard again the incident closes itself."""
    register_venue(database, deadline_s=30)
    connection = await connect(database, Role.DESK, name="test")
    async with connection:
        with psycopg.connect(database) as owner:
            _listen_since(owner, 3600)
            owner.execute(
                "INSERT INTO gateway_liveness VALUES (%s, now() - interval '31 s', 'b', true, 0, now())", [GATEWAY]
            )
        for _ in range(2):
            await judge_silence(connection, datetime.now(tz=UTC))
        assert rows(database, "SELECT kind, state, late FROM incident") == [
            {"kind": "offline", "state": "new", "late": False}
        ]
        with psycopg.connect(database) as owner:
            owner.execute("UPDATE gateway_liveness SET heard_at = now()")
        await judge_silence(connection, datetime.now(tz=UTC))
    assert rows(database, "SELECT state, class FROM incident") == [{"state": "closed", "class": "recovered"}]


async def test_our_own_deafness_is_not_the_gateways_silence(database: str) -> None:
    """While ingest does not listen, and for a whole deadline after it came back, no gateway is called offline."""
    register_venue(database, deadline_s=30)
    connection = await connect(database, Role.DESK, name="test")
    async with connection:
        with psycopg.connect(database) as owner:
            owner.execute(
                "INSERT INTO gateway_liveness VALUES (%s, now() - interval '1 hour', 'b', true, 0, now())", [GATEWAY]
            )
        assert await judge_silence(connection, datetime.now(tz=UTC)) == 0
        with psycopg.connect(database) as owner:
            _listen_since(owner, 29)
        assert await judge_silence(connection, datetime.now(tz=UTC)) == 0
        with psycopg.connect(database) as owner:
            _listen_since(owner, 40)
        assert await judge_silence(connection, datetime.now(tz=UTC)) == 1


async def test_each_gateway_is_judged_by_who_would_hear_it(database: str) -> None:
    """A device that speaks GB/T 26875.3 is silent only while its listener is heard, whatever the broker does."""
    register_venue(database, deadline_s=30)
    connection = await connect(database, Role.DESK, name="test")
    async with connection:
        with psycopg.connect(database) as owner:
            owner.execute("INSERT INTO gb_device (gateway_id, source_address) VALUES (%s, 1)", [GATEWAY])
            owner.execute(
                "INSERT INTO gateway_liveness VALUES (%s, now() - interval '1 hour', 'b', true, 0, now())", [GATEWAY]
            )
            _listen_since(owner, 3600)
        assert await judge_silence(connection, datetime.now(tz=UTC)) == 0
        with psycopg.connect(database) as owner:
            _listen_since(owner, 40, "gb26875")
        assert await judge_silence(connection, datetime.now(tz=UTC)) == 1


async def test_a_report_that_meets_a_closing_is_shown(database: str) -> None:
    """A report that the desk reads while an officer's closing is not committed yet opens another incident."""
    venue = register_venue(database)
    with psycopg.connect(database) as connection:
        add_state(connection, venue, "fire")
    await run_desk(database)
    officer = await connect(database, Role.API, name="test")
    async with officer:
        async with officer.transaction():
            now = datetime.now(tz=UTC)
            await acts.close(officer, 1, actor="o", incident_class=IncidentClass.FALSE_ALARM, note="", now=now)
            with psycopg.connect(database) as connection:
                add_state(connection, venue, "fire")
            desk = asyncio.create_task(run_desk(database))
            with psycopg.connect(database, autocommit=True) as watcher:
                waiting = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                await until(lambda: (watcher.execute(waiting).fetchone() or (0,))[0], "the desk at the officer's lock")
        with pytest.raises(psycopg.errors.SerializationFailure):
            await desk
    await run_desk(database)
    assert [row["state"] for row in rows(database, "SELECT state FROM incident ORDER BY id")] == ["closed", "new"]


async def test_a_spare_that_restarts_does_not_hide_silence(database: str) -> None:
    """While one ingest has listened all the time, another that came and went does not excuse a silent gateway."""
    register_venue(database, deadline_s=30)
    connection = await connect(database, Role.DESK, name="test")
    async with connection:
        with psycopg.connect(database) as owner:
            _listen_since(owner, 86_400)
            owner.execute(
                "INSERT INTO ingest_worker VALUES ('2', 'bulk', now() - interval '20 s', now() - interval '10 s')"
            )
            owner.execute(
                "INSERT INTO gateway_liveness VALUES (%s, now() - interval '1 hour', 'b', true, 0, now())", [GATEWAY]
            )
        assert await judge_silence(connection, datetime.now(tz=UTC)) == 1

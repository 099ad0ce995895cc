"""Is everything that can be inconsistent found, and is what to do about it said?"""

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg
import pytest
from typer.testing import CliRunner

from firewarden.cli.app import build
from firewarden.store.database import Role, connect
from firewarden.upkeep.check import check
from firewarden.upkeep.run import run_job
from tests.integration.city import GATEWAY, Venue
from tests.integration.upkeep.history import (
    YOUNG,
    add_command,
    add_device,
    add_frame,
    add_incident,
    add_state,
    add_unknown,
)
from tests.integration.upkeep.measured import write

pytestmark = pytest.mark.services

NOW = datetime.now(tz=UTC)
Plant = Callable[[psycopg.Connection, Venue], object]

LEDGER = (
    "INSERT INTO message_ledger (gateway_id, boot, lane, stored, first_at, last_at)"
    " VALUES (%s, 'b', 'alarm', %s, now(), now())"
)
GAP = (
    "INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, seen_at, moved_at)"
    " VALUES (%s, 'b', 'alarm', %s, %s, now(), now())"
)


def _whole(connection: psycopg.Connection, venue: Venue) -> None:
    """A database in which all is well: a known gap, an open incident, rolled-up readings, a connected device."""
    connection.execute(LEDGER, [GATEWAY, "{[1,5),[8,10)}"])
    connection.execute(GAP, [GATEWAY, 5, 7])
    add_incident(connection, venue.venue_id, YOUNG, None)
    add_incident(connection, venue.venue_id, YOUNG, YOUNG, kind="fault")
    add_state(connection, venue.venue_id, YOUNG)
    add_device(connection, venue.detector_id, NOW - timedelta(days=1))
    add_unknown(connection, YOUNG)
    add_command(connection, YOUNG, YOUNG)
    connection.execute("INSERT INTO ingest_worker VALUES ('w', 'bulk', now(), now()), ('v', 'bulk', now(), now())")
    hours = [NOW - timedelta(hours=n) for n in range(1, 60)]
    write(connection, [(venue.pressure_id, 1, at, float(n)) for n, at in enumerate(hours)])


WRONG: dict[str, Plant] = {
    "ledger_ranges": lambda c, _: c.execute("UPDATE message_ledger SET stored = '{[-3,5),[8,10)}'"),
    "ledger_holes": lambda c, _: c.execute("DELETE FROM message_gap"),
    "gaps_beyond": lambda c, _: c.execute(GAP, [GATEWAY, 20, 22]),
    "incidents_without_episode": lambda c, _: c.execute("UPDATE episode SET cleared_at = now() WHERE kind = 'fire'"),
    "episodes_without_incident": lambda c, _: c.execute("UPDATE episode SET incident_id = NULL WHERE kind = 'fire'"),
    "orphan_points": lambda c, _: c.execute("UPDATE reading_day SET point_id = 999999"),
    "orphan_facts": lambda c, _: c.execute("UPDATE state_change SET gateway_id = 'GW-GONE'"),
    "notes_behind": lambda c, _: c.execute(
        "INSERT INTO reading_batch (point_ids, rows, at_min, at_max, committed_at)"
        " VALUES ('{1}', 1, now(), now(), now() - interval '1 day')"
    ),
    "retention_classes": lambda c, _: c.execute("DELETE FROM retention WHERE class = 'audit'"),
    "old_chunks": lambda c, _: c.execute(
        "INSERT INTO reading SELECT point_id, quantity, now() - interval '500 days', value, sent_at, received_at"
        " FROM reading LIMIT 1"
    ),
    "old_devices": lambda c, _: c.execute("UPDATE gb_unknown SET last_at = now() - interval '40 days'"),
    "frames_uncounted": lambda c, _: add_frame(c, NOW, seq=2),
    "facts_without_frame": lambda c, _: c.execute("DELETE FROM raw_frame"),
    "states_unfounded": lambda c, _: c.execute("UPDATE component_state SET states = '{fire,fault}'"),
    "links_of_nobody": lambda c, _: c.execute("DELETE FROM ingest_worker WHERE worker = 'w'"),
    "commands_unsettled": lambda c, _: add_command(c, YOUNG, None),
    "hours_and_readings": lambda c, _: c.execute("UPDATE reading_hour SET high = high + 1"),
    "days_and_hours": lambda c, _: c.execute("UPDATE reading_day SET n = n + 1"),
    "jobs": lambda c, _: c.execute("UPDATE upkeep_job SET outcome = 'failed', detail = 'no disk'"),
}


async def found(database: str, *, full: bool = False) -> dict[str, tuple[str, ...]]:
    """What the check finds, by check."""
    async with await connect(database, Role.UPKEEP, name="test") as connection:
        checks = [one async for one in check(connection, datetime.now(tz=UTC), full=full)]
    assert all(one.mend for one in checks)
    return {one.name: tuple(f"{found.subject}: {found.found}" for found in one.found) for one in checks if one.found}


@pytest.mark.parametrize("full", [False, True], ids=["sampled", "full"])
async def test_a_database_in_which_all_is_well_passes(database: str, venue: Venue, *, full: bool) -> None:
    """No finding where there is nothing to find."""
    with psycopg.connect(database, autocommit=True) as connection:
        _whole(connection, venue)
        await run_job(database, "rollup")
        assert await found(database, full=full) == {}


@pytest.mark.parametrize("name", WRONG)
async def test_each_wrong_is_found(database: str, venue: Venue, name: str) -> None:
    """And by its own check."""
    with psycopg.connect(database, autocommit=True) as connection:
        _whole(connection, venue)
        await run_job(database, "rollup")
        WRONG[name](connection, venue)
        assert name in await found(database)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ("UPDATE raw_frame SET gateway_id = 'GW-GONE'", "does not exist"),
        ("INSERT INTO raw_frame SELECT * FROM raw_frame", "belongs to 2 frames"),
        ("DELETE FROM message_ledger WHERE boot = 'gb26875'", "does not count as stored"),
    ],
)
async def test_it_says_what_is_wrong_with_a_frame(database: str, venue: Venue, wrong: LiteralString, says: str) -> None:
    """A gateway that nobody knows, a number twice, a number that the ledger lacks."""
    with psycopg.connect(database, autocommit=True) as connection:
        _whole(connection, venue)
        connection.execute(wrong)
        assert any(says in each for each in (await found(database))["frames_uncounted"])


async def test_a_platform_that_stands_still_accuses_nobody(database: str, venue: Venue) -> None:
    """Where no process of ingest lives, which of them has left its connections behind cannot be said."""
    with psycopg.connect(database, autocommit=True) as connection:
        _whole(connection, venue)
        await run_job(database, "rollup")
        connection.execute("UPDATE ingest_worker SET beat_at = now() - interval '1 day'")
        assert await found(database) == {}


async def test_a_missing_rollup_is_found_and_mended_as_the_check_says(database: str, venue: Venue) -> None:
    """`upkeep again` and the next run bring back what was lost."""
    with psycopg.connect(database, autocommit=True) as connection:
        _whole(connection, venue)
        await run_job(database, "rollup")
        connection.execute("DELETE FROM reading_hour; DELETE FROM reading_day")
        assert set(await found(database, full=True)) == {"hours_and_readings"}
    environment = {"FIREWARDEN_DATABASE_URL": database}
    days = [f"{NOW - timedelta(days=n):%Y-%m-%d}" for n in (4, -1)]
    result = await asyncio.to_thread(CliRunner().invoke, build("upkeep"), ["upkeep", "again", *days], env=environment)
    assert result.exit_code == 0, result.output
    await run_job(database, "rollup")
    assert await found(database, full=True) == {}


def test_the_command_says_what_is_wrong_and_ends_with_status_1(database: str, venue: Venue) -> None:
    """For people and for scripts."""
    environment = {"FIREWARDEN_DATABASE_URL": database}
    result = CliRunner().invoke(build("db"), ["db", "check"], env=environment)
    assert (result.exit_code, result.output.splitlines()[-1]) == (0, "nothing is wrong")
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("DELETE FROM retention WHERE class = 'audit'")
    result = CliRunner().invoke(build("db"), ["db", "check"], env=environment)
    assert result.exit_code == 1
    assert "WRONG retention_classes" in result.output
    assert "To mend it: INSERT INTO retention" in result.output

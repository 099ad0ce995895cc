"""Is everything forgotten that is old enough, and nothing else, whoever asks?"""

import asyncio
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from psycopg import sql
from typer.testing import CliRunner, Result

from firewarden.cli.app import build
from firewarden.store.database import Role, conninfo
from firewarden.upkeep.run import run_job
from tests.integration.city import Venue
from tests.integration.upkeep.history import (
    OLD,
    YOUNG,
    add_command,
    add_frame,
    add_incident,
    add_rows,
    add_state,
    add_unknown,
    one,
)
from tests.integration.upkeep.measured import write

pytestmark = pytest.mark.services

TABLES = ("audit", "quarantine", "operator_action", "command_reply", "risk_score_history", "state_change")


def keep(database: str, data_class: str, days: str) -> Result:
    """`firewarden upkeep keep`."""
    command = ["upkeep", "keep", data_class, days]
    return CliRunner().invoke(build("upkeep"), command, env={"FIREWARDEN_DATABASE_URL": database})


async def test_what_is_old_enough_goes_and_the_rest_stays(database: str, venue: Venue) -> None:
    """Each class by its own time; incidents whole, with acts and episodes."""
    with psycopg.connect(database, autocommit=True) as connection:
        old = add_incident(connection, venue.venue_id, OLD, OLD + timedelta(hours=1))
        late = add_incident(connection, venue.venue_id, OLD, YOUNG)
        young = add_incident(connection, venue.venue_id, YOUNG, YOUNG)
        for at in (OLD, YOUNG):
            add_rows(connection, venue.venue_id, at)
        now = datetime.now(tz=UTC)
        write(connection, [(1, 1, now - timedelta(days=390), 1.0), (1, 1, now - timedelta(days=3), 2.0)])
        await run_job(database, "retention")
        assert one(connection, "SELECT count(*) FROM reading") == 2, "not before they are rolled up"
        await run_job(database, "rollup")
        done = await run_job(database, "retention")
        assert done is not None
        assert "chunks of readings" in done.detail
        rows = connection.execute("SELECT id FROM incident ORDER BY id").fetchall()
        assert [row[0] for row in rows] == [late, young] != [old]
        assert one(connection, "SELECT count(*) FROM incident_action") == 2
        assert one(connection, "SELECT count(*) FROM episode") == 2
        assert one(connection, "SELECT count(*) FROM reading") == 1
        assert one(connection, "SELECT count(*) FROM reading_day") == 2, "rollups outlive readings"
        for table in TABLES:
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            assert connection.execute(query).fetchone() == (1,), table
        again = await run_job(database, "retention")
        assert again is not None
        assert (again.rows, again.detail) == (0, "")


async def test_nothing_that_is_open_loses_its_history(database: str, venue: Venue) -> None:
    """An incident that was never closed keeps itself and every state change since it began, however old."""
    with psycopg.connect(database, autocommit=True) as connection:
        add_incident(connection, venue.venue_id, OLD, None)
        add_rows(connection, venue.venue_id, OLD)
        add_state(connection, venue.venue_id, OLD - timedelta(days=30))
        await run_job(database, "retention")
        assert one(connection, "SELECT count(*) FROM incident") == 1
        assert one(connection, "SELECT count(*) FROM state_change") == 1
        assert one(connection, "SELECT count(*) FROM operator_action") == 1


async def test_frames_are_kept_as_long_as_what_could_not_be_read(database: str, venue: Venue) -> None:
    """A year, or what is set for that class, by whole chunks; the youngest stay."""
    now = datetime.now(tz=UTC)
    with psycopg.connect(database, autocommit=True) as connection:
        for days in (1, 100, 400):
            add_frame(connection, now - timedelta(days=days))
        done = await run_job(database, "retention")
        assert done is not None
        assert "1 chunks of raw" in done.detail
        assert one(connection, "SELECT count(*) FROM raw_frame") == 2
        assert (await asyncio.to_thread(keep, database, "raw", "29")).exit_code == 1
        assert (await asyncio.to_thread(keep, database, "raw", "30")).exit_code == 0
        await run_job(database, "retention")
        assert one(connection, "SELECT count(*) FROM raw_frame") == 1


async def test_commands_go_with_the_acts_and_unknown_devices_after_a_month(database: str, venue: Venue) -> None:
    """What was asked and has ended: after three years; what has not ended stays. Devices: 30 days after their last."""
    now = datetime.now(tz=UTC)
    with psycopg.connect(database, autocommit=True) as connection:
        for ended in (OLD, YOUNG, None):
            add_command(connection, OLD, ended)
        add_command(connection, YOUNG, YOUNG)
        add_unknown(connection, now - timedelta(days=31))
        await run_job(database, "retention")
        assert one(connection, "SELECT count(*) FROM gateway_command") == 3
        assert one(connection, "SELECT count(*) FROM gb_unknown") == 0
        add_unknown(connection, now - timedelta(days=29))
        await run_job(database, "retention")
        assert one(connection, "SELECT count(*) FROM gb_unknown") == 1


@pytest.mark.parametrize("table", ["incident_action", "audit"])
def test_nobody_deletes_history_before_its_time(database: str, venue: Venue, table: str) -> None:
    """Not the process, not the owner, and not even the role that forgets, as long as a row is young."""
    delete = sql.SQL("DELETE FROM {}").format(sql.Identifier(table))
    with psycopg.connect(database, autocommit=True) as connection:
        add_incident(connection, venue.venue_id, YOUNG, YOUNG)
        add_rows(connection, venue.venue_id, YOUNG)
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
            connection.execute(delete)
        connection.execute("SET ROLE fw_keeper")
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match="three years"):
            connection.execute(delete)
    with (
        psycopg.connect(conninfo(database, Role.UPKEEP, name="test"), autocommit=True) as process,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        process.execute(delete)


@pytest.mark.parametrize("data_class", ["incidents", "audit"])
async def test_what_the_law_wants_kept_is_kept(database: str, venue: Venue, data_class: str) -> None:
    """Less than three years is refused; that check taken away, three years stay all the same."""
    result = await asyncio.to_thread(keep, database, data_class, "30")
    assert result.exit_code == 1
    assert "longer than 30 days" in result.output
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE retention DROP CONSTRAINT retention_check")
        connection.execute("UPDATE retention SET keep = '1 day' WHERE class = %s", [data_class])
        add_incident(connection, venue.venue_id, YOUNG, YOUNG)
        add_rows(connection, venue.venue_id, YOUNG)
        await run_job(database, "retention")
        assert one(connection, "SELECT count(*) FROM incident_action") == 1
        assert one(connection, "SELECT count(*) FROM audit") == 1


async def test_readings_can_be_kept_longer_and_shorter(database: str) -> None:
    """What is set is what holds, from the next run on."""
    now = datetime.now(tz=UTC)
    with psycopg.connect(database, autocommit=True) as connection:
        write(connection, [(1, 1, now - timedelta(days=days), 1.0) for days in (3, 60)])
        await run_job(database, "rollup")
        result = await asyncio.to_thread(keep, database, "readings", "40")
        assert result.exit_code == 0
        await run_job(database, "retention")
        assert one(connection, "SELECT count(*) FROM reading") == 1


async def test_compression_says_that_this_edition_has_none(database: str) -> None:
    """The tests run the Apache edition: the job is skipped with the reason, and is not called overdue."""
    done = await run_job(database, "compression")
    assert done is not None
    assert (done.outcome, done.detail) == ("skipped", "this edition of TimescaleDB has no compression")

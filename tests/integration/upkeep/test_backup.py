"""The restore drill: does what was dumped under load come back whole, on this server and on another, and work there?"""

import threading
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from firewarden.deploy.backup import COUNTED, back_up, contents_file, restore
from firewarden.deploy.errors import DeployError
from firewarden.deploy.services import BlockingServices
from firewarden.desk.worker import FOLLOWERS, follow_once
from firewarden.store.database import Role, connect
from firewarden.store.migrate import migrate
from firewarden.store.reading_after import current_snapshot, window_after
from firewarden.upkeep.check import check
from firewarden.upkeep.run import run_job
from tests.integration.city import Venue
from tests.integration.polling import until
from tests.integration.upkeep.history import (
    YOUNG,
    add_command,
    add_device,
    add_incident,
    add_rows,
    add_state,
    add_unknown,
    one,
)
from tests.integration.upkeep.measured import write

pytestmark = pytest.mark.services


@pytest.fixture
def empty(services: BlockingServices) -> Iterator[str]:
    """The address of a database without anything in it."""
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS test_restored WITH (FORCE)")
        connection.execute("CREATE DATABASE test_restored TEMPLATE template0")
        yield make_conninfo(services.database_url, dbname="test_restored")
        connection.execute("DROP DATABASE test_restored WITH (FORCE)")


@contextmanager
def writing(database: str, venue: Venue) -> Generator[Callable[[], int]]:
    """Somebody writes readings and alarms all the time; the function tells how many transactions so far."""
    stop, written = threading.Event(), [0]

    def work() -> None:
        with psycopg.connect(database) as connection:
            while not stop.is_set():
                at = datetime.now(tz=UTC) - timedelta(hours=3)
                write(connection, [(venue.pressure_id, 1, at, float(written[0]))])
                add_state(connection, venue.venue_id, datetime.now(tz=UTC))
                connection.commit()
                written[0] += 1

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield lambda: written[0]
    finally:
        stop.set()
        thread.join()


def _fill(database: str, venue: Venue) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        add_incident(connection, venue.venue_id, YOUNG, None)
        add_rows(connection, venue.venue_id, YOUNG)
        add_device(connection, venue.detector_id, YOUNG)
        add_command(connection, YOUNG, YOUNG)
        add_unknown(connection, YOUNG)
        write(connection, [(venue.pressure_id, 1, YOUNG + timedelta(minutes=n), float(n)) for n in range(5_000)])


def _counts(url: str) -> dict[str, int]:
    with psycopg.connect(url) as connection:
        return {table: int(str((connection.execute(_count(table)).fetchone() or (0,))[0])) for table in COUNTED}


def _count(table: str) -> sql.Composed:
    return sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))


async def _wrong(url: str) -> dict[str, tuple[object, ...]]:
    async with await connect(url, Role.UPKEEP, name="test") as connection:
        checks = [one async for one in check(connection, datetime.now(tz=UTC), full=True)]
    return {one.name: one.found for one in checks if one.found}


async def test_the_drill(database: str, empty: str, venue: Venue, packages_cache: Path, tmp_path: Path) -> None:
    """Dumped while somebody writes: one moment of it, restored whole, consistent, and everything goes on there."""
    _fill(database, venue)
    await run_job(database, "rollup")
    file = tmp_path / "firewarden.dump"
    with writing(database, venue) as written:
        before = written()
        contents = back_up(database, file, packages_cache)
        dumped = written()
        await until(lambda: written() > dumped, "a transaction that is not in the dump")
    assert dumped > before
    assert contents.rows["reading"] - 5_000 == contents.rows["state_change"] - 2, "one moment, not two"
    assert _counts(database)["reading"] > contents.rows["reading"], "somebody wrote meanwhile"
    restore(empty, file, packages_cache)
    assert _counts(empty) == contents.rows
    assert migrate(empty) == 0
    await run_job(empty, "rollup")
    await run_job(empty, "retention")
    assert await _wrong(empty) == {}
    with psycopg.connect(empty, autocommit=True) as connection:
        write(connection, [(venue.pressure_id, 1, datetime.now(tz=UTC), 1.0)])
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("DELETE FROM audit")


async def test_on_a_server_that_is_younger_readers_go_on_where_they_were(
    database: str, empty: str, venue: Venue, packages_cache: Path, tmp_path: Path
) -> None:
    """Transaction numbers begin anew there: what was read is not read again, what was not is, and so is what comes."""
    desk = FOLLOWERS[0]
    with psycopg.connect(database, autocommit=True) as connection:
        add_state(connection, venue.venue_id, datetime.now(tz=UTC))
    async with await connect(database, Role.DESK, name="test") as reader:
        assert await follow_once(reader, desk, datetime.now(tz=UTC)) == 1
    with psycopg.connect(database, autocommit=True) as connection:
        add_state(connection, venue.venue_id, datetime.now(tz=UTC))
        ahead = "(xid::text::bigint + 1000000000)::text::xid8"
        for table in ("state_change", "event", "reading_batch", "operator_action"):
            update = f"UPDATE {table} SET xid = {ahead}"  # noqa: S608 - names of this test
            connection.execute(update.encode())
        connection.execute(
            "UPDATE reader_cursor SET snapshot = (SELECT format('%s:%s:', x, x) FROM (SELECT"
            " pg_snapshot_xmax(snapshot)::text::bigint + 1000000000 AS x) AS n)::pg_snapshot"
        )
    back_up(database, tmp_path / "dump", packages_cache)
    restore(empty, tmp_path / "dump", packages_cache)
    async with await connect(empty, Role.DESK, name="test") as reader:
        assert await follow_once(reader, desk, datetime.now(tz=UTC)) == 1, "what was not read"
        with psycopg.connect(empty, autocommit=True) as connection:
            add_state(connection, venue.venue_id, datetime.now(tz=UTC))
            assert one(connection, "SELECT count(*) FROM incident") == 1
        assert await follow_once(reader, desk, datetime.now(tz=UTC)) == 1, "what came after"
        async with window_after(reader, await current_snapshot(reader)) as window:
            assert window.since == window.until


def test_what_cannot_be_restored_is_refused_with_the_reason(
    database: str, services: BlockingServices, packages_cache: Path, tmp_path: Path
) -> None:
    """A database in use, a file without its list of contents, a list that does not agree."""
    file = tmp_path / "dump"
    back_up(database, file, packages_cache)
    with pytest.raises(DeployError, match="not empty"):
        restore(database, file, packages_cache)
    contents_file(file).unlink()
    with pytest.raises(DeployError, match="cannot be read"):
        restore(database, file, packages_cache)


def test_a_restore_that_lacks_rows_is_noticed(database: str, empty: str, packages_cache: Path, tmp_path: Path) -> None:
    """What was counted when it was dumped must be there afterwards."""
    file = tmp_path / "dump"
    back_up(database, file, packages_cache)
    text = contents_file(file).read_text(encoding="utf-8").replace('"audit": 0', '"audit": 3')
    contents_file(file).write_text(text, encoding="utf-8")
    with pytest.raises(DeployError, match="audit: 3 rows were dumped, 0 are there"):
        restore(empty, file, packages_cache)


def test_a_backup_that_fails_leaves_no_file(tmp_path: Path, packages_cache: Path, services: BlockingServices) -> None:
    """Half a dump would be taken for a whole one some day."""
    url = make_conninfo(services.database_url, dbname="postgres")
    with pytest.raises((DeployError, psycopg.Error)):
        back_up(url, tmp_path / "dump", packages_cache)
    assert list(tmp_path.iterdir()) == []

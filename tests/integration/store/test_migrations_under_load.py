"""Does a database that is full and in use get its migrations without anybody having to wait for them?"""

import threading
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from tests.integration.city import Venue, register_venue

from firewarden.deploy.services import BlockingServices
from firewarden.store.migrate import load, migrate

pytestmark = pytest.mark.services

BEFORE = 6
"""The newest migration of the database that is brought up to date."""
WAIT_MAX_MS = 1_000
"""So long may an insert wait for a lock; longer, and the server itself ends it with an error."""

FILL = """
INSERT INTO reading SELECT 1 + n % 50, 1, now() - n * interval '1 second', n, now(), now()
    FROM generate_series(1, 300000) n;
INSERT INTO message_ledger (gateway_id, boot, lane, stored, first_at, last_at)
    SELECT 'GW-1', 'b' || n, 'alarm', '{[1,5),[8,10)}', now(), now() FROM generate_series(1, 50000) n;
INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, seen_at)
    SELECT 'GW-1', 'b' || n, 'alarm', 5, 7, now() FROM generate_series(1, 50000) n;
INSERT INTO incident (venue_id, gateway_id, kind, priority, state, occurred_at, received_at, committed_at, opened_at,
        closed_at, closed_by, class)
    SELECT (SELECT min(id) FROM venue), 'GW-1', 'fire', 1, 'closed', t, t, t, t, t, 'x', 'test'
    FROM (SELECT now() - n * interval '1 minute' AS t FROM generate_series(1, 100000) n) AS times;
INSERT INTO incident_action (incident_id, at, actor, action) SELECT id, opened_at, 'x', 'open' FROM incident;
INSERT INTO episode (venue_id, gateway_id, kind, raised_at, cleared_at, last_raised_at, incident_id)
    SELECT venue_id, gateway_id, kind, opened_at, opened_at, opened_at, id FROM incident;
INSERT INTO audit (actor, action, target, outcome) SELECT 'a', 'b', 'c', 'done' FROM generate_series(1, 100000);
INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, version)
    SELECT (SELECT min(id) FROM venue), now() - n * interval '1 minute', 1, 'A', 1, '[]', 'v'
    FROM generate_series(1, 100000) n;
"""

WRITES: tuple[bytes, ...] = (
    b"INSERT INTO reading VALUES (1, 1, now(), 1, now(), now())",
    b"INSERT INTO state_change (gateway_id, venue_id, state, raised, at, device_at, sent_at, received_at, boot, lane,"
    b" seq) SELECT 'GW-1', min(id), 'fire', true, now(), now(), now(), now(), 'b', 'alarm', 1 FROM venue",
    b"UPDATE message_ledger SET duplicates = duplicates + 1 WHERE gateway_id = 'GW-1' AND boot = 'b1'",
    b"INSERT INTO episode (venue_id, gateway_id, kind, raised_at, cleared_at, last_raised_at)"
    b" SELECT min(id), 'GW-1', 'test', now(), now(), now() FROM venue",
    b"INSERT INTO incident_action (incident_id, at, actor, action) SELECT id, now(), 'x', 'open' FROM incident LIMIT 1",
    b"INSERT INTO audit (actor, action, target, outcome) VALUES ('a', 'b', 'c', 'done')",
)


@dataclass(slots=True)
class Written:
    """What the writers did while somebody migrated."""

    inserts: int = 0
    blocked: list[str] = field(default_factory=list[str])


@pytest.fixture
def before(services: BlockingServices) -> Iterator[str]:
    """A database with the first migrations only."""
    name = "test_before"
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
        connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
        url = make_conninfo(services.database_url, dbname=name)
        with psycopg.connect(url, autocommit=True) as own:
            own.execute(
                "CREATE TABLE schema_migration (version integer PRIMARY KEY, name text NOT NULL,"
                " checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
            )
            for step in load()[:BEFORE]:
                own.execute(step.sql.encode())
                own.execute(
                    "INSERT INTO schema_migration (version, name, checksum) VALUES (%s, %s, %s)",
                    [step.version, step.name, step.checksum],
                )
        yield url
        connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def writing(url: str) -> Generator[Written]:
    """One writer for each kind of row, none of whom waits for a lock longer than WAIT_MAX_MS."""
    stop, written = threading.Event(), Written()

    def work(statement: bytes) -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("SELECT set_config('lock_timeout', %s, false)", [f"{WAIT_MAX_MS}ms"])
            while not stop.is_set():
                try:
                    connection.execute(statement)
                    written.inserts += 1
                except psycopg.errors.LockNotAvailable as error:
                    written.blocked.append(f"{statement.decode()[:60]}: {error}")
                time.sleep(0.002)

    threads = [threading.Thread(target=work, args=[statement]) for statement in WRITES]
    for thread in threads:
        thread.start()
    try:
        yield written
    finally:
        stop.set()
        for thread in threads:
            thread.join()


@pytest.fixture
def venue(before: str) -> Venue:
    """A registered venue in the old database."""
    return register_venue(before)


def test_no_insert_waits_for_a_migration(before: str, venue: Venue) -> None:
    """Hundred thousands of rows, a writer for each table: every migration lets them through."""
    with psycopg.connect(before, autocommit=True) as connection:
        connection.execute(FILL.encode())
    with writing(before) as written:
        migrate(before)
    assert written.blocked == []
    assert written.inserts > 0
    assert migrate(before) == 0


def test_a_migration_that_would_have_to_wait_gives_way(before: str, venue: Venue) -> None:
    """Behind somebody's long transaction it does not make all others queue: it lets go, and comes back."""
    done = threading.Event()

    def work() -> None:
        migrate(before)
        done.set()

    migrating = threading.Thread(target=work)
    with psycopg.connect(before) as long:
        long.execute("INSERT INTO audit (actor, action, target, outcome) VALUES ('a', 'b', 'c', 'done')")
        with writing(before) as written:
            migrating.start()
            _wait_until_it_gave_way(before)
            before_it_ends = written.inserts
            _wait(lambda: written.inserts > before_it_ends + 20 * len(WRITES))
            assert not done.is_set(), "it cannot have passed the long transaction"
            long.commit()
            migrating.join()
        assert written.blocked == []
    assert done.is_set()


def _wait_until_it_gave_way(url: str) -> None:
    """Twice seen waiting for a lock, and not waiting in between."""
    waiting: list[bool] = [False]
    with psycopg.connect(url, autocommit=True) as connection:

        def look() -> bool:
            row = connection.execute(
                "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'firewarden migrate'"
                " AND datname = current_database() AND wait_event_type = 'Lock'"
            ).fetchone()
            now = row is not None and row[0] > 0
            if now != waiting[-1]:
                waiting.append(now)
            return len(waiting) >= 4  # not, waiting, not, waiting

        _wait(look)


def _wait(look: object) -> None:
    deadline_s = time.monotonic() + 60
    assert callable(look)
    while not look():
        assert time.monotonic() < deadline_s, "it did not come within a minute"
        time.sleep(0.01)

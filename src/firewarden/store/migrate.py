"""Which migrations does this database have, and how does it get the rest?"""

import hashlib
import re
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from typing import LiteralString, cast

import psycopg
import stamina
from psycopg import Connection, sql

from firewarden.store import job_queue
from firewarden.store.errors import DatabaseUnreachableError, DatabaseUnsuitableError, MigrationMismatchError

_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_STATEMENT = re.compile(r"^CREATE INDEX CONCURRENTLY IF NOT EXISTS (\w+) [^;]+;$", re.MULTILINE)
_LOCK_KEY = 0x46_57_4D_49  # "FWMI": two processes that migrate at once take turns
SERVER_VERSION_MIN = 150_000
LOCK_TIMEOUT_MS = 500
"""A migration that waits for a lock makes others wait behind it: so long at most, then it gives way and tries again."""
GIVE_WAY_ATTEMPTS = 120
GIVE_WAY_WAIT_S = 0.25
TURN_S = 0.1


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One numbered step; its checksum is that of its text."""

    version: int
    name: str
    sql: str

    @property
    def checksum(self) -> str:
        """SHA-256 of the text, in hex."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def load() -> tuple[Migration, ...]:
    """All migrations of this version, in order. Raises ValueError where the numbers are not 1, 2, 3 …"""
    found: list[Migration] = []
    for entry in sorted(files("firewarden.store").joinpath("migrations").iterdir(), key=lambda e: e.name):
        match = _FILE.match(entry.name)
        if match:
            found.append(Migration(version=int(match[1]), name=match[2], sql=entry.read_text(encoding="utf-8")))
    if [m.version for m in found] != list(range(1, len(found) + 1)):
        raise ValueError("migrations must be numbered 0001, 0002, … without a hole")
    return tuple(found)


def pending(applied: dict[int, str], known: tuple[Migration, ...]) -> tuple[Migration, ...]:
    """What is still to be done. `applied` maps version to checksum.

    Raises MigrationMismatchError where the database has a step that this version does not know, or knows otherwise.
    """
    by_version = {m.version: m for m in known}
    for version, checksum in sorted(applied.items()):
        ours = by_version.get(version)
        if ours is None:
            raise MigrationMismatchError(
                f"the database has migration {version:04d}, this version knows {len(known)}: "
                "start a newer version of Firewarden, or restore the database from before the upgrade"
            )
        if ours.checksum != checksum:
            raise MigrationMismatchError(
                f"migration {version:04d} of the database differs from {version:04d}_{ours.name}.sql: "
                "a published migration was edited; restore the file and add a new migration instead"
            )
    return tuple(m for m in known if m.version not in applied)


def migrate(url: str, on_step: Callable[[Migration], None] = lambda _: None) -> int:
    """Bring the database at `url` up to date; each migration is one transaction. Returns how many were applied.

    Raises DatabaseUnreachableError, DatabaseUnsuitableError, MigrationMismatchError.
    """
    with _locked(url) as connection:
        _check_server(connection)
        connection.execute(
            "CREATE TABLE IF NOT EXISTS schema_migration (version integer PRIMARY KEY, name text NOT NULL,"
            " checksum text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now())"
        )
        rows = connection.execute("SELECT version, checksum FROM schema_migration").fetchall()
        todo = pending({int(version): str(checksum) for version, checksum in rows}, load())
        for step in todo:
            on_step(step)
            _giving_way(partial(_apply, connection, step))
        _build_indexes(connection)
        _giving_way(lambda: job_queue.bring_up_to_date(connection))
        return len(todo)


@contextmanager
def _locked(url: str) -> Generator[Connection]:
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=5, application_name="firewarden migrate")
    except psycopg.OperationalError as error:
        raise DatabaseUnreachableError(f"cannot connect to the database: {error}") from error
    with connection:
        # Asked for, not waited for: a waiting statement has a snapshot, and an index that is built without blocking
        # writers waits for all older snapshots.
        while connection.execute("SELECT pg_try_advisory_lock(%s)", [_LOCK_KEY]).fetchone() != (True,):
            time.sleep(TURN_S)
        connection.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_TIMEOUT_MS}ms"])
        yield connection


def _giving_way(work: Callable[[], object]) -> None:
    """Do it; where a lock is not to be had at once, let others go first and do it again from the start."""
    for attempt in stamina.retry_context(
        on=psycopg.errors.LockNotAvailable,
        attempts=GIVE_WAY_ATTEMPTS,
        timeout=None,
        wait_initial=GIVE_WAY_WAIT_S,
        wait_max=1.0,
        wait_jitter=GIVE_WAY_WAIT_S,
    ):
        with attempt:
            work()


def _build_indexes(connection: Connection) -> None:
    """Make the indexes that are missing or were broken off, without blocking writers."""
    text = files("firewarden.store").joinpath("migrations", "concurrently.sql").read_text(encoding="utf-8")
    valid = dict(connection.execute("SELECT indexrelid::regclass::text, indisvalid FROM pg_index").fetchall())
    for statement in _STATEMENT.finditer(text):
        name = statement[1]
        if valid.get(name):
            continue
        # no lock_timeout: neither blocks anybody, and a build that is broken off leaves half an index
        connection.execute("SELECT set_config('lock_timeout', '0', false)")
        if name in valid:
            connection.execute(sql.SQL("DROP INDEX CONCURRENTLY {}").format(sql.Identifier(name)))
        connection.execute(cast("LiteralString", statement[0]))
        connection.execute("SELECT set_config('lock_timeout', %s, false)", [f"{LOCK_TIMEOUT_MS}ms"])


def _check_server(connection: Connection) -> None:
    version = connection.info.server_version
    if version < SERVER_VERSION_MIN:
        raise DatabaseUnsuitableError(
            f"PostgreSQL {version // 10_000} is too old: Firewarden needs 15 or newer (17 is what it is tested with)"
        )
    row = connection.execute("SELECT 1 FROM pg_available_extensions WHERE name = 'timescaledb'").fetchone()
    if row is None:
        raise DatabaseUnsuitableError(
            "this PostgreSQL has no TimescaleDB: install the timescaledb package for its version and add it to"
            " shared_preload_libraries, or unset FIREWARDEN_DATABASE_URL to use the embedded database"
        )


def _apply(connection: Connection, step: Migration) -> None:
    try:
        with connection.transaction():
            connection.execute(cast("LiteralString", step.sql))
            connection.execute(
                "INSERT INTO schema_migration (version, name, checksum) VALUES (%s, %s, %s)",
                [step.version, step.name, step.checksum],
            )
    except psycopg.errors.InsufficientPrivilege as error:
        raise DatabaseUnsuitableError(
            f"migration {step.version:04d}_{step.name} was refused: {error}. The login needs CREATEROLE, and must own"
            " the database and be allowed to create the timescaledb extension"
        ) from error

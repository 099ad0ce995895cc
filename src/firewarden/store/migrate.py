"""Which migrations does this database have, and how does it get the rest?"""

import hashlib
import re
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.resources import files
from typing import LiteralString, cast

import psycopg
from psycopg import Connection

from firewarden.store import job_queue
from firewarden.store.errors import DatabaseUnreachableError, DatabaseUnsuitableError, MigrationMismatchError

_FILE = re.compile(r"^(\d{4})_([a-z0-9_]+)\.sql$")
_LOCK_KEY = 0x46_57_4D_49  # "FWMI": two processes that migrate at once take turns
SERVER_VERSION_MIN = 150_000


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
            _apply(connection, step)
        job_queue.bring_up_to_date(connection)
        return len(todo)


@contextmanager
def _locked(url: str) -> Generator[Connection]:
    try:
        connection = psycopg.connect(url, autocommit=True, connect_timeout=5, application_name="firewarden migrate")
    except psycopg.OperationalError as error:
        raise DatabaseUnreachableError(f"cannot connect to the database: {error}") from error
    with connection:
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK_KEY])
        yield connection


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

"""How do the tables of procrastinate, which runs our periodic jobs, get into the database and stay up to date?

They stand in a schema of their own and are made by the package's own files; none of its SQL is copied here. A new
database gets the package's schema as a whole; an older one gets, in order, the package's migrations that it lacks
(docs/adr/0095). Both kinds of migration that procrastinate knows, before and after a deployment, run at once: our
processes of the old version end before `db migrate` runs.
"""

from collections.abc import Generator
from contextlib import contextmanager
from importlib.resources import files
from typing import LiteralString, cast

from psycopg import Connection

from firewarden.store.errors import MigrationMismatchError

SCHEMA = "jobs"
SEARCH_PATH = "jobs,public"

_PREPARE: LiteralString = """
CREATE SCHEMA IF NOT EXISTS jobs;
CREATE TABLE IF NOT EXISTS jobs.applied (name text PRIMARY KEY, applied_at timestamptz NOT NULL DEFAULT now());
"""
_GRANT: LiteralString = """
GRANT USAGE ON SCHEMA jobs TO fw_upkeep;
GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA jobs TO fw_upkeep;
REVOKE INSERT, UPDATE, DELETE ON jobs.applied FROM fw_upkeep;
GRANT USAGE ON ALL SEQUENCES IN SCHEMA jobs TO fw_upkeep;
"""


def steps_to_apply(applied: set[str], known: tuple[str, ...]) -> tuple[str, ...]:
    """The package's migrations that a database lacks, in order.

    Raises MigrationMismatchError where the database has one that this version of the package does not know.
    """
    unknown = sorted(applied - set(known))
    if unknown:
        raise MigrationMismatchError(
            f"the job queue was made by a newer procrastinate (it has {unknown[-1]}): install the versions of"
            " requirements.lock of the newer Firewarden, or restore the database from before the upgrade"
        )
    return tuple(name for name in known if name not in applied)


def bring_up_to_date(connection: Connection) -> int:
    """Make or complete the queue's tables; returns how many steps that took. The caller holds the migrator's lock.

    A step is one transaction: a new value of an enumeration can be used only after the commit that added it.
    """
    with _transaction(connection):
        connection.execute(_PREPARE)
        applied = {str(name) for (name,) in connection.execute("SELECT name FROM applied").fetchall()}
    known = package_migrations()
    todo = steps_to_apply(applied, tuple(known))
    if todo and not applied:
        _apply(connection, _whole_schema(), todo)
        return 1
    for name in todo:
        # The text comes from a file of an installed package, never from outside: what LiteralString promises.
        _apply(connection, cast("LiteralString", known[name]), (name,))
    return len(todo)


def _apply(connection: Connection, text: LiteralString, names: tuple[str, ...]) -> None:
    with _transaction(connection):
        connection.execute(text)
        connection.cursor().executemany("INSERT INTO applied (name) VALUES (%s)", [(name,) for name in names])
        connection.execute(_GRANT)


@contextmanager
def _transaction(connection: Connection) -> Generator[None]:
    with connection.transaction():
        connection.execute("SELECT set_config('search_path', %s, true)", [SEARCH_PATH])
        yield


def package_migrations() -> dict[str, str]:
    """The texts of the package's migrations by file name, in their order."""
    folder = files("procrastinate.sql").joinpath("migrations")
    found = {entry.name: entry.read_text(encoding="utf-8") for entry in folder.iterdir() if entry.name.endswith(".sql")}
    return dict(sorted(found.items()))


def _whole_schema() -> LiteralString:
    return cast("LiteralString", files("procrastinate.sql").joinpath("schema.sql").read_text(encoding="utf-8"))

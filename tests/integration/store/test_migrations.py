"""Does every way to a database end at the same one, and does each process get its rights and no more?"""

import re
import subprocess
import threading
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from firewarden.deploy.services import BlockingServices
from firewarden.store.database import Role, conninfo
from firewarden.store.errors import DatabaseUnreachableError, MigrationMismatchError
from firewarden.store.migrate import Migration, load, migrate, pending
from firewarden.store.queries import Queries

ROOMS = ("store", "ingest", "desk", "risk", "upkeep", "api", "dashboards.console", "proof")
FILES = (
    *((room, "queries.sql") for room in ROOMS),
    *((room, "command_queries.sql") for room in ("ingest", "api")),
    ("api", "device_queries.sql"),
    ("api", "risk_queries.sql"),
    ("api", "trace_queries.sql"),
    ("cli.doctor", "queries.sql"),
    ("dashboards.grafana", "queries.sql"),
)
"""Where named queries are. Those of the register's import speak of temporary tables, and run in its own tests."""


@pytest.fixture
def empty(services: BlockingServices) -> Iterator[str]:
    """The address of a database without anything in it."""
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS test_empty WITH (FORCE)")
        connection.execute("CREATE DATABASE test_empty TEMPLATE template0")
        yield make_conninfo(services.database_url, dbname="test_empty")
        connection.execute("DROP DATABASE test_empty WITH (FORCE)")


def dump(services: BlockingServices, url: str) -> str:
    """The schema of a database as pg_dump writes it, without the migrations' own table and what changes by itself."""
    server = services.services.postgres
    assert server is not None
    command = [
        str(Path(server.program("pg_dump"))),
        "--schema-only",
        "--schema=public",
        "--schema=board",
        "--no-comments",
        "--exclude-table=schema_migration*",
        "--dbname",
        url,
    ]
    text = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    return "\n".join(line for line in text.splitlines() if not line.startswith(("--", "\\")))


def test_schema_and_migrations_build_the_same_database(services: BlockingServices, database: str, empty: str) -> None:
    """schema.sql, which people read, and the migrations, which run, cannot drift apart."""
    with psycopg.connect(empty, autocommit=True) as connection:
        connection.execute(files("firewarden.store").joinpath("schema.sql").read_bytes())
    assert dump(services, empty) == dump(services, database)
    assert hypertables(empty) == hypertables(database)


def hypertables(url: str) -> list[tuple[object, ...]]:
    """What is partitioned by time, and how wide."""
    with psycopg.connect(url) as connection:
        return connection.execute(
            "SELECT hypertable_name, column_name, time_interval FROM timescaledb_information.dimensions ORDER BY 1"
        ).fetchall()


def test_migrating_twice_changes_nothing(database: str) -> None:
    """A database that is up to date is left alone."""
    assert migrate(database) == 0


def test_two_processes_migrate_in_turn(empty: str) -> None:
    """Of two that start at once, one migrates and the other finds it done."""
    done: list[int] = []
    threads = [threading.Thread(target=lambda: done.append(migrate(empty))) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(done) == [0, len(load())]


def test_an_edited_migration_is_noticed() -> None:
    """A database that was built by another text than ours is not touched."""
    ours = Migration(version=1, name="first", sql="SELECT 1")
    with pytest.raises(MigrationMismatchError, match="edited"):
        pending({1: "another checksum"}, (ours,))


def test_a_newer_database_is_noticed() -> None:
    """An old program does not work on a database of a newer one."""
    ours = Migration(version=1, name="first", sql="SELECT 1")
    with pytest.raises(MigrationMismatchError, match="newer version"):
        pending({1: ours.checksum, 2: "x"}, (ours,))


def test_an_unreachable_database_is_named() -> None:
    """Where nobody answers, the error says so."""
    with pytest.raises(DatabaseUnreachableError, match="cannot connect"):
        migrate("postgresql://nobody@127.0.0.1:9/none")


PREPARABLE = {"SELECT", "INSERT", "UPDATE", "DELETE", "WITH"}


@pytest.mark.parametrize(("room", "file"), FILES)
def test_every_named_query_can_be_prepared(database: str, room: str, file: str) -> None:
    """No query names a table, column, type or parameter that the database does not have."""
    queries = Queries(f"firewarden.{room}", file)
    with psycopg.connect(database) as connection:
        for name in queries.names():
            text = "\n".join(line for line in queries[name].splitlines() if not line.startswith("--")).strip()
            if text.split(maxsplit=1)[0].upper() not in PREPARABLE:
                continue  # LISTEN, COPY and the like cannot be prepared
            result = connection.pgconn.prepare(b"", numbered(text).encode())
            assert result.status == psycopg.pq.ExecStatus.COMMAND_OK, f"{name}: {connection.pgconn.error_message!r}"


def numbered(text: str) -> str:
    """A query with PostgreSQL's own numbered parameters instead of named ones."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", text)))
    for number, parameter in enumerate(names, start=1):
        text = text.replace(f"%({parameter})s", f"${number}")
    return text.replace("%%", "%")


FORBIDDEN = [
    (Role.INGEST, "UPDATE incident SET note = 'x'"),
    (Role.INGEST, "DELETE FROM reading"),
    (Role.INGEST, "UPDATE state_change SET at = now()"),
    (Role.DESK, "INSERT INTO quarantine DEFAULT VALUES"),
    (Role.DESK, "SELECT password_hash FROM app_user"),
    (Role.RISK, "UPDATE incident SET note = 'x'"),
    (Role.RISK, "SELECT key_hash FROM api_key"),
    (Role.API, "INSERT INTO state_change DEFAULT VALUES"),
    (Role.API, "UPDATE incident_action SET reason = 'x'"),
    (Role.API, "DELETE FROM audit"),
    (Role.API, "UPDATE message_ledger SET duplicates = 0"),
    (Role.UPKEEP, "DELETE FROM reading"),
    (Role.UPKEEP, "DELETE FROM audit"),
    (Role.UPKEEP, "DELETE FROM incident_action"),
    (Role.UPKEEP, "UPDATE incident SET note = 'x'"),
    (Role.UPKEEP, "SELECT password_hash FROM app_user"),
    (Role.UPKEEP, "DELETE FROM jobs.applied"),
    (Role.API, "UPDATE reading_hour SET n = 1"),
]


@pytest.mark.parametrize(("role", "statement"), FORBIDDEN)
def test_a_process_may_write_only_what_its_room_owns(database: str, role: Role, statement: str) -> None:
    """The database itself refuses what a room has no business with."""
    with (
        psycopg.connect(conninfo(database, role, name="test")) as connection,
        pytest.raises(psycopg.errors.InsufficientPrivilege),
    ):
        connection.execute(sql.SQL(statement))  # pyright: ignore[reportArgumentType]


@pytest.mark.parametrize("table", ["incident_action", "audit"])
def test_history_cannot_be_rewritten_by_its_owner_either(database: str, table: str) -> None:
    """Acts are added, never changed, whoever asks."""
    with psycopg.connect(database) as connection, pytest.raises(psycopg.errors.InsufficientPrivilege):
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))

"""How is the whole database put into a file, and how does it come back? (docs/operations.md)

PostgreSQL's own pg_dump and pg_restore do it, of the embedded packages or of the machine. Beside the file stands what
was in it, counted in the very snapshot that was dumped: a restore is compared with that.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, LiteralString

import msgspec
import psycopg
from psycopg import Connection, sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo

from firewarden.deploy.debian import packages_root
from firewarden.deploy.errors import DeployError
from firewarden.deploy.postgres import BIN
from firewarden.store.queries import Queries

if TYPE_CHECKING:
    from collections.abc import Mapping

ERROR_LINES_MAX = 6
COUNTED: tuple[LiteralString, ...] = (
    "venue", "gateway", "point", "message_ledger", "message_gap", "reading", "reading_hour", "reading_day",
    "state_change", "operator_action", "quarantine", "episode", "incident", "incident_action", "risk_score", "app_user",
    "audit", "gb_device", "raw_frame", "component_state", "gateway_command", "risk_fact", "risk_state", "risk_record",
    "risk_sweep", "risk_model", "risk_model_act", "risk_choice_round", "risk_choice", "risk_proposal", "risk_override",
)  # fmt: skip
"""Tables whose rows are counted: what may not be lost."""

_SQL = Queries("firewarden.deploy", "backup_queries.sql")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contents:
    """What a backup holds: its moment, what made it, and the rows of each table."""

    taken_at: datetime
    server_version: int
    timescaledb_version: str
    migration: int
    rows: dict[str, int]

    def differences(self, rows: Mapping[str, int]) -> tuple[str, ...]:
        """In words, where a restored database has other numbers."""
        return tuple(
            f"{table}: {expected} rows were dumped, {rows.get(table, 0)} are there"
            for table, expected in sorted(self.rows.items())
            if rows.get(table, 0) != expected
        )


def contents_file(file: Path) -> Path:
    """Where the contents of the backup `file` are written."""
    return file.with_name(file.name + ".json")


def find_program(name: str, packages: Path) -> str:
    """The path of pg_dump or pg_restore: the embedded one if it was fetched, else that of the machine."""
    root = packages_root(packages, "services")
    if root is not None and (root / BIN / name).exists():
        return str(root / BIN / name)
    found = shutil.which(name)
    if found is None:
        raise DeployError(
            f"There is no {name} on this machine.",
            "Install PostgreSQL's client programs (Debian: postgresql-client-17), of the server's version or later.",
        )
    return found


def back_up(url: str, file: Path, packages: Path) -> Contents:
    """Dump the database at `url` into `file`, which appears when it is whole. Raises DeployError, psycopg.Error."""
    unfinished = file.with_name(file.name + ".unfinished")
    with psycopg.connect(url, application_name="firewarden backup") as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        snapshot = str(_one(connection, _SQL["export_snapshot"]))
        contents = _contents(connection)
        try:
            unfinished.touch(mode=0o600)
            command = [find_program("pg_dump", packages), "--format=custom", "--compress=1", f"--snapshot={snapshot}"]
            _run([*command, f"--file={unfinished}"], url)
            contents_file(file).write_bytes(msgspec.json.format(msgspec.json.encode(contents)))
            contents_file(file).chmod(0o600)
            unfinished.replace(file)
        finally:
            unfinished.unlink(missing_ok=True)
    return contents


def restore(url: str, file: Path, packages: Path) -> Contents:
    """Fill the empty database at `url` from `file` and compare. Raises DeployError, psycopg.Error."""
    try:
        contents = msgspec.json.decode(contents_file(file).read_bytes(), type=Contents)
    except (OSError, msgspec.MsgspecError) as error:
        raise DeployError(
            f"{contents_file(file)} cannot be read: {error}", "It was written beside the backup; copy both."
        ) from error
    with psycopg.connect(url, autocommit=True, application_name="firewarden restore") as connection:
        _require_fitting(connection, contents)
        connection.execute(_SQL["make_roles"])
        connection.execute(_SQL["make_extension"])
        connection.execute(_SQL["before_restore"])
    try:
        command = [find_program("pg_restore", packages), "--no-owner", "--exit-on-error", "--format=custom"]
        _run([*command, f"--dbname={_without_password(url)}", str(file)], url)
    finally:
        with psycopg.connect(url, autocommit=True, application_name="firewarden restore") as connection:
            connection.execute(_SQL["after_restore"])
    with psycopg.connect(url, autocommit=True, application_name="firewarden restore") as connection:
        _give_back_functions(connection)
        if _one(connection, _SQL["numbers_lie_ahead"]):
            connection.execute(_SQL["renumber"])
        connection.execute(_SQL["analyze"])
        differences = contents.differences(_contents(connection).rows)
    if differences:
        raise DeployError("The restored database is not what was dumped:\n    " + "\n    ".join(differences), "")
    return contents


def _require_fitting(connection: Connection, contents: Contents) -> None:
    if _one(connection, _SQL["is_filled"]):
        raise DeployError(
            "The database is not empty.",
            "Restore into a new one: CREATE DATABASE, and its address in FIREWARDEN_DATABASE_URL.",
        )
    version = str(_one(connection, _SQL["available_timescaledb"]))
    if version != contents.timescaledb_version:
        raise DeployError(
            f"The backup was made with TimescaleDB {contents.timescaledb_version}, this server has {version}.",
            "Restore with the same version, then upgrade: ALTER EXTENSION timescaledb UPDATE.",
        )


def _give_back_functions(connection: Connection) -> None:
    """What forgets belongs to fw_keeper, whoever restores (0008_upkeep.sql)."""
    connection.execute("GRANT CREATE ON SCHEMA public TO fw_keeper")
    for (name,) in connection.execute(_SQL["forgetting_functions"]).fetchall():
        connection.execute(sql.SQL("ALTER FUNCTION {} OWNER TO fw_keeper").format(sql.SQL(name)))
    connection.execute("REVOKE CREATE ON SCHEMA public FROM fw_keeper")


def _contents(connection: Connection) -> Contents:
    return Contents(
        taken_at=datetime.now(tz=UTC),
        server_version=connection.info.server_version,
        timescaledb_version=str(_one(connection, _SQL["timescaledb_version"])),
        migration=int(str(_one(connection, _SQL["newest_migration"]))),
        rows={table: int(str(_one(connection, _count(table)))) for table in COUNTED},
    )


def _count(table: LiteralString) -> sql.Composed:
    return sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))


def _one(connection: Connection, query: LiteralString | sql.Composed) -> object:
    row = connection.execute(query).fetchone()
    if row is None:
        raise DeployError("This database is not Firewarden's.", "Look at the address in FIREWARDEN_DATABASE_URL.")
    return row[0]


def _without_password(url: str) -> str:
    return make_conninfo("", **{name: value for name, value in conninfo_to_dict(url).items() if name != "password"})


def _run(command: list[str], url: str) -> None:
    """Run one of PostgreSQL's programs; the password goes by the environment, where other users cannot read it."""
    password = conninfo_to_dict(url).get("password")
    environment = {**os.environ, "LC_ALL": "C.UTF-8", **({"PGPASSWORD": str(password)} if password else {})}
    if Path(command[0]).name == "pg_dump":
        command = [*command, f"--dbname={_without_password(url)}"]
    answer = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if answer.returncode != 0:
        said = "\n    ".join(answer.stderr.strip().splitlines()[-ERROR_LINES_MAX:])
        raise DeployError(
            f"{Path(command[0]).name} failed:\n    {said}",
            "Check the free space, and the address in FIREWARDEN_DATABASE_URL.",
        )

"""What does the database say of itself and of the platform? Asked once, nothing written; judged in database_rules."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TypeVar

import msgspec
import psycopg
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from firewarden.api.processes import Processes, list_processes
from firewarden.deploy.external import without_password
from firewarden.store.database import Connection, Role, read_address
from firewarden.store.errors import DatabaseAddressError
from firewarden.store.queries import Queries
from firewarden.upkeep.seen import JobState, job_states

ANSWER_WITHIN_S = 6.0
"""Longer than a statement may take; a database that hangs is a finding."""
CONNECT_WITHIN_S = 5

_SQL = Queries("firewarden.cli.doctor", "queries.sql")
_NEEDED = (
    ("fw_ingest", "reading", "INSERT"),
    ("fw_ingest", "state_change", "INSERT"),
    ("fw_ingest", "message_ledger", "UPDATE"),
    ("fw_desk", "incident", "INSERT"),
    ("fw_desk", "state_change", "SELECT"),
    ("fw_risk", "risk_score", "UPDATE"),
    ("fw_upkeep", "reading_hour", "INSERT"),
    ("fw_api", "incident", "SELECT"),
    ("fw_api", "audit", "INSERT"),
)
"""One right of each kind of work, not all: the tests hold all."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The row of the query `server`."""

    version: int
    version_text: str
    timescaledb: str | None
    timescaledb_available: bool
    now: datetime
    standby: bool
    encoding: str
    collation_recorded: str | None
    collation_actual: str | None
    fsync: str
    full_page_writes: str
    connections_max: int
    connections: int
    migrated: bool
    size_bytes: int


@dataclass(frozen=True, slots=True, kw_only=True)
class RoleRow:
    """One role of a process."""

    name: str
    exists: bool
    member: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant:
    """A right that is missing."""

    role: str
    object: str
    privilege: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Grafana:
    """The login of dashboards."""

    may_login: bool
    powerful: bool
    others: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """An index that is of no use."""

    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Beat:
    """A connection of ingest."""

    connection: str
    age_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gaps:
    """Holes in the numbering of gateways."""

    open: int
    given_up: int
    gateways: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A reason, and how often."""

    reason: str
    messages: int
    gateways: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Silent:
    """How many gateways there are, and how many are not heard."""

    gateways: int
    silent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applied:
    version: int
    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformFacts:
    """What the tables say of the platform's work; there only when they are of this version."""

    processes: Processes
    beats: tuple[Beat, ...]
    jobs: tuple[JobState, ...]
    gaps: Gaps
    quarantined: tuple[Quarantined, ...]
    silent: Silent
    missing_grants: tuple[Grant, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseFacts:
    """All of it. `problem`: why it could not be asked, and then nothing else is known."""

    address: str
    problem: str | None = None
    server: Server | None = None
    clock_ahead_s: float = 0.0
    """By how much the database's clock is ahead of ours."""
    applied: Mapping[int, str] = field(default_factory=dict[int, str])
    roles: tuple[RoleRow, ...] = ()
    broken_indexes: tuple[str, ...] = ()
    grafana: Grafana | None = None
    platform: PlatformFacts | None = None


async def look(url: str, *, within_s: float = ANSWER_WITHIN_S) -> DatabaseFacts:
    """Ask everything. The first answer that does not come `within_s` ends it."""
    address = address_of(url)
    try:
        read_address(url)
        return await _asked(url, address, within_s)
    except (psycopg.Error, DatabaseAddressError) as error:
        return DatabaseFacts(address=address, problem=" ".join(str(error).split()))


def address_of(url: str) -> str:
    """The address fit to be shown, whatever it is."""
    try:
        return without_password(url) if "://" in url else "the address given"
    except ValueError:
        return "the address given"


async def _asked(url: str, address: str, within_s: float) -> DatabaseFacts:
    connection = await Connection.connect(
        url, autocommit=True, connect_timeout=CONNECT_WITHIN_S, application_name="firewarden doctor"
    )
    async with connection:
        connection.answer_timeout_s = within_s  # closes it: a cancelled statement would wait for its answer
        await connection.execute("SET statement_timeout = '5s'")
        await connection.execute("SET default_transaction_read_only = on")
        before = datetime.now(tz=UTC)
        [server] = await _all(connection, "server", {}, Server)
        ours = before + (datetime.now(tz=UTC) - before) / 2
        applied = await _all(connection, "applied", {}, _Applied) if server.migrated else ()
        grafana = await _all(connection, "grafana", {}, Grafana)
        return DatabaseFacts(
            address=address,
            server=server,
            clock_ahead_s=(server.now - ours).total_seconds(),
            applied={row.version: row.checksum for row in applied},
            roles=await _all(connection, "roles", {"names": [role.value for role in Role]}, RoleRow),
            broken_indexes=tuple(index.name for index in await _all(connection, "indexes", {}, Index)),
            grafana=grafana[0] if grafana else None,
            platform=await _platform(connection),
        )


async def _platform(connection: AsyncConnection) -> PlatformFacts | None:
    """None where the tables are not there: what is missing then is told of the migrations."""
    roles, objects, privileges = zip(*_NEEDED, strict=True)
    try:
        [gaps] = await _all(connection, "gaps", {}, Gaps)
        [silent] = await _all(connection, "silent", {}, Silent)
        return PlatformFacts(
            processes=await list_processes(connection),
            beats=await _all(connection, "beats", {}, Beat),
            jobs=await job_states(connection, datetime.now(tz=UTC)),
            gaps=gaps,
            quarantined=await _all(connection, "quarantine", {}, Quarantined),
            silent=silent,
            missing_grants=await _all(
                connection,
                "grants",
                {"roles": list(roles), "objects": list(objects), "privileges": list(privileges)},
                Grant,
            ),
        )
    except (psycopg.errors.UndefinedTable, psycopg.errors.UndefinedColumn, psycopg.errors.UndefinedObject):
        return None
    except psycopg.errors.InsufficientPrivilege:
        return None


async def _all(
    connection: AsyncConnection, name: str, values: Mapping[str, object], kind: type[Row]
) -> tuple[Row, ...]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(_SQL[name], values or None)
        return msgspec.convert(await cursor.fetchall(), tuple[kind, ...])

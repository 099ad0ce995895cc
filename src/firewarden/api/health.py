"""Can this process do its work, and if not, what is wrong?"""

from dataclasses import dataclass

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import PoolTimeout

from firewarden.api.context import ApiContext
from firewarden.api.errors import Fault
from firewarden.api.fetch import fetch_all
from firewarden.store.errors import MigrationMismatchError
from firewarden.store.migrate import Migration, load, pending

_log = structlog.stdlib.get_logger("api.health")
_KNOWN: tuple[Migration, ...] = load()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applied:
    version: int
    checksum: str


async def faults(context: ApiContext) -> tuple[Fault, ...]:
    """Everything that keeps this process from working. Addresses and names go to the log, not to the asker."""
    found: list[Fault] = []
    try:
        async with context.pool.connection() as connection:
            found += await _migration_faults(connection)
    except (psycopg.OperationalError, PoolTimeout) as error:
        _log.warning("database_unreachable", error=str(error))
        found.append(Fault(where="database", why="it does not answer"))
    if context.live.problem is not None:
        _log.warning("events_not_followed", problem=context.live.problem)
        found.append(Fault(where="live", why="events are not followed at the moment"))
    return tuple(found)


async def _migration_faults(connection: AsyncConnection) -> list[Fault]:
    try:
        applied = await fetch_all(connection, "migrations", {}, _Applied)
        missing = pending({row.version: row.checksum for row in applied}, _KNOWN)
    except psycopg.errors.UndefinedTable:
        return [Fault(where="migrations", why="none was applied: run `firewarden db migrate`")]
    except MigrationMismatchError as error:
        return [Fault(where="migrations", why=str(error))]
    if missing:
        why = f"{len(missing)} missing, from {missing[0].version:04d}: run `firewarden db migrate`"
        return [Fault(where="migrations", why=why)]
    return []

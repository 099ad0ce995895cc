"""What was done, by whom, and what was refused? A row for each write, in the transaction of the write itself."""

from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from psycopg_pool import AsyncConnectionPool

from firewarden.api import cursors
from firewarden.api.errors import Problem, ProblemError, problem_of
from firewarden.api.fetch import execute, fetch_all, page_of, rows_wanted
from firewarden.api.rows import Page

DONE = "done"
TARGET_LENGTH_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What somebody set out to do. `detail` never holds a secret."""

    actor: str
    action: str
    target: str
    detail: Mapping[str, str] = field(default_factory=dict[str, str])


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditRow:
    """One write that was done (`outcome` is `done`) or refused (`refused: ` and why)."""

    id: int
    at: datetime
    actor: str
    action: str
    target: str
    outcome: str
    detail: dict[str, str]


async def list_audit(connection: AsyncConnection, *, cursor: str | None = None, limit: int = 50) -> Page[AuditRow]:
    """What was done and refused, newest first."""
    before = None if cursor is None else cursors.decode(cursor, cursors.Audit).id
    rows = await fetch_all(connection, "audit", {"before_id": before, "rows": rows_wanted(limit)}, AuditRow)
    return page_of(rows, limit, lambda row: cursors.Audit(id=row.id))


async def record(connection: AsyncConnection, entry: Entry, outcome: str) -> None:
    """Add one row."""
    params = {
        "actor": entry.actor,
        "action": entry.action,
        "target": _storable(entry.target),
        "outcome": outcome,
        "detail": Jsonb(dict(entry.detail)),
    }
    await execute(connection, "record_audit", params)


def _storable(text: str) -> str:
    """A path as somebody sent it, cut, without the NUL that PostgreSQL keeps in no text."""
    return text[:TARGET_LENGTH_MAX].replace("\0", "\N{REPLACEMENT CHARACTER}")


def refused(problem: Problem) -> str:
    """The outcome of something that was refused."""
    return f"refused: {problem.code}"


@asynccontextmanager
async def audited(pool: AsyncConnectionPool, entry: Entry) -> AsyncGenerator[AsyncConnection]:
    """One transaction in which an act and its audit row stand or fall together.

    A foreseen refusal inside undoes the act, is recorded too, and leaves as ProblemError.
    """
    async with pool.connection() as connection:
        try:
            async with connection.transaction():
                yield connection
                await record(connection, entry, DONE)
        except Exception as error:
            problem = problem_of(error)
            if problem is None or connection.broken:
                raise
            await record(connection, entry, refused(problem))
            raise ProblemError(problem, audited=True) from error

"""Can this process do its work, does the platform behind it do its, and if not, what is wrong and since when?"""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Literal

import psycopg
import structlog
from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool, PoolTimeout
from pydantic import Field

from firewarden.api.fetch import fetch_all
from firewarden.api.live import Live
from firewarden.api.processes import ProcessRow, list_processes
from firewarden.figures.verdict import Condition
from firewarden.store.errors import MigrationMismatchError
from firewarden.store.migrate import Migration, load, pending

_log = structlog.stdlib.get_logger("api.health")
_KNOWN: tuple[Migration, ...] = load()

ANSWER_WITHIN_S = 2.0
"""Whoever asks gets an answer after this time, also while the database hangs: then that is the answer."""
EVENTS_BEHIND_MAX_S = 6.0
"""Events are looked for every two seconds at least."""
FOLLOWERS = ("desk", "risk", "upkeep")
"""Kinds of processes of which one has to work and keep up."""


class Part(StrEnum):
    """What can fail."""

    DATABASE = "database"
    MIGRATIONS = "migrations"
    EVENTS = "events"
    INGEST = "ingest"
    DESK = "desk"
    RISK = "risk"
    UPKEEP = "upkeep"


OWN = frozenset({Part.DATABASE, Part.MIGRATIONS, Part.EVENTS})
"""What this process cannot work without. Without the others it still shows that they are away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """How one part is."""

    part: Part
    ok: bool
    needed: Annotated[bool, Field(description="whether this process cannot work without it")]
    reason: Annotated[str, Field(description="why it fails, and what to do; empty where it does not")]
    since: Annotated[datetime, Field(description="since when it is so, as far as this process knows")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Readiness:
    """ready: all is well. degraded: this process works, the platform behind it does not wholly. failing: neither."""

    status: Literal["ready", "degraded", "failing"]
    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Applied:
    version: int
    checksum: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beat:
    connection: str
    fresh: bool
    beat_at: datetime


@dataclass(slots=True)
class Health:
    """Looks at everything, once at a time however many ask, and remembers since when it is as it is."""

    pool: AsyncConnectionPool
    live: Live
    now: Callable[[], datetime]
    answer_within_s: float = ANSWER_WITHIN_S
    _looking: asyncio.Task[dict[Part, str]] | None = None
    _since: dict[Part, tuple[str, datetime]] = field(default_factory=dict[Part, tuple[str, datetime]])

    async def look(self) -> Readiness:
        """How everything is, in bounded time."""
        if self._looking is None or self._looking.done():
            self._looking = asyncio.create_task(self._reasons(), name="health")
        await asyncio.wait(
            {self._looking}, timeout=self.answer_within_s
        )  # does not cancel: the next who asks may use it
        if self._looking.done():
            reasons = self._looking.result()
        else:
            reasons = _unknown(f"no answer within {self.answer_within_s:g} s")
        if (problem := self._events_problem()) is not None:
            reasons = {**reasons, Part.EVENTS: problem}
        checks = tuple(self._check(part, reasons.get(part, "")) for part in Part)
        return Readiness(status=_status(checks), checks=checks)

    async def close(self) -> None:
        """Look no more."""
        if self._looking is not None and not self._looking.done():
            self._looking.cancel()
            await asyncio.wait({self._looking}, timeout=self.answer_within_s)

    def _check(self, part: Part, reason: str) -> Check:
        """The same trouble may be told in other words each time: what counts for `since` is whether there is any."""
        known = self._since.get(part)
        since = known[1] if known is not None and bool(known[0]) == bool(reason) else self.now()
        self._since[part] = reason, since
        return Check(part=part, ok=not reason, needed=part in OWN, reason=reason, since=since)

    def _events_problem(self) -> str | None:
        if self.live.problem is not None:
            _log.warning("events_not_followed", problem=self.live.problem)
            return "events are not followed at the moment"
        behind_s = self.live.behind_s
        return None if behind_s <= EVENTS_BEHIND_MAX_S else f"events were last looked for {behind_s:.0f} s ago"

    async def _reasons(self) -> dict[Part, str]:
        """What is wrong, by part. Addresses and names go to the log, not to the asker."""
        try:
            async with self.pool.connection() as connection:
                missing = await _migrations_problem(connection)
                if missing is not None:
                    others = dict.fromkeys((Part.INGEST, Part.DESK, Part.RISK, Part.UPKEEP), "not known before that")
                    return {Part.MIGRATIONS: missing, **others}
                return {**await _ingest_problem(connection), **await _process_problems(connection)}
        except (psycopg.Error, PoolTimeout) as error:
            _log.warning("database_unreachable", error=str(error))
            return _unknown("it does not answer")


def _unknown(reason: str) -> dict[Part, str]:
    others = (part for part in Part if part not in {Part.DATABASE, Part.EVENTS})
    return {Part.DATABASE: reason, **dict.fromkeys(others, "not known while the database does not answer")}


def _status(checks: Sequence[Check]) -> Literal["ready", "degraded", "failing"]:
    if any(check.needed and not check.ok for check in checks):
        return "failing"
    return "ready" if all(check.ok for check in checks) else "degraded"


async def _migrations_problem(connection: AsyncConnection) -> str | None:
    try:
        applied = await fetch_all(connection, "migrations", {}, _Applied)
        missing = pending({row.version: row.checksum for row in applied}, _KNOWN)
    except psycopg.errors.UndefinedTable:
        return "none was applied: run `firewarden db migrate`"
    except MigrationMismatchError as error:
        return str(error)
    if missing:
        return f"{len(missing)} missing, from {missing[0].version:04d}: run `firewarden db migrate`"
    return None


async def _ingest_problem(connection: AsyncConnection) -> dict[Part, str]:
    """Whether somebody listens to alarms and to all else; a beat a second says so."""
    beats = {row.connection: row for row in await fetch_all(connection, "beats", {}, _Beat)}
    silent = [name for name in ("alarm", "bulk") if name not in beats or not beats[name].fresh]
    if not silent:
        return {}
    last = max((row.beat_at for row in beats.values() if row.connection in silent), default=None)
    when = "never yet" if last is None else f"last at {last.isoformat(timespec='seconds')}"
    return {Part.INGEST: f"nobody listens to gateways ({', '.join(silent)}), {when}: see the log of ingest"}


async def _process_problems(connection: AsyncConnection) -> dict[Part, str]:
    """Whether of each kind that follows one works and keeps up."""
    rows = (await list_processes(connection)).processes
    found = {Part(kind): _worst([row for row in rows if row.process == kind]) for kind in FOLLOWERS}
    return {part: reason for part, reason in found.items() if reason}


def _worst(rows: Sequence[ProcessRow]) -> str:
    """Why none of a kind does its work; empty where one does."""
    if not rows:
        return "none has ever reported: start it"
    reasons = [_WRONG[row.condition].format(**_told(row)) for row in rows]
    return "" if "" in reasons else reasons[0]


def _told(row: ProcessRow) -> Mapping[str, object]:
    since = "" if row.since is None else row.since.isoformat(timespec="seconds")
    return {"since": since, "lag": f"{row.lag_s or 0.0:.0f}", "of": row.of or ""}


_WRONG: Mapping[Condition, str] = {
    Condition.WELL: "",
    Condition.TROUBLED: "",  # it tries again and keeps up
    Condition.BEHIND: "{lag} s behind with {of}: see the page Platform health",
    Condition.STANDBY: "it only stands by: whoever holds its lock does not report",
    Condition.SILENT: "silent since {since}: see its log",
    Condition.STOPPED: "stopped at {since}: start it",
}

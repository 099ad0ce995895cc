"""The rows in which a process tells the others how it is doing."""

from dataclasses import dataclass
from datetime import datetime

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from firewarden.figures.series import Figures, without_buckets
from firewarden.store.queries import Queries

SQL = Queries("firewarden.figures")


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """How a process is doing now, and was `before_age_s` ago (so long as it has run, about a minute)."""

    process: str
    worker: str
    standby: bool
    version: str
    age_s: float
    every_s: float
    last_error: str | None
    last_error_at: datetime | None
    figures: Figures
    before: Figures
    before_age_s: float


async def write(connection: AsyncConnection, report: Report) -> None:
    """Put the report in the place of the last one."""
    await connection.execute(
        SQL["write_figures"],
        {
            "process": report.process,
            "worker": report.worker,
            "standby": report.standby,
            "version": report.version,
            "age_s": report.age_s,
            "every_s": report.every_s,
            "last_error": report.last_error,
            "last_error_at": report.last_error_at,
            "figures": Jsonb(dict(report.figures)),
            "before": Jsonb(dict(report.before)),
            "before_age_s": report.before_age_s,
        },
    )
    if not report.standby:
        await connection.execute(SQL["end_standby"], {"process": report.process, "worker": report.worker})


async def keep_minute(connection: AsyncConnection, report: Report) -> None:
    """Keep the figures of this minute, unless it has some, and forget what is too old."""
    values = {
        "process": report.process,
        "worker": report.worker,
        "figures": Jsonb(without_buckets(report.figures)),
    }
    await connection.execute(SQL["keep_minute"], values)
    await connection.execute(SQL["forget_minutes"])
    await connection.execute(SQL["forget_processes"])


async def write_end(connection: AsyncConnection, process: str, worker: str, *, standby: bool) -> None:
    """Say that the process ends because it was asked to."""
    await connection.execute(SQL["write_end"], {"process": process, "worker": worker, "standby": standby})

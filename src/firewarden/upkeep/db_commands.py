"""The database's upkeep on the command line: `firewarden db jobs` and what follows from it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Annotated, TypeVar

import psycopg
import typer
from psycopg import AsyncConnection
from rich.console import Console
from rich.table import Table

from firewarden.settings import Settings
from firewarden.store.database import Role, connect
from firewarden.store.errors import StoreError
from firewarden.upkeep.check import check
from firewarden.upkeep.rollup import SQL
from firewarden.upkeep.seen import JobState, job_states

T = TypeVar("T")


def register(db: typer.Typer) -> None:
    """Add upkeep's commands to `firewarden db`."""

    @db.command("jobs")
    def jobs() -> None:  # pyright: ignore[reportUnusedFunction]
        """Show the periodic jobs and how their last runs went; status 1 where one failed or is overdue."""
        states = with_connection(lambda connection: job_states(connection, datetime.now(tz=UTC)))
        Console().print(_table(states))
        bad = any(state.overdue or (state.last is not None and state.last.outcome == "failed") for state in states)
        raise typer.Exit(1 if bad else 0)

    @db.command("check")
    def check_command(  # pyright: ignore[reportUnusedFunction]
        *,
        full: Annotated[
            bool, typer.Option("--full", help="Compare every rollup with its readings, not a sample.")
        ] = False,
    ) -> None:
        """Look for what is inconsistent, and say how to mend it; status 1 where something is wrong."""
        wrong = with_connection(lambda connection: _report(connection, full=full))
        typer.echo("nothing is wrong" if wrong == 0 else f"{wrong} checks found something wrong")
        raise typer.Exit(1 if wrong else 0)


async def _report(connection: AsyncConnection, *, full: bool) -> int:
    """Print each check as it ends; returns how many found something."""
    wrong = 0
    await connection.execute(SQL["patient"])
    async for one in check(connection, datetime.now(tz=UTC), full=full):
        typer.echo(f"{'WRONG' if one.found else 'ok':<6}{one.name}: {one.question}")
        if one.found:
            wrong += 1
            for found in one.found:
                typer.echo(f"      {found.subject}: {found.found}")
            typer.echo(f"      To mend it: {one.mend}")
    return wrong


def with_connection(
    work: Callable[[AsyncConnection], Awaitable[T]], *, passing: tuple[type[psycopg.Error], ...] = ()
) -> T:
    """Do something with one connection of upkeep's role; what the database refuses is a sentence and a status.

    Raises those of its errors that are named in `passing`.
    """
    settings = Settings()  # pyright: ignore[reportCallIssue]

    async def connected() -> T:
        async with await connect(settings.database_url, Role.UPKEEP, name="firewarden db") as connection:
            return await work(connection)

    try:
        return asyncio.run(connected())
    except passing:
        raise
    except (StoreError, psycopg.Error) as error:
        typer.echo(f"firewarden: {error}", err=True)
        raise typer.Exit(2) from error


def _table(states: tuple[JobState, ...]) -> Table:
    table = Table("job", "every", "last started", "outcome", "rows", "took", "detail")
    for column in table.columns[:-1]:
        column.no_wrap = True
    for state in states:
        last = state.last
        outcome = "never ran" if last is None else last.outcome
        table.add_row(
            state.name,
            _period(state.period_s),
            "" if last is None else last.started_at.astimezone().isoformat(sep=" ", timespec="seconds"),
            f"{outcome}, overdue" if state.overdue else outcome,
            "" if last is None else str(last.rows),
            "" if last is None or last.duration_s is None else f"{last.duration_s:.1f} s",
            "" if last is None else last.detail,
        )
    return table


def _period(seconds: int) -> str:
    for unit, name in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if seconds % unit == 0:
            return f"{seconds // unit} {name}"
    return f"{seconds} s"

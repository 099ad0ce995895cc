"""Upkeep on the command line."""

import asyncio
from datetime import datetime
from typing import Annotated

import psycopg
import typer
from psycopg import AsyncConnection

from firewarden import process
from firewarden.figures.basics import Basics
from firewarden.figures.disk import DiskFigures, folders_of
from firewarden.figures.reporter import reported
from firewarden.settings import Settings
from firewarden.store.database import Role
from firewarden.store.errors import StoreError
from firewarden.upkeep.db_commands import with_connection
from firewarden.upkeep.jobs import JOBS
from firewarden.upkeep.retention import DataClass, keep, kept
from firewarden.upkeep.rollup import make_due
from firewarden.upkeep.run import run_job
from firewarden.upkeep.worker import work


def register(app: typer.Typer) -> None:
    """Add `firewarden upkeep …`."""
    upkeep = typer.Typer(help="Run the periodic jobs: rollups, retention and the like.", invoke_without_command=True)
    app.add_typer(upkeep, name="upkeep", rich_help_panel="Processes")

    @upkeep.callback()
    def serve(context: typer.Context) -> None:  # pyright: ignore[reportUnusedFunction]
        """Run the periodic jobs: rollups, retention and the like."""
        if context.invoked_subcommand is not None:
            return
        settings = Settings()  # pyright: ignore[reportCallIssue]
        process.configure_logging(
            settings.log_format, process="upkeep", worker=settings.worker, level=settings.log_level
        )
        basics = Basics("upkeep", settings.worker)
        DiskFigures(folders_of(settings.state), basics.registry)

        async def reporting() -> None:
            await reported(basics, Role.UPKEEP, settings, work(settings.database_url, settings.ready_file))

        raise typer.Exit(process.run("upkeep", reporting))

    upkeep.command("run")(run)
    upkeep.command("again")(again)
    upkeep.command("keep")(keep_command)


def run(
    job: Annotated[str, typer.Argument(help=", ".join(f"{job.name} ({job.purpose})" for job in JOBS.values()))],
) -> None:
    """Run one job now."""
    if job not in JOBS:
        typer.echo(f"firewarden: no job is called {job!r}; there are {', '.join(sorted(JOBS))}", err=True)
        raise typer.Exit(2)
    settings = Settings()  # pyright: ignore[reportCallIssue]
    try:
        done = asyncio.run(run_job(settings.database_url, job))
    except (StoreError, psycopg.Error) as error:
        typer.echo(f"firewarden: {job} failed: {error}", err=True)
        raise typer.Exit(1) from error
    if done is None:
        typer.echo(f"{job} is being run by somebody else")
    else:
        typer.echo(f"{job}: {done.outcome}, {done.rows} rows" + (f"; {done.detail}" if done.detail else ""))


def again(
    first: Annotated[datetime, typer.Argument(formats=["%Y-%m-%d"], help="The day, of Asia/Shanghai.")],
    last: Annotated[
        datetime | None, typer.Argument(formats=["%Y-%m-%d"], help="The last day; the first alone if left out.")
    ] = None,
) -> None:
    """Have the rollups of some days made anew from their readings, by the next run of the job."""
    to = (last or first).date()
    if to < first.date():
        raise typer.BadParameter("the last day comes before the first")
    days = with_connection(lambda connection: make_due(connection, first.date(), to))
    typer.echo(f"{days} days are due; `firewarden upkeep run rollup` makes them now")


def keep_command(
    data_class: Annotated[DataClass | None, typer.Argument(help="What; everything is shown if left out.")] = None,
    days: Annotated[int | None, typer.Argument(min=1, help="For how many days.")] = None,
) -> None:
    """Show how long each class of data is kept, or keep one for so many days."""
    if (data_class is None) != (days is None):
        raise typer.BadParameter("say what, and for how many days")
    if data_class is not None and days is not None:
        try:
            _keep(data_class, days)
        except psycopg.errors.CheckViolation as error:
            typer.echo(f"firewarden: {data_class} must be kept for longer than {days} days", err=True)
            raise typer.Exit(1) from error
    for each in with_connection(kept):
        typer.echo(f"{each.data_class:<10} {each.keep.days:>5} days")


def _keep(data_class: DataClass, days: int) -> None:
    async def change(connection: AsyncConnection) -> None:
        await keep(connection, data_class, days)

    with_connection(change, passing=(psycopg.errors.CheckViolation,))

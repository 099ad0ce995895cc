"""Upkeep on the command line."""

import asyncio
from typing import Annotated

import psycopg
import typer

from firewarden import process
from firewarden.figures.basics import Basics
from firewarden.figures.reporter import reported
from firewarden.settings import Settings
from firewarden.store.database import Role
from firewarden.store.errors import StoreError
from firewarden.upkeep.jobs import JOBS, Outcome
from firewarden.upkeep.run import run_job
from firewarden.upkeep.worker import work


def register(app: typer.Typer) -> None:
    """Add `firewarden upkeep` and `firewarden upkeep run JOB`."""
    upkeep = typer.Typer(help="Run the periodic jobs: rollups, retention and the like.", invoke_without_command=True)
    app.add_typer(upkeep, name="upkeep", rich_help_panel="Processes")

    @upkeep.callback()
    def serve(context: typer.Context) -> None:  # pyright: ignore[reportUnusedFunction]
        """Run the periodic jobs: rollups, retention and the like."""
        if context.invoked_subcommand is not None:
            return
        settings = Settings()  # pyright: ignore[reportCallIssue]
        process.configure_logging(settings.log_format)
        basics = Basics("upkeep", settings.worker)

        async def reporting() -> None:
            await reported(basics, Role.UPKEEP, settings, work(settings.database_url, settings.ready_file))

        raise typer.Exit(process.run("upkeep", reporting))

    @upkeep.command("run")
    def run(  # pyright: ignore[reportUnusedFunction]
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
        raise typer.Exit(1 if done is not None and done.outcome is Outcome.FAILED else 0)

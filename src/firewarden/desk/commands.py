"""The desk on the command line."""

import os

import typer

from firewarden import process
from firewarden.desk.figures import DeskFigures
from firewarden.desk.signals import Tell
from firewarden.desk.traces import DeskTraces
from firewarden.desk.worker import work
from firewarden.figures.basics import Basics
from firewarden.figures.reporter import reported
from firewarden.figures.signals import all_of
from firewarden.figures.tracing import tracing
from firewarden.settings import Settings
from firewarden.store.database import Role


def register(app: typer.Typer) -> typer.Typer:
    """Add `firewarden desk`; returns it, for what others add to it."""
    commands = typer.Typer(help="Turn facts into incidents that need a person.", invoke_without_command=True)
    app.add_typer(commands, name="desk", rich_help_panel="Processes")

    @commands.callback()
    def desk(context: typer.Context) -> None:  # pyright: ignore[reportUnusedFunction]
        """Turn facts into incidents that need a person."""
        if context.invoked_subcommand is not None:
            return
        settings = Settings()  # pyright: ignore[reportCallIssue]
        process.configure_logging(settings.log_format, process="desk", worker=settings.worker, level=settings.log_level)
        raise typer.Exit(process.run("desk", lambda: _work(settings)))

    return commands


async def _work(settings: Settings) -> None:
    basics = Basics("desk", settings.worker, only_one=True)
    with tracing(basics, os.environ) as trace:
        tell: Tell = DeskFigures(basics)
        if trace is not None:
            tell = all_of(tell, DeskTraces(trace))
        await reported(basics, Role.DESK, settings, work(settings.database_url, settings.ready_file, tell))

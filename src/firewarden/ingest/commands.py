"""Ingest on the command line."""

import asyncio
import gc
import os
from typing import Annotated

import typer

from firewarden import process
from firewarden.figures.basics import Basics
from firewarden.figures.reporter import reported
from firewarden.figures.signals import all_of
from firewarden.figures.tracing import tracing
from firewarden.ingest.drain import drain
from firewarden.ingest.figures import IngestFigures
from firewarden.ingest.signals import Tell
from firewarden.ingest.traces import IngestTraces
from firewarden.ingest.worker import work
from firewarden.settings import Settings
from firewarden.store.database import Role
from firewarden.store.errors import StoreError

GARBAGE_THRESHOLDS = (20_000, 10, 10)
"""Python looks for cycles after so many new containers. A message makes some and no cycles; looking costs as much as a
message does."""

Worker = Annotated[str, typer.Argument(metavar="ID", help="The FIREWARDEN_WORKER of the process that will not return.")]


def register(app: typer.Typer) -> None:
    """Add `firewarden ingest` and `firewarden ingest drain`."""
    ingest = typer.Typer(help="Store what gateways send, and acknowledge it after the commit.")
    app.add_typer(ingest, name="ingest", rich_help_panel="Processes")

    @ingest.callback(invoke_without_command=True)
    def run(context: typer.Context) -> None:  # pyright: ignore[reportUnusedFunction]
        """Store what gateways send, and acknowledge it after the commit."""
        if context.invoked_subcommand is not None:
            return
        settings = Settings()  # pyright: ignore[reportCallIssue]
        process.configure_logging(
            settings.log_format, process="ingest", worker=settings.worker, level=settings.log_level
        )
        gc.freeze()  # what the imports made stays
        gc.set_threshold(*GARBAGE_THRESHOLDS)
        raise typer.Exit(process.run("ingest", lambda: _work(settings)))

    @ingest.command("drain")
    def drain_command(worker: Worker) -> None:  # pyright: ignore[reportUnusedFunction]
        """Store all that the broker keeps for a worker that will not return, and let the broker forget it."""
        settings = Settings()  # pyright: ignore[reportCallIssue]
        process.configure_logging("text", process="ingest drain", worker=worker)
        try:
            messages = asyncio.run(drain(settings, worker))
        except StoreError as error:
            typer.echo(f"firewarden: {error}", err=True)
            raise typer.Exit(1) from error
        typer.echo(f"{worker}: {messages} messages stored or known; the broker and the database have forgotten it")


async def _work(settings: Settings) -> None:
    basics = Basics("ingest", settings.worker, only_one=True)
    with tracing(basics, os.environ) as trace:
        tell: Tell = IngestFigures(basics)
        if trace is not None:
            tell = all_of(tell, IngestTraces(trace))
        await reported(basics, Role.INGEST, settings, work(settings, tell))

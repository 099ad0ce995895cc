"""Ingest on the command line."""

import typer

from firewarden import process
from firewarden.ingest.worker import work
from firewarden.settings import Settings


def register(app: typer.Typer) -> None:
    """Add `firewarden ingest`."""

    @app.command("ingest", rich_help_panel="Processes")
    def ingest() -> None:  # pyright: ignore[reportUnusedFunction]
        """Store what gateways send, and acknowledge it after the commit."""
        settings = Settings()  # pyright: ignore[reportCallIssue]
        process.configure_logging(settings.log_format)
        raise typer.Exit(process.run("ingest", lambda: work(settings)))

"""The desk on the command line."""

import typer

from firewarden import process
from firewarden.desk.worker import work
from firewarden.settings import Settings


def register(app: typer.Typer) -> None:
    """Add `firewarden desk`."""

    @app.command("desk", rich_help_panel="Processes")
    def desk() -> None:  # pyright: ignore[reportUnusedFunction]
        """Turn facts into incidents that need a person."""
        settings = Settings()  # pyright: ignore[reportCallIssue]
        process.configure_logging(settings.log_format)
        raise typer.Exit(process.run("desk", lambda: work(settings.database_url, settings.ready_file)))

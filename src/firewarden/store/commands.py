"""The database on the command line."""

import typer

from firewarden.settings import Settings
from firewarden.store.errors import StoreError
from firewarden.store.migrate import Migration, load, migrate


def register(app: typer.Typer) -> typer.Typer:
    """Add `firewarden db …`; returns it, for the commands of other rooms."""
    db = typer.Typer(help="The database: migrations, its health, backups.", no_args_is_help=True)
    app.add_typer(db, name="db", rich_help_panel="Administration")

    @db.command("migrate")
    def migrate_command() -> None:  # pyright: ignore[reportUnusedFunction]
        """Bring the database up to date."""
        settings = Settings()  # pyright: ignore[reportCallIssue]
        try:
            done = migrate(settings.database_url, _say)
        except StoreError as error:
            typer.echo(f"firewarden: {error}", err=True)
            raise typer.Exit(1) from error
        typer.echo(f"{done} migrations applied; the database has all {len(load())}")

    return db


def _say(step: Migration) -> None:
    typer.echo(f"migration {step.version:04d} {step.name}")

"""Backups on the command line: what deploy does with PostgreSQL's programs, for the database that the command means."""

import time
from pathlib import Path
from typing import Annotated

import psycopg
import typer

from firewarden.deploy.backup import Contents, back_up, restore
from firewarden.deploy.errors import DeployError
from firewarden.deploy.state import State, default_state_root
from firewarden.settings import Settings


def register(db: typer.Typer) -> None:
    """Add `db backup` and `db restore`."""
    db.command("backup")(backup_command)
    db.command("restore")(restore_command)


def backup_command(
    to: Annotated[Path, typer.Option("--to", help="The file; its contents are listed beside it, with .json added.")],
) -> None:
    """Put the whole database into a file, while everything goes on."""
    if to.exists():
        typer.echo(f"firewarden: {to} exists; a backup is never overwritten", err=True)
        raise typer.Exit(1)
    begun_s = time.monotonic()
    settings = Settings()  # pyright: ignore[reportCallIssue]
    try:
        contents = back_up(settings.database_url, to, State(default_state_root()).packages)
    except (DeployError, psycopg.Error, OSError) as error:
        typer.echo(f"firewarden: no backup was made: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{to}: {to.stat().st_size / 1e6:.1f} MB, {_told(contents)}, {time.monotonic() - begun_s:.1f} s")


def restore_command(file: Annotated[Path, typer.Argument(help="A file that `db backup` made.")]) -> None:
    """Fill an empty database from a backup, and compare it with what was dumped."""
    begun_s = time.monotonic()
    settings = Settings()  # pyright: ignore[reportCallIssue]
    try:
        contents = restore(settings.database_url, file, State(default_state_root()).packages)
    except (DeployError, psycopg.Error) as error:
        typer.echo(f"firewarden: the backup was not restored: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"restored: {_told(contents)}, of {contents.taken_at.isoformat()}, {time.monotonic() - begun_s:.1f} s")
    typer.echo("`firewarden db migrate` brings it up to this version, `firewarden db check` looks at it")


def _told(contents: Contents) -> str:
    rows = contents.rows
    return f"{rows['reading']} readings, {rows['incident']} incidents, {sum(rows.values())} rows in all"

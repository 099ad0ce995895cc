"""What do all commands of this room share? One transaction, one audit row, one clear line when it cannot be done."""

import asyncio
from collections.abc import Awaitable, Callable, Generator
from contextlib import contextmanager
from typing import TypeVar

import psycopg
import typer
from psycopg import AsyncConnection
from pydantic import ValidationError

from firewarden.api import audit
from firewarden.api.audit import Entry
from firewarden.api.errors import ProblemError
from firewarden.api.register import RegisterError
from firewarden.api.sheets.faults import FileError
from firewarden.settings import Settings
from firewarden.store.database import Role, connect
from firewarden.store.errors import StoreError

ACTOR = "cli"
"""Who the audit says it was: whoever can reach the database from a shell."""

_PANEL = "Administration"

Result = TypeVar("Result")
Work = Callable[[AsyncConnection], Awaitable[Result]]


class CommandError(Exception):
    """What was asked for cannot be done; the message is for whoever asked."""


def group(app: typer.Typer, name: str, about: str) -> typer.Typer:
    """A new group of commands under `name`."""
    commands = typer.Typer(no_args_is_help=True, help=about)
    app.add_typer(commands, name=name, rich_help_panel=_PANEL)
    return commands


@contextmanager
def plainly() -> Generator[None]:
    """Turn what can go wrong into one clear line on standard error and exit status 1."""
    try:
        yield
    except (
        ProblemError,
        CommandError,
        RegisterError,
        FileError,
        StoreError,
        ValidationError,
        psycopg.Error,
        OSError,
    ) as error:
        typer.echo(f"firewarden: {_line(error)}", err=True)
        raise typer.Exit(1) from error


def _line(error: Exception) -> str:
    match error:
        case ProblemError():
            line = error.problem.detail
        case ValidationError():
            names = (f"FIREWARDEN_{str(each['loc'][0]).upper()}" for each in error.errors())
            line = f"the environment is not complete: set {', '.join(names)}"
        case psycopg.Error():
            line = f"the database refused: {next(iter(str(error).splitlines()), type(error).__name__)}"
        case OSError():
            line = f"{error.filename or 'file'}: {error.strerror}"
        case _:
            line = str(error)
    return line


def in_transaction(work: Work[Result]) -> Result:
    """Do `work` in one transaction as the api's database role."""

    async def session() -> Result:
        settings = Settings()  # pyright: ignore[reportCallIssue] - the environment has the values
        async with (
            await connect(settings.database_url, Role.API, name="firewarden command") as connection,
            connection.transaction(),
        ):
            return await work(connection)

    return asyncio.run(session())


async def record(connection: AsyncConnection, action: str, target: str, **detail: str) -> None:
    """Write down what a command does."""
    await audit.record(connection, Entry(actor=ACTOR, action=action, target=target, detail=detail), audit.DONE)

"""Asking a gateway for something on the command line."""

import time
from collections.abc import Callable, Iterable
from typing import Annotated

import typer
from psycopg import AsyncConnection

from firewarden.api import asking
from firewarden.api.asking import CommandRow
from firewarden.api.command_line import ACTOR, CommandError, in_transaction, plainly, record
from firewarden.ingest.command_words import ArgsError, CommandName, plain_args, read_args
from firewarden.ingest.commanding import OPEN, CommandState

LOOK_EVERY_S = 0.5


def command_gateway(
    gateway_id: Annotated[str, typer.Argument(metavar="GATEWAY")],
    command: Annotated[CommandName, typer.Argument()],
    arg: Annotated[
        list[str] | None,
        typer.Option("--arg", metavar="NAME=VALUE", help="such as minutes=10; may stand several times"),
    ] = None,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="until it is over; exit status 0 if it was answered")] = False,
) -> None:
    """Ask a gateway for something: prints the command's number, how it stands and what came back."""
    with plainly():
        row = ask(gateway_id, command, arg or ())
        if wait:
            row = waited(row, time.sleep)
        typer.echo("\t".join([str(row.id), row.state.value, row.result, row.detail]).rstrip())
        if row.state is CommandState.UNCONFIRMED:
            typer.echo("an administrator has to confirm it within 10 minutes: on the console's page Commands", err=True)
    if wait and row.state is not CommandState.ANSWERED:
        raise typer.Exit(1)


def ask(gateway_id: str, command: CommandName, assignments: Iterable[str]) -> CommandRow:
    """Put the command into the table. Raises CommandError, ProblemError, StoreError."""
    pairs = {name: value for name, _, value in (assignment.partition("=") for assignment in assignments)}
    try:
        args = plain_args(read_args(command, pairs, strict=False))
    except ArgsError as error:
        raise CommandError(str(error)) from error

    async def work(connection: AsyncConnection) -> CommandRow:
        number = await asking.put(connection, gateway_id, command, args, asked_by=ACTOR)
        await record(connection, "command.ask", f"gateway {gateway_id}", command=command.value)
        return await _row(connection, number)

    return in_transaction(work)


def waited(row: CommandRow, sleep: Callable[[float], None]) -> CommandRow:
    """The same command once it is over; ingest sees to it that it will be."""
    number = row.id
    while row.state in OPEN:
        sleep(LOOK_EVERY_S)
        row = in_transaction(lambda connection: _row(connection, number))
    return row


async def _row(connection: AsyncConnection, number: int) -> CommandRow:
    row = await asking.get_command(connection, number)
    if row is None:
        raise CommandError(f"command {number} is gone")
    return row

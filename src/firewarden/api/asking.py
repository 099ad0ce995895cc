"""What may be asked of gateways, by whom, and what became of it? For the api, the console and the command line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from http import HTTPStatus
from typing import Annotated

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row
from psycopg.types.json import Jsonb
from pydantic import Field

from firewarden.api import cursors
from firewarden.api.audit import Entry, audited
from firewarden.api.auth import demand
from firewarden.api.context import ApiContext
from firewarden.api.errors import Problem, ProblemError, not_found, refuse
from firewarden.api.fetch import Row, page_of, rows_wanted
from firewarden.api.policy import Principal, Scope
from firewarden.api.rows import Page
from firewarden.ingest.command_words import ArgsError, CommandName, plain_args, read_args
from firewarden.ingest.commanding import CONFIRM_WITHIN, SEND_WITHIN, CommandState, Happening, after
from firewarden.store.queries import Queries

SQL = Queries("firewarden.api", "command_queries.sql")

OPEN_MAX = 20
"""Commands of people to one gateway that are not over; a device takes one after the other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandRow:
    """One thing that was asked of a gateway, and what became of it."""

    id: int
    gateway_id: str
    gateway_name: str
    venue_id: int
    venue_name: str
    venue_name_en: str
    command: CommandName
    args: dict[str, str | int | float | bool | None]
    state: Annotated[
        CommandState,
        Field(
            description="open: unconfirmed, waiting, sent, accepted (a duty check rings); over: answered, refused,"
            " timed_out (sent, and not answered), missed (nobody at the control room answered), not_sent (the gateway"
            " was not there), withdrawn"
        ),
    ]
    asked_by: Annotated[str, Field(description="`platform` where no person did")]
    asked_at: datetime
    confirmed_by: str | None
    confirmed_at: datetime | None
    deadline_at: Annotated[datetime, Field(description="when it is over at the latest")]
    attempts: Annotated[int, Field(description="how often it was sent")]
    first_sent_at: datetime | None
    sent_at: Annotated[datetime | None, Field(description="the last time")]
    accepted_at: datetime | None
    ended_at: datetime | None
    late_at: Annotated[datetime | None, Field(description="an answer came when it was over, and changed nothing")]
    result: Annotated[str, Field(description="what the gateway replied: `done`, or what not")]
    detail: Annotated[str, Field(description="what it said besides; of an answered duty check the operator")]


def scope_for(command: CommandName) -> Scope:
    """What one has to be allowed to ask for a command."""
    match command:
        case CommandName.DUTY_CHECK:
            return Scope.COMMANDS_WRITE
        case CommandName.INITIALISE:
            return Scope.ADMIN
        case _:
            return Scope.PLATFORM_READ


async def ask(
    context: ApiContext, principal: Principal, gateway_id: str, command: CommandName, args: Mapping[str, object]
) -> int:
    """`principal` asks a gateway for something; the command's id. To initialise waits for a second word.

    Raises ProblemError: missing-scope, password-change-required, not-found, invalid-args, too-many-commands.
    """
    entry = Entry(
        actor=principal.actor,
        action="command.ask",
        target=f"gateway {gateway_id}",
        detail={"command": command.value, **{name: str(value)[:200] for name, value in list(args.items())[:10]}},
    )
    async with audited(context.pool, entry) as connection:
        demand(principal, scope_for(command))
        return await put(connection, gateway_id, command, args, asked_by=principal.actor)


async def put(
    connection: AsyncConnection, gateway_id: str, command: CommandName, args: Mapping[str, object], *, asked_by: str
) -> int:
    """Put one command into the table. Raises ProblemError: not-found, invalid-args, too-many-commands."""
    try:
        said = plain_args(read_args(command, args))
    except ArgsError as error:
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-args", str(error)) from error
    cursor = await connection.execute(SQL["gateway_named"], {"gateway_id": gateway_id})
    found = await cursor.fetchone()
    if found is None:
        raise not_found(f"gateway {gateway_id}")
    if found[1] >= OPEN_MAX:
        detail = f"{found[1]} commands to {gateway_id} are not over yet"
        raise refuse(HTTPStatus.CONFLICT, "too-many-commands", detail)
    unconfirmed = command is CommandName.INITIALISE
    values = {
        "gateway_id": gateway_id,
        "command": command.value,
        "args": Jsonb(said),
        "asked_by": asked_by,
        "state": (CommandState.UNCONFIRMED if unconfirmed else CommandState.WAITING).value,
        "within": CONFIRM_WITHIN if unconfirmed else SEND_WITHIN,
    }
    row = await (await connection.execute(SQL["ask"], values)).fetchone()
    assert row is not None
    return int(row[0])


async def confirm(context: ApiContext, principal: Principal, command_id: int, gateway_id: str) -> None:
    """An administrator says a second time, naming the gateway, that it shall be initialised.

    Raises ProblemError: missing-scope, not-found, command-conflict, wrong-gateway.
    """
    detail = {"gateway": gateway_id[:64]}
    entry = Entry(actor=principal.actor, action="command.confirm", target=f"command {command_id}", detail=detail)
    async with audited(context.pool, entry) as connection:
        demand(principal, Scope.ADMIN)
        held = await _hold(connection, command_id)
        if held.late or after(held.state, Happening.CONFIRMED) is None:
            raise _conflict(held, "confirmed")
        if gateway_id != held.gateway_id:
            why = f"command {command_id} is not one to {gateway_id}: name the gateway that it is for"
            raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "wrong-gateway", why)
        values = {"id": command_id, "by": principal.actor, "within": SEND_WITHIN}
        await connection.execute(SQL["confirm"], values)


async def withdraw(context: ApiContext, principal: Principal, command_id: int) -> None:
    """`principal` takes back what was not sent yet. Raises ProblemError: missing-scope, not-found, command-conflict."""
    entry = Entry(actor=principal.actor, action="command.withdraw", target=f"command {command_id}")
    async with audited(context.pool, entry) as connection:
        held = await _hold(connection, command_id)
        demand(principal, scope_for(held.command))
        if after(held.state, Happening.WITHDRAWN) is None:
            raise _conflict(held, "withdrawn")
        await connection.execute(SQL["withdraw"], {"id": command_id, "by": principal.actor})


@dataclass(frozen=True, slots=True, kw_only=True)
class _Held:
    id: int
    gateway_id: str
    command: CommandName
    state: CommandState
    attempts: int
    late: bool


async def _hold(connection: AsyncConnection, command_id: int) -> _Held:
    rows = await _fetch(connection, "hold_command", {"id": command_id}, _Held)
    if not rows:
        raise not_found(f"command {command_id}")
    return rows[0]


def _conflict(held: _Held, wanted: str) -> ProblemError:
    detail = f"command {held.id} cannot be {wanted} any more: it is {held.state.value}"
    if held.late:
        detail = f"command {held.id} cannot be {wanted} any more: its time is over"
    return ProblemError(
        Problem(
            status=HTTPStatus.CONFLICT,
            code="command-conflict",
            title="The command has gone on",
            detail=detail,
            state=held.state.value,
        )
    )


async def list_commands(
    connection: AsyncConnection,
    *,
    gateway_id: str | None = None,
    state: CommandState | None = None,
    command: CommandName | None = None,
    since: datetime | None = None,
    own_too: bool = True,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[CommandRow]:
    """What was asked of gateways, the newest first. `own_too`: with what the platform asked by itself."""
    params = {
        **_EVERYTHING,
        "before_id": None if cursor is None else cursors.decode(cursor, cursors.Commands).id,
        "gateway_id": gateway_id,
        "state": state,
        "command": command,
        "since": since,
        "own_too": own_too,
        "rows": rows_wanted(limit),
    }
    rows = await _fetch(connection, "commands", params, CommandRow)
    return page_of(rows, limit, lambda row: cursors.Commands(id=row.id))


_EVERYTHING = {"before_id": None, "id": None, "gateway_id": None, "state": None, "command": None, "since": None}


async def get_command(connection: AsyncConnection, command_id: int) -> CommandRow | None:
    """One command; None where there is none of that id."""
    rows = await _fetch(
        connection, "commands", {**_EVERYTHING, "id": command_id, "own_too": True, "rows": 1}, CommandRow
    )
    return rows[0] if rows else None


async def _fetch(
    connection: AsyncConnection, name: str, params: Mapping[str, object], kind: type[Row]
) -> tuple[Row, ...]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], params)
        return msgspec.convert(await cursor.fetchall(), tuple[kind, ...])

"""Commands to gateways: what is asked of them, by whom, and what became of it."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from pydantic import BaseModel, ConfigDict, Field, StrictInt, StrictStr

from firewarden.api import asking
from firewarden.api.asking import CommandRow
from firewarden.api.auth import Authenticated, VenuesRead
from firewarden.api.context import ApiContext, Connection, Context
from firewarden.api.errors import not_found
from firewarden.api.routes.params import Cursor, Id, Limit, Line, Moment, problems
from firewarden.api.rows import Page
from firewarden.ingest.command_words import CommandName
from firewarden.ingest.commanding import CommandState

router = APIRouter(tags=["commands"])

GatewayId = Annotated[str, Path(pattern=r"^[A-Za-z0-9_-]{1,64}$")]


class Wish(BaseModel):
    """What a gateway shall do."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra={"examples": [{"command": "duty_check", "args": {"minutes": 10}}]}
    )

    command: CommandName
    args: Annotated[
        dict[str, StrictStr | StrictInt],
        Field(
            max_length=8,
            description="`system_type`, `system_address` (0 to 255), `component_address` (8 hexadecimal digits),"
            " `since`, `count` (1 to 102), `minutes` (1 to 255), as the command needs",
        ),
    ] = {}


class SecondWord(BaseModel):
    """The gateway that is to be initialised, named once more."""

    model_config = ConfigDict(extra="forbid")

    gateway_id: Annotated[str, Field(max_length=64)]


@router.post("/gateways/{gateway_id}/commands", status_code=201, responses=problems(404, 409))
async def ask_gateway(principal: Authenticated, context: Context, gateway_id: GatewayId, wish: Wish) -> CommandRow:
    """Ask a gateway for something.

    A duty check needs `commands:write`, to initialise `admin`, anything else `platform:read`. `initialise` is not sent
    before an administrator has confirmed it.
    """
    return await _after(context, await asking.ask(context, principal, gateway_id, wish.command, wish.args))


@router.get("/commands", responses=problems(400))
async def list_commands(
    *,
    _: VenuesRead,
    connection: Connection,
    gateway: Line | None = None,
    state: CommandState | None = None,
    command: CommandName | None = None,
    since: Annotated[Moment | None, Query(description="asked then or later")] = None,
    own: Annotated[bool, Query(description="show what the platform asked by itself, too")] = True,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[CommandRow]:
    """List what was asked of gateways, the newest first."""
    return await asking.list_commands(
        connection,
        gateway_id=gateway,
        state=state,
        command=command,
        since=since,
        own_too=own,
        cursor=cursor,
        limit=limit,
    )


@router.get("/commands/{command_id}", responses=problems(404))
async def get_command(_: VenuesRead, connection: Connection, command_id: Id) -> CommandRow:
    """Show one command."""
    return await _row(connection, command_id)


@router.post("/commands/{command_id}/confirm", responses=problems(404, 409))
async def confirm_command(principal: Authenticated, context: Context, command_id: Id, word: SecondWord) -> CommandRow:
    """Say a second time, within 10 minutes and naming the gateway, that it shall be initialised. Needs `admin`."""
    await asking.confirm(context, principal, command_id, word.gateway_id)
    return await _after(context, command_id)


@router.post("/commands/{command_id}/withdraw", responses=problems(404, 409))
async def withdraw_command(principal: Authenticated, context: Context, command_id: Id) -> CommandRow:
    """Take back what was not sent yet. Needs what asking for it needs."""
    await asking.withdraw(context, principal, command_id)
    return await _after(context, command_id)


async def _after(context: ApiContext, command_id: int) -> CommandRow:
    async with context.pool.connection() as connection:
        return await _row(connection, command_id)


async def _row(connection: Connection, command_id: int) -> CommandRow:
    row = await asking.get_command(connection, command_id)
    if row is None:
        raise not_found(f"command {command_id}")
    return row

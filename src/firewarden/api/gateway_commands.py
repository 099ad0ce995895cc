"""Gateways on the command line: which there are, how they sign in, what they speak."""

from typing import Annotated

import typer
from psycopg import AsyncConnection

from firewarden.api import gateways, reads
from firewarden.api.command_line import group, in_transaction, plainly, record
from firewarden.api.context import clock
from firewarden.api.fetch import LIMIT_MAX
from firewarden.api.register_import import Issue
from firewarden.api.rows import GatewayRow


def add_gateway_commands(app: typer.Typer, issue: Issue, on_credentials_changed: gateways.OnCredentialsChanged) -> None:
    """Add `firewarden gateway`."""
    commands = group(app, "gateway", "Which gateways there are, and how they sign in.")

    @commands.command("add")
    def add(  # pyright: ignore[reportUnusedFunction]
        gateway_id: Annotated[str, typer.Option("--id", help="also its MQTT user name")],
        venue: Annotated[str, typer.Option(help="the venue's code")],
        name: Annotated[str, typer.Option()] = "",
    ) -> None:
        """Add a gateway and show its secret, this once."""
        secret, credential = issue()

        async def work(connection: AsyncConnection) -> None:
            await gateways.add_gateway(connection, gateway_id, venue_code=venue, name=name, credential=credential)
            await record(connection, "gateway.add", f"gateway {gateway_id}", venue=venue)

        with plainly():
            in_transaction(work)
            on_credentials_changed()
            typer.echo(secret)

    @commands.command("rotate")
    def rotate(gateway_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:  # pyright: ignore[reportUnusedFunction]
        """Give a gateway another secret and show it, this once; the old one is void."""
        secret, credential = issue()

        async def work(connection: AsyncConnection) -> None:
            await gateways.set_credential(connection, gateway_id, credential)
            await record(connection, "gateway.rotate", f"gateway {gateway_id}")

        with plainly():
            in_transaction(work)
            on_credentials_changed()
            typer.echo(secret)

    commands.command("list")(list_gateways)
    commands.command("export-credentials")(export_credentials)


def list_gateways() -> None:
    """List gateways: id, venue, whether it is heard, since when, and points."""

    async def work(connection: AsyncConnection) -> None:
        cursor: str | None = None
        while True:
            page = await reads.list_gateways(connection, cursor=cursor, limit=LIMIT_MAX, now=clock())
            for row in page.items:
                typer.echo(_gateway_line(row))
            if (cursor := page.next) is None:
                return

    with plainly():
        in_transaction(work)


def _gateway_line(row: GatewayRow) -> str:
    since = row.since.isoformat(timespec="seconds") if row.since else ""
    sign_in = "" if row.has_credential else "no credential"
    return "\t".join([row.id, row.venue_code, row.state.value, since, str(row.points), sign_in]).rstrip()


def export_credentials() -> None:
    """Write what the broker's password file holds, one `id:$7$…` a line."""

    async def work(connection: AsyncConnection) -> None:
        async for gateway_id, credential in gateways.credentials(connection):
            typer.echo(f"{gateway_id}:{credential}")

    with plainly():
        in_transaction(work)

"""Gateways on the command line: which there are, how they sign in, what they speak."""

from typing import Annotated

import typer
from psycopg import AsyncConnection

from firewarden.api import devices, gateways, reads
from firewarden.api.adoption_commands import add_adoption_commands
from firewarden.api.command_line import CommandError, group, in_transaction, plainly, record
from firewarden.api.context import clock
from firewarden.api.device_options import (
    Peer,
    ProfileName,
    SourceAddress,
    detail,
    device_line,
    device_of_options,
    read_option,
)
from firewarden.api.device_profiles import profiles
from firewarden.api.devices import Device
from firewarden.api.fetch import LIMIT_MAX
from firewarden.api.register import STANDARD_PROFILE
from firewarden.api.register_import import Issue
from firewarden.api.rows import GatewayRow
from firewarden.api.sheets import cells


def add_gateway_commands(app: typer.Typer, issue: Issue, on_credentials_changed: gateways.OnCredentialsChanged) -> None:
    """Add `firewarden gateway`."""
    commands = group(app, "gateway", "Which gateways there are, and how they sign in.")

    @commands.command("add")
    def add(  # pyright: ignore[reportUnusedFunction]
        *,
        gateway_id: Annotated[str, typer.Option("--id", help="also its MQTT user name")],
        venue: Annotated[str, typer.Option(help="the venue's code")],
        name: Annotated[str, typer.Option()] = "",
        source_address: SourceAddress = None,
        peer: Peer = None,
        profile: ProfileName = None,
    ) -> None:
        """Add a gateway. One that speaks MQTT gets a secret, shown this once; --source-address: GB/T 26875.3."""
        with plainly():
            device = device_of_options(source_address, peer, profile)
            secret, credential = issue() if device is None else (None, None)

            async def work(connection: AsyncConnection) -> None:
                await gateways.add_gateway(connection, gateway_id, venue_code=venue, name=name, credential=credential)
                if device is not None:
                    await devices.bind(connection, gateway_id, device, profiles=profiles())
                await record(connection, "gateway.add", f"gateway {gateway_id}", venue=venue, **detail(device))

            in_transaction(work)
            if secret is None:
                typer.echo(device_line(gateway_id, device))
                return
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

    commands.command("set")(set_gateway)
    commands.command("list")(list_gateways)
    add_adoption_commands(commands)
    commands.command("export-credentials")(export_credentials)


def set_gateway(
    gateway_id: Annotated[str, typer.Argument(metavar="ID")],
    source_address: SourceAddress = None,
    peer: Annotated[str | None, typer.Option(help="from where it may speak (CIDR), or `any`")] = None,
    profile: ProfileName = None,
    *,
    mqtt: Annotated[bool, typer.Option("--mqtt", help="it speaks MQTT from now on")] = False,
) -> None:
    """Change what a gateway speaks: its source address, peer or profile. What is not given stays."""

    async def work(connection: AsyncConnection) -> Device | None:
        if mqtt:
            await devices.release(connection, gateway_id)
            device = None
        else:
            device = _changed(await devices.device_of(connection, gateway_id), source_address, peer, profile)
            await devices.bind(connection, gateway_id, device, profiles=profiles())
        await record(connection, "gateway.set", f"gateway {gateway_id}", **(detail(device) or {"protocol": "mqtt"}))
        return device

    with plainly():
        if mqtt and any(option is not None for option in (source_address, peer, profile)):
            raise CommandError("--mqtt goes with no other option")
        typer.echo(device_line(gateway_id, in_transaction(work)))


def _changed(known: Device | None, source_address: str | None, peer: str | None, profile: str | None) -> Device:
    """The device with what was given put over what is known. Raises CommandError."""
    if source_address is None and known is None:
        raise CommandError("it speaks MQTT; give --source-address to change that")
    wanted = device_of_options(source_address or str(known.source_address if known else ""), None, profile)
    assert wanted is not None
    network = known.peer if known and peer is None else None
    if peer is not None and peer != "any":
        network = read_option(cells.peer, "--peer", peer)
    return Device(
        source_address=wanted.source_address,
        peer=network,
        profile=profile or (known.profile if known else STANDARD_PROFILE),
    )


def list_gateways() -> None:
    """List gateways: id, venue, whether it is heard, since when, points, and what it speaks."""

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
    speaks = "mqtt" if row.has_credential else "mqtt\tno credential"
    if row.source_address is not None:
        speaks = f"gb26875\t{row.source_address}\t{row.peer or 'any'}\t{row.profile}"
    return "\t".join([row.id, row.venue_code, row.state.value, since, str(row.points), speaks])


def export_credentials() -> None:
    """Write what the broker's password file holds, one `id:$7$…` a line."""

    async def work(connection: AsyncConnection) -> None:
        async for gateway_id, credential in gateways.credentials(connection):
            typer.echo(f"{gateway_id}:{credential}")

    with plainly():
        in_transaction(work)

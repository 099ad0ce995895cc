"""Unknown devices on the command line: who speaks to us without being in the register, and whose they become."""

from typing import Annotated

import typer
from psycopg import AsyncConnection

from firewarden.api import unknown_devices
from firewarden.api.command_line import CommandError, in_transaction, plainly, record
from firewarden.api.device_options import ProfileName, detail, device_line, read_option
from firewarden.api.device_profiles import profiles
from firewarden.api.devices import Device
from firewarden.api.fetch import LIMIT_MAX
from firewarden.api.sheets import cells
from firewarden.api.unknown_devices import Adoption, From, UnknownDevice

Source = Annotated[str, typer.Argument(metavar="SOURCE", help="its source address, as `gateway unknown` shows it")]
SeenFrom = Annotated[str | None, typer.Option("--from", help="the network address, where several have that source")]


def add_adoption_commands(commands: typer.Typer) -> None:
    """Add them to `firewarden gateway`."""
    commands.command("unknown")(list_unknown)
    commands.command("adopt")(adopt)
    commands.command("dismiss")(dismiss)


def list_unknown() -> None:
    """List who speaks GB/T 26875.3 to us without being in the register, a device a line."""

    async def work(connection: AsyncConnection) -> None:
        cursor: str | None = None
        while True:
            page = await unknown_devices.list_unknown(connection, profiles=profiles(), cursor=cursor, limit=LIMIT_MAX)
            for row in page.items:
                typer.echo(_unknown_line(row))
            if (cursor := page.next) is None:
                return

    with plainly():
        in_transaction(work)


def _unknown_line(row: UnknownDevice) -> str:
    said = "; ".join(" ".join(filter(None, [each.point, *each.says])) for each in row.last_said.said)
    return "\t".join(
        [
            str(row.source_address),
            row.source_bytes,
            row.peer,
            row.transport,
            f"{row.frames} frames",
            row.last_at.isoformat(timespec="seconds"),
            ",".join(row.last_said.profiles),
            said or row.last_said.undecoded or "heartbeat",
        ]
    )


def adopt(
    source: Source,
    *,
    gateway_id: Annotated[str, typer.Option("--id", help="of the new gateway, or with --existing of one there is")],
    venue: Annotated[str | None, typer.Option(help="code of the new gateway's venue")] = None,
    name: Annotated[str, typer.Option()] = "",
    profile: ProfileName = None,
    seen_from: SeenFrom = None,
    existing: Annotated[bool, typer.Option("--existing", help="a gateway that the register has speaks so now")] = False,
    this_address_only: Annotated[
        bool, typer.Option("--this-address-only", help="accept it from the address it spoke from only")
    ] = False,
) -> None:
    """Make an unknown device a gateway."""

    async def work(connection: AsyncConnection) -> Device:
        found = await _unknown(connection, source, seen_from)
        wanted = Adoption(
            source_address=found.source_address,
            seen_from=found.peer,
            gateway_id=gateway_id,
            venue_code=venue,
            name=name,
            profile=profile or found.last_said.profiles[0],
            peer=From.THIS if this_address_only else From.ANY,
        )
        device = await unknown_devices.adopt(connection, wanted, profiles=profiles())
        await record(connection, "gateway.adopt", f"gateway {gateway_id}", venue=venue or "", **detail(device))
        return device

    with plainly():
        if existing == (venue is not None):
            raise CommandError("give either --venue for a new gateway or --existing")
        typer.echo(device_line(gateway_id, in_transaction(work)))


def dismiss(source: Source, seen_from: SeenFrom = None) -> None:
    """Take an unknown device off the list, until it speaks again."""

    async def work(connection: AsyncConnection) -> None:
        found = await _unknown(connection, source, seen_from)
        await unknown_devices.dismiss(connection, found.source_address, found.peer)
        await record(connection, "gateway.dismiss", f"device {found.source_address} at {found.peer}")

    with plainly():
        in_transaction(work)


async def _unknown(connection: AsyncConnection, source: str, seen_from: str | None) -> UnknownDevice:
    """The one unknown device that is meant. Raises CommandError."""
    address = read_option(cells.source_address, "SOURCE", source)
    page = await unknown_devices.list_unknown(connection, profiles=profiles(), source_address=address, limit=LIMIT_MAX)
    found = [row for row in page.items if seen_from is None or row.peer == seen_from]
    if not found:
        raise CommandError(f"no unknown device has the source address {address}; see `firewarden gateway unknown`")
    if len(found) > 1:
        places = ", ".join(row.peer for row in found)
        raise CommandError(
            f"{len(found)} unknown devices have the source address {address}; add --from, one of {places}"
        )
    return found[0]

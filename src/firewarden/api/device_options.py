"""How does somebody say on the command line what a gateway speaks?"""

from collections.abc import Callable
from typing import Annotated, TypeVar

import typer

from firewarden.api.command_line import CommandError
from firewarden.api.devices import Device
from firewarden.api.register import STANDARD_PROFILE
from firewarden.api.sheets import cells
from firewarden.api.sheets.faults import TEXTS, CellError

Value = TypeVar("Value")

SourceAddress = Annotated[
    str | None,
    typer.Option(help="GB/T 26875.3: of its frames; a number, 0x…, or the 6 bytes in the order of the frame"),
]
Peer = Annotated[str | None, typer.Option(help="GB/T 26875.3: from where it may speak (CIDR); else from anywhere")]
ProfileName = Annotated[str | None, typer.Option(help="GB/T 26875.3: the vendor profile; else standard")]


def device_of_options(source_address: str | None, peer: str | None, profile: str | None) -> Device | None:
    """What the options say; None where they say MQTT. Raises CommandError."""
    if source_address is None:
        if peer is not None or profile is not None:
            raise CommandError("--profile and --peer need --source-address")
        return None
    return Device(
        source_address=read_option(cells.source_address, "--source-address", source_address),
        peer=None if peer is None else read_option(cells.peer, "--peer", peer),
        profile=profile or STANDARD_PROFILE,
    )


def read_option(read: Callable[[cells.Cell], Value], option: str, text: str) -> Value:
    """What an option says, read as a cell of a spreadsheet would be. Raises CommandError."""
    try:
        return read(text)
    except CellError as error:
        raise CommandError(f"{option}: {TEXTS[error.why].format(**error.values)}") from error


def detail(device: Device | None) -> dict[str, str]:
    """For the audit."""
    if device is None:
        return {}
    return {"source_address": str(device.source_address), "peer": device.peer or "any", "profile": device.profile}


def device_line(gateway_id: str, device: Device | None) -> str:
    """What a gateway speaks now."""
    if device is None:
        return f"gateway {gateway_id}: MQTT"
    address = f"{device.source_address} ({cells.source_bytes(device.source_address)})"
    peer = device.peer or "anywhere"
    return f"gateway {gateway_id}: GB/T 26875.3, source address {address} from {peer}, profile {device.profile}"

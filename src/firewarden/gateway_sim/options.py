"""What do the simulator's commands share? Where the broker is, and who the gateways are."""

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
import typer

from firewarden.gateway_sim.gb_dialects import Protocol
from firewarden.gateway_sim.gb_line import Centre
from firewarden.gateway_sim.line import Broker

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}

MqttUrl = Annotated[
    str, typer.Option("--mqtt-url", envvar="FIREWARDEN_MQTT_URL", help="mqtt://HOST:PORT or mqtts://HOST:PORT.")
]

SpokenProtocol = Annotated[
    Protocol, typer.Option("--protocol", help="What the gateways speak; mixed: every second one GB/T 26875.3.")
]
CentreTcp = Annotated[
    str, typer.Option("--gb26875-tcp", envvar="FIREWARDEN_GB26875_TCP", help="HOST:PORT for GB/T 26875.3 over TCP.")
]
CentreUdp = Annotated[
    str, typer.Option("--gb26875-udp", envvar="FIREWARDEN_GB26875_UDP", help="HOST:PORT for GB/T 26875.3 over UDP.")
]
ANYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}  # noqa: S104 - what a listener says, read by a client


def state_file(name: str) -> Path:
    """Where the simulator keeps a file of its own: below the state folder, or here."""
    return Path(os.environ.get("FIREWARDEN_STATE", ".")) / "sim" / name


def credentials_file() -> Path:
    """Where `sim run` looks for the gateways' secrets."""
    return state_file("credentials.json")


def broker_of(url: str) -> Broker:
    """The broker's address in an URL, whose user and password are not a gateway's and are left out.

    Raises typer.BadParameter.
    """
    parts = urlsplit(url)
    if parts.scheme not in DEFAULT_PORTS or not parts.hostname:
        raise typer.BadParameter(f"expected mqtt://HOST:PORT or mqtts://HOST:PORT, got {url!r}")
    port = parts.port or DEFAULT_PORTS[parts.scheme]
    return Broker(host=parts.hostname, port=port, tls=parts.scheme == "mqtts")


def centre_of(tcp: str, udp: str) -> Centre:
    """Where the platform takes GB/T 26875.3, by what its own settings say. Raises typer.BadParameter."""
    tcp_host, tcp_port = _listener(tcp)
    udp_host, udp_port = _listener(udp)
    return Centre(host=tcp_host or udp_host, tcp=tcp_port, udp=udp_port)


def _listener(text: str) -> tuple[str, int | None]:
    if not text:
        return "", None
    host, colon, port = text.rpartition(":")
    if not colon or not port.isascii() or not port.isdigit():
        raise typer.BadParameter(f"expected HOST:PORT, got {text!r}")
    host = host.strip("[]")
    return ANYWHERE.get(host, host), int(port)


def read_credentials(path: Path) -> dict[str, str]:
    """Gateway id to secret. Raises typer.BadParameter."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError as error:
        hint = "`firewarden register import FILE --credentials-out` writes it"
        raise typer.BadParameter(f"there is no credentials file {path}: {hint}") from error
    except msgspec.DecodeError as error:
        raise typer.BadParameter(f"{path} is not a JSON object of gateway id to secret: {error}") from error

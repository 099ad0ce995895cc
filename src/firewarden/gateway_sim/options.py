"""What do the simulator's commands share? Where the broker is, and who the gateways are."""

import os
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import msgspec
import typer

from firewarden.gateway_sim.line import Broker

DEFAULT_PORTS = {"mqtt": 1883, "mqtts": 8883}

MqttUrl = Annotated[
    str, typer.Option("--mqtt-url", envvar="FIREWARDEN_MQTT_URL", help="mqtt://HOST:PORT or mqtts://HOST:PORT.")
]


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


def read_credentials(path: Path) -> dict[str, str]:
    """Gateway id to secret. Raises typer.BadParameter."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=dict[str, str])
    except FileNotFoundError as error:
        hint = "`firewarden register import FILE --credentials-out` writes it"
        raise typer.BadParameter(f"there is no credentials file {path}: {hint}") from error
    except msgspec.DecodeError as error:
        raise typer.BadParameter(f"{path} is not a JSON object of gateway id to secret: {error}") from error

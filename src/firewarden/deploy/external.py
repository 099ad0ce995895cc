"""Services that exist already: can they be reached, and are they what the platform needs?"""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import unquote, urlsplit

import aiomqtt
import psycopg

from firewarden.deploy.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Mapping

MAJOR_MIN = 15
CONNECT_S = 10
PORTS = {"mqtt": 1883, "mqtts": 8883}


@dataclass(frozen=True, slots=True, kw_only=True)
class External:
    """Addresses of services that are not ours; None means: embed one."""

    database_url: str | None = None
    mqtt_url: str | None = None


def external_from(env: Mapping[str, str]) -> External:
    """Read the two addresses from the environment; an empty one counts as unset."""
    return External(
        database_url=env.get("FIREWARDEN_DATABASE_URL") or None, mqtt_url=env.get("FIREWARDEN_MQTT_URL") or None
    )


def without_password(url: str) -> str:
    """Return the address fit for a message or a log."""
    parts = urlsplit(url)
    if "@" in parts.path + parts.query + parts.fragment:  # a password with / ? or # that is not percent-encoded
        return f"{parts.scheme}://…"
    user = f"{parts.username}@" if parts.username else ""
    servers = parts.netloc.rpartition("@")[2]  # of a database there may be several, with commas between
    return f"{parts.scheme}://{user}{servers}{parts.path}"


async def check_database(url: str) -> None:
    """Refuse a database that cannot be reached, is too old, or has no TimescaleDB."""
    shown = without_password(url)
    try:
        async with await psycopg.AsyncConnection.connect(url, connect_timeout=CONNECT_S) as connection:
            major = connection.info.server_version // 10_000
            cursor = await connection.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'timescaledb'")
            available = await cursor.fetchone()
    except psycopg.Error as error:
        raise DeployError(
            f"The database {shown} cannot be used: {str(error).strip()}",
            "Check FIREWARDEN_DATABASE_URL (postgresql://user:password@host:port/database), "
            "or unset it to use the embedded database.",
        ) from error
    if major < MAJOR_MIN:
        raise DeployError(
            f"The database {shown} is PostgreSQL {major}; {MAJOR_MIN} or later is needed.",
            "Upgrade it, or unset FIREWARDEN_DATABASE_URL to use the embedded database.",
        )
    if available is None or available[0] == 0:
        raise DeployError(
            f"The database {shown} has no TimescaleDB to install.",
            "Install the package timescaledb for its version and add it to shared_preload_libraries, "
            "or unset FIREWARDEN_DATABASE_URL to use the embedded database.",
        )


async def check_broker(url: str) -> None:
    """Refuse a broker that cannot be reached or does not admit us."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS or not parts.hostname:
        raise DeployError(
            f"FIREWARDEN_MQTT_URL is {without_password(url)!r}.",
            "Write it as mqtt://user:password@host:port, or mqtts:// for TLS.",
        )
    client = aiomqtt.Client(
        parts.hostname,
        parts.port or PORTS[parts.scheme],
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        protocol=aiomqtt.ProtocolVersion.V5,
        tls_context=ssl.create_default_context() if parts.scheme == "mqtts" else None,
        timeout=CONNECT_S,
    )
    try:
        async with asyncio.timeout(CONNECT_S), client:
            return
    except (aiomqtt.MqttError, OSError, TimeoutError) as error:
        raise DeployError(
            f"The broker {without_password(url)} cannot be used: {error or 'no answer'}.",
            "Check FIREWARDEN_MQTT_URL and the account's rights (docs: the platform reads fire/v1/# and writes "
            "fire/v1/+/cmd and fire/v1/+/stored), or unset it to use the embedded broker.",
        ) from error

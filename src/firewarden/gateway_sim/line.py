"""How does a gateway's line to the broker come up, and how does it break as real ones do?"""

import contextlib
import socket
from dataclasses import dataclass

import aiomqtt

PUBLISH_TIMEOUT_S = 10.0
KEEP_ALIVE_S = 60
COMMANDS_QUEUED_MAX = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker listens."""

    host: str
    port: int
    tls: bool = False


def new_client(broker: Broker, gateway: str, secret: str, will: aiomqtt.Will) -> aiomqtt.Client:
    """A client for one connection, not connected yet. The gateway's id is its user name and client id."""
    return aiomqtt.Client(
        broker.host,
        broker.port,
        username=gateway,
        password=secret,
        identifier=gateway,
        protocol=aiomqtt.ProtocolVersion.V5,
        will=will,
        keepalive=KEEP_ALIVE_S,
        timeout=PUBLISH_TIMEOUT_S,
        max_queued_incoming_messages=COMMANDS_QUEUED_MAX,
        tls_params=aiomqtt.TLSParameters() if broker.tls else None,
    )


def cut(client: aiomqtt.Client) -> None:
    """Break the connection as a power cut does; the broker then publishes the last will.

    aiomqtt only knows the polite end, after which a broker keeps the will to itself.
    """
    line: object = client._client.socket()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if isinstance(line, socket.socket):
        with contextlib.suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


def retrieve_error(client: aiomqtt.Client) -> None:
    """Say that we know why the line broke; asyncio would log it again, at random, when the client is collected."""
    disconnected = client._disconnected  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if disconnected.done() and not disconnected.cancelled():
        disconnected.exception()

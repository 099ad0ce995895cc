"""How does a gateway's line to the broker come up, and how does it break as real ones do?"""

import asyncio
import contextlib
import math
import socket
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from functools import partial
from typing import Protocol

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


class Line(Protocol):
    """One connection to a broker. What it does raises MqttError where the connection is gone."""

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Hear these topics, at QoS 1."""
        ...

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """At QoS 1, until the broker has it."""
        ...

    def messages(self) -> AsyncIterator[aiomqtt.Message]:
        """What comes down."""
        ...

    def cut(self) -> None:
        """Break the connection as a power cut does; the broker then publishes the last will."""
        ...


Dial = Callable[[str, str, aiomqtt.Will], AbstractAsyncContextManager[Line]]
"""A line for a gateway's id, its secret and its last will, while the block runs. Raises MqttError."""


def dialling(broker: Broker) -> Dial:
    """How a broker is reached."""
    return partial(_dial, broker)


@contextlib.asynccontextmanager
async def _dial(broker: Broker, gateway: str, secret: str, will: aiomqtt.Will) -> AsyncGenerator[Line]:
    """The gateway's id is its user name and client id. The end of the block is a polite goodbye."""
    client = aiomqtt.Client(
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
    async with client:
        try:
            yield _MqttLine(client)
        finally:
            _retrieve_error(client)


class _MqttLine:
    """Through aiomqtt."""

    def __init__(self, client: aiomqtt.Client) -> None:
        self._client = client

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Hear these topics."""
        await self._client.subscribe([(topic, 1) for topic in topics])

    async def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Not with aiomqtt's own time-out, a wait_for: before Python 3.12 that loses a cancellation which comes in the
        moment of the confirm, and whoever was to end goes on for ever.
        """
        try:
            async with asyncio.timeout(PUBLISH_TIMEOUT_S):
                await self._client.publish(topic, payload, qos=1, retain=retain, timeout=math.inf)
        except TimeoutError as error:
            raise aiomqtt.MqttError(f"the broker took nothing for {PUBLISH_TIMEOUT_S:.0f} s") from error

    def messages(self) -> AsyncIterator[aiomqtt.Message]:
        """What comes down."""
        return aiter(self._client.messages)

    def cut(self) -> None:
        """aiomqtt only knows the polite end, after which a broker keeps the will to itself."""
        line: object = self._client._client.socket()  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
        if isinstance(line, socket.socket):
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)


def _retrieve_error(client: aiomqtt.Client) -> None:
    """Say that we know why the line broke; asyncio would log it again, at random, when the client is collected."""
    disconnected = client._disconnected  # noqa: SLF001 # pyright: ignore[reportPrivateUsage]
    if disconnected.done() and not disconnected.cancelled():
        disconnected.exception()

"""Two brokers behind one face: Mosquitto over a socket, and the simulation's in memory."""

import asyncio
import uuid
from collections.abc import Callable
from contextlib import AsyncExitStack
from random import Random
from typing import Protocol
from urllib.parse import unquote, urlsplit

import aiomqtt

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.mqtt_session import Message, MqttSession, Ready, SessionConfig
from tests.integration.city import GATEWAY, admit
from tests.integration.ingest.harness import gateway_client
from tests.simulation.broker import Connection, MemoryBroker

DEADLINE_S = 20.0
READING = f"fire/v1/{GATEWAY}/reading"
STATE = f"fire/v1/{GATEWAY}/state"


class Line(Protocol):
    """One network connection to the broker."""

    def send(self, data: bytes) -> None:
        """Bytes of ours."""
        ...

    async def read(self) -> bytes:
        """The next bytes of the broker; none where it ended the connection."""
        ...

    def cut(self) -> None:
        """Break it, without a word."""
        ...


class BrokerUnderTest(Protocol):
    """A broker to which a session connects and a gateway publishes."""

    username: str | None
    password: bytes | None

    async def dial(self) -> Line:
        """A new connection."""
        ...

    async def publish(self, topic: str, payload: bytes) -> None:
        """A gateway publishes at QoS 1, and the broker has it."""
        ...

    async def pass_time(self, seconds: float) -> None:
        """Let time pass, for sessions to end."""
        ...


class Subscriber:
    """A production session on a line to a broker, with what it has received so far."""

    def __init__(self, broker: BrokerUnderTest, *, receive_max: int = 100, expiry_s: int = 60, group: str = "") -> None:
        prefix = f"$share/{group}/" if group else ""
        self._broker = broker
        self.session = MqttSession(
            SessionConfig(
                client_id=f"contract-{uuid.uuid4().hex[:12]}",
                username=broker.username,
                password=broker.password,
                filters=(f"{prefix}fire/v1/+/reading", f"{prefix}fire/v1/+/state"),
                receive_max=receive_max,
                expiry_s=expiry_s,
            )
        )
        self.messages: list[Message] = []
        self.resumed: bool | None = None
        self._line: Line | None = None

    @property
    def payloads(self) -> list[bytes]:
        """What came over this connection."""
        return [message.payload for message in self.messages]

    async def connect(self) -> "Subscriber":
        """Connect anew, until the subscriptions stand and what was sent at once has come."""
        self._line = await self._broker.dial()
        self.messages, self.resumed = [], None
        self.session.connect()
        self._flush()
        await self._read_until(lambda: self.resumed is not None)
        await self.hear()
        return self

    async def hear(self) -> None:
        """Take everything that the broker has sent: it answers a ping after it."""
        self.session.keep_alive()
        self._flush()
        await self._read_until(lambda: not self.session._ping_unanswered)  # pyright: ignore[reportPrivateUsage]

    async def settle(self, *messages: Message) -> None:
        """Acknowledge, and hear what comes because of it."""
        self.session.settle(messages)
        self._flush()
        await self.hear()

    def cut(self) -> None:
        """The connection breaks."""
        assert self._line is not None
        self._line.cut()

    async def ended(self) -> None:
        """Read until the broker ends the connection. Raises what the session raises."""
        async with asyncio.timeout(DEADLINE_S):
            while await self._receive():
                pass

    async def _read_until(self, done: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not done():
                assert await self._receive(), "the broker ended the connection"

    async def _receive(self) -> bytes:
        assert self._line is not None
        data = await self._line.read()
        for event in self.session.receive(data):
            if isinstance(event, Ready):
                self.resumed = event.resumed
            else:
                self.messages.append(event)
        self._flush()
        return data

    def _flush(self) -> None:
        assert self._line is not None
        self._line.send(self.session.data_to_send())


class MemoryLine:
    """A connection without a network."""

    def __init__(self, broker: MemoryBroker) -> None:
        self._inbox: asyncio.Queue[bytes] = asyncio.Queue()
        self._connection: Connection = broker.open(self._inbox.put_nowait, lambda: self._inbox.put_nowait(b""))

    def send(self, data: bytes) -> None:
        """Bytes of ours."""
        self._connection.feed(data)

    async def read(self) -> bytes:
        """The next bytes of the broker."""
        return await self._inbox.get()

    def cut(self) -> None:
        """Break it."""
        self._connection.closed()


class MemoryBrokerUnderTest:
    """The simulation's broker, and a clock that passes when told to."""

    username: str | None = None
    password: bytes | None = None

    def __init__(self) -> None:
        self._now_s = 0.0
        self._broker = MemoryBroker(lambda: self._now_s, rng=Random(0))

    async def dial(self) -> Line:
        """A new connection."""
        return MemoryLine(self._broker)

    async def publish(self, topic: str, payload: bytes) -> None:
        """A gateway publishes."""
        self._broker.publish(topic, payload)

    async def pass_time(self, seconds: float) -> None:
        """Time passes at once."""
        self._now_s += seconds


class SocketLine:
    """A TCP connection."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, data: bytes) -> None:
        """Bytes of ours."""
        self._writer.write(data)

    async def read(self) -> bytes:
        """The next bytes of the broker."""
        return await self._reader.read(65_536)

    def cut(self) -> None:
        """Break it: a reset, not a farewell."""
        self._writer.transport.abort()


class MosquittoUnderTest:
    """The embedded Mosquitto, with one gateway's own client to publish."""

    def __init__(self, services: BlockingServices) -> None:
        url = urlsplit(services.mqtt_url)
        assert url.hostname is not None
        assert url.port is not None
        assert url.username is not None
        assert url.password is not None
        self._address = (url.hostname, url.port)
        self.username: str | None = unquote(url.username)
        self.password: bytes | None = unquote(url.password).encode()
        self._services = services
        self._lines: list[SocketLine] = []
        self._stack = AsyncExitStack()
        self._gateway: aiomqtt.Client | None = None

    async def open(self) -> None:
        """Admit the gateway, and connect it."""
        admit(self._services, GATEWAY)
        self._gateway = await self._stack.enter_async_context(gateway_client(self._services))

    async def close(self) -> None:
        """End every connection."""
        for line in self._lines:
            line.cut()
        await self._stack.aclose()

    async def dial(self) -> Line:
        """A new connection."""
        line = SocketLine(*await asyncio.open_connection(*self._address))
        self._lines.append(line)
        return line

    async def publish(self, topic: str, payload: bytes) -> None:
        """The gateway publishes."""
        assert self._gateway is not None
        await self._gateway.publish(topic, payload, qos=1)

    async def pass_time(self, seconds: float) -> None:
        """Wait for it: the broker has a clock of its own, and looks at it once a second."""
        await asyncio.sleep(seconds + 1.5)

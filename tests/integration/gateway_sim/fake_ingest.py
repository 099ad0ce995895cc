"""A receiver that forgets, delays and repeats, and still says exactly what it has: what gateways have to live with."""

import asyncio
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from random import Random
from urllib.parse import unquote, urlsplit

import aiomqtt

from firewarden.ingest.facts import LEDGER_LANES, Envelope, Lane
from firewarden.ingest.wire.json_v1 import Stored, decode, encode_stored, topic

PUBLISH_TIMEOUT_S = 10.0

Stream = tuple[str, str, Lane]


@dataclass(slots=True)
class FakeIngest:
    """Remembers what it stored; misses the first copy of a message with probability `deaf`."""

    url: str
    rng: Random
    deaf: float = 0.0
    mute: bool = False
    stored: dict[Stream, dict[int, Envelope]] = field(default_factory=dict[Stream, dict[int, Envelope]])
    copies: dict[tuple[Stream, int], int] = field(default_factory=dict[tuple[Stream, int], int])
    last_wills: list[str] = field(default_factory=list[str])
    unreadable: int = 0
    ready: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        """Receive until cancelled; a broker that goes away is waited for."""
        parts = urlsplit(self.url)
        while True:
            client = aiomqtt.Client(
                parts.hostname or "",
                parts.port or 1883,
                username=unquote(parts.username or ""),
                password=unquote(parts.password or ""),
                identifier="fake-ingest",
                protocol=aiomqtt.ProtocolVersion.V5,
            )
            try:
                async with client:
                    await client.subscribe("fire/v1/+/+", qos=1)
                    self.ready.set()
                    async for message in client.messages:
                        await self._receive(client, message)
            except (aiomqtt.MqttError, TimeoutError):
                await asyncio.sleep(0.1)

    async def _receive(self, client: aiomqtt.Client, message: aiomqtt.Message) -> None:
        payload = message.payload
        assert isinstance(payload, bytes)
        name = message.topic.value
        if name.endswith(("/stored", "/cmd")):
            return
        decoded = decode(name, payload)
        self.unreadable += len(decoded.rejections)
        envelope = decoded.envelope
        if envelope is None:
            return
        if envelope.lane not in LEDGER_LANES:
            self._note_will(envelope)
            return
        stream = (envelope.gateway, envelope.boot, envelope.lane)
        key = (stream, envelope.seq)
        self.copies[key] = self.copies.get(key, 0) + 1
        if self.copies[key] == 1 and self.rng.random() < self.deaf:
            return
        self.stored.setdefault(stream, {})[envelope.seq] = envelope
        if not self.mute:
            await self._tell(client, stream)

    def _note_will(self, envelope: Envelope) -> None:
        if any(not getattr(fact, "online", True) for fact in envelope.facts):
            self.last_wills.append(envelope.gateway)

    async def _tell(self, client: aiomqtt.Client, stream: Stream) -> None:
        gateway, boot, lane = stream
        through = 0
        while through + 1 in self.stored[stream]:
            through += 1
        payload = encode_stored(Stored(boot=boot, **{lane.value: through}))
        async with asyncio.timeout(PUBLISH_TIMEOUT_S):  # aiomqtt's own may lose the cancellation that ends the fake
            await client.publish(topic(gateway, "stored"), payload, qos=1, timeout=math.inf)


@asynccontextmanager
async def listening(fake: FakeIngest) -> AsyncGenerator[FakeIngest]:
    """The fake receives while the block runs."""
    task = asyncio.create_task(fake.run())
    try:
        await fake.ready.wait()
        yield fake
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

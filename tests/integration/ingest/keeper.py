"""A gateway as the contract wants it: it keeps each message until that is stored, and sends it again until then."""

import asyncio
import json
import math
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiomqtt
from tests.integration.city import GATEWAY
from tests.integration.ingest.harness import gateway_at, message
from tests.integration.polling import until

AGAIN_S = 1.0
"""A real one waits 20 s."""
PUBLISH_TIMEOUT_S = 10.0

LANES = ("alarm", "state", "reading")


@dataclass(slots=True)
class Keeper:
    """What it still keeps, by lane and number; what it sent at all."""

    mqtt_url: str
    boot: str = "b1"
    kept: dict[tuple[str, int], bytes] = field(default_factory=dict[tuple[str, int], bytes])
    numbers: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LANES, 0))
    told: dict[str, int] = field(default_factory=lambda: dict.fromkeys(LANES, 0))
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    _more: asyncio.Event = field(default_factory=asyncio.Event)
    _unsent: list[tuple[str, int]] = field(default_factory=list[tuple[str, int]])
    _left: bool = False

    def send(self, lane: str, *facts: dict[str, object]) -> int:
        """Number and keep a message; it leaves as soon as there is a connection."""
        self.numbers[lane] += 1
        key = lane, self.numbers[lane]
        self.kept[key] = message(key[1], *facts, boot=self.boot)
        self._unsent.append(key)
        self._more.set()
        return key[1]

    async def all_stored(self) -> None:
        """Return when nothing is kept any more."""
        await until(lambda: not self.kept, f"the stored mark, {self.told} of {self.numbers}", deadline_s=60)

    async def run(self) -> None:
        """Connect, and connect again, until cancelled."""
        while not self._left:  # a cancellation is lost where the connection breaks in the same moment
            try:
                async with gateway_at(self.mqtt_url, GATEWAY) as client, asyncio.TaskGroup() as tasks:
                    await client.subscribe(f"fire/v1/{GATEWAY}/stored", qos=1)
                    self.connected.set()
                    self._unsent = sorted(self.kept, key=lambda key: key[1])
                    tasks.create_task(self._publish(client))
                    tasks.create_task(self._listen(client))
            except* (aiomqtt.MqttError, TimeoutError):
                self.connected.clear()
                await asyncio.sleep(0.05)

    def leave(self) -> None:
        """Do not connect again."""
        self._left = True

    async def _publish(self, client: aiomqtt.Client) -> None:
        while True:
            unsent, self._unsent = self._unsent, []
            for lane, seq in unsent:
                payload = self.kept.get((lane, seq))
                if payload is not None:
                    async with asyncio.timeout(PUBLISH_TIMEOUT_S):  # aiomqtt's own may lose a cancellation
                        await client.publish(f"fire/v1/{GATEWAY}/{lane}", payload, qos=1, timeout=math.inf)
            self._more.clear()
            try:
                async with asyncio.timeout(AGAIN_S):
                    await self._more.wait()
            except TimeoutError:
                self._unsent = sorted(self.kept, key=lambda key: key[1])

    async def _listen(self, client: aiomqtt.Client) -> None:
        async for stored in client.messages:
            assert isinstance(stored.payload, bytes)
            said = json.loads(stored.payload)
            if said.pop("boot") != self.boot:
                continue
            self.told |= said
            self.kept = {key: payload for key, payload in self.kept.items() if key[1] > self.told[key[0]]}


@asynccontextmanager
async def keeper(mqtt_url: str) -> AsyncGenerator[Keeper]:
    """A running gateway that keeps."""
    one = Keeper(mqtt_url)
    task = asyncio.create_task(one.run())
    try:
        await one.connected.wait()
        yield one
    finally:
        one.leave()
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)

"""The devices of `bench gateways`: `python -m firewarden.bench.gb_load PLAN`, a process of its own.

It makes every frame and every connection, on which each device sends a heartbeat, says `ready`, waits for `go` on
its standard input, sends, writes its result beside the plan, and says `done`. Each device has an address of its own in
127.0.0.0/8, as it would have in a city. What a centre asks of it meanwhile is answered: control commands are confirmed,
requests denied.
"""

import asyncio
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec

from firewarden.bench.gb_plan import (
    FIRST_ADDRESS,
    HELLO_SERIAL,
    DevicePlan,
    DeviceResult,
    Kind,
    Sending,
    hello,
    result_file,
    sendings,
)
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.units import CONFIRM, CONTROL, DENY

CONNECTING_AT_ONCE = 200
CONNECT_TIMEOUT_S = 20.0
BEGINS_AFTER = timedelta(seconds=2)
"""What lies between making the frames and `go`, more or less: their times should be about right."""
HOSTS_A_NET = 250


@dataclass(slots=True)
class _Tally:
    """What is counted over all devices."""

    latencies_ms: dict[Kind, list[float]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    sent: dict[Kind, int] = field(default_factory=lambda: dict.fromkeys(Kind, 0))
    confirmed: list[tuple[int, int]] = field(default_factory=list[tuple[int, int]])
    waiting: int = 0
    denied: int = 0
    closed: int = 0
    nothing_waits: asyncio.Event = field(default_factory=asyncio.Event)


class _Device(asyncio.Protocol):
    """One connection; knows when each of its frames was written."""

    def __init__(self, number: int, tally: _Tally) -> None:
        self._number = number
        self._tally = tally
        self._reader = FrameReader()
        self._waiting: dict[int, tuple[float, Kind]] = {}
        self.greeted = asyncio.Event()
        self._transport: asyncio.Transport | None = None
        self.ended = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        transport.write(hello(self._number, datetime.now(tz=UTC)))

    def data_received(self, data: bytes) -> None:
        now_s = time.perf_counter()
        for frame in self._reader.feed(data):
            if isinstance(frame, Frame):
                self._heard(frame, now_s)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002 - asyncio's name
        if not self.ended:
            self._tally.closed += 1
        self.ended = True

    def send(self, one: Sending) -> None:
        """Write a frame; one whose connection has gone stays unanswered."""
        self._tally.sent[one.kind] += 1
        if self.ended or self._transport is None:
            return
        self._waiting[one.serial] = (time.perf_counter(), one.kind)
        self._tally.waiting += 1
        self._tally.nothing_waits.clear()
        self._transport.write(one.frame)

    def end(self) -> None:
        """Close the connection."""
        self.ended = True
        if self._transport is not None:
            self._transport.close()

    def _heard(self, frame: Frame, now_s: float) -> None:
        if frame.command not in {CONFIRM, DENY}:
            self._answer(frame)
            return
        if frame.serial == HELLO_SERIAL:
            self.greeted.set()
            return
        waiting = self._waiting.pop(frame.serial, None)
        if waiting is None:
            return
        sent_s, kind = waiting
        tally = self._tally
        tally.waiting -= 1
        if tally.waiting == 0:
            tally.nothing_waits.set()
        if frame.command == DENY:
            tally.denied += 1
            return
        tally.latencies_ms[kind].append((now_s - sent_s) * 1_000)
        if kind is not Kind.HEARTBEAT:
            tally.confirmed.append((self._number, frame.serial))

    def _answer(self, frame: Frame) -> None:
        assert self._transport is not None
        command = CONFIRM if frame.command == CONTROL else DENY
        answer = encode(
            serial=frame.serial,
            source=FIRST_ADDRESS + self._number,
            destination=frame.source,
            command=command,
            time=datetime.now(tz=UTC),
        )
        self._transport.write(answer)


async def _connect(plan: DevicePlan, tally: _Tally) -> list[_Device]:
    limit = asyncio.Semaphore(CONNECTING_AT_ONCE)
    loop = asyncio.get_running_loop()

    async def one(number: int) -> _Device:
        local = f"127.{1 + number // HOSTS_A_NET // HOSTS_A_NET}.{number // HOSTS_A_NET % HOSTS_A_NET}"
        host = f"{local}.{number % HOSTS_A_NET + 1}"
        async with limit, asyncio.timeout(CONNECT_TIMEOUT_S):
            _, device = await loop.create_connection(
                lambda: _Device(number, tally), plan.host, plan.port, local_addr=(host, 0)
            )
            await device.greeted.wait()
        return device

    return list(await asyncio.gather(*map(one, range(plan.devices))))


async def _send(devices: Sequence[_Device], frames: Sequence[Sending]) -> None:
    loop = asyncio.get_running_loop()
    begun_s = loop.time()
    for one in frames:
        if (ahead_s := begun_s + one.at_s - loop.time()) > 0:
            await asyncio.sleep(ahead_s)
        devices[one.device].send(one)


async def run(plan: DevicePlan) -> DeviceResult:
    """Connect, send when told to, and wait for the last confirm."""
    tally = _Tally()
    frames = sendings(plan, datetime.now(tz=UTC) + BEGINS_AFTER)
    begun_s = time.perf_counter()
    devices = await _connect(plan, tally)
    opening_s = time.perf_counter() - begun_s
    _say("ready")
    await asyncio.to_thread(sys.stdin.readline)
    begun_s, cpu_s = time.perf_counter(), time.process_time()
    await _send(devices, frames)
    if tally.waiting:
        with suppress(TimeoutError):
            async with asyncio.timeout(plan.answer_s):
                await tally.nothing_waits.wait()
    result = DeviceResult(
        connected=len(devices),
        opening_s=opening_s,
        seconds=time.perf_counter() - begun_s,
        sent=tally.sent,
        latencies_ms=tally.latencies_ms,
        denied=tally.denied,
        closed=tally.closed,
        confirmed=tally.confirmed,
        cpu_s=time.process_time() - cpu_s,
    )
    for device in devices:
        device.end()
    return result


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def _main(path: Path) -> None:
    plan = msgspec.json.decode(path.read_bytes(), type=DevicePlan)
    result_file(path).write_bytes(msgspec.json.encode(asyncio.run(run(plan))))
    _say("done")
    sys.stdin.readline()  # until it is ended: what it used is read while it is there


if __name__ == "__main__":
    _main(Path(sys.argv[1]))

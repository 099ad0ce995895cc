"""The load generator's process: `python -m firewarden.bench.load PLAN`.

It makes every frame and every connection, says `ready`, waits for `go` on its standard input, sends, and says its
result as JSON. Meanwhile it is told how many messages are committed, one number a line: the broker acknowledges long
before that, and only this keeps its queue short.
"""

import asyncio
import sys
import time
from collections import deque
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from firewarden.bench.line import Line, connected_line
from firewarden.bench.plan import LoadPlan, LoadResult, read_plan

CONNECTING_AT_ONCE = 50
PACED_TICK_S = 0.002


@dataclass(slots=True)
class _Lane:
    """One gateway, and what it still has to send."""

    line: Line
    frames: list[bytes]
    sent: int = 0

    def send(self, count: int) -> int:
        count = min(count, self.line.room, len(self.frames) - self.sent)
        if count > 0:
            self.line.send(b"".join(self.frames[self.sent : self.sent + count]), count)
            self.sent += count
        return max(0, count)


@dataclass(slots=True)
class Load:
    """All gateways, which take turns."""

    plan: LoadPlan
    moved: asyncio.Event = field(default_factory=asyncio.Event)
    committed: int = 0
    sent: int = 0
    _lanes: list[_Lane] = field(default_factory=list[_Lane])

    async def prepare(self) -> None:
        """Make every frame, and every connection."""
        limit = asyncio.Semaphore(CONNECTING_AT_ONCE)

        async def one(gateway: str, secret: str) -> _Lane:
            frames = self.plan.frames(gateway)
            async with limit:
                line = await connected_line(
                    self.plan.host,
                    self.plan.port,
                    gateway,
                    secret,
                    role=f"load-{self.plan.boot}",
                    on_moved=self.moved.set,
                )
            return _Lane(line, frames)

        self._lanes = list(await asyncio.gather(*(one(*gateway) for gateway in self.plan.gateways)))

    async def send_all(self) -> LoadResult:
        """Send everything, and return when the broker has it. Raises LineError."""
        turns = deque(self._lanes)
        at_once = self.plan.window if self.plan.rate is None else self.plan.burst
        chunk = max(1, at_once // (4 * len(turns)))
        begun_s, cpu_s = time.monotonic(), time.process_time()
        while turns:
            room = self._room(begun_s)
            passed_over = 0
            while turns and room > 0 and passed_over < len(turns):
                lane = turns.popleft()
                count = lane.send(min(chunk, room))
                self.sent += count
                room -= count
                passed_over = 0 if count else passed_over + 1
                if lane.sent < len(lane.frames):
                    turns.append(lane)
            await self._wait()
        while any(lane.line.in_flight for lane in self._lanes):
            await self._wait()
        return LoadResult(begun_s=begun_s, ended_s=time.monotonic(), cpu_s=time.process_time() - cpu_s)

    def close(self) -> None:
        """Take every connection down."""
        for lane in self._lanes:
            lane.line.close()

    def _room(self, begun_s: float) -> int:
        room = self.plan.window - (self.sent - self.committed)
        if self.plan.rate is not None:
            room = min(room, self.plan.burst + int((time.monotonic() - begun_s) * self.plan.rate) - self.sent)
        return room

    async def _wait(self) -> None:
        if self.plan.rate is not None:
            await asyncio.sleep(PACED_TICK_S)
        else:
            await self.moved.wait()
        self.moved.clear()
        for lane in self._lanes:
            if lane.line.broken is not None:
                raise lane.line.broken


async def _hear(load: Load, reader: asyncio.StreamReader) -> None:
    async for line in reader:
        load.committed = int(line)
        load.moved.set()


async def run(plan: LoadPlan) -> LoadResult:
    """Prepare, wait for the word, send."""
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    load = Load(plan)
    await load.prepare()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await reader.readline()
    hearing = asyncio.create_task(_hear(load, reader))
    try:
        return await load.send_all()
    finally:
        hearing.cancel()
        load.close()


def main() -> None:
    """Run the plan of the file that the command line names."""
    result = asyncio.run(run(read_plan(Path(sys.argv[1]))))
    sys.stdout.write(msgspec.json.encode(result).decode() + "\n")


if __name__ == "__main__":
    main()

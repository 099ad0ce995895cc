"""Sending a round and watching it arrive: how long did it take, and who worked how much?"""

import asyncio
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from firewarden.bench.helper import Helper, result_of
from firewarden.bench.progress import OnDone
from firewarden.bench.usage import CpuTimes, read_cpu

STALLED_S = 20.0
"""Nothing new for this long: what is missing will not come."""

Count = Callable[[], Awaitable[int]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """One round. `seconds`: from the first publish until all had arrived; `cpu`: seconds of one core, by process."""

    arrived: int
    seconds: float
    cpu: CpuTimes
    sending_s: float
    """From the first publish until the broker had acknowledged the last."""

    @property
    def generator_busy(self) -> float:
        """Which share of one core the generator was busy for while it sent."""
        return self.cpu.seconds["generator"] / self.sending_s


async def send_round(
    load: Helper, *, messages: int, count: Count, pids: Mapping[str, int], look_every_s: float, on_done: OnDone
) -> Sent:
    """Let the generator begin, and follow until `count` says that all have arrived, or none do any more."""
    before, own_s = read_cpu(pids), time.process_time()
    await load.tell("go")
    arrived = await _follow(load, messages, count, look_every_s, on_done)
    ended_s = time.monotonic()
    used = dict(read_cpu(pids).since(before).seconds)
    used["bench"] = time.process_time() - own_s
    result = await result_of(load)
    used["generator"] = result.cpu_s
    return Sent(
        arrived=arrived,
        seconds=ended_s - result.begun_s,
        cpu=CpuTimes(used),
        sending_s=result.ended_s - result.begun_s,
    )


async def _follow(load: Helper, messages: int, count: Count, look_every_s: float, on_done: OnDone) -> int:
    arrived, moved_s = 0, time.monotonic()
    while arrived < messages and time.monotonic() - moved_s < STALLED_S and not load.failed:
        await asyncio.sleep(look_every_s)
        found = await count()
        if found > arrived:
            arrived, moved_s = found, time.monotonic()
            await load.tell(str(arrived))
            on_done(arrived)
    return arrived

"""Live fires while something else keeps the platform busy: when was each sent, stored and shown?"""

import asyncio
import contextlib
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from firewarden.bench.figures import Figure, figure
from firewarden.bench.frames import fire
from firewarden.bench.line import Line, connected_line
from firewarden.bench.options import POINTS_OF_GATEWAY
from firewarden.bench.stage import Stage
from firewarden.bench.store import Fire
from firewarden.proof.demo_stream import StreamWatcher
from firewarden.proof.latency import Percentiles, percentiles

LATE_S = 15.0
"""A fire that is not on the stream so long after the last was sent is missed."""
LOOK_EVERY_S = 0.25
GATEWAYS_MAX = 100

Published = Mapping[tuple[str, int], datetime]
"""When each fire was published, by gateway and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Moments:
    """When fires break out, in seconds from the beginning. Those that are endless end with what else goes on."""

    after_s: Iterable[float]
    endless: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What became of the fires of one boot; latencies in milliseconds."""

    fires: int
    missed: int
    doubled: int
    to_commit: Percentiles
    to_stream: Percentiles


@dataclass(slots=True, kw_only=True)
class Fires:
    """The gateways that have fires. A point burns once: an open incident would take a second fire in."""

    stage: Stage
    watcher: StreamWatcher
    _burnt: Counter[str] = field(default_factory=Counter[str])

    @contextlib.asynccontextmanager
    async def lines(self, gateways: Sequence[tuple[str, str]]) -> AsyncGenerator[list[Line]]:
        """A connection of its own for each of these gateways (id, secret)."""
        host, port = self.stage.broker
        connecting = (
            connected_line(host, port, name, secret, role="fire", on_moved=lambda: None) for name, secret in gateways
        )
        lines = list(await asyncio.gather(*connecting))
        try:
            yield lines
        finally:
            for line in lines:
                line.close()

    @contextlib.asynccontextmanager
    async def burning(self, lines: Sequence[Line], boot: str, moments: Moments) -> AsyncGenerator[Published]:
        """Send a fire at each moment while the block runs; what was sent is known at its end."""
        published: dict[tuple[str, int], datetime] = {}
        firing = asyncio.create_task(self._fire(lines, boot, moments.after_s, published))
        try:
            yield published
            if not moments.endless or firing.done():
                await firing
        finally:
            firing.cancel()
            await asyncio.gather(firing, return_exceptions=True)

    async def _fire(
        self, lines: Sequence[Line], boot: str, moments: Iterable[float], published: dict[tuple[str, int], datetime]
    ) -> None:
        begun_s = time.monotonic()
        for index, moment in enumerate(moments):
            await asyncio.sleep(max(0.0, begun_s + moment - time.monotonic()))
            line, seq = lines[index % len(lines)], index // len(lines) + 1
            point = self._burnt[line.gateway]
            if point == POINTS_OF_GATEWAY:
                return
            self._burnt[line.gateway] += 1
            now = datetime.now(tz=UTC)
            line.send(fire(line.gateway, boot, seq, point, now), 1)
            published[line.gateway, seq] = now

    async def settled(self, boot: str, published: Published) -> Seen:
        """What became of them once each is on the stream, or it is too late for that."""
        deadline_s = time.monotonic() + LATE_S
        while True:
            fires = await self.stage.store.fires(boot)
            seen = sum(self._seen_at(one) is not None for one in fires)
            if seen == len(published) or time.monotonic() > deadline_s:
                return self._result(published, fires)
            await asyncio.sleep(LOOK_EVERY_S)

    def _seen_at(self, one: Fire) -> datetime | None:
        seen = [self.watcher.seen_at[incident] for incident in one.incidents if incident in self.watcher.seen_at]
        return min(seen, default=None)

    def _result(self, published: Published, fires: Sequence[Fire]) -> Seen:
        commits = [_ms(published[one.gateway, one.seq], one.committed_at) for one in fires]
        visible = [(published[one.gateway, one.seq], self._seen_at(one)) for one in fires]
        seen = [_ms(begun, at) for begun, at in visible if at is not None]
        return Seen(
            fires=len(published),
            missed=len(published) - len(seen),
            doubled=sum(max(0, len(one.incidents) - 1) for one in fires),
            to_commit=percentiles(commits),
            to_stream=percentiles(seen),
        )


def some_moments(rng: random.Random, count: int, seconds: float) -> Moments:
    """So many random moments within so many seconds."""
    return Moments(after_s=sorted(rng.uniform(0, seconds) for _ in range(count)), endless=False)


def endless_moments(rng: random.Random, per_s: float) -> Moments:
    """Random moments, so many a second on average."""
    gaps = (rng.expovariate(per_s) for _ in itertools.count())
    return Moments(after_s=itertools.accumulate(gaps), endless=True)


def fire_gateways(rng: random.Random, gateways: Sequence[tuple[str, str]], at_most: int) -> list[tuple[str, str]]:
    """Some gateways that will have fires."""
    return rng.sample(gateways, min(at_most, len(gateways), GATEWAYS_MAX))


def fire_figures(rounds: Sequence[Seen]) -> tuple[Figure, ...]:
    """From the publish to the stored row, and to the event stream."""
    return (
        *_latencies("publish → committed", [one.to_commit for one in rounds]),
        *_latencies("publish → event stream", [one.to_stream for one in rounds]),
    )


def _latencies(name: str, rounds: Sequence[Percentiles]) -> list[Figure]:
    return [
        figure(f"{name}, p50", "ms", [one.p50_ms for one in rounds]),
        figure(f"{name}, p99", "ms", [one.p99_ms for one in rounds]),
        figure(f"{name}, max", "ms", [one.max_ms for one in rounds]),
    ]


def _ms(begun: datetime, ended: datetime) -> float:
    return (ended - begun).total_seconds() * 1_000

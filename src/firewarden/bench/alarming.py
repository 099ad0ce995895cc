"""`bench alarm`: how long from a gateway's fire to the officer's screen while telemetry runs?"""

import asyncio
import contextlib
import random
import re
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from firewarden.bench.copying import traffic_of
from firewarden.bench.figures import Figure, figure
from firewarden.bench.following import Sent, send_round
from firewarden.bench.frames import fire
from firewarden.bench.helper import prepared_load
from firewarden.bench.ingesting import cpu_figures, plan_of
from firewarden.bench.line import Line, connected_line
from firewarden.bench.machine import read_environment, read_machine
from firewarden.bench.options import POINTS_OF_GATEWAY, AlarmSize, Run
from firewarden.bench.plan import LoadPlan
from firewarden.bench.progress import OnDone
from firewarden.bench.report import Counts, Environment, Report, Settings
from firewarden.bench.stage import Cast, Stage, opened_store, register_cast, throw_away_folder
from firewarden.bench.store import Fire
from firewarden.deploy.errors import DeployError
from firewarden.deploy.running import Platform, UpOptions, running_platform
from firewarden.deploy.services import fetch_services
from firewarden.deploy.supervisor import ignore_step
from firewarden.ingest.facts import Lane
from firewarden.proof.demo_stream import StreamWatcher
from firewarden.proof.latency import Percentiles, percentiles

LOOK_EVERY_S = 0.25
WINDOW_S = 30.0
"""Telemetry may fall so far behind before the bench holds it back."""
LATE_S = 15.0
"""A fire that is not on the stream so long after the last was sent is missed."""
FIRE_GATEWAYS_MAX = 100
_KEY = re.compile(r"fwk_[A-Za-z0-9_-]+")

Published = Mapping[tuple[str, int], datetime]
"""When each fire was published, by gateway and number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round; latencies in milliseconds."""

    sent: Sent
    lost: int
    duplicated: int
    missed: int
    doubled: int
    to_commit: Percentiles
    to_stream: Percentiles


async def bench_alarm(size: AlarmSize, run: Run) -> Report:
    """Run the whole platform, send telemetry and fires. Raises DeployError."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    rng = random.Random(size.seed)
    async with _platform_stage(run) as (stage, platform):
        cast = await register_cast(stage, gateways=size.gateways, points=POINTS_OF_GATEWAY)
        environment = await read_environment(machine, stage.store, stage.packages)
        async with _watched(platform) as watcher:
            with run.bars as bars:
                rounds: list[Round] = []
                for number in range(1, size.rounds + 1):
                    plan = _plan(stage, cast, size, number)
                    with bars.bar(f"alarm {number}", plan.messages) as on_done:
                        one = _OneRound(stage=stage, cast=cast, size=size, watcher=watcher, plan=plan, number=number)
                        rounds.append(await one.run(rng, on_done))
        quarantined = await stage.store.quarantined()
    return _report(size, begun_at, environment, rounds, quarantined)


@contextlib.asynccontextmanager
async def _platform_stage(run: Run) -> AsyncGenerator[tuple[Stage, Platform]]:
    with throw_away_folder() as folder:
        up = UpOptions(
            state_root=folder / "state",
            packages=run.packages,
            simulate=False,
            register_city=False,
            memorable_ports=False,
        )
        async with running_platform(up, run.on_step) as platform, opened_store(platform.database_url) as store:
            root = await fetch_services(run.packages, ignore_step)
            services = platform.services
            yield Stage(folder=folder, packages=root, env=platform.env, services=services, store=store), platform


@contextlib.asynccontextmanager
async def _watched(platform: Platform) -> AsyncGenerator[StreamWatcher]:
    printed = await platform.run("api-key", "create", "--name", "bench", "--scopes", "stream:read")
    key = _KEY.search(printed)
    assert key is not None, printed
    watcher = StreamWatcher(platform.api_url, key[0])
    watching = asyncio.create_task(watcher.run())
    try:
        await asyncio.wait_for(watcher.connected.wait(), LATE_S)
        yield watcher
    except TimeoutError as error:
        raise DeployError(f"The event stream did not open within {LATE_S:.0f} s.", "Look at api.log.") from error
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


def _plan(stage: Stage, cast: Cast, size: AlarmSize, number: int) -> LoadPlan:
    per_gateway = ceil(size.rate * size.seconds / size.gateways)
    traffic = traffic_of(f"telemetry-{number}", per_gateway, size.points)
    return plan_of(stage, cast, traffic, window=ceil(size.rate * WINDOW_S), rate=size.rate)


@dataclass(frozen=True, slots=True, kw_only=True)
class _OneRound:
    stage: Stage
    cast: Cast
    size: AlarmSize
    watcher: StreamWatcher
    plan: LoadPlan
    number: int

    @property
    def boot(self) -> str:
        return f"fires-{self.number}"

    async def run(self, rng: random.Random, on_done: OnDone) -> Round:
        await self.stage.store.begin_round()
        gateways = rng.sample(self.cast.gateways, min(self.size.fires, self.size.gateways, FIRE_GATEWAYS_MAX))
        async with (
            prepared_load(self.plan, self.stage.folder, self.stage.env.variables()) as load,
            self._lines(gateways) as lines,
        ):
            moments = sorted(rng.uniform(0, self.size.seconds) for _ in range(self.size.fires))
            firing = asyncio.create_task(self._fire(lines, moments))
            try:
                sent = await send_round(
                    load,
                    messages=self.plan.messages,
                    count=self._stored,
                    pids=self.stage.services.supervisor.pids(),
                    look_every_s=LOOK_EVERY_S,
                    on_done=on_done,
                )
                published = await firing
            finally:
                firing.cancel()
                await asyncio.gather(firing, return_exceptions=True)
            fires = await self._settled(len(published))
        rows = await self.stage.store.readings()
        return self._result(sent, published, fires, rows.total, rows.different)

    @contextlib.asynccontextmanager
    async def _lines(self, gateways: Sequence[tuple[str, str]]) -> AsyncGenerator[list[Line]]:
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

    async def _fire(self, lines: Sequence[Line], moments: Sequence[float]) -> Published:
        published: dict[tuple[str, int], datetime] = {}
        begun_s = time.monotonic()
        for index, moment in enumerate(moments):
            await asyncio.sleep(max(0.0, begun_s + moment - time.monotonic()))
            line, seq = lines[index % len(lines)], index // len(lines) + 1
            # A point burns once: an incident of a round before would take a second fire in.
            point = (self.number - 1) * ceil(len(moments) / len(lines)) + seq - 1
            now = datetime.now(tz=UTC)
            line.send(fire(line.gateway, self.boot, seq, point, now), 1)
            published[line.gateway, seq] = now
        return published

    async def _stored(self) -> int:
        return await self.stage.store.messages_stored(self.plan.boot, Lane.READING)

    async def _settled(self, expected: int) -> list[Fire]:
        """The stored fires once each is on the stream, or it is too late for that."""
        deadline_s = time.monotonic() + LATE_S
        while True:
            fires = await self.stage.store.fires(self.boot)
            seen = sum(self._seen_at(one) is not None for one in fires)
            if seen == expected or time.monotonic() > deadline_s:
                return fires
            await asyncio.sleep(LOOK_EVERY_S)

    def _seen_at(self, one: Fire) -> datetime | None:
        seen = [self.watcher.seen_at[incident] for incident in one.incidents if incident in self.watcher.seen_at]
        return min(seen, default=None)

    def _result(self, sent: Sent, published: Published, fires: Sequence[Fire], rows: int, different: int) -> Round:
        commits = [_ms(published[one.gateway, one.seq], one.committed_at) for one in fires]
        visible = [(published[one.gateway, one.seq], self._seen_at(one)) for one in fires]
        seen = [_ms(begun, at) for begun, at in visible if at is not None]
        expected = self.plan.messages * self.size.points
        return Round(
            sent=sent,
            lost=max(self.plan.messages - sent.arrived, expected - different),
            duplicated=rows - different,
            missed=len(published) - len(seen),
            doubled=sum(max(0, len(one.incidents) - 1) for one in fires),
            to_commit=percentiles(commits),
            to_stream=percentiles(seen),
        )


def _ms(begun: datetime, ended: datetime) -> float:
    return (ended - begun).total_seconds() * 1_000


def _latencies(name: str, rounds: Sequence[Percentiles]) -> list[Figure]:
    return [
        figure(f"{name}, p50", "ms", [one.p50_ms for one in rounds]),
        figure(f"{name}, p99", "ms", [one.p99_ms for one in rounds]),
        figure(f"{name}, max", "ms", [one.max_ms for one in rounds]),
    ]


def _report(
    size: AlarmSize, begun_at: datetime, environment: Environment, rounds: Sequence[Round], quarantined: int
) -> Report:
    counts = Counts(
        lost=sum(one.lost for one in rounds),
        duplicated=sum(one.duplicated for one in rounds),
        missed=sum(one.missed for one in rounds),
        doubled=sum(one.doubled for one in rounds),
        quarantined=quarantined,
    )
    return Report(
        bench="alarm",
        begun_at=begun_at,
        environment=environment,
        settings=Settings(
            rounds=size.rounds,
            gateways=size.gateways,
            messages=ceil(size.rate * size.seconds / size.gateways) * size.gateways,
            points=size.points,
            rate=size.rate,
            seconds=size.seconds,
            fires=size.fires,
        ),
        figures=(
            *_latencies("publish → committed", [one.to_commit for one in rounds]),
            *_latencies("publish → event stream", [one.to_stream for one in rounds]),
            figure("telemetry stored", "messages/s", [one.sent.arrived / one.sent.seconds for one in rounds]),
            *cpu_figures([one.sent for one in rounds]),
        ),
        counts=counts,
        passed=counts.clean,
    )

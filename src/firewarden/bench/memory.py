"""`bench memory`: how much does ingest hold at full load, and while there is no database and the broker queues?"""

import asyncio
import contextlib
import statistics
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec

from firewarden.bench.copying import traffic_of
from firewarden.bench.figures import Figure, figure
from firewarden.bench.following import Sent, send_round
from firewarden.bench.helper import Helper, prepared_load, result_of
from firewarden.bench.ingesting import LOOK_EVERY_S, plan_of, running_ingest
from firewarden.bench.machine import read_environment, read_machine
from firewarden.bench.options import POINTS_OF_GATEWAY, MemorySize, Run
from firewarden.bench.plan import LoadPlan, LoadResult
from firewarden.bench.progress import Bars, OnDone
from firewarden.bench.report import Counts, Environment, Report, Series, Settings, at_most
from firewarden.bench.stage import Cast, Stage, embedded_stage, opened_store, register_cast
from firewarden.bench.store import Store
from firewarden.bench.usage import resident_mb
from firewarden.deploy import postgres
from firewarden.ingest.facts import Lane

SAMPLE_EVERY_S = 0.5
SETTLING_SHARE = 0.1
"""Of the outage: until ingest has all that it takes without acknowledging, its memory may still grow."""
MOST = "memory of ingest, most"
SLOPE = "without database, growth"
MOST_WANTED_MB = 250
SLOPE_WANTED_MB_PER_MIN = 1
ENDS_LATE_S = 300.0
STALLED_S = 120.0
"""Nothing new for this long after the database came back: what is missing will not come. A busy machine's broker can
stand still for half a minute while it saves a queue of a million."""
BEFORE_THE_OTHERS = timedelta(hours=1)
"""Two plans of one round: no two readings of a point may have the same time."""


@dataclass(slots=True, kw_only=True)
class Watch:
    """Samples of a process's memory: seconds since the watch began, and MB."""

    begun_s: float = field(default_factory=time.monotonic)
    samples: list[tuple[float, float]] = field(default_factory=list[tuple[float, float]])

    @property
    def now_s(self) -> float:
        """Where the watch is."""
        return time.monotonic() - self.begun_s

    def between(self, begun_s: float, ended_s: float) -> list[tuple[float, float]]:
        """The samples of a part of the run."""
        return [(at_s, mb) for at_s, mb in self.samples if begun_s <= at_s <= ended_s]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outage:
    """The database was away from `begun_s` to `ended_s` of the watch; all was stored at `stored_s`."""

    begun_s: float
    ended_s: float
    stored_s: float
    queued: int
    generator_busy: float
    lost: int
    duplicated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Loaded:
    """A round of full load, in seconds of the watch."""

    begun_s: float
    ended_s: float
    sent: Sent
    lost: int
    duplicated: int


async def bench_memory(size: MemorySize, run: Run) -> Report:
    """Load ingest, take the database away, give it back. Raises DeployError."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    async with embedded_stage(run.packages, run.on_step) as stage:
        cast = await register_cast(stage, gateways=size.gateways, points=POINTS_OF_GATEWAY)
        environment = await read_environment(machine, stage.store, stage.packages)
        with run.bars as bars:
            async with running_ingest(stage) as pid, _watched(pid) as watch:
                rounds = [
                    await _full_load(stage, cast, size, number, watch=watch, bars=bars)
                    for number in range(1, size.rounds + 1)
                ]
                outage = await _Outage(stage=stage, cast=cast, size=size, watch=watch, bars=bars).run()
        async with opened_store(stage.services.database_url) as store:
            quarantined = await store.quarantined()
    counts = Counts(
        lost=outage.lost + sum(one.lost for one in rounds),
        duplicated=outage.duplicated + sum(one.duplicated for one in rounds),
        quarantined=quarantined,
    )
    figures = _figures(watch, rounds, outage)
    return _report(size, begun_at, environment, watch=watch, figures=figures, counts=counts)


@contextlib.asynccontextmanager
async def _watched(pid: int) -> AsyncGenerator[Watch]:
    watch = Watch()

    async def sample() -> None:
        while True:
            watch.samples.append((watch.now_s, resident_mb(pid)))
            await asyncio.sleep(SAMPLE_EVERY_S)

    sampling = asyncio.create_task(sample())
    try:
        yield watch
    finally:
        sampling.cancel()
        await asyncio.gather(sampling, return_exceptions=True)


async def _full_load(stage: Stage, cast: Cast, size: MemorySize, number: int, *, watch: Watch, bars: Bars) -> Loaded:
    traffic = traffic_of(f"full-{number}", size.messages_per_gateway, size.points)
    plan = plan_of(stage, cast, traffic, window=size.window)

    async def stored() -> int:
        return await stage.store.messages_stored(plan.boot, Lane.READING)

    await stage.store.begin_round()
    async with prepared_load(plan, stage.folder, stage.env.variables()) as load:
        begun_s = watch.now_s
        with bars.bar(f"full load {number}", plan.messages) as on_done:
            sent = await send_round(
                load,
                messages=plan.messages,
                count=stored,
                pids=stage.services.supervisor.pids(),
                look_every_s=LOOK_EVERY_S,
                on_done=on_done,
            )
    rows = await stage.store.readings()
    return Loaded(
        begun_s=begun_s,
        ended_s=watch.now_s,
        sent=sent,
        lost=max(plan.messages - sent.arrived, plan.messages * plan.points - rows.different),
        duplicated=rows.total - rows.different,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outage:
    stage: Stage
    cast: Cast
    size: MemorySize
    watch: Watch
    bars: Bars

    async def run(self) -> Outage:
        # First messages of 50 readings: ingest takes as many as it may without acknowledging, and keeps those for the
        # whole outage. The million behind them is of one reading each, so that the broker needs no 10 GB.
        heavy = self._plan("outage-large", self.size.held_per_gateway, self.size.points, earlier=BEFORE_THE_OTHERS)
        light = self._light()
        await self.stage.store.begin_round()
        folder, variables = self.stage.folder, self.stage.env.variables()
        async with prepared_load(heavy, folder, variables) as first, prepared_load(light, folder, variables) as second:
            begun_s = self.watch.now_s
            await self.stage.services.supervisor.stop(postgres.PROCESS_NAME)
            with self.bars.bar("without database, s", round(self.size.outage_s)) as on_done:
                sent = await self._send((first, second), on_done)
        ended_s = self.watch.now_s
        server = self.stage.services.postgres
        assert server is not None
        await self.stage.services.supervisor.start(postgres.process(server))
        plans = (heavy, light)
        messages = sum(plan.messages for plan in plans)
        async with opened_store(self.stage.services.database_url) as store:
            with self.bars.bar("stored afterwards", messages) as on_done:
                arrived = await _drained(store, plans, on_done)
            stored_s = self.watch.now_s
            rows = await store.readings()
        expected = sum(plan.messages * plan.points for plan in plans)
        return Outage(
            begun_s=begun_s,
            ended_s=ended_s,
            stored_s=stored_s,
            queued=messages,
            generator_busy=sum(one.cpu_s for one in sent) / sum(one.ended_s - one.begun_s for one in sent),
            lost=max(messages - arrived, expected - rows.different),
            duplicated=rows.total - rows.different,
        )

    async def _send(self, loads: Sequence[Helper], on_done: OnDone) -> list[LoadResult]:
        begun_s = time.monotonic()

        async def show() -> None:
            while True:
                on_done(round(time.monotonic() - begun_s))
                await asyncio.sleep(SAMPLE_EVERY_S)

        showing = asyncio.create_task(show())
        try:
            results: list[LoadResult] = []
            for load in loads:
                await load.tell("go")
                results.append(await result_of(load, timeout_s=self.size.outage_s + ENDS_LATE_S))
            return results
        finally:
            showing.cancel()
            await asyncio.gather(showing, return_exceptions=True)

    def _light(self) -> LoadPlan:
        size = self.size
        per_s = (size.queue_max - size.queued) / size.outage_s
        plan = self._plan("outage", size.queue_max // size.gateways, 1)
        return msgspec.structs.replace(plan, rate=per_s, burst=size.queued)

    def _plan(
        self, boot: str, messages_per_gateway: int, points: int, *, earlier: timedelta = timedelta(0)
    ) -> LoadPlan:
        traffic = traffic_of(boot, messages_per_gateway, points)
        traffic = replace(traffic, first_at=traffic.first_at - earlier)
        return plan_of(self.stage, self.cast, traffic, window=messages_per_gateway * len(self.cast.gateways))


async def _drained(store: Store, plans: Sequence[LoadPlan], on_done: OnDone) -> int:
    arrived, moved_s = 0, time.monotonic()
    messages = sum(plan.messages for plan in plans)
    while arrived < messages and time.monotonic() - moved_s < STALLED_S:
        await asyncio.sleep(LOOK_EVERY_S)
        found = sum([await store.messages_stored(plan.boot, Lane.READING) for plan in plans])
        if found > arrived:
            arrived, moved_s = found, time.monotonic()
            on_done(arrived)
    return arrived


def growth_mb_per_min(samples: Sequence[tuple[float, float]]) -> float:
    """The slope of the straight line that fits the samples best; 0 where there are too few to tell."""
    if len(samples) < 2:  # noqa: PLR2004 - a line needs two points
        return 0.0
    seconds, megabytes = zip(*samples, strict=True)
    return statistics.linear_regression(seconds, megabytes).slope * 60


def _figures(watch: Watch, rounds: Sequence[Loaded], outage: Outage) -> tuple[Figure, ...]:
    def most(begun_s: float, ended_s: float) -> float:
        return max(mb for _, mb in watch.between(begun_s - SAMPLE_EVERY_S, ended_s + SAMPLE_EVERY_S))

    settled_s = outage.begun_s + SETTLING_SHARE * (outage.ended_s - outage.begun_s)
    growth = growth_mb_per_min(watch.between(settled_s, outage.ended_s))
    return (
        figure(MOST, "MB", [max(mb for _, mb in watch.samples)]),
        figure("at full load, most", "MB", [most(one.begun_s, one.ended_s) for one in rounds]),
        figure("without database, most", "MB", [most(outage.begun_s, outage.ended_s)]),
        figure(SLOPE, "MB/min", [growth]),
        figure("while it catches up, most", "MB", [most(outage.ended_s, outage.stored_s)]),
        figure("without database for", "s", [outage.ended_s - outage.begun_s]),
        figure("messages that waited", "", [outage.queued]),
        figure("caught up in", "s", [outage.stored_s - outage.ended_s]),
        figure("messages at full load", "/s", [one.sent.arrived / one.sent.seconds for one in rounds]),
        figure("generator busy without database", "cores", [outage.generator_busy]),
    )


def _report(
    size: MemorySize,
    begun_at: datetime,
    environment: Environment,
    *,
    watch: Watch,
    figures: tuple[Figure, ...],
    counts: Counts,
) -> Report:
    return Report(
        bench="memory",
        begun_at=begun_at,
        environment=environment,
        settings=Settings(
            rounds=size.rounds,
            gateways=size.gateways,
            messages=size.gateways * size.messages_per_gateway,
            points=size.points,
            window=size.window,
            seconds=size.outage_s,
        ),
        figures=figures,
        targets=(
            at_most(figures, MOST, MOST_WANTED_MB),
            at_most(figures, SLOPE, SLOPE_WANTED_MB_PER_MIN),
        ),
        series=(
            Series(
                name="memory of ingest",
                unit="MB",
                every_s=SAMPLE_EVERY_S,
                values=tuple(round(mb, 1) for _, mb in watch.samples),
            ),
        ),
        counts=counts,
        passed=counts.clean,
    )

"""`bench ingest`: how many messages a second are acknowledged after their commit, and how near is that to the limit?"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import mqtt5

from firewarden.bench.copying import copy_round, traffic_of
from firewarden.bench.figures import Figure, figure, ratio
from firewarden.bench.following import Sent, send_round
from firewarden.bench.frames import Traffic
from firewarden.bench.helper import helper, prepared_load
from firewarden.bench.machine import read_environment, read_machine
from firewarden.bench.options import BATCH_ROWS, POINTS_OF_GATEWAY, RATIO_WANTED, IngestSize, Run
from firewarden.bench.plan import LoadPlan
from firewarden.bench.progress import Bars
from firewarden.bench.report import Counts, Environment, Report, Settings
from firewarden.bench.stage import Cast, Stage, embedded_stage, register_cast
from firewarden.bench.usage import resident_mb
from firewarden.deploy.platform import program_process
from firewarden.ingest.connections import ALARM, BULK
from firewarden.ingest.facts import Lane
from firewarden.ingest.mqtt import parse_url

WORKER = "bench"
LOOK_EVERY_S = 0.025
COPY_LIMIT_POINTS = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What was measured beside a round: rows copied, or messages of the bare subscriber (`sent`)."""

    per_s: float
    sent: Sent | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What some workers stored of a round."""

    workers: int
    sent: Sent
    memory_mb: float  # of the worker that held most
    lost: int
    duplicated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round, and its limit."""

    limit: Limit
    parts: tuple[Part, ...]


async def bench_ingest(size: IngestSize, run: Run) -> Report:
    """Measure the limit and ingest in turns. Raises DeployError."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    async with embedded_stage(run.packages, run.on_step) as stage:
        cast = await register_cast(stage, gateways=size.gateways, points=POINTS_OF_GATEWAY)
        environment = await read_environment(machine, stage.store, stage.packages)
        with run.bars as bars:
            rounds = [await _round(stage, cast, size, number, bars) for number in range(1, size.rounds + 1)]
        quarantined = await stage.store.quarantined()
    counts = Counts(
        lost=sum(part.lost for one in rounds for part in one.parts),
        duplicated=sum(part.duplicated for one in rounds for part in one.parts),
        quarantined=quarantined,
    )
    return _report(size, begun_at, environment, rounds, counts)


async def _round(stage: Stage, cast: Cast, size: IngestSize, number: int, bars: Bars) -> Round:
    if size.points >= COPY_LIMIT_POINTS:
        limit = await _copy_limit(stage, cast, size, number, bars)
    else:
        limit = await _bare_limit(stage, cast, size, number, bars)
    parts = [await _part(stage, cast, size, bars, number=number, workers=workers) for workers in size.workers]
    return Round(limit=limit, parts=tuple(parts))


async def _part(stage: Stage, cast: Cast, size: IngestSize, bars: Bars, *, number: int, workers: int) -> Part:
    traffic = traffic_of(f"ingest-{number}-{workers}", size.messages_per_gateway, size.points)
    plan = plan_of(stage, cast, traffic, window=size.window)
    await stage.store.begin_round()
    peak = 0.0
    async with (
        running_workers(stage, workers) as pids,
        prepared_load(plan, stage.folder, stage.env.variables()) as load,
    ):

        async def stored() -> int:
            nonlocal peak
            peak = max(peak, *(resident_mb(pid) for pid in pids))
            return await stage.store.messages_stored(plan.boot, Lane.READING)

        with bars.bar(f"ingest {number}{_with(workers)}", plan.messages) as on_done:
            sent = await send_round(
                load,
                messages=plan.messages,
                count=stored,
                pids=stage.services.supervisor.pids(),
                look_every_s=LOOK_EVERY_S,
                on_done=on_done,
            )
    rows = await stage.store.readings()
    expected = plan.messages * size.points
    return Part(
        workers=workers,
        sent=sent,
        memory_mb=peak,
        lost=max(plan.messages - sent.arrived, expected - rows.different),
        duplicated=rows.total - rows.different,
    )


def _with(workers: int) -> str:
    return f", {workers} workers" if workers > 1 else ""


async def _copy_limit(stage: Stage, cast: Cast, size: IngestSize, number: int, bars: Bars) -> Limit:
    traffic = traffic_of(f"copy-{number}", size.messages_per_gateway, size.points)
    with bars.bar(f"limit {number}: copy", len(cast.gateways) * size.messages_per_gateway * size.points) as on_done:
        return Limit(per_s=(await copy_round(stage, cast, traffic, on_done)).rows_per_s)


async def _bare_limit(stage: Stage, cast: Cast, size: IngestSize, number: int, bars: Bars) -> Limit:
    plan = plan_of(
        stage, cast, traffic_of(f"bare-{number}", size.messages_per_gateway, size.points), window=size.window
    )
    environment = stage.env.variables()
    async with (
        helper("firewarden.bench.bare", env=environment) as bare,
        prepared_load(plan, stage.folder, environment) as load,
    ):
        assert await bare.hear() == "ready"
        had = 0

        async def listen() -> None:
            nonlocal had
            while True:
                had = int(await bare.hear())

        async def counted() -> int:
            return had

        listening = asyncio.create_task(listen())
        try:
            with bars.bar(f"limit {number}: bare subscriber", plan.messages) as on_done:
                sent = await send_round(
                    load,
                    messages=plan.messages,
                    count=counted,
                    pids={**stage.services.supervisor.pids(), "subscriber": bare.pid},
                    look_every_s=LOOK_EVERY_S,
                    on_done=on_done,
                )
        finally:
            listening.cancel()
            await asyncio.gather(listening, return_exceptions=True)
    return Limit(per_s=sent.arrived / sent.seconds, sent=sent)


def plan_of(stage: Stage, cast: Cast, traffic: Traffic, *, window: int, rate: float | None = None) -> LoadPlan:
    """What the generator is told."""
    host, port = stage.broker
    return LoadPlan(
        host=host,
        port=port,
        gateways=cast.gateways,
        boot=traffic.boot,
        first_at=traffic.first_at,
        messages_per_gateway=traffic.messages_per_gateway,
        points=traffic.points,
        points_of_gateway=traffic.points_of_gateway,
        window=window,
        rate=rate,
        step=traffic.step,
    )


@contextlib.asynccontextmanager
async def running_ingest(stage: Stage) -> AsyncGenerator[int]:
    """The real process, new for each round; afterwards the broker no longer queues for it. Yields its process id."""
    async with running_workers(stage, 1) as [pid]:
        yield pid


@contextlib.asynccontextmanager
async def running_workers(stage: Stage, count: int) -> AsyncGenerator[list[int]]:
    """Several of them, which share the readings; yields their process ids."""
    supervisor = stage.services.supervisor
    names = ["ingest", *(f"ingest {number}" for number in range(2, count + 1))]
    workers = [f"{WORKER}-{number}" for number in range(1, count + 1)]
    for name, worker in zip(names, workers, strict=True):
        extra = {"FIREWARDEN_WORKER": worker, "FIREWARDEN_INGEST_SHARED": "1" if count > 1 else "0"}
        await supervisor.start(program_process(stage.env, name, "ingest", extra=extra))
    try:
        yield [supervisor.pids()[name] for name in names]
    finally:
        for name in names:
            await supervisor.stop(name)
        for worker in workers:
            await _forget_sessions(stage, worker)


async def _forget_sessions(stage: Stage, worker: str) -> None:
    broker = parse_url(stage.services.mqtt_url)
    for connection in (ALARM, BULK):
        reader, writer = await asyncio.open_connection(broker.host, broker.port)
        hello = mqtt5.ConnectPacket(
            connection.client_id(worker),
            username=broker.username,
            password=broker.password,
            clean_start=True,
            session_expiry_interval=0,
        )
        writer.write(hello.write())
        await reader.read(1)
        writer.write(mqtt5.DisconnectPacket().write())
        writer.close()
        await asyncio.gather(writer.wait_closed(), return_exceptions=True)


def cpu_figures(rounds: Sequence[Sent], when: str = "") -> list[Figure]:
    """Which share of one core each process was busy for; nothing of no rounds."""
    names = rounds[0].cpu.seconds if rounds else ()
    return [
        figure(f"{name} busy{when}", "cores", [one.cpu.seconds[name] / one.seconds for one in rounds]) for name in names
    ]


def _figures_of(parts: Sequence[Part], points: int) -> list[Figure]:
    messages, what = [part.sent.arrived / part.sent.seconds for part in parts], _with(parts[0].workers)
    return [
        figure(f"messages stored and acknowledged{what}", "/s", messages),
        figure(f"readings stored and acknowledged{what}", "/s", [per_s * points for per_s in messages]),
        figure(f"memory of ingest, most{what}", "MB", [part.memory_mb for part in parts]),
        *cpu_figures([part.sent for part in parts], what),
    ]


def _report(
    size: IngestSize, begun_at: datetime, environment: Environment, rounds: Sequence[Round], counts: Counts
) -> Report:
    parts = [[one.parts[index] for one in rounds] for index in range(len(size.workers))]
    messages = [part.sent.arrived / part.sent.seconds for part in parts[0]]
    points = [per_s * size.points for per_s in messages]
    copy_is_limit = size.points >= COPY_LIMIT_POINTS
    limits = [one.limit.per_s for one in rounds]
    return Report(
        bench=f"ingest --points {size.points}",
        begun_at=begun_at,
        environment=environment,
        settings=Settings(
            rounds=size.rounds,
            gateways=size.gateways,
            messages=size.gateways * size.messages_per_gateway,
            points=size.points,
            batch_rows=BATCH_ROWS,
            window=size.window,
        ),
        figures=(
            *(shown for part in parts for shown in _figures_of(part, size.points)),
            *cpu_figures([one.limit.sent for one in rounds if one.limit.sent], " at the limit"),
        ),
        limit=figure("limit: rows copied" if copy_is_limit else "limit: bare subscriber", "/s", limits),
        ratio=ratio("of the limit", points if copy_is_limit else messages, limits),
        ratio_wanted=RATIO_WANTED.get(size.points),
        counts=counts,
        passed=counts.clean,
    )

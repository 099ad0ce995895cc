"""`bench gateways`: how long do devices of GB/T 26875.3 wait for their confirms while one of them storms?"""

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from firewarden.bench.descriptors import allow_connections
from firewarden.bench.figures import Figure, figure
from firewarden.bench.gb_plan import FIRST_ADDRESS, DevicePlan, DeviceResult, Kind, result_file
from firewarden.bench.helper import Helper, helper
from firewarden.bench.machine import read_environment, read_machine
from firewarden.bench.options import GatewaysSize, Run
from firewarden.bench.progress import Bars
from firewarden.bench.report import Counts, Environment, Report, Settings, at_most
from firewarden.bench.stage import Stage, embedded_stage
from firewarden.bench.usage import CpuTimes, read_cpu, resident_mb
from firewarden.deploy.platform import program_process
from firewarden.deploy.ports import LOOPBACK, any_free

WORKER = "bench"
P99_WANTED_MS = 1_000
LOOK_EVERY_S = 1.0
CONNECTED_WITHIN_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of ingest, and the bare server's beside it."""

    limit: DeviceResult
    result: DeviceResult
    cpu: CpuTimes
    memory_mb: float
    lost: int
    duplicated: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Devices:
    process: Helper
    plan_file: Path


async def bench_gateways(size: GatewaysSize, run: Run) -> Report:
    """Measure a bare server and ingest in turns. Raises DeployError."""
    allow_connections(size.devices)
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    async with embedded_stage(run.packages, run.on_step) as stage:
        await stage.store.register_devices(size.devices, FIRST_ADDRESS)
        environment = await read_environment(machine, stage.store, stage.packages)
        with run.bars as bars:
            rounds = [await _round(stage, size, number, bars) for number in range(1, size.rounds + 1)]
        quarantined = await stage.store.quarantined()
    counts = Counts(
        lost=sum(one.lost for one in rounds),
        duplicated=sum(one.duplicated for one in rounds),
        missed=sum(one.result.unanswered + one.result.denied for one in rounds),
        quarantined=quarantined,
    )
    return _report(size, begun_at, environment, rounds, counts)


async def _round(stage: Stage, size: GatewaysSize, number: int, bars: Bars) -> Round:
    async with helper("firewarden.bench.gb_bare", env=stage.env.variables()) as bare:
        plan = _plan(size, int(await bare.hear()), number)
        async with _devices(plan, stage.folder, stage.env.variables(), f"bare-{number}") as load:
            limit = await _play(load, plan, bars, f"limit {number}: bare server")
    await stage.store.forget_frames()
    async with _ingest(stage) as port:
        plan = _plan(size, port, number)
        async with _devices(plan, stage.folder, stage.env.variables(), f"ingest-{number}") as load:
            pids = {**stage.services.supervisor.pids(), "load": load.process.pid}
            async with _watched_memory(pids["ingest"]) as memory:
                before = read_cpu(pids)
                result = await _play(load, plan, bars, f"gateways {number}")
                cpu = read_cpu(pids).since(before)
    lost, duplicated = await _judge(stage, result)
    return Round(limit=limit, result=result, cpu=cpu, memory_mb=max(memory), lost=lost, duplicated=duplicated)


def _plan(size: GatewaysSize, port: int, number: int) -> DevicePlan:
    return DevicePlan(
        host=LOOPBACK,
        port=port,
        devices=size.devices,
        seconds=size.seconds,
        heartbeat_s=size.heartbeat_s,
        storm_per_min=size.storm_per_min,
        fires_per_s=size.fires_per_s,
        seed=size.seed + number,
    )


@contextlib.asynccontextmanager
async def _devices(plan: DevicePlan, folder: Path, env: Mapping[str, str], name: str) -> AsyncGenerator[_Devices]:
    """The devices, connected and waiting for `go`."""
    path = folder / f"devices-{name}.json"
    path.write_bytes(msgspec.json.encode(plan))
    async with helper("firewarden.bench.gb_load", str(path), env=env) as load:
        said = await load.hear(CONNECTED_WITHIN_S)
        assert said == "ready", said
        yield _Devices(process=load, plan_file=path)


@contextlib.asynccontextmanager
async def _ingest(stage: Stage) -> AsyncGenerator[int]:
    """The real process, new for each round; yields the port on which it listens for devices."""
    port = any_free()
    extra = {"FIREWARDEN_WORKER": WORKER, "FIREWARDEN_GB26875_TCP": f"{LOOPBACK}:{port}"}
    await stage.services.supervisor.start(program_process(stage.env, "ingest", extra=extra))
    try:
        yield port
    finally:
        await stage.services.supervisor.stop("ingest")


@contextlib.asynccontextmanager
async def _watched_memory(pid: int) -> AsyncGenerator[list[float]]:
    """What the process held, every so often."""
    samples = [resident_mb(pid)]

    async def watch() -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            samples.append(resident_mb(pid))

    watching = asyncio.create_task(watch())
    try:
        yield samples
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _play(load: _Devices, plan: DevicePlan, bars: Bars, name: str) -> DeviceResult:
    """Let them send, and read what became of it."""
    loop = asyncio.get_running_loop()
    with bars.bar(name, round(plan.seconds)) as on_done:
        await load.process.tell("go")
        begun_s = loop.time()

        async def tick() -> None:
            while True:
                on_done(round(loop.time() - begun_s))
                await asyncio.sleep(LOOK_EVERY_S)

        ticking = asyncio.create_task(tick())
        try:
            said = await load.process.hear(plan.seconds + 2 * plan.answer_s)
        finally:
            ticking.cancel()
            await asyncio.gather(ticking, return_exceptions=True)
    assert said == "done", said
    return msgspec.json.decode(result_file(load.plan_file).read_bytes(), type=DeviceResult)


async def _judge(stage: Stage, result: DeviceResult) -> tuple[int, int]:
    """How many confirmed frames are not stored, and how many are stored more than once."""
    stored = await stage.store.frames_stored()
    confirmed = {(FIRST_ADDRESS + device, serial) for device, serial in result.confirmed}
    return len(confirmed - stored.keys()), sum(count - 1 for count in stored.values())


def _latencies(kind: Kind, results: Sequence[DeviceResult], of: str = "") -> list[Figure]:
    """Percentiles of one kind; nothing where none was sent."""
    found = [sorted(one.latencies_ms[kind]) for one in results]
    if not all(found):
        return []
    ranks = {"p50": 0.50, "p99": 0.99, "max": 1.0}
    return [
        figure(f"{of}{kind} → confirm, {what}", "ms", [rank(one, share) for one in found])
        for what, share in ranks.items()
    ]


def rank(ordered: Sequence[float], share: float) -> float:
    """By nearest rank: every figure is one that occurred."""
    return ordered[max(0, -int(-share * len(ordered) // 1) - 1)]


def _report(
    size: GatewaysSize, begun_at: datetime, environment: Environment, rounds: Sequence[Round], counts: Counts
) -> Report:
    results = [one.result for one in rounds]
    confirms = [each for kind in Kind for each in _latencies(kind, results)]
    figures = (
        *confirms,
        figure("connections", "", [one.connected - one.closed for one in results]),
        figure("connections opened", "/s", [one.connected / one.opening_s for one in results]),
        figure("frames confirmed", "/s", [sum(map(len, one.latencies_ms.values())) / one.seconds for one in results]),
        figure("memory of ingest, most", "MB", [one.memory_mb for one in rounds]),
        *(
            figure(f"{name} busy", "cores", [one.cpu.seconds[name] / one.result.seconds for one in rounds])
            for name in rounds[0].cpu.seconds
        ),
        *(each for kind in Kind for each in _latencies(kind, [one.limit for one in rounds], of="bare server, ")),
    )
    p99 = [one.name for one in confirms if one.name.endswith("p99")]
    return Report(
        bench="gateways",
        begun_at=begun_at,
        environment=environment,
        settings=Settings(
            rounds=size.rounds,
            gateways=size.devices,
            messages=sum(results[0].sent.values()),
            points=0,
            rate=size.storm_per_min / 60,
            seconds=size.seconds,
            fires=results[0].sent[Kind.FIRE],
        ),
        figures=figures,
        targets=tuple(at_most(figures, name, P99_WANTED_MS) for name in p99),
        counts=counts,
        passed=counts.clean,
    )

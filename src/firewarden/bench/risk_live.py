"""`bench risk --live`: how long from a fire or a fault to the venue's new score on the officer's screen?

The whole platform runs, all telemetry is of water sensors that risk watches, and while it comes in at the city's design
load all venues are swept once a round, as at a full hour. Each marked fact is at a venue that has had none before, so
that it must move the score; what is waited for is the event of the step that took the fact in.
"""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from math import ceil

from firewarden.bench.figures import Figure, figure
from firewarden.bench.firing import some_moments
from firewarden.bench.following import Sent, send_round
from firewarden.bench.frames import Traffic, fault, fire
from firewarden.bench.helper import prepared_load
from firewarden.bench.ingesting import cpu_figures, plan_of
from firewarden.bench.line import Line, connected_line
from firewarden.bench.machine import read_environment, read_machine
from firewarden.bench.options import POINTS_OF_GATEWAY, RiskLiveSize, Run
from firewarden.bench.plan import LoadPlan
from firewarden.bench.progress import OnDone
from firewarden.bench.report import Counts, Environment, Report, Settings, at_most
from firewarden.bench.stage import Cast, Stage, register_cast
from firewarden.bench.whole import platform_stage, watched
from firewarden.deploy.errors import DeployError
from firewarden.ingest.facts import Lane
from firewarden.proof.demo_stream import StreamWatcher
from firewarden.proof.latency import Percentiles, percentiles
from firewarden.risk.scoring.likelihood import prior_likelihood
from firewarden.risk.stored_model import prior_body

TO_STREAM = "publish → risk.changed on the event stream"
WANTED_MS = 5_000
WINDOW_S = 30.0
READY_S = 600.0
LATE_S = 30.0
LOOK_EVERY_S = 0.25
Gateways = Sequence[tuple[str, str]]
Published = Mapping[str, datetime]
"""When the mark of each gateway was published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Marks:
    """What became of the marks of one round, in milliseconds."""

    published: int
    seen: int
    to_step: Percentiles
    """Until the beginning of the step that took the fact in."""
    to_stream: Percentiles


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Telemetry, marks and a sweep."""

    sent: Sent
    lost: int
    duplicated: int
    marks: Marks


async def bench_risk_live(size: RiskLiveSize, run: Run) -> Report:
    """Run the whole platform, send telemetry and marks. Raises DeployError."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    rng = random.Random(size.seed)
    async with platform_stage(run) as (stage, platform):
        cast = await register_cast(stage, gateways=size.venues, points=POINTS_OF_GATEWAY)
        await stage.store.give_bands(size.sensors)
        environment = await read_environment(machine, stage.store, stage.packages)
        marked = rng.sample(cast.gateways, size.marks * size.rounds)
        async with watched(platform, "stream:read,risk:read") as watcher:
            await _scored(stage, size.venues)
            rounds: list[Round] = []
            with run.bars as bars:
                for number in range(1, size.rounds + 1):
                    plan = _plan(stage, cast, size, number)
                    chosen = marked[(number - 1) * size.marks : number * size.marks]
                    moments = some_moments(rng, size.marks, size.seconds).after_s
                    with bars.bar(f"risk {number}", plan.messages) as on_done:
                        playing = _Playing(stage=stage, watcher=watcher, marked=chosen, moments=tuple(moments))
                        rounds.append(await playing.round(plan, on_done))
        quarantined = await stage.store.quarantined()
    return _report(size, begun_at, environment, rounds, quarantined)


def _plan(stage: Stage, cast: Cast, size: RiskLiveSize, number: int) -> LoadPlan:
    """Readings of every sensor in turn, by clocks that are right as long as the rate is kept."""
    per_gateway = ceil(size.rate * size.seconds / size.venues)
    traffic = Traffic(
        boot=f"telemetry-{number}",
        first_at=datetime.now(tz=UTC).replace(microsecond=0),
        messages_per_gateway=per_gateway,
        points=1,
        points_of_gateway=size.sensors,
        step=timedelta(seconds=size.venues / size.rate),
    )
    return plan_of(stage, cast, traffic, window=ceil(size.rate * WINDOW_S), rate=size.rate)


async def _scored(stage: Stage, venues: int) -> None:
    """Wait until risk knows every venue. Raises DeployError."""
    deadline_s = time.monotonic() + READY_S
    while await stage.store.venues_scored() < venues or (await stage.store.swept())[1]:
        if time.monotonic() > deadline_s:
            raise DeployError(f"Not every venue was scored within {READY_S:.0f} s.", "Look at risk.log.")
        await asyncio.sleep(LOOK_EVERY_S)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Playing:
    """One round; `marked` have a fire or a fault each, at these moments."""

    stage: Stage
    watcher: StreamWatcher
    marked: Gateways
    moments: Sequence[float]

    async def round(self, plan: LoadPlan, on_done: OnDone) -> Round:
        """Send telemetry into emptied tables, with the marks, while all venues are swept."""
        store, boot = self.stage.store, f"marks-{plan.boot}"

        async def stored() -> int:
            return await store.messages_stored(plan.boot, Lane.READING)

        await store.begin_round()
        swept = (await store.swept())[0]
        async with prepared_load(plan, self.stage.folder, self.stage.env.variables()) as load, self._lines() as lines:
            await store.begin_sweep(plan.boot, prior_body(prior_likelihood()))
            marking = asyncio.create_task(self._mark(lines, boot))
            sent = await send_round(
                load,
                messages=plan.messages,
                count=stored,
                pids=self.stage.services.supervisor.pids(),
                look_every_s=LOOK_EVERY_S,
                on_done=on_done,
            )
            marks = await self._settled(boot, await marking, swept)
        rows = await store.readings()
        return Round(
            sent=sent,
            lost=max(plan.messages - sent.arrived, plan.messages * plan.points - rows.different),
            duplicated=rows.total - rows.different,
            marks=marks,
        )

    @contextlib.asynccontextmanager
    async def _lines(self) -> AsyncGenerator[list[Line]]:
        host, port = self.stage.broker
        connecting = (
            connected_line(host, port, name, secret, role="mark", on_moved=lambda: None) for name, secret in self.marked
        )
        lines = list(await asyncio.gather(*connecting))
        try:
            yield lines
        finally:
            for line in lines:
                line.close()

    async def _mark(self, lines: Sequence[Line], boot: str) -> Published:
        """A fire at one, a fault at the next, and so on. The last point is no sensor."""
        published: dict[str, datetime] = {}
        begun_s = time.monotonic()
        for index, (line, moment) in enumerate(zip(lines, self.moments, strict=True)):
            await asyncio.sleep(max(0.0, begun_s + moment - time.monotonic()))
            now = datetime.now(tz=UTC)
            frame = fault if index % 2 else fire
            line.send(frame(line.gateway, boot, 1, POINTS_OF_GATEWAY - 1, now), 1)
            published[line.gateway] = now
        return published

    async def _settled(self, boot: str, published: Published, swept: int) -> Marks:
        """What became of them once each is on the stream and the sweep is done, or it is too late for that."""
        deadline_s = time.monotonic() + LATE_S
        while True:
            marks = await self._marks(boot, published)
            sweeps, waiting = await self.stage.store.swept()
            if marks.seen == len(published) and sweeps > swept and not waiting:
                return marks
            if time.monotonic() > deadline_s:
                assert sweeps > swept, "no sweep began: this was no measurement"
                return marks
            await asyncio.sleep(LOOK_EVERY_S)

    async def _marks(self, boot: str, published: Published) -> Marks:
        taken = await self.stage.store.taken_in(boot)
        scored_at = self.watcher.scored_at
        seen = [(one, at) for one in taken if (at := scored_at.get((one.venue_id, one.stepped_at))) is not None]
        return Marks(
            published=len(published),
            seen=len(seen),
            to_step=percentiles(_ms(published[one.gateway], one.stepped_at) for one, _ in seen),
            to_stream=percentiles(_ms(published[one.gateway], at) for one, at in seen),
        )


def _ms(begun: datetime, ended: datetime) -> float:
    return (ended - begun).total_seconds() * 1_000


def _report(
    size: RiskLiveSize, begun_at: datetime, environment: Environment, rounds: Sequence[Round], quarantined: int
) -> Report:
    counts = Counts(
        lost=sum(one.lost for one in rounds),
        duplicated=sum(one.duplicated for one in rounds),
        missed=sum(one.marks.published - one.marks.seen for one in rounds),
        quarantined=quarantined,
    )
    figures = (
        *_latencies("publish → beginning of its step", [one.marks.to_step for one in rounds]),
        *_latencies(TO_STREAM, [one.marks.to_stream for one in rounds]),
        figure("telemetry stored", "messages/s", [one.sent.arrived / one.sent.seconds for one in rounds]),
        *cpu_figures([one.sent for one in rounds]),
    )
    return Report(
        bench="risk --live",
        begun_at=begun_at,
        environment=environment,
        settings=Settings(
            rounds=size.rounds,
            gateways=size.venues,
            messages=ceil(size.rate * size.seconds / size.venues) * size.venues,
            points=1,
            rate=size.rate,
            seconds=size.seconds,
            fires=size.marks,
        ),
        figures=figures,
        targets=(at_most(figures, f"{TO_STREAM}, max", WANTED_MS),),
        counts=counts,
        passed=counts.clean,
    )


def _latencies(name: str, rounds: Sequence[Percentiles]) -> list[Figure]:
    return [
        figure(f"{name}, p50", "ms", [one.p50_ms for one in rounds]),
        figure(f"{name}, p99", "ms", [one.p99_ms for one in rounds]),
        figure(f"{name}, max", "ms", [one.max_ms for one in rounds]),
    ]

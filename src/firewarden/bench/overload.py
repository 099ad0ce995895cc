"""`bench alarm --overload`: does a fire pass a flood? Telemetry comes at twice the rate that ingest can take.

What ingest takes is measured first, in the same run. What it does not take waits in the broker, whose queue must not
overflow: so the flood is as short as that needs.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from firewarden.bench.alarming import TO_STREAM_P99, Round, counts_of, round_with_fires
from firewarden.bench.copying import traffic_of
from firewarden.bench.figures import figure
from firewarden.bench.firing import Fires, endless_moments, fire_figures, fire_gateways
from firewarden.bench.following import Sent, send_round
from firewarden.bench.helper import prepared_load
from firewarden.bench.ingesting import LOOK_EVERY_S, cpu_figures, plan_of
from firewarden.bench.machine import read_environment, read_machine
from firewarden.bench.options import POINTS_OF_GATEWAY, OverloadSize, Run
from firewarden.bench.plan import LoadPlan
from firewarden.bench.progress import Bars, OnDone
from firewarden.bench.report import Environment, Report, Settings, at_most
from firewarden.bench.stage import Cast, Stage, register_cast
from firewarden.bench.whole import platform_stage, watched
from firewarden.ingest.facts import Lane

P99_WANTED_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Flood:
    """What ingest takes by itself (messages a second), and a round of more than that."""

    taken_per_s: float
    sample: Sent
    lost_of_sample: int
    round: Round
    plan: LoadPlan

    @property
    def offered_per_s(self) -> float:
        """What the broker was given while the flood lasted."""
        return self.plan.messages / self.round.sent.sending_s


async def bench_overload(size: OverloadSize, run: Run) -> Report:
    """Run the whole platform, send more than it takes, and fires. Raises DeployError."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    rng = random.Random(size.seed)
    async with platform_stage(run) as (stage, platform):
        cast = await register_cast(stage, gateways=size.gateways, points=POINTS_OF_GATEWAY)
        environment = await read_environment(machine, stage.store, stage.packages)
        async with watched(platform) as watcher:
            fires = Fires(stage=stage, watcher=watcher)
            with run.bars as bars:
                one = _Floods(stage=stage, cast=cast, size=size, fires=fires, rng=rng, bars=bars)
                floods = [await one.flood(number) for number in range(1, size.rounds + 1)]
        quarantined = await stage.store.quarantined()
    return _report(size, begun_at, environment, floods, quarantined)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Floods:
    stage: Stage
    cast: Cast
    size: OverloadSize
    fires: Fires
    rng: random.Random
    bars: Bars

    async def flood(self, number: int) -> Flood:
        size = self.size
        traffic = traffic_of(f"sample-{number}", size.sample, size.points)
        sample_plan = plan_of(self.stage, self.cast, traffic, window=size.window)
        with self.bars.bar(f"what ingest takes {number}", sample_plan.messages) as on_done:
            sample = await _sample(self.stage, sample_plan, on_done)
        taken_per_s = sample.arrived / sample.seconds
        plan = flood_plan(self.stage, self.cast, size, number, taken_per_s)
        with self.bars.bar(f"flood {number}", plan.messages) as on_done:
            one = await round_with_fires(
                self.stage,
                plan,
                self.fires,
                gateways=fire_gateways(self.rng, self.cast.gateways, size.gateways),
                moments=endless_moments(self.rng, size.fires_per_s),
                on_done=on_done,
            )
        return Flood(
            taken_per_s=taken_per_s,
            sample=sample,
            lost_of_sample=sample_plan.messages - sample.arrived,
            round=one,
            plan=plan,
        )


async def _sample(stage: Stage, plan: LoadPlan, on_done: OnDone) -> Sent:
    async def stored() -> int:
        return await stage.store.messages_stored(plan.boot, Lane.READING)

    await stage.store.begin_round()
    async with prepared_load(plan, stage.folder, stage.env.variables()) as load:
        return await send_round(
            load,
            messages=plan.messages,
            count=stored,
            pids=stage.services.supervisor.pids(),
            look_every_s=LOOK_EVERY_S,
            on_done=on_done,
        )


def flood_plan(stage: Stage, cast: Cast, size: OverloadSize, number: int, taken_per_s: float) -> LoadPlan:
    """Telemetry at a multiple of what ingest takes, held back by nothing, until the broker holds enough."""
    rate = size.factor * taken_per_s
    messages = rate * flood_seconds(size, taken_per_s)
    traffic = traffic_of(f"flood-{number}", ceil(messages / size.gateways), size.points)
    return plan_of(stage, cast, traffic, window=traffic.messages_per_gateway * size.gateways, rate=rate)


def flood_seconds(size: OverloadSize, taken_per_s: float) -> float:
    """How long the flood may last. Ingest takes less while it lasts: a quarter of the sample is not counted on."""
    surplus_per_s = (size.factor - 0.75) * taken_per_s
    return min(size.seconds, size.backlog_max / surplus_per_s)


def _report(
    size: OverloadSize, begun_at: datetime, environment: Environment, floods: Sequence[Flood], quarantined: int
) -> Report:
    rounds = [one.round for one in floods]
    counts = counts_of(rounds, quarantined, lost=sum(one.lost_of_sample for one in floods))
    figures = (
        *fire_figures([one.seen for one in rounds]),
        figure("fires", "", [one.seen.fires for one in rounds]),
        figure("telemetry that ingest takes", "messages/s", [one.taken_per_s for one in floods]),
        figure("telemetry offered", "messages/s", [one.offered_per_s for one in floods]),
        figure("offered, of what it takes", "", [one.offered_per_s / one.taken_per_s for one in floods]),
        figure("flood lasted", "s", [one.round.sent.sending_s for one in floods]),
        figure("all stored after", "s", [one.round.sent.seconds for one in floods]),
        figure("generator busy while it sent", "cores", [one.round.sent.generator_busy for one in floods]),
        *cpu_figures([one.sent for one in rounds]),
    )
    return Report(
        bench="alarm --overload",
        begun_at=begun_at,
        environment=environment,
        settings=Settings(
            rounds=size.rounds,
            gateways=size.gateways,
            messages=max(one.plan.messages for one in floods),
            points=size.points,
            window=size.window,
            seconds=size.seconds,
        ),
        figures=figures,
        targets=(at_most(figures, TO_STREAM_P99, P99_WANTED_MS),),
        counts=counts,
        passed=counts.clean,
    )

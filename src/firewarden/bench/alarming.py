"""`bench alarm`: how long from a gateway's fire to the officer's screen while telemetry runs?"""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from math import ceil

from firewarden.bench.copying import traffic_of
from firewarden.bench.figures import figure
from firewarden.bench.firing import LOOK_EVERY_S, Fires, Moments, Seen, fire_figures, fire_gateways, some_moments
from firewarden.bench.following import Sent, send_round
from firewarden.bench.helper import prepared_load
from firewarden.bench.ingesting import cpu_figures, plan_of
from firewarden.bench.machine import read_environment, read_machine
from firewarden.bench.options import POINTS_OF_GATEWAY, AlarmSize, Run
from firewarden.bench.plan import LoadPlan
from firewarden.bench.progress import OnDone
from firewarden.bench.report import Counts, Environment, Report, Settings, at_most
from firewarden.bench.stage import Cast, Stage, register_cast
from firewarden.bench.whole import platform_stage, watched
from firewarden.ingest.facts import Lane

WINDOW_S = 30.0
"""Telemetry may fall so far behind before the bench holds it back."""
TO_STREAM_P99 = "publish → event stream, p99"
P99_WANTED_MS = 250


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round of telemetry, and its fires."""

    sent: Sent
    lost: int
    duplicated: int
    seen: Seen


async def bench_alarm(size: AlarmSize, run: Run) -> Report:
    """Run the whole platform, send telemetry and fires. Raises DeployError."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    rng = random.Random(size.seed)
    async with platform_stage(run) as (stage, platform):
        cast = await register_cast(stage, gateways=size.gateways, points=POINTS_OF_GATEWAY)
        environment = await read_environment(machine, stage.store, stage.packages)
        async with watched(platform) as watcher:
            fires = Fires(stage=stage, watcher=watcher)
            with run.bars as bars:
                rounds: list[Round] = []
                for number in range(1, size.rounds + 1):
                    plan = _plan(stage, cast, size, number)
                    with bars.bar(f"alarm {number}", plan.messages) as on_done:
                        one = await round_with_fires(
                            stage,
                            plan,
                            fires,
                            gateways=fire_gateways(rng, cast.gateways, size.fires),
                            moments=some_moments(rng, size.fires, size.seconds),
                            on_done=on_done,
                        )
                    rounds.append(one)
        quarantined = await stage.store.quarantined()
    return _report(size, begun_at, environment, rounds, quarantined)


def _plan(stage: Stage, cast: Cast, size: AlarmSize, number: int) -> LoadPlan:
    per_gateway = ceil(size.rate * size.seconds / size.gateways)
    traffic = traffic_of(f"telemetry-{number}", per_gateway, size.points)
    return plan_of(stage, cast, traffic, window=ceil(size.rate * WINDOW_S), rate=size.rate)


async def round_with_fires(
    stage: Stage,
    plan: LoadPlan,
    fires: Fires,
    *,
    gateways: Sequence[tuple[str, str]],
    moments: Moments,
    on_done: OnDone,
) -> Round:
    """Send telemetry into emptied tables, with a fire at each of the moments until all is stored."""

    async def stored() -> int:
        return await stage.store.messages_stored(plan.boot, Lane.READING)

    boot = f"fires-{plan.boot}"
    await stage.store.begin_round()
    async with prepared_load(plan, stage.folder, stage.env.variables()) as load, fires.lines(gateways) as lines:
        async with fires.burning(lines, boot, moments) as published:
            sent = await send_round(
                load,
                messages=plan.messages,
                count=stored,
                pids=stage.services.supervisor.pids(),
                look_every_s=LOOK_EVERY_S,
                on_done=on_done,
            )
        seen = await fires.settled(boot, published)
    rows = await stage.store.readings()
    return Round(
        sent=sent,
        lost=max(plan.messages - sent.arrived, plan.messages * plan.points - rows.different),
        duplicated=rows.total - rows.different,
        seen=seen,
    )


def counts_of(rounds: Sequence[Round], quarantined: int, *, lost: int = 0) -> Counts:
    """What must be zero, over all rounds. `lost`: what else was."""
    return Counts(
        lost=lost + sum(one.lost for one in rounds),
        duplicated=sum(one.duplicated for one in rounds),
        missed=sum(one.seen.missed for one in rounds),
        doubled=sum(one.seen.doubled for one in rounds),
        quarantined=quarantined,
    )


def _report(
    size: AlarmSize, begun_at: datetime, environment: Environment, rounds: Sequence[Round], quarantined: int
) -> Report:
    counts = counts_of(rounds, quarantined)
    figures = (
        *fire_figures([one.seen for one in rounds]),
        figure("telemetry stored", "messages/s", [one.sent.arrived / one.sent.seconds for one in rounds]),
        *cpu_figures([one.sent for one in rounds]),
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
        figures=figures,
        targets=(at_most(figures, TO_STREAM_P99, P99_WANTED_MS),),
        counts=counts,
        passed=counts.clean,
    )

"""`bench backlog`: do fires pass a day's buffered messages of 1,000 gateways that come back at once?"""

import asyncio
import random
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from firewarden.bench.alarming import TO_STREAM_P99
from firewarden.bench.buffered import Buffered
from firewarden.bench.figures import figure
from firewarden.bench.firing import LOOK_EVERY_S, Fires, Seen, endless_moments, fire_figures, fire_gateways
from firewarden.bench.following import Sent, send_round
from firewarden.bench.helper import prepared_load
from firewarden.bench.ingesting import cpu_figures
from firewarden.bench.machine import read_environment, read_machine
from firewarden.bench.options import POINTS_OF_GATEWAY, BacklogSize, Run
from firewarden.bench.plan import LoadPlan
from firewarden.bench.progress import Bars
from firewarden.bench.report import Counts, Environment, Report, Settings, at_most
from firewarden.bench.stage import Cast, Stage, register_cast
from firewarden.bench.whole import platform_stage, watched
from firewarden.ingest.facts import Lane

P99_WANTED_MS = 1_000
FOLLOWED_S = 120.0
"""The desk has so long, after all is stored, to see every buffered fault come and go."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Return:
    """The gateways came back once. `followed_s`: from the first publish until the desk had read all of it."""

    buffered: Buffered
    sent: Sent
    followed_s: float
    seen: Seen
    lost: int
    duplicated: int
    unfollowed: int
    """Faults that came and went and that the desk did not see so, or saw twice."""


async def bench_backlog(size: BacklogSize, run: Run) -> Report:
    """Run the whole platform, let gateways come back, send fires meanwhile. Raises DeployError."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    async with platform_stage(run) as (stage, platform):
        cast = await register_cast(stage, gateways=size.gateways, points=POINTS_OF_GATEWAY)
        environment = await read_environment(machine, stage.store, stage.packages)
        async with watched(platform) as watcher:
            fires = Fires(stage=stage, watcher=watcher)
            with run.bars as bars:
                returns = _Returns(
                    stage=stage, cast=cast, size=size, fires=fires, rng=random.Random(size.seed), bars=bars
                )
                rounds = [await returns.run(number) for number in range(1, size.rounds + 1)]
        quarantined = await stage.store.quarantined()
    return _report(size, begun_at, environment, rounds, quarantined)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Returns:
    stage: Stage
    cast: Cast
    size: BacklogSize
    fires: Fires
    rng: random.Random
    bars: Bars

    async def run(self, number: int) -> Return:
        store = self.stage.store
        until = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(seconds=1)
        buffered = Buffered(boot=f"buffered-{number}", until=until, hours=self.size.hours)
        plan = self._plan(buffered)
        boot = f"fires-{number}"
        gateways = fire_gateways(self.rng, self.cast.gateways, self.size.gateways)

        async def stored() -> int:
            counts = [await store.messages_stored(buffered.boot, lane) for lane in (Lane.STATE, Lane.READING)]
            return sum(counts)

        await store.begin_round()
        faults_before = await store.faults_followed()
        faults = self.size.away * buffered.faults
        async with (
            prepared_load(plan, self.stage.folder, self.stage.env.variables()) as load,
            self.fires.lines(gateways) as lines,
        ):
            moments = endless_moments(self.rng, self.size.fires_per_s)
            async with self.fires.burning(lines, boot, moments) as published:
                with self.bars.bar(f"backlog {number}", plan.messages) as on_done:
                    sent = await send_round(
                        load,
                        messages=plan.messages,
                        count=stored,
                        pids=self.stage.services.supervisor.pids(),
                        look_every_s=LOOK_EVERY_S,
                        on_done=on_done,
                    )
                stored_s = time.monotonic()
                followed = await self._followed(faults_before + faults) - faults_before
                followed_s = sent.seconds + time.monotonic() - stored_s
            seen = await self.fires.settled(boot, published)
        rows, states = await store.readings(), await store.states(buffered.boot)
        missing = self.size.away * buffered.readings - rows.different
        return Return(
            buffered=buffered,
            sent=sent,
            followed_s=followed_s,
            seen=seen,
            lost=max(plan.messages - sent.arrived, missing, 2 * faults - states.different),
            duplicated=rows.total - rows.different + states.total - states.different,
            unfollowed=abs(faults - followed),
        )

    def _plan(self, buffered: Buffered) -> LoadPlan:
        host, port = self.stage.broker
        return LoadPlan(
            host=host,
            port=port,
            gateways=self.cast.gateways[: self.size.away],
            boot=buffered.boot,
            first_at=buffered.until,
            messages_per_gateway=buffered.messages,
            points=1,
            points_of_gateway=POINTS_OF_GATEWAY,
            # All at once: nothing but the broker and MQTT's own window holds a gateway back.
            window=buffered.messages * self.size.away,
            buffered=buffered,
        )

    async def _followed(self, faults: int) -> int:
        deadline_s = time.monotonic() + FOLLOWED_S
        while True:
            found = await self.stage.store.faults_followed()
            if found >= faults or time.monotonic() > deadline_s:
                return found
            await asyncio.sleep(LOOK_EVERY_S)


def _report(
    size: BacklogSize, begun_at: datetime, environment: Environment, rounds: Sequence[Return], quarantined: int
) -> Report:
    counts = Counts(
        lost=sum(one.lost for one in rounds),
        duplicated=sum(one.duplicated for one in rounds),
        missed=sum(one.seen.missed + one.unfollowed for one in rounds),
        doubled=sum(one.seen.doubled for one in rounds),
        quarantined=quarantined,
    )
    readings = [size.away * one.buffered.readings for one in rounds]
    figures = (
        *fire_figures([one.seen for one in rounds]),
        figure("fires", "", [one.seen.fires for one in rounds]),
        figure("readings that waited", "", readings),
        figure("with the broker after", "s", [one.sent.sending_s for one in rounds]),
        figure("all stored after", "s", [one.sent.seconds for one in rounds]),
        figure("all seen by the desk after", "s", [one.followed_s for one in rounds]),
        figure(
            "readings stored", "/s", [count / one.sent.seconds for count, one in zip(readings, rounds, strict=True)]
        ),
        figure("generator busy while it sent", "cores", [one.sent.generator_busy for one in rounds]),
        *cpu_figures([one.sent for one in rounds]),
    )
    return Report(
        bench="backlog",
        begun_at=begun_at,
        environment=environment,
        settings=Settings(
            rounds=size.rounds,
            gateways=size.gateways,
            messages=size.away * rounds[0].buffered.messages,
            points=rounds[0].buffered.readings_max,
            buffered_hours=size.hours,
        ),
        figures=figures,
        targets=(at_most(figures, TO_STREAM_P99, P99_WANTED_MS),),
        counts=counts,
        passed=counts.clean,
    )

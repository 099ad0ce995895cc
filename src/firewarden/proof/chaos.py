"""`firewarden chaos`: does the platform keep its promises while random faults strike it, round after round?"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from math import inf
from pathlib import Path
from time import monotonic
from typing import Protocol

from rich.console import Console

from firewarden.deploy.errors import DeployError
from firewarden.deploy.progress import Progress as Steps
from firewarden.proof.chaos_faults import NotStruckError, strike
from firewarden.proof.chaos_plan import Fault, plan, shares_lanes
from firewarden.proof.chaos_report import ChaosReport, Round, Struck
from firewarden.proof.chaos_stage import CityOptions, Stage, fresh_round, running_stage
from firewarden.proof.city_end import STALLED_S, Progress, has_ended, why_not_ended
from firewarden.proof.city_run import (
    SETTLE_S,
    comes_true,
    end_in_order_on_sigterm,
    settled,
    throw_away_folder,
)
from firewarden.proof.demo_stream import StreamWatcher
from firewarden.proof.due import Disturbance
from firewarden.proof.recovery import recovered_s
from firewarden.proof.scorecard import Scorecard, score
from firewarden.proof.truth_file import Truth, read_truth

STREAM_OPENS_S = 30.0
DISTURBED_S = 20.0
"""After a fault, silence is judged with certainty again only when all that was interrupted has caught up."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosOptions:
    """What to run. `rounds`: their numbers. `packages`: the folder of fetched programs."""

    rounds: Sequence[int]
    city: CityOptions
    packages: Path
    keep: bool = False
    """Leave the folder with logs and journals."""


class Audience(Protocol):
    """Who watches."""

    def begins(self) -> None:
        """Everything is up, and the first round begins."""

    def ends(self, one: Round) -> None:
        """A round is over."""


async def run_chaos(options: ChaosOptions, console: Console, audience: Audience) -> ChaosReport:
    """Play the rounds, one after the other. Raises DeployError."""
    begun_at = datetime.now(tz=UTC)
    end_in_order_on_sigterm()
    progress = Steps(console)
    rounds: list[Round] = []
    with throw_away_folder(console, keep=options.keep) as folder:
        try:
            async with running_stage(folder, options.packages, options.city, progress) as stage:
                progress.rest()
                audience.begins()
                for number in options.rounds:
                    rounds.append(await _round(stage, options.city, number))
                    audience.ends(rounds[-1])
        finally:
            progress.rest()
    return ChaosReport(
        begun_at=begun_at,
        ended_at=datetime.now(tz=UTC),
        city=options.city,
        passed=all(one.passed for one in rounds),
        rounds=tuple(rounds),
    )


async def _round(stage: Stage, city: CityOptions, number: int) -> Round:
    begun_s = monotonic()
    faults = plan(city.seed, number, seconds=city.seconds, lines=city.lines)
    truth_path = stage.folder / f"truth-{number}.jsonl"
    shared = shares_lanes(city.seed, number)
    async with fresh_round(stage, number, shared=shared) as fresh:
        watcher = StreamWatcher(fresh.env.api_url, stage.key)
        watching = asyncio.create_task(watcher.run())
        try:
            async with asyncio.timeout(STREAM_OPENS_S):
                await watcher.connected.wait()
            await fresh.supervisor.start(fresh.city(city, number, truth_path))
            struck, ended = await _live(fresh, city, faults, truth_path)
            await fresh.supervisor.stop("sim")
            truth = read_truth(truth_path)
            card, unseen = await _judged(fresh, truth, watcher, struck)
        except TimeoutError as error:
            raise DeployError("The event stream did not open.", "Look at api.log; run with --keep.") from error
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
    failures = [*card.failures]
    failures += [] if ended else [why_not_ended(truth_path)]
    failures += [f"incidents not on the event stream: {unseen}"] if unseen else []
    return Round(
        number=number,
        shared=shared,
        struck=tuple(replace(one, recovered_s=recovered_s(truth, one.at, one.until)) for one in struck),
        failures=tuple(failures),
        unseen=unseen,
        took_s=round(monotonic() - begun_s, 1),
        scorecard=card,
    )


async def _live(stage: Stage, city: CityOptions, faults: Sequence[Fault], truth: Path) -> tuple[list[Struck], bool]:
    """Let every fault strike when it is due, and wait for the city's own end; whether it came."""
    begun_s = monotonic()
    async with asyncio.TaskGroup() as tasks:
        striking = [tasks.create_task(_strike(stage, fault, begun_s)) for fault in faults]
    progress = Progress(truth, since_s=begun_s + city.seconds)
    await comes_true(lambda: has_ended(truth) or progress.stalled_s(monotonic()) > STALLED_S, within_s=inf)
    return [task.result() for task in striking], has_ended(truth)


async def _strike(stage: Stage, fault: Fault, begun_s: float) -> Struck:
    await asyncio.sleep(max(0.0, begun_s + fault.at_s - monotonic()))
    at = datetime.now(tz=UTC)
    prevented = ""
    try:
        await strike(stage, fault)
    except NotStruckError as error:
        prevented = str(error)
    return Struck(fault=fault, at=at, until=datetime.now(tz=UTC), prevented=prevented)


async def _judged(
    stage: Stage, truth: Truth, watcher: StreamWatcher, struck: Sequence[Struck]
) -> tuple[Scorecard, int]:
    """The scorecard, and how many incidents a client of the stream that resumes after each break did not hear of."""
    disturbances = [
        Disturbance(at=one.at, until=one.until + timedelta(seconds=DISTURBED_S), deafens=True) for one in struck
    ]
    card, held = await settled(
        stage.env.database_url,
        lambda held: score(truth, held, seen_at=watcher.seen_at, disturbances=disturbances),
    )
    opened = {incident.incident_id for incident in held.incidents}
    await comes_true(lambda: opened <= watcher.seen_at.keys(), within_s=SETTLE_S)
    return card, len(opened - watcher.seen_at.keys())

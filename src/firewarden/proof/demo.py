"""`firewarden demo`: does the whole platform keep its promises to a city whose truth is known?"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic

from rich.console import Console

from firewarden.deploy.errors import DeployError
from firewarden.deploy.progress import Progress as Steps
from firewarden.deploy.running import Platform, UpOptions, running_platform
from firewarden.proof.city_end import STALLED_S, Progress, has_ended, why_not_ended
from firewarden.proof.city_run import (
    LOOK_EVERY_S,
    end_in_order_on_sigterm,
    settled,
    stream_key,
    throw_away_folder,
)
from firewarden.proof.demo_report import Kill, Report
from firewarden.proof.demo_stream import StreamWatcher
from firewarden.proof.due import Disturbance
from firewarden.proof.scorecard import Scorecard, score
from firewarden.proof.truth_file import read_truth

STREAM_OPENS_S = 15.0
PACE = 400.0
"""On top of the speed: a minute then holds some hundred incidents, each shorter by as much."""
DISTURBED_S = 20.0
"""After a kill, silence is judged with certainty again only when all that was interrupted has caught up."""
KILLABLE = ("ingest", "desk", "risk", "upkeep", "api", "sim", "postgres", "mosquitto")


@dataclass(frozen=True, slots=True, kw_only=True)
class DemoOptions:
    """What to run. `packages`: the folder of fetched programs, shared with the installation."""

    seconds: float
    venues: int
    seed: int
    speed: float
    packages: Path
    protocol: str = "mqtt"
    pace: float = PACE
    kills: tuple[Kill, ...] = ()
    keep: bool = False
    """Leave the throw-away state folder, for whoever looks for the cause of a failure."""


def parse_kill(text: str) -> Kill:
    """Read NAME@SECOND. Raises ValueError."""
    name, at, second = text.partition("@")
    if not at or name not in KILLABLE:
        raise ValueError(f"expected NAME@SECOND with NAME one of {', '.join(KILLABLE)}, got {text!r}")
    return Kill(name=name, second=float(second))


async def run_demo(options: DemoOptions, console: Console) -> Report:
    """Bring everything up in a throw-away folder, run the city, drain, compare. Raises DeployError."""
    begun_at = datetime.now(tz=UTC)
    end_in_order_on_sigterm()
    progress = Steps(console)
    with throw_away_folder(console, keep=options.keep) as folder:
        up = UpOptions(
            state_root=folder / "state",
            packages=options.packages,
            simulate=False,
            register_city=False,
            memorable_ports=False,
        )
        try:
            async with running_platform(up, progress) as platform:
                progress.note("registering the city")
                files = await _register_city(platform, options, folder)
                progress.rest()
                card, watcher = await _measure(platform, options, files, console)
        finally:
            progress.rest()
    return Report(
        begun_at=begun_at,
        seconds=options.seconds,
        venues=options.venues,
        seed=options.seed,
        protocol=options.protocol,
        speed=options.speed,
        pace=options.pace,
        kills=options.kills,
        stream_reconnects=watcher.reconnects,
        passed=not card.failures,
        failures=card.failures,
        scorecard=card,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Files:
    credentials: Path
    truth: Path


async def _register_city(platform: Platform, options: DemoOptions, folder: Path) -> _Files:
    register = folder / "city.json"
    files = _Files(credentials=folder / "credentials.json", truth=folder / "truth.jsonl")
    await platform.run("sim", "city", "--out", str(register), *_city_arguments(options))
    await platform.run("register", "import", str(register), "--credentials-out", str(files.credentials))
    await platform.reload_credentials()
    return files


def _city_arguments(options: DemoOptions) -> tuple[str, ...]:
    city = ("--venues", str(options.venues), "--seed", str(options.seed), "--speed", str(options.speed))
    return (*city, "--protocol", options.protocol)


async def _measure(
    platform: Platform, options: DemoOptions, files: _Files, console: Console
) -> tuple[Scorecard, StreamWatcher]:
    watcher = StreamWatcher(platform.api_url, await stream_key(platform, "demo"))
    watching = asyncio.create_task(watcher.run())
    try:
        async with asyncio.timeout(STREAM_OPENS_S):
            await watcher.connected.wait()
        await _start_city(platform, options, files)
        disturbances = await _live(platform, options, files.truth, console)
        await platform.stop("sim")
        truth = read_truth(files.truth)
        card, _ = await settled(
            platform.database_url, lambda held: score(truth, held, seen_at=watcher.seen_at, disturbances=disturbances)
        )
    except TimeoutError as error:
        raise DeployError(
            f"The event stream did not open within {STREAM_OPENS_S:.0f} s.", "Look at api.log; run with --keep."
        ) from error
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)
    return card, watcher


async def _start_city(platform: Platform, options: DemoOptions, files: _Files) -> None:
    await platform.start(
        "sim",
        *("sim", "run", *_city_arguments(options), "--pace", str(options.pace)),
        *("--seconds", str(options.seconds), "--mqtt-url", platform.mqtt_url),
        *("--credentials", str(files.credentials), "--truth", str(files.truth)),
    )


async def _live(platform: Platform, options: DemoOptions, truth: Path, console: Console) -> list[Disturbance]:
    """Wait for the run's own end, killing what is to be killed on the way."""
    begun_s = monotonic()
    progress = Progress(truth, since_s=begun_s + options.seconds)
    kills = sorted(options.kills, key=lambda kill: kill.second)
    disturbances: list[Disturbance] = []
    with console.status("the city lives") as status:
        while not has_ended(truth):
            passed_s = monotonic() - begun_s
            if progress.stalled_s(monotonic()) > STALLED_S:
                raise DeployError(why_not_ended(truth), "Look at sim.log; run with --keep.")
            while kills and kills[0].second <= passed_s:
                disturbances.append(_kill(platform, kills.pop(0), console))
            what = "the city lives" if passed_s < options.seconds else "waiting until all is confirmed"
            status.update(f"{what}: {passed_s:.0f} s of {options.seconds:.0f} s")
            await asyncio.sleep(LOOK_EVERY_S)
    return disturbances


def _kill(platform: Platform, kill: Kill, console: Console) -> Disturbance:
    now = datetime.now(tz=UTC)
    try:
        pid = platform.kill(kill.name)
    except ProcessLookupError as error:
        raise DeployError(f"{kill.name} cannot be killed: {error}", "It was not running at that second.") from error
    console.print(f"  killed {kill.name} (process {pid}) at {kill.second:g} s", highlight=False)
    return Disturbance(at=now, until=now + timedelta(seconds=DISTURBED_S))

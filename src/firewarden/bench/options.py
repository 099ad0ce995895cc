"""How large is each bench, by default and in the quick form that only shows that it runs?"""

from dataclasses import dataclass, field
from pathlib import Path

from firewarden.bench.progress import Bars
from firewarden.deploy.supervisor import OnStep, ignore_step

BATCH_ROWS = 10_000
POINTS_OF_GATEWAY = 50
RATIO_WANTED = {50: 0.5, 1: 0.6}
"""Of the limit, by readings a message."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """What every bench needs to begin. `packages`: the folder of fetched programs, shared with the installation."""

    packages: Path
    bars: Bars
    on_step: OnStep = field(default=ignore_step)


@dataclass(frozen=True, slots=True, kw_only=True)
class CopySize:
    """As many rows as `ingest --points 50` stores."""

    rounds: int = 5
    gateways: int = 50
    messages_per_gateway: int = 400
    points: int = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class IngestSize:
    """`window`: messages published and not committed. It has to hold some batches, or it would be the limit."""

    points: int
    messages_per_gateway: int
    window: int
    rounds: int = 5
    gateways: int = 50
    workers: tuple[int, ...] = (1,)
    """How many processes of ingest; several numbers take turns within each round."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FramesSize:
    """One stream of so many frames, read `rounds` times."""

    rounds: int = 7
    frames: int = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskSize:
    """A city of so many venues, half a year of them known; `steps` of a second, each with `facts_per_step`."""

    rounds: int = 5
    venues: int = 3_000
    history_per_venue: int = 60
    steps: int = 4
    facts_per_step: int = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskLiveSize:
    """Venues with a gateway and `sensors` each send `rate` readings a second for `seconds`; `marks` of them have a fire
    or a fault, and one sweep of all venues falls into each round."""

    rounds: int = 3
    venues: int = 3_000
    sensors: int = 6
    rate: float = 2_000
    seconds: float = 40
    marks: int = 200
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmSize:
    """A city's gateways send `rate` messages a second, of `points` readings each, for `seconds`."""

    rate: float = 2_000
    rounds: int = 3
    seconds: float = 30
    fires: int = 200
    gateways: int = 1_222
    points: int = 1
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class OverloadSize:
    """First as much as ingest takes (`sample` messages a gateway), then for `seconds` `factor` times that.

    `backlog_max`: what the broker may come to hold. It would drop at a million; but it stands still for more than a
    second, each time that it saves its queue, with 300,000 of them.
    """

    rounds: int = 2
    gateways: int = 1_222
    points: int = 10
    sample: int = 80
    window: int = 6_000
    factor: float = 2
    seconds: float = 25
    backlog_max: int = 250_000
    fires_per_s: float = 8
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BacklogSize:
    """`away` of the gateways come back at once with what they kept for `hours`; see buffered.py for what that is."""

    rounds: int = 3
    gateways: int = 1_222
    away: int = 1_000
    hours: int = 24
    fires_per_s: float = 10
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class MemorySize:
    """Rounds of full load; then `outage_s` without database, while the broker comes to hold `queue_max` messages.

    `queued` of them at once, the others bit by bit. `held_per_gateway`: large messages that come first; together they
    are more than ingest takes without acknowledging.
    """

    outage_s: float
    rounds: int = 3
    gateways: int = 50
    messages_per_gateway: int = 800
    points: int = 50
    window: int = 3_000
    held_per_gateway: int = 120
    queued: int = 900_000
    queue_max: int = 980_000


@dataclass(frozen=True, slots=True, kw_only=True)
class QuerySize:
    """A city's register with at least `rows` readings over `days`, and what happened meanwhile.

    30,000 incidents a month, an episode for each and another one; each question is asked `asks` times.
    """

    rows: int
    days: int = 365
    venues: int = 1_222
    sensors: int = 6
    points: int = 50
    incidents: int = 365_000
    incidents_open: int = 500
    states_held: int = 5_000
    asks: int = 300
    seed: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewaysSize:
    """Devices on TCP with their heartbeats; one of them storms, and the others have fires."""

    devices: int = 1_000
    rounds: int = 2
    seconds: float = 90
    heartbeat_s: float = 30
    storm_per_min: float = 300
    fires_per_s: float = 0.5
    seed: int = 1


def copy_size(*, quick: bool) -> CopySize:
    """Rows of one `bench copy`."""
    return CopySize(rounds=2, messages_per_gateway=10) if quick else CopySize()


def risk_size(*, quick: bool) -> RiskSize:
    """Of `bench risk`."""
    return RiskSize(rounds=1, venues=50, history_per_venue=10, steps=2, facts_per_step=500) if quick else RiskSize()


def risk_live_size(*, quick: bool) -> RiskLiveSize:
    """Of `bench risk --live`."""
    return RiskLiveSize(rounds=1, venues=40, rate=200, seconds=8, marks=10) if quick else RiskLiveSize()


def frames_size(*, quick: bool) -> FramesSize:
    """Frames of one `bench frames`."""
    return FramesSize(rounds=2, frames=500) if quick else FramesSize()


def ingest_size(points: int, *, workers: tuple[int, ...] = (1,), quick: bool) -> IngestSize:
    """Messages of one `bench ingest`: some ten seconds a round."""
    if quick:
        return IngestSize(points=points, messages_per_gateway=20, window=3_000, rounds=1, workers=workers)
    rounds = 5 if len(workers) == 1 else 3
    if points == 1:
        return IngestSize(points=1, messages_per_gateway=4_000, window=16_000, rounds=rounds, workers=workers)
    return IngestSize(points=points, messages_per_gateway=400, window=3_000, rounds=rounds, workers=workers)


def alarm_size(rate: float, *, quick: bool) -> AlarmSize:
    """Telemetry and fires of one `bench alarm`."""
    return AlarmSize(rate=rate, rounds=1, seconds=2, fires=10, gateways=50) if quick else AlarmSize(rate=rate)


def overload_size(*, quick: bool) -> OverloadSize:
    """Telemetry and fires of one `bench alarm --overload`."""
    return OverloadSize(rounds=1, gateways=50, sample=20, seconds=1, fires_per_s=20) if quick else OverloadSize()


def backlog_size(*, quick: bool) -> BacklogSize:
    """Gateways and hours of one `bench backlog`."""
    return BacklogSize(rounds=1, gateways=60, away=40, hours=2, fires_per_s=20) if quick else BacklogSize()


def memory_size(minutes: float, *, quick: bool) -> MemorySize:
    """Load and outage of one `bench memory`."""
    if quick:
        return MemorySize(
            outage_s=3, rounds=1, messages_per_gateway=20, held_per_gateway=10, queued=2_000, queue_max=2_500
        )
    return MemorySize(outage_s=minutes * 60)


def query_size(rows: int, *, quick: bool) -> QuerySize:
    """City and questions of one `bench query`."""
    if not quick:
        return QuerySize(rows=rows)
    return QuerySize(rows=20_000, days=62, venues=20, incidents=2_000, incidents_open=20, states_held=200, asks=5)


def gateways_size(devices: int, seconds: float, storm_per_min: float, *, quick: bool) -> GatewaysSize:
    """Devices and signals of one `bench gateways`."""
    if quick:
        return GatewaysSize(devices=20, rounds=1, seconds=3, heartbeat_s=1, storm_per_min=300, fires_per_s=2)
    return GatewaysSize(devices=devices, seconds=seconds, storm_per_min=storm_per_min)

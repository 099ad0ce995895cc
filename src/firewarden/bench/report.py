"""How is a bench shown to a person, and written for a program?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from firewarden.bench.figures import Figure
from firewarden.deploy.state import write_atomic


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """On what it ran, and how busy that was just before (mean runnable processes over 1 and 5 min)."""

    cpu: str
    cores: int
    memory_mb: int
    kernel: str
    load_1_min: float
    load_5_min: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """The database's versions and those of its settings that decide about speed and durability."""

    postgres: str
    timescaledb: str
    fsync: str
    synchronous_commit: str
    full_page_writes: str
    shared_buffers: str
    max_wal_size: str
    wal_compression: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Versions:
    """Of everything else that took part."""

    firewarden: str
    python: str
    mosquitto: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the bench was told to do; None where it does not have such a thing."""

    rounds: int
    gateways: int
    messages: int
    points: int
    batch_rows: int | None = None
    window: int | None = None
    """Messages that may be on their way at once, published and not committed."""
    rate: float | None = None
    """Messages a second; None means as fast as they are taken."""
    seconds: float | None = None
    fires: int | None = None
    buffered_hours: int | None = None
    """What the gateways had kept before they came back."""
    rows: int | None = None
    days: int | None = None
    """Over which the readings are spread."""
    asks: int | None = None
    """How often each question was asked."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """What must be zero, over all rounds."""

    lost: int = 0
    duplicated: int = 0
    missed: int = 0
    doubled: int = 0
    quarantined: int = 0

    @property
    def clean(self) -> bool:
        """Whether all of it is."""
        return not (self.lost or self.duplicated or self.missed or self.doubled or self.quarantined)


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """What the median of a figure should not exceed. One that is missed is said, and changes nothing else."""

    figure: str
    unit: str
    at_most: float
    reached: bool


def at_most(figures: Sequence[Figure], name: str, limit: float) -> Target:
    """Compare the figure of that name. Raises KeyError where there is none."""
    found = {one.name: one for one in figures}[name]
    return Target(figure=name, unit=found.unit, at_most=limit, reached=found.median <= limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One quantity all the time, a value every so often."""

    name: str
    unit: str
    every_s: float
    values: tuple[float, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Where it ran; None stands for a program that the bench did not need."""

    machine: Machine
    versions: Versions
    server: Server | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """One bench and its result. `limit` was measured in the same run; `ratio` compares round by round."""

    bench: str
    begun_at: datetime
    environment: Environment
    settings: Settings
    figures: tuple[Figure, ...]
    limit: Figure | None = None
    ratio: Figure | None = None
    ratio_wanted: float | None = None
    targets: tuple[Target, ...] = ()
    series: tuple[Series, ...] = ()
    counts: Counts
    passed: bool


def write_report(report: Report, path: Path) -> None:
    """Write the report as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")


def show_report(report: Report, console: Console) -> None:
    """Print the report."""
    console.print(*_lines(report.environment), sep="\n", highlight=False, markup=False, soft_wrap=True)
    table = Table(f"bench {report.bench}", "", "median", "min", "max", box=None, pad_edge=False)
    for one in (*report.figures, *(extra for extra in (report.limit, report.ratio) if extra is not None)):
        table.add_row(one.name, one.unit, *(_number(value) for value in (one.median, one.least, one.most)))
    console.print(table)
    if report.ratio is not None and report.ratio_wanted is not None:
        verdict = "reached" if report.ratio.median >= report.ratio_wanted else "not reached"
        console.print(f"ratio wanted: {report.ratio_wanted:g}, {verdict}", highlight=False)
    for target in report.targets:
        verdict = "reached" if target.reached else "not reached"
        console.print(
            f"wanted: {target.figure} at most {_number(target.at_most)} {target.unit}, {verdict}",
            highlight=False,
            markup=False,
        )
    counts = report.counts
    style = "green" if report.passed else "red"
    console.print(
        f"lost {counts.lost:,}, duplicated {counts.duplicated:,}, missed {counts.missed:,}, "
        f"doubled {counts.doubled:,}, quarantined {counts.quarantined:,}",
        style=style,
        highlight=False,
    )


def _lines(environment: Environment) -> list[str]:
    machine, versions, server = environment.machine, environment.versions, environment.server
    programs = [f"firewarden {versions.firewarden}", f"Python {versions.python}"]
    if server is not None:
        programs += [f"PostgreSQL {server.postgres}", f"TimescaleDB {server.timescaledb}"]
    if versions.mosquitto is not None:
        programs.append(f"Mosquitto {versions.mosquitto}")
    lines = [
        f"machine     {machine.cpu}, {machine.cores} cores, {machine.memory_mb:,} MB, Linux {machine.kernel}; "
        f"load before {machine.load_1_min:.2f}",
        f"versions    {', '.join(programs)}",
    ]
    if server is not None:
        lines.append(f"durability  fsync {server.fsync}, synchronous_commit {server.synchronous_commit}")
    return lines


def _number(value: float) -> str:
    return f"{value:,.0f}" if value == int(value) else f"{value:,g}"

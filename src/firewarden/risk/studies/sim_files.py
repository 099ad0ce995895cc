"""What did the simulator write? It is run as a process of its own; nothing of it is imported."""

import csv
import subprocess
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec

from firewarden.risk.state.facts import Micros, VenueFact
from firewarden.risk.state.moments import micros

TIME_LIMIT_S = 1_800


class SimulatorError(Exception):
    """The simulator ended with an error, or what it wrote is not what is expected."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueVenue:
    """What nobody can see: quality from 0 (worst) to 1, the yearly rate of fires, and everything that happened."""

    quality: float
    fires_per_year: float
    uncontrolled: float
    """Averaged over the year: P(a fire gets out of control)."""
    fires: tuple[Micros, ...]
    out_of_control: tuple[Micros, ...]
    hazards: tuple[Micros, ...]
    """When a major hazard was determined there."""
    standing: tuple[tuple[Micros, Micros], ...]
    """While a facility was out for so long that it is a major hazard, determined or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrueMonth:
    """The hidden hazard at the end of a month: fires a year by venue, and P(out of control) by what works then."""

    at: Micros
    fires_per_year: dict[str, float]
    uncontrolled: dict[str, float]


@dataclass(frozen=True, slots=True, kw_only=True)
class Truth:
    """The whole of it, by the codes of the venues."""

    venues: dict[str, TrueVenue]
    months: tuple[TrueMonth, ...]


class _About(msgspec.Struct, frozen=True, kw_only=True):
    venue: str
    learnt_at: Micros


def simulate(out: Path, *, seed: int, venues: int, days: float, doubled: float = 0.0) -> None:
    """Let the simulator draw a year into the folder. Raises SimulatorError."""
    command = [sys.executable, "-m", "firewarden", "sim", "year", "--out", str(out)]
    command += ["--seed", str(seed), "--venues", str(venues), "--days", str(days), "--doubled", str(doubled)]
    done = subprocess.run(  # noqa: S603 - our own command
        command, capture_output=True, text=True, timeout=TIME_LIMIT_S, check=False
    )
    if done.returncode:
        raise SimulatorError(f"the simulator ended with {done.returncode}: {done.stderr.strip()[-500:]}")


def read_facts(out: Path) -> Iterator[tuple[str, Micros, VenueFact]]:
    """The venue, when the platform learns it, and the fact; in that order of time. Raises SimulatorError."""
    about, fact = msgspec.json.Decoder(_About), msgspec.json.Decoder[VenueFact](VenueFact)
    with (out / "facts.jsonl").open("rb") as lines:
        for number, line in enumerate(lines, start=1):
            try:
                whose = about.decode(line)
                yield whose.venue, whose.learnt_at, fact.decode(line)
            except msgspec.DecodeError as error:
                raise SimulatorError(f"facts.jsonl, line {number}: {error}") from error


def read_truth(out: Path) -> Truth:
    """What is true. Raises SimulatorError."""
    try:
        venues = {row["venue_id"]: _venue(row) for row in _rows(out / "truth.csv")}
        months: dict[Micros, TrueMonth] = {}
        for row in _rows(out / "truth_months.csv"):
            at = _moment(row["at"])
            month = months.setdefault(at, TrueMonth(at=at, fires_per_year={}, uncontrolled={}))
            month.fires_per_year[row["venue_id"]] = float(row["fires_per_year"])
            month.uncontrolled[row["venue_id"]] = float(row["uncontrolled"])
    except (KeyError, ValueError) as error:
        raise SimulatorError(f"the truth cannot be read: {error!r}") from error
    return Truth(venues=venues, months=tuple(months[at] for at in sorted(months)))


def _venue(row: Mapping[str, str]) -> TrueVenue:
    return TrueVenue(
        quality=float(row["quality"]),
        fires_per_year=float(row["fires_per_year"]),
        uncontrolled=float(row["uncontrolled"]),
        fires=_moments(row["fires"]),
        out_of_control=_moments(row["out_of_control"]),
        hazards=_moments(row["hazards"]),
        standing=_spans(row["standing"]),
    )


def _rows(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        yield from csv.DictReader(file)


def _moments(text: str) -> tuple[Micros, ...]:
    return tuple(_moment(part) for part in text.split(";") if part)


def _spans(text: str) -> tuple[tuple[Micros, Micros], ...]:
    pairs = (part.split("/") for part in text.split(";") if part)
    return tuple((_moment(since), _moment(until)) for since, until in pairs)


def _moment(text: str) -> Micros:
    return micros(datetime.fromisoformat(text))

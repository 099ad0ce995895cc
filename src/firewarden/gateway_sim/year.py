"""How does a year of the whole city become files? Facts in the order in which the platform learns them, and the truth.

Virtual time: nothing waits. Venues are drawn week by week and merged, so that memory holds a week of the city, not a
year. `facts.jsonl` is written as the platform numbers facts: each venue's own, dense, in the order of learning.
"""

import csv
import heapq
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from random import Random
from typing import IO, Any

import msgspec

from firewarden.gateway_sim.city import POINT_SCALE, City, Venue, build_city
from firewarden.gateway_sim.year_odds import YearOdds
from firewarden.gateway_sim.year_told import YEAR, Learnt
from firewarden.gateway_sim.year_venue import VenueYear

BEGIN = datetime(2024, 12, 31, 16, tzinfo=UTC)
"""New Year's Day of 2025 in the city."""
DAY_US = 86_400_000_000
MONTH = YEAR / 12
TIMES = ("raised_at", "began_at", "judged_at", "due_at")
"""Members of a fact that are moments besides `at`."""

VENUE_COLUMNS = ("venue_id", "use", "area_m2", "height_m", "built", "lat", "lon", "street", "district")
EVENT_COLUMNS = ("venue_id", "time", "kind")
TRUTH_COLUMNS = (
    "venue_id", "quality", "fires_per_year", "uncontrolled", "fires", "out_of_control", "hazards", "standing",
)  # fmt: skip
MONTH_COLUMNS = ("venue_id", "at", "fires_per_year", "uncontrolled")


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOptions:
    """What is to be simulated. `doubled` is the share of facts that come twice."""

    seed: int = 1
    venues: int = 1_222
    days: float = 365.0
    doubled: float = 0.0
    point_scale: float = POINT_SCALE

    def __post_init__(self) -> None:
        if not self.days > 0 or not 0 <= self.doubled < 1:
            raise ValueError("expected a number of days above 0, and a share of doubled facts from 0 to below 1")


@dataclass(frozen=True, slots=True, kw_only=True)
class YearCount:
    """What was written."""

    venues: int
    facts: int
    events: int
    fires: int
    hazards: int


@dataclass(order=True, slots=True)
class _Line:
    learnt: float
    number: int
    text: bytes


def write_year(options: YearOptions, out: Path, odds: YearOdds | None = None) -> YearCount:
    """Write venues.csv, events.csv, facts.jsonl, truth.csv and truth_months.csv into `out`."""
    city = build_city(seed=options.seed, venues=options.venues, point_scale=options.point_scale)
    lives = [_life(city, venue, odds or YearOdds(), options.point_scale) for venue in city.venues]
    marks = [MONTH * month for month in range(1, int(options.days / MONTH) + 1) if MONTH * month < options.days]
    out.mkdir(parents=True, exist_ok=True)
    _write_csv(out / "venues.csv", VENUE_COLUMNS, (_venue_row(venue) for venue in city.venues))
    with ExitStack() as stack:
        facts = stack.enter_context((out / "facts.jsonl").open("wb"))
        sheet = stack.enter_context((out / "events.csv").open("w", encoding="utf-8", newline=""))
        facts_count, events = _write_facts(_merged(lives, options.days, marks), facts, sheet, options)
    _write_csv(out / "truth.csv", TRUTH_COLUMNS, (_truth_row(life, options.days) for life in lives))
    _write_csv(out / "truth_months.csv", MONTH_COLUMNS, _month_rows(lives, marks))
    return YearCount(
        venues=len(lives),
        facts=facts_count,
        events=events,
        fires=sum(len(life.fires) for life in lives),
        hazards=sum(len(life.hazards) for life in lives),
    )


def micros(day: float) -> int:
    """Microseconds since 1970 of a day of the simulated year."""
    return round(BEGIN.timestamp()) * 1_000_000 + round(day * DAY_US)


def _life(city: City, venue: Venue, odds: YearOdds, point_scale: float) -> VenueYear:
    rng = Random(f"{city.seed}/year/{venue.code}")
    return VenueYear(venue, rng, odds, points=round(len(venue.gateway.points) / point_scale))


def _merged(lives: Sequence[VenueYear], days: float, marks: Sequence[float]) -> Iterator[tuple[Learnt, str]]:
    def one(life: VenueYear) -> Iterator[tuple[Learnt, str]]:
        return ((learnt, life.venue.code) for learnt in life.facts(days, marks))

    return heapq.merge(*(one(life) for life in lives), key=lambda pair: (pair[0].learnt, pair[1]))


def _write_facts(
    learnt: Iterable[tuple[Learnt, str]], facts: IO[bytes], sheet: IO[str], options: YearOptions
) -> tuple[int, int]:
    """The facts, and those of them that are records; how many of each."""
    rows = csv.writer(sheet, lineterminator="\n")
    rows.writerow(EVENT_COLUMNS)
    rng = Random(f"{options.seed}/doubled")
    repeats: list[_Line] = []
    numbers: dict[str, int] = {}
    written, events = 0, 0
    for order, (one, code) in zip(count(), learnt):
        number = numbers[code] = numbers.get(code, 0) + 1
        while repeats and repeats[0].learnt <= one.learnt:
            facts.write(heapq.heappop(repeats).text)
            written += 1
        line = _line(one, code, number)
        facts.write(line)
        written += 1
        if options.doubled and rng.random() < options.doubled:
            heapq.heappush(repeats, _Line(one.learnt + rng.uniform(0, 1), order, line))
        if one.event is not None:
            rows.writerow((code, _iso(one.at), one.event))
            events += 1
    facts.writelines(line.text for line in sorted(repeats))
    return written + len(repeats), events


def _line(one: Learnt, code: str, number: int) -> bytes:
    moments = {name: micros(day) for name in TIMES if isinstance(day := one.fact.get(name), float)}
    fact = {**one.fact, **moments, "number": number, "at": micros(one.at)}
    return msgspec.json.encode({"venue": code, "learnt_at": micros(one.learnt), **fact}) + b"\n"


def _iso(day: float) -> str:
    return (BEGIN + timedelta(days=day)).strftime("%Y-%m-%dT%H:%M:%SZ")


def _venue_row(venue: Venue) -> tuple[object, ...]:
    position = venue.position
    place = (position.lat, position.lon) if position else (None, None)
    street = venue.address.removeprefix("湘潭市").removeprefix(venue.district).rstrip("号0123456789")
    size = (venue.area_m2, venue.height_m, venue.built_year)
    return (venue.code, venue.use, *size, *place, street, venue.district)


def _truth_row(life: VenueYear, days: float) -> tuple[object, ...]:
    odds_in_order, out = life.in_order, min(1.0, life.days_out / days)
    uncontrolled = odds_in_order + (1 - odds_in_order) * out
    return (
        life.venue.code,
        life.venue.quality,
        f"{life.fires_per_year:.6g}",
        f"{uncontrolled:.6g}",
        _moments(fire.at for fire in life.fires),
        _moments(fire.at for fire in life.fires if fire.uncontrolled),
        _moments(life.hazards),
        ";".join(f"{_iso(out.since)}/{_iso(out.until)}" for out in sorted(life.standing)),
    )


def _moments(days: Iterable[float]) -> str:
    return ";".join(_iso(day) for day in sorted(days))


def _month_rows(lives: Sequence[VenueYear], marks: Sequence[float]) -> Iterator[tuple[object, ...]]:
    for place, mark in enumerate(marks):
        for life in lives:
            yield life.venue.code, _iso(mark), f"{life.fires_at(mark):.6g}", f"{life.uncontrolled[place]:.6g}"


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        sheet = csv.writer(file, lineterminator="\n")
        sheet.writerow(columns)
        sheet.writerows(rows)

"""What did the water of a venue do? Pressures and levels in a bounded number of samples."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from psycopg import AsyncConnection

from firewarden.api.fetch import fetch_all, fetch_the_one
from firewarden.api.resolution import Resolution, floor, picture
from firewarden.api.rows import PressureSeries, Sample, Series
from firewarden.desk.episodes import LATE_AFTER
from firewarden.ingest.facts import QUANTITY_NAMES, STORED_UNITS

WATER = ("pressure", "level")
POINTS_MAX = 20
SAMPLES_MAX = 1_000
UNREGISTERED_SEARCHED_MAX = 50
"""Points of unknown kind that are looked through for water readings, after the registered ones."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Point:
    point_id: int
    gateway_id: str
    address: str
    name: str
    floor: str
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sample:
    point_id: int
    quantity: str
    at: datetime
    mean: float
    lowest: float
    highest: float
    readings: int
    late: int | None
    last: float
    last_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    at: datetime


_SAMPLES: Mapping[Resolution, str] = {
    Resolution.READING: "samples",
    Resolution.HOUR: "samples_of_hours",
    Resolution.DAY: "samples_of_days",
}


async def pressure_series(
    connection: AsyncConnection,
    venue_id: int,
    *,
    since: datetime,
    until: datetime,
    samples_max: int = 300,
    points_max: int = 6,
) -> PressureSeries:
    """Water pressures and levels of a venue from `since` to before `until`, registered points first.

    Each series has at most `samples_max` samples (itself at most SAMPLES_MAX). Raises ValueError where `until` is
    not after `since`.
    """
    if until <= since:
        raise ValueError("expected `until` to be after `since`")
    samples_max, points_max = min(samples_max, SAMPLES_MAX), min(points_max, POINTS_MAX)
    seen = picture(since, until, samples_max)
    rows = points_max + UNREGISTERED_SEARCHED_MAX
    points = await fetch_all(
        connection, "measuring_points", {"venue_id": venue_id, "quantities": list(WATER), "rows": rows}, _Point
    )
    samples = await fetch_all(
        connection,
        _SAMPLES[seen.resolution],
        {
            "points": [point.point_id for point in points],
            "quantities": list(WATER),
            "step": seen.step,
            "since": seen.since,
            "tail": await _tail(connection, until, seen.resolution),
            "late_after": LATE_AFTER,
            "until": until,
            "rows": rows * len(WATER) * (samples_max + 1),
        },
        _Sample,
    )
    return PressureSeries(
        since=seen.since,
        until=until,
        resolution=seen.resolution,
        step_s=seen.step.total_seconds(),
        series=_series(points, samples)[:points_max],
    )


async def _tail(connection: AsyncConnection, until: datetime, resolution: Resolution) -> datetime:
    """From when on single readings are read: from the start of the first hour or day that may not be rolled up yet."""
    if resolution is Resolution.READING:
        return until
    found = await fetch_the_one(connection, "rolled_up_until", {"until": until}, _Moment)
    return floor(min(found.at, until), resolution)


def _series(points: tuple[_Point, ...], samples: tuple[_Sample, ...]) -> tuple[Series, ...]:
    """One series for each point and quantity that has readings, in the order of `points`."""
    found: dict[tuple[int, str], list[_Sample]] = {}
    for row in samples:
        found.setdefault((row.point_id, row.quantity), []).append(row)
    return tuple(
        Series(
            point_id=point.point_id,
            gateway_id=point.gateway_id,
            address=point.address,
            name=point.name,
            floor=point.floor,
            quantity=quantity,
            unit=STORED_UNITS[QUANTITY_NAMES[quantity]],
            low=point.low,
            high=point.high,
            latest=found[point.point_id, quantity][-1].last,
            latest_at=found[point.point_id, quantity][-1].last_at,
            samples=tuple(map(_sample, found[point.point_id, quantity])),
        )
        for point in points
        for quantity in WATER
        if (point.point_id, quantity) in found
    )


def _sample(row: _Sample) -> Sample:
    return Sample(
        at=row.at, mean=row.mean, lowest=row.lowest, highest=row.highest, readings=row.readings, late=row.late
    )

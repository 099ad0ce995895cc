"""What did the sensors measure in the simulated month? Packed day by day, in the order in which readings came.

The sensors of the first venues send a value every five minutes, the others' are read a few times a day. Some pressures
fall below their band, leak, stick or drift, and one street main gives way: what a month of a city has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import numpy as np
import numpy.typing as npt

from firewarden.dashboards.grafana.month.register import SENSORS, STREET_MAIN, Point
from firewarden.dashboards.grafana.month.tables import DAYS
from firewarden.ingest.facts import Quantity
from firewarden.ingest.reading_copy import POSTGRES_EPOCH, pack

DENSE_PER_DAY = 288
SPARSE_PER_DAY_MAX = 6
DAY_S = 86_400
LATENCY_US = 1_000_000
BURST_VENUES = range(11, 15)
"""Venues of one street main that gives way."""
BURST_H = 5.0
Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What a detector would find at a sensor: `since` hours before the end of the month, until now unless it ended."""

    point: Point
    what: str
    since_h: float
    ended_h: float | None
    value: float
    expected: float


_PLANS = (
    ("below", 30.0, None),
    ("stuck", 90.0, None),
    ("drift", 300.0, None),
    ("shift", 60.0, None),
    ("implausible", 8.0, None),
    ("silent", 20.0, None),
    ("above", 12.0, None),
    ("below", 200.0, 190.0),
)
PLAN_EVERY = 17
"""Every so many sensors one has something."""


def findings(sensors: Sequence[Point]) -> tuple[Finding, ...]:
    """What is wrong at which sensor."""
    found: list[Finding] = []
    for n, point in enumerate(sensors):
        role = n % len(SENSORS)
        if role == STREET_MAIN and point.venue.id in BURST_VENUES:
            found.append(_finding(point, ("main_burst", BURST_H, None)))
        elif n % PLAN_EVERY == PLAN_EVERY // 2:
            found.append(_finding(point, _PLANS[n // PLAN_EVERY % len(_PLANS)]))
    return tuple(found)


def _finding(point: Point, plan: tuple[str, float, float | None]) -> Finding:
    what, since_h, ended_h = plan
    low, high = _band(point)
    middle = (low + high) / 2
    value = {
        "below": low * 0.6, "main_burst": low * 0.4, "shift": low + 0.1 * (high - low), "above": high * 1.15,
        "implausible": high * 9, "drift": low, "stuck": middle, "silent": middle,
    }[what]  # fmt: skip
    return Finding(point=point, what=what, since_h=since_h, ended_h=ended_h, value=value, expected=middle)


def _band(point: Point) -> tuple[float, float]:
    assert point.kind.low is not None
    assert point.kind.high is not None
    return point.kind.low, point.kind.high


@dataclass(frozen=True, slots=True, kw_only=True)
class Readings:
    """`sensors`: of one venue after the other; the first `dense` of them are dense."""

    sensors: tuple[Point, ...]
    dense: int
    sparse_per_day: int
    now: datetime
    seed: int

    @property
    def in_all(self) -> int:
        """How many rows, about: what would come after `now` or while a sensor is silent does not."""
        return DAYS * (self.dense * DENSE_PER_DAY + (len(self.sensors) - self.dense) * self.sparse_per_day)


def plan(sensors: Sequence[Point], rows: int, now: datetime, seed: int) -> Readings:
    """So many readings in all, about: whole venues are dense, at least one."""
    a_day = rows / DAYS
    per_venue = len(SENSORS)
    spare = max(0.0, a_day - per_venue * DENSE_PER_DAY) / max(1, len(sensors))
    sparse = int(min(SPARSE_PER_DAY_MAX, max(1, spare)))
    venues = ceil(max(0.0, a_day - len(sensors) * sparse) / (DENSE_PER_DAY - sparse) / per_venue)
    dense = min(len(sensors), max(1, venues) * per_venue)
    return Readings(sensors=tuple(sensors), dense=dense, sparse_per_day=sparse, now=now, seed=seed)


def packed_day(readings: Readings, day: int) -> bytes:
    """The rows of a day, 0 the first and DAYS - 1 the last, as one binary COPY stream in the order of their times."""
    indices, seconds = _moments(readings)
    hours_left = (DAYS - day) * 24.0 - seconds / 3_600.0
    values, kept = _values(readings, indices, seconds, hours_left)
    indices, seconds, values = indices[kept], seconds[kept], values[kept]
    ids = np.array([point.id for point in readings.sensors], dtype=np.int64)
    level = np.array([point.kind.quantity == "level" for point in readings.sensors])
    begin = readings.now - timedelta(days=DAYS - day)
    at_us = (begin - POSTGRES_EPOCH) // timedelta(microseconds=1) + (seconds * 1_000_000).astype(np.int64)
    return pack(
        {
            "point_id": ids[indices],
            "quantity": np.where(level[indices], int(Quantity.LEVEL), int(Quantity.PRESSURE)),
            "value": values,
            "at": at_us,
            "sent_at": at_us,
            "received_at": at_us + LATENCY_US,
        }
    )


def _moments(readings: Readings) -> tuple[Ints, Floats]:
    """Which sensor is read how many seconds after the day's begin; each has a phase of its own. In order of time."""
    many = len(readings.sensors)
    parts = (
        (np.arange(readings.dense), DENSE_PER_DAY),
        (np.arange(readings.dense, many), readings.sparse_per_day),
    )
    indices: list[Ints] = []
    seconds: list[Floats] = []
    for of, per_day in parts:
        step = DAY_S / per_day
        phase = (of * 0.618_034 % 1.0) * step
        indices.append(np.tile(of, per_day).astype(np.int64))
        seconds.append(np.repeat(np.arange(per_day) * step, len(of)) + np.tile(phase, per_day))
    index, second = np.concatenate(indices), np.concatenate(seconds)
    order = np.argsort(second, kind="stable")
    return index[order], second[order]


def _values(
    readings: Readings, indices: Ints, seconds: Floats, hours_left: Floats
) -> tuple[Floats, npt.NDArray[np.bool_]]:
    """What is measured, and whether it comes at all."""
    bands = np.array([_band(point) for point in readings.sensors])
    low, high = bands[indices, 0], bands[indices, 1]
    middle, width = (low + high) / 2, high - low
    rng = np.random.default_rng([readings.seed, int(hours_left[-1] * 1_000) if len(hours_left) else 0])
    day = np.sin(seconds / DAY_S * 2 * np.pi + indices * 0.7)
    values = middle + width * (0.18 * day + rng.normal(0.0, 0.03, len(indices)))
    kept = np.ones(len(indices), dtype=bool)
    for finding in findings(readings.sensors):
        at = np.flatnonzero(indices == readings.sensors.index(finding.point))
        at = at[(hours_left[at] <= finding.since_h) & (hours_left[at] > (finding.ended_h or -1.0))]
        if finding.what == "silent":
            kept[at] = False
        elif finding.what == "drift":
            done = 1.0 - hours_left[at] / finding.since_h
            values[at] += done * (finding.value - finding.expected)
        elif finding.what == "stuck":
            values[at] = finding.value
        else:
            values[at] += finding.value - finding.expected
    return np.maximum(values, 0.0), kept

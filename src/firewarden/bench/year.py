"""What does a city's year of readings look like in the database? Packed day by day, in the order in which they came.

A part of the venues sends every sensor's value every five minutes; the others' sensors are read four times a day.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from math import ceil

import numpy as np
import numpy.typing as npt

from firewarden.ingest.facts import Quantity
from firewarden.ingest.reading_copy import POSTGRES_EPOCH, pack

DAY_S = 86_400
DENSE_PER_DAY = 288
SPARSE_PER_DAY = 4
LATENCY_US = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Year:
    """`sensors`: ids of the points that measure, of one venue after the other; the first venues' are dense."""

    sensors: tuple[int, ...]
    of_venue: int
    days: int
    rows: int
    """At least so many rows in all."""
    until: datetime

    @property
    def dense(self) -> int:
        """How many sensors are dense: whole venues of them."""
        needed = self.rows / self.days - len(self.sensors) * SPARSE_PER_DAY
        venues = ceil(max(0.0, needed) / (DENSE_PER_DAY - SPARSE_PER_DAY) / self.of_venue)
        return min(len(self.sensors), max(1, venues) * self.of_venue)

    @property
    def rows_of_day(self) -> int:
        """Each day has as many."""
        return self.dense * DENSE_PER_DAY + (len(self.sensors) - self.dense) * SPARSE_PER_DAY

    @property
    def rows_in_all(self) -> int:
        """Of all days."""
        return self.days * self.rows_of_day

    def begin_of(self, day: int) -> datetime:
        """When a day begins; the first is 0, the last ends at `until`."""
        return self.until - timedelta(days=self.days - day)


def packed_day(year: Year, day: int) -> bytes:
    """The rows of a day as one binary COPY stream, in the order of their times."""
    ids = np.array(year.sensors, dtype=np.int64)
    dense, sparse = _readings(ids[: year.dense], DENSE_PER_DAY), _readings(ids[year.dense :], SPARSE_PER_DAY)
    points, seconds = (np.concatenate(pair) for pair in zip(dense, sparse, strict=True))
    order = np.argsort(seconds, kind="stable")
    points, seconds = points[order], seconds[order]
    at_us = (year.begin_of(day) - POSTGRES_EPOCH) // timedelta(microseconds=1) + seconds * 1_000_000
    return pack(
        {
            "point_id": points,
            "quantity": Quantity.PRESSURE,
            "value": 0.25 + 0.05 * np.sin(seconds / 7_000 + points) + (points % 10) / 1_000,
            "at": at_us,
            "sent_at": at_us,
            "received_at": at_us + LATENCY_US,
        }
    )


def _readings(ids: npt.NDArray[np.int64], per_day: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Points, and seconds of the day: each point at its own second of every stretch."""
    step_s = DAY_S // per_day
    own_s = ids * 7_919 % step_s
    times_s = np.arange(per_day, dtype=np.int64) * step_s
    return np.tile(ids, per_day), (times_s[:, None] + own_s[None, :]).ravel()

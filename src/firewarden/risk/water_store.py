"""The rows of the water supply: sensors of the register, what is known of them, and new readings."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate

import msgspec
from psycopg import AsyncConnection

from firewarden.ingest.facts import QUANTITY_NAMES, Quantity
from firewarden.risk.live_store import rows
from firewarden.risk.water import sensor_state
from firewarden.risk.water.reading import Sensor
from firewarden.risk.water.sensor_state import SensorState
from firewarden.store.queries import Queries
from firewarden.store.reading_after import Snapshot

SQL = Queries("firewarden.risk", "water.sql")

BATCHES_A_STEP = 500
READINGS_A_STEP = 2_500
"""No further note belongs to a step whose notes tell of so many readings: fires and faults wait for the step's end."""
READINGS_MAX = 1_000
"""Of one sensor in one step; of a backlog that is longer the newest part waits for the notes that follow."""

FIRST_READINGS = 200
"""How many of its last readings a sensor of which nothing is known begins with."""

_LATE = timedelta(minutes=5)
"""Readings reach the table at most so long after they were received."""

WATER = (Quantity.PRESSURE, Quantity.LEVEL, Quantity.HEIGHT, Quantity.FLOW)
NAMES: Mapping[int, str] = {int(quantity): name for name, quantity in QUANTITY_NAMES.items() if quantity in WATER}


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorRow:
    """A sensor of the register with a normal band."""

    point_id: int
    venue_id: int
    quantity: str | None
    low: float | None
    high: float | None
    district: str
    lat: float | None
    lon: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A note that points have new readings."""

    id: int
    committed_at: datetime
    point_ids: list[int]
    rows: int
    at_min: datetime
    at_max: datetime


class ReadingRow(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    """One reading; there are thousands in a step."""

    point_id: int
    quantity: int
    at: datetime
    value: float
    received_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _StateRow:
    point_id: int
    version: str
    state: bytes


async def sensors(connection: AsyncConnection, venues: Sequence[int]) -> list[SensorRow]:
    """The water sensors of `venues`."""
    values = {"venues": list(venues), "quantities": list(NAMES.values())}
    return await rows(connection, SensorRow, SQL["sensors"], values)


async def states(connection: AsyncConnection, points: Sequence[int]) -> dict[int, SensorState]:
    """What was stored of `points`; a state of another version is none."""
    found: dict[int, SensorState] = {}
    for row in await rows(connection, _StateRow, SQL["sensor_states"], {"points": list(points)}):
        if row.version == sensor_state.VERSION:
            try:
                found[row.point_id] = sensor_state.decode(row.state)
            except msgspec.MsgspecError:
                continue
    return found


async def save(connection: AsyncConnection, of: Mapping[int, tuple[int, SensorState]]) -> None:
    """Store states by point, each with its venue."""
    if not of:
        return
    points = sorted(of)
    values = {
        "points": points,
        "venues": [of[point][0] for point in points],
        "versions": [sensor_state.VERSION] * len(points),
        "states": [sensor_state.encode(of[point][1]) for point in points],
    }
    await connection.execute(SQL["save_sensors"], values)


async def batches(
    connection: AsyncConnection, since: Snapshot, until: Snapshot, after: int
) -> tuple[list[Batch], bool]:
    """The next notes between two snapshots, in the order of their numbers, as many as a step takes; whether the last
    is among them.
    """
    values = {"since": since, "until": until, "after": after, "limit": BATCHES_A_STEP}
    found = await rows(connection, Batch, SQL["batches"], values)
    before = accumulate((batch.rows for batch in found), initial=0)
    taken = [batch for batch, rows_before in zip(found, before, strict=False) if rows_before < READINGS_A_STEP]
    return taken, len(taken) == len(found) < BATCHES_A_STEP


async def readings(connection: AsyncConnection, found: Sequence[Batch], known: Container[int]) -> list[ReadingRow]:
    """The readings of known sensors behind notes, in order of time for each sensor."""
    spans: dict[int, tuple[datetime, datetime, datetime]] = {}
    for batch in found:
        received = batch.committed_at - _LATE
        for point in batch.point_ids:
            if point in known:
                low, high, first = spans.get(point, (batch.at_min, batch.at_max, received))
                spans[point] = (min(low, batch.at_min), max(high, batch.at_max), min(first, received))
    if not spans:
        return []
    values = {
        "points": list(spans),
        "from": [span[0] for span in spans.values()],
        "to": [span[1] for span in spans.values()],
        "received": [span[2] for span in spans.values()],
        "codes": list(NAMES),
        "limit": READINGS_MAX,
    }
    return await rows(connection, ReadingRow, SQL["readings"], values)


async def newest(connection: AsyncConnection, points: Sequence[int]) -> list[ReadingRow]:
    """The last readings of `points`."""
    values = {"points": list(points), "codes": list(NAMES), "limit": FIRST_READINGS}
    return await rows(connection, ReadingRow, SQL["newest_readings"], values)


def sensor_of(row: SensorRow) -> Sensor:
    """As the detectors know it; a sensor of which nobody said what it measures is taken for a pressure gauge."""
    return Sensor(
        point=row.point_id, quantity=row.quantity or NAMES[int(Quantity.PRESSURE)], low=row.low, high=row.high
    )

"""What have the water detectors found at a venue's sensors, and what do their baselines expect? For plots."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from psycopg import AsyncConnection

from firewarden.api.fetch import fetch_all
from firewarden.api.rows import PressureSeries, Series
from firewarden.risk.water.reading import Sensor
from firewarden.risk.water.sensor_state import VERSION, decode

FINDINGS_MAX = 200
BAND_STEPS = 120
BAND_SCALES = 3.0
"""So many scales from the mean the band reaches."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterFinding:
    """One finding: from when to when (null: it holds), and what was measured where what was expected."""

    point_id: int
    what: str
    quantity: str
    began_at: datetime
    ended_at: datetime | None
    value: float | None
    expected: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Usual:
    """What the baseline of a sensor expects at a moment."""

    at: datetime
    low: float
    mean: float
    high: float


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterMarks:
    """What a plot of water shows besides the readings; `usual` by point, empty while too little is known."""

    findings: tuple[WaterFinding, ...]
    usual: dict[int, tuple[Usual, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Sensor:
    point_id: int
    state: bytes


async def water_marks(
    connection: AsyncConnection, venue_id: int, series: PressureSeries, *, baseline: bool
) -> WaterMarks:
    """Findings that held between the ends of `series`, as they were known at its end; and the baselines as of now."""
    params = {"venue_id": venue_id, "since": series.since, "until": series.until, "rows": FINDINGS_MAX}
    findings = await fetch_all(connection, "water_findings", params, WaterFinding)
    usual: dict[int, tuple[Usual, ...]] = {}
    if baseline:
        rows = await fetch_all(connection, "risk_sensors", {"venue_id": venue_id, "version": VERSION}, _Sensor)
        states = {row.point_id: row.state for row in rows}
        for each in series.series:
            if each.point_id in states and each.samples:
                usual[each.point_id] = tuple(_band(states[each.point_id], each, series))
    return WaterMarks(findings=findings, usual=usual)


def _band(state: bytes, series: Series, span: PressureSeries) -> Iterator[Usual]:
    try:
        detectors = decode(state).settled
    except msgspec.MsgspecError:
        return  # of another version
    sensor = Sensor(point=series.point_id, quantity=series.quantity, low=series.low, high=series.high)
    step = max((span.until - span.since) / BAND_STEPS, timedelta(minutes=1))
    at = span.since
    while at <= span.until:
        expected = detectors.expected(sensor, round(at.astimezone(UTC).timestamp() * 1e6))
        if expected is not None:
            apart = BAND_SCALES * expected.scale
            yield Usual(at=at, low=expected.mean - apart, mean=expected.mean, high=expected.mean + apart)
        at += step

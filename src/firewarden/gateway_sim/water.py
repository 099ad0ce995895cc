"""What does a water sensor read? Daily shape, jockey-pump saw-tooth, noise, and what is wrong with it."""

from dataclasses import dataclass
from enum import StrEnum
from math import exp
from random import Random

from firewarden.gateway_sim.odds import DAY_S, HOUR_S
from firewarden.gateway_sim.points import BANDS, Sensor

NOISE_SHARE = 0.003  # of the normal band
NIGHT_BEGINS_H, NIGHT_ENDS_H = 23, 5


class WaterFault(StrEnum):
    """What can be wrong behind a sensor."""

    LEAK = "leak"
    VALVE_SHUT = "valve_shut"
    PUMP_CANNOT_START = "pump_cannot_start"
    STUCK = "stuck"


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One fault of one sensor's water, from `since` on (activity seconds)."""

    fault: WaterFault
    since: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """The habits of one sensor in one building; drawn once."""

    sensor: Sensor
    base: float  # in the band's unit
    tooth: float  # height of the saw-tooth, same unit
    period_s: float  # of the saw-tooth
    phase_s: float


def draw_series(sensor: Sensor, rng: Random) -> Series:
    """The habits of a healthy sensor: it stays inside its band all day."""
    band = BANDS[sensor]
    span = band.high - band.low
    tooth = {Sensor.WORST_HYDRANT: 0.25, Sensor.HYDRANT_RING: 0.12, Sensor.VALVE_INLET: 0.10}.get(sensor, 0.0)
    if sensor is Sensor.ROOF_TANK:
        tooth = 0.15
    period_s = DAY_S if sensor is Sensor.ROOF_TANK else HOUR_S / rng.uniform(1, 6)
    return Series(
        sensor=sensor,
        base=band.low + span * rng.uniform(0.40, 0.60),
        tooth=span * tooth,
        period_s=period_s,
        phase_s=rng.uniform(0, period_s),
    )


def read(series: Series, t: float, day_s: float, trouble: Trouble | None, rng: Random) -> float:
    """The value at activity second `t`, `day_s` after midnight, in the band's unit; never below zero."""
    band = BANDS[series.sensor]
    if trouble is not None and trouble.fault is WaterFault.STUCK:
        return round(_healthy(series, trouble.since, day_s=12 * HOUR_S), 4)
    value = _healthy(series, t, day_s) + rng.gauss(0, NOISE_SHARE * (band.high - band.low))
    if trouble is not None:
        value = _troubled(value, trouble, t, band.high)
    return round(max(value, 0.0), 4)


def _healthy(series: Series, t: float, day_s: float) -> float:
    share = ((t + series.phase_s) % series.period_s) / series.period_s
    return series.base + series.tooth * (0.5 - share) + _daily(series.sensor, day_s)


def _daily(sensor: Sensor, day_s: float) -> float:
    """The town drinks in the morning and in the evening, and the street main shows it (MPa)."""
    if sensor is not Sensor.STREET_MAIN:
        return 0.0
    hour = day_s / HOUR_S
    night = 0.04 if hour < NIGHT_ENDS_H or hour >= NIGHT_BEGINS_H else 0.0
    return night - 0.06 * (_bump(hour, 8.0, 0.8) + _bump(hour, 19.5, 1.2))


def _bump(hour: float, centre: float, width: float) -> float:
    return exp(-(((hour - centre) / width) ** 2))


def _troubled(value: float, trouble: Trouble, t: float, top: float) -> float:
    match trouble.fault:
        case WaterFault.LEAK:
            return value - 0.02 * top * (t - trouble.since) / HOUR_S
        case WaterFault.VALVE_SHUT:
            return 0.02 * top
        case WaterFault.PUMP_CANNOT_START:
            return value - 0.35 * top
        case WaterFault.STUCK:
            return value

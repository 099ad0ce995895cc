"""What does a water sensor read? Generated series of the shapes that buildings show, healthy and not."""

from collections.abc import Callable, Iterator
from math import exp
from random import Random

from firewarden.risk.water.reading import DAY, SECOND, Gate, Reading, Sensor
from firewarden.risk.water.sensor_state import SensorState, add

START = 20_000 * DAY
MINUTE_S = 60.0
HOUR_S = 3600.0
DAY_S = 86_400.0

RING = Sensor(point=1, quantity="pressure", low=0.4, high=0.9)
WORST = Sensor(point=2, quantity="pressure", low=0.1, high=0.3)
MAIN = Sensor(point=3, quantity="pressure", low=0.14, high=0.45)
TANK = Sensor(point=4, quantity="level", low=85.0, high=98.0)

Fault = Callable[[float, float], float]
"""What becomes of a healthy value so many seconds after the fault began."""


def healthy(sensor: Sensor, t: float) -> float:
    """Saw-tooth of the jockey pump (of the tank: once a day), and the town that drinks in the morning and evening."""
    assert sensor.low is not None
    assert sensor.high is not None
    width = sensor.high - sensor.low
    middle = sensor.low + 0.5 * width
    if sensor is MAIN:
        hour = (t + 8 * HOUR_S) % DAY_S / HOUR_S
        return middle - 0.06 * (exp(-(((hour - 8) / 0.8) ** 2)) + exp(-(((hour - 19.5) / 1.2) ** 2)))
    period = DAY_S if sensor is TANK else 22 * MINUTE_S
    return middle + 0.2 * width * (0.5 - t % period / period)


def readings(
    sensor: Sensor, *, days: float, seed: int = 0, fault: Fault | None = None, fault_s: float = 0.0
) -> Iterator[Reading]:
    """A reading about every three minutes for so many days; the fault begins `fault_s` seconds after the start."""
    rng, t = Random(seed), 0.0
    assert sensor.low is not None
    assert sensor.high is not None
    noise = 0.003 * (sensor.high - sensor.low)
    while t < days * DAY_S:
        value = healthy(sensor, t) + rng.gauss(0, noise)
        if fault is not None and t >= fault_s:
            value = fault(value, t - fault_s)
        yield Reading(at=START + round(t) * SECOND, value=round(value, 4))
        t += 180 * rng.uniform(0.9, 1.1)


def watched(sensor: Sensor, *, days: float = 21, seed: int = 0) -> SensorState:
    """The state of a sensor that was healthy for so many days."""
    state = SensorState()
    feed(state, sensor, readings(sensor, days=days, seed=seed))
    return state


def feed(state: SensorState, sensor: Sensor, series: Iterator[Reading], gate: Gate | None = None) -> int:
    """Add each reading when it is taken; the time of the last one."""
    at = 0
    for reading in series:
        at = reading.at
        add(state, sensor, Reading(at=at, value=reading.value, gate=gate or reading.gate), at)
    return at

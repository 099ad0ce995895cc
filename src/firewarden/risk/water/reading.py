"""What goes into the water detectors and what comes out: a sensor, its readings, what explains them, findings."""

from dataclasses import dataclass
from enum import StrEnum

import msgspec

from firewarden.risk.state.facts import Micros, WaterKind

SECOND = 1_000_000
MINUTE = 60 * SECOND
HOUR = 60 * MINUTE
DAY = 24 * HOUR


class Gate(StrEnum):
    """Why the water may behave unusually without anything being wrong, the strongest reason last."""

    PUMP_RUNNING = "pump_running"
    TEST = "test"
    MAINTENANCE = "maintenance"


STRENGTH = {None: 0, Gate.PUMP_RUNNING: 1, Gate.TEST: 2, Gate.MAINTENANCE: 3}


def stronger(one: Gate | None, other: Gate | None) -> Gate | None:
    """The gate that explains more; the order of the two does not matter."""
    return max(one, other, key=STRENGTH.__getitem__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """What the register says of a sensor. The normal band may lack a side, or both."""

    point: int
    quantity: str
    low: float | None = None
    high: float | None = None

    @property
    def width(self) -> float | None:
        """Of the band; of a band with one side, the distance of that side from nothing."""
        if self.low is not None and self.high is not None:
            return self.high - self.low
        side = self.low if self.low is not None else self.high
        return abs(side) if side else None


class Reading(msgspec.Struct, frozen=True, array_like=True, gc=False):
    """One finite value at one moment, and what explained it then."""

    at: Micros
    value: float
    gate: Gate | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What holds at one sensor. `since`: when, by the evidence, it began; `expected`: the limit or the baseline."""

    finding: str
    point: int
    what: WaterKind
    quantity: str
    since: Micros
    value: float | None = None
    expected: float | None = None
    confirmed: bool = True
    """Whether it has lasted as long as its kind must before somebody is sent."""
    suppressed: Gate | None = None
    """What explains it at the moment; it is shown, and does not count."""


def finding_id(point: int, what: WaterKind, since: Micros) -> str:
    """The same finding has the same id, whoever computes it and how often."""
    return f"{point}:{what}:{since}"


def finding_of(
    sensor: Sensor, what: WaterKind, since: Micros, value: float | None = None, expected: float | None = None
) -> Finding:
    """That finding at that sensor."""
    return Finding(
        finding=finding_id(sensor.point, what, since),
        point=sensor.point,
        what=what,
        quantity=sensor.quantity,
        since=since,
        value=value,
        expected=expected,
    )

"""Is the value outside the band of the register?

It is at once when a reading says so, and is over when the value has stayed inside, with a margin, for ten minutes:
pressure that swings around its limit is one finding, not one for every swing of the jockey pump.
"""

import msgspec

from firewarden.risk.state.facts import Micros, WaterKind
from firewarden.risk.water.reading import MINUTE, Reading, Sensor

CONFIRMED_AFTER = 10 * MINUTE
BACK = 0.02  # of the band's width
BACK_FOR = 10 * MINUTE


class Limit(msgspec.Struct, array_like=True):
    """On which side the value is, since when, and how far out it has been."""

    side: WaterKind | None = None
    since: Micros = 0
    worst: float = 0.0
    out_at: Micros = 0
    back_since: Micros | None = None

    def step(self, sensor: Sensor, reading: Reading) -> None:
        """Take in a plausible reading."""
        side = _side(sensor, reading.value)
        if side is None:
            self._inside(sensor, reading)
            return
        if side is not self.side:
            self.side, self.since, self.worst = side, reading.at, reading.value
        worse = min if side is WaterKind.BELOW else max
        self.worst, self.out_at, self.back_since = worse(self.worst, reading.value), reading.at, None

    def confirmed(self, now: Micros) -> bool:
        """Whether the value has been outside for more than ten minutes, the swings back inside included."""
        until = now if self.back_since is None else self.out_at
        return until - self.since > CONFIRMED_AFTER

    def _inside(self, sensor: Sensor, reading: Reading) -> None:
        if self.side is None or not _back(sensor, self.side, reading.value):
            return
        if self.back_since is None:
            self.back_since = reading.at
        if reading.at - self.back_since >= BACK_FOR:
            self.side = self.back_since = None


def limit(sensor: Sensor, side: WaterKind) -> float | None:
    """The limit of that side."""
    return sensor.low if side is WaterKind.BELOW else sensor.high


def _side(sensor: Sensor, value: float) -> WaterKind | None:
    if sensor.low is not None and value < sensor.low:
        return WaterKind.BELOW
    if sensor.high is not None and value > sensor.high:
        return WaterKind.ABOVE
    return None


def _back(sensor: Sensor, side: WaterKind, value: float) -> bool:
    line, width = limit(sensor, side), sensor.width
    if line is None or width is None:
        return True  # the register has no such limit any more
    return value >= line + BACK * width if side is WaterKind.BELOW else value <= line - BACK * width

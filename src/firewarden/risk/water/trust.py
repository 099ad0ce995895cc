"""Can the sensor be believed at all: are its values possible, are its jumps, and does it still speak?"""

import msgspec

from firewarden.risk.state.facts import Micros
from firewarden.risk.water.physics import Physics
from firewarden.risk.water.reading import MINUTE, Reading

PERSIST = 2  # impossible values in a row: one may be a disturbance of the line
CLEAN = 10  # possible ones in a row before the sensor is believed again
MISSED = 6  # usual intervals
SILENT_MIN = 5 * MINUTE
INTERVALS_MIN = 10
INTERVAL_WEIGHT = 0.05
INTERVAL_CUT = 8  # usual intervals: a gap is one, however long


class Trust(msgspec.Struct, array_like=True):
    """The last possible value, and how many impossible ones came since."""

    last: float | None = None
    last_at: Micros = 0
    wrong: int = 0
    wrong_since: Micros = 0
    wrong_value: float = 0.0
    clean: int = 0
    since: Micros | None = None

    def step(self, reading: Reading, physics: Physics) -> bool:
        """Take in a reading; whether its value is possible, so that the other detectors may see it."""
        possible = physics.possible(reading.value)
        jumped = possible and not self._reachable(reading, physics)
        if possible:
            self.last, self.last_at = reading.value, reading.at
        if possible and not jumped:
            self._believe()
        else:
            self._doubt(reading, at_once=jumped)
        return possible

    def _reachable(self, reading: Reading, physics: Physics) -> bool:
        return self.last is None or physics.reachable(self.last, reading.value, reading.at - self.last_at)

    def _believe(self) -> None:
        self.wrong = 0
        self.clean += 1
        if self.clean >= CLEAN:
            self.since = None

    def _doubt(self, reading: Reading, *, at_once: bool) -> None:
        if self.wrong == 0:
            self.wrong_since = reading.at
        self.wrong += 1
        self.clean = 0
        if self.since is None and (at_once or self.wrong >= PERSIST):
            self.since, self.wrong_value = self.wrong_since, reading.value


class Silence(msgspec.Struct, array_like=True):
    """When the sensor last spoke, and how often it usually does."""

    last_at: Micros | None = None
    interval: float = 0.0
    intervals: int = 0

    def step(self, at: Micros) -> None:
        """Take in that there was a reading."""
        if self.last_at is not None and at > self.last_at:
            interval = float(at - self.last_at)
            if self.intervals >= INTERVALS_MIN:
                interval = min(interval, INTERVAL_CUT * self.interval)
            self.intervals += 1
            self.interval += max(1 / self.intervals, INTERVAL_WEIGHT) * (interval - self.interval)
        self.last_at = at if self.last_at is None else max(at, self.last_at)

    def found_since(self, now: Micros) -> Micros | None:
        """When the sensor was last heard, if that is too long ago."""
        if self.last_at is None or self.intervals < INTERVALS_MIN:
            return None
        return self.last_at if now - self.last_at > max(SILENT_MIN, MISSED * self.interval) else None

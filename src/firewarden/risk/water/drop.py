"""Did the pressure fall within minutes? Alone that is a tap; in several buildings of a street it is the main.

Shifts are seen in quarter hours; here every reading counts. The level is an average over half an hour that stands
still during a fall, for an hour at most.
"""

from math import exp

import msgspec

from firewarden.risk.state.facts import Micros
from firewarden.risk.water.reading import DAY, HOUR, MINUTE, Reading

LEVEL_TAU = 30 * MINUTE
NOISE_TAU = DAY
FALL = 5.0  # mean absolute deviations
FALL_SHARE = 0.1  # of the level
PERSIST = 2  # readings
HOLD = HOUR
READINGS_MIN = 30


class Drop(msgspec.Struct, array_like=True):
    """The level before, how restless it is, and since when the value is far below it."""

    level: float = 0.0
    noise: float = 0.0
    last_at: Micros = 0
    readings: int = 0
    low: int = 0
    low_since: Micros = 0
    since: Micros | None = None

    def step(self, reading: Reading) -> None:
        """Take in a plausible reading that nothing explains."""
        took = reading.at - self.last_at
        self.last_at = reading.at
        deviation = reading.value - self.level
        line = max(FALL * self.noise, FALL_SHARE * abs(self.level))
        if self.readings >= READINGS_MIN and self._falls(reading.at, deviation, line):
            return
        self.readings += 1
        gain = max(1 / self.readings, 1 - exp(-took / LEVEL_TAU))
        self.level += gain * deviation
        if self.readings > 1:
            size = min(abs(deviation), 2 * line) if self.readings > READINGS_MIN else abs(deviation)
            self.noise += max(1 / self.readings, 1 - exp(-took / NOISE_TAU)) * (size - self.noise)

    def _falls(self, at: Micros, deviation: float, line: float) -> bool:
        """Whether the value is so far down that the level must not follow it."""
        if deviation >= (-line / 2 if self.since is not None else -line):
            self.low, self.since = 0, None
            return False
        if self.low == 0:
            self.low_since = at
        self.low += 1
        if self.low >= PERSIST:
            self.since = self.low_since
        if at - self.low_since > HOLD:
            self.low, self.since = 0, None
            self.readings = READINGS_MIN // 2  # the new level is learnt quickly, and nothing is said meanwhile
            return False
        return True

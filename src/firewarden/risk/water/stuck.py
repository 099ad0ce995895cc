"""Does the sensor say the same value for longer than it ever does?

A sensor that is alive varies in its own way: by noise with every reading, or, with a coarse display, once an hour.
Each sensor's longest run of one value is remembered (half of it forgotten in 30 days), and a run is suspicious when it
is three times as long. A run that was found is not learnt: a sensor does not grow accustomed to being stuck.
"""

import msgspec

from firewarden.risk.state.facts import Micros
from firewarden.risk.water.reading import DAY, HOUR, Reading

TIMES = 3.0
LEAST = HOUR
READINGS_MIN = 12  # of the same value
CHANGES_MIN = 200  # seen before anything is said
WATCHED_MIN = 2 * DAY
FORGET_HALF = 30 * DAY


class Stuck(msgspec.Struct, array_like=True):
    """The run of one value that goes on, and how long such runs usually are."""

    value: float = 0.0
    since: Micros | None = None
    readings: int = 0
    last: Micros = 0
    longest: float = 0.0  # microseconds
    learnt_at: Micros = 0
    changes: int = 0
    first: Micros = 0

    def step(self, reading: Reading) -> None:
        """Take in a plausible reading."""
        if self.since is None:
            self.first = self.learnt_at = reading.at
        elif reading.value == self.value:
            self.readings += 1
            self.last = reading.at
            return
        else:
            self._learn(reading.at)
        self.value, self.since, self.last, self.readings = reading.value, reading.at, reading.at, 1

    def found_since(self) -> Micros | None:
        """When the sensor stuck, if it has."""
        if self.since is None or self.readings < READINGS_MIN:
            return None
        if self.changes < CHANGES_MIN or self.since - self.first < WATCHED_MIN:
            return None
        return self.since if self.last - self.since > max(LEAST, TIMES * self.longest) else None

    def _learn(self, now: Micros) -> None:
        assert self.since is not None
        if self.found_since() is None:
            forgotten = self.longest * 0.5 ** ((now - self.learnt_at) / FORGET_HALF)
            self.longest = max(forgotten, float(self.last - self.since))
            self.learnt_at = now
            self.changes += 1

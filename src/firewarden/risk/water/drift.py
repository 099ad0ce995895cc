"""Does the sensor walk away slowly, so slowly that its baseline walks with it?

Daily means are held against a long reference (about two months), which forgets far more slowly than the baseline.
"""

import msgspec

from firewarden.risk.state.facts import Micros
from firewarden.risk.water.baseline import LOCAL, TO_SIGMA
from firewarden.risk.water.reading import DAY

FAST_WEIGHT = 2 / 8  # a week
SLOW_WEIGHT = 2 / 61  # two months
DAYS_MIN = 21  # before anything is said
READINGS_MIN = 24  # in a day that counts
FAR = 4.0  # scales of a daily mean
SMALLEST = 0.05  # of the band's width
PERSIST = 3  # days
BACK = 0.5


class Drift(msgspec.Struct, array_like=True):
    """The day that goes on, the fast mean and the slow reference, and the finding while there is one."""

    day: int = 0
    total: float = 0.0
    readings: int = 0
    days: int = 0
    fast: float = 0.0
    slow: float = 0.0
    scale: float = 0.0
    out: int = 0
    out_since: Micros = 0
    since: Micros | None = None

    def step(self, at: Micros, value: float, smallest: float) -> None:
        """Take in a plausible reading that nothing explains."""
        day = (at + LOCAL) // DAY
        if day != self.day:
            if self.readings >= READINGS_MIN:
                self._close(smallest)
            self.day, self.total, self.readings = day, 0.0, 0
        self.total += value
        self.readings += 1

    def _close(self, smallest: float) -> None:
        mean = self.total / self.readings
        if self.days == 0:
            self.fast = self.slow = mean
        self.fast += max(1 / (self.days + 1), FAST_WEIGHT) * (mean - self.fast)
        if self.days >= DAYS_MIN:
            self._judge(smallest)
        deviation = abs(mean - self.slow)
        if self.days >= DAYS_MIN:
            deviation = min(deviation, 3 * max(self.scale, smallest / FAR) / TO_SIGMA)
        weight = max(1 / (self.days + 1), SLOW_WEIGHT)
        self.scale += weight * (deviation * TO_SIGMA - self.scale)
        if self.since is None:
            self.slow += weight * (mean - self.slow)
        self.days += 1

    def _judge(self, smallest: float) -> None:
        line = max(FAR * self.scale, smallest)
        apart = abs(self.fast - self.slow)
        if apart > line:
            if self.out == 0:
                self.out_since = self.day * DAY - LOCAL
            self.out += 1
            if self.out >= PERSIST and self.since is None:
                self.since = self.out_since
        else:
            self.out = 0
            if apart < BACK * line:
                self.since = None

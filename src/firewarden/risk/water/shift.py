"""Has the mean of a sensor moved against its own baseline, and since when?

Means of quarter hours are standardised by the baseline and charted by EWMA and CUSUM. Pressure swings with the jockey
pump, so one quarter hour resembles the next, which would make both charts cry: they are scaled by the spread that the
EWMA itself has shown (as in Zhang's EWMAST chart, 1998), which equals the textbook's where values are independent.
"""

import msgspec

from firewarden.risk.state.facts import Micros
from firewarden.risk.water.baseline import TO_SIGMA, Expected
from firewarden.risk.water.charts import Cusum, ewma_sd

WEIGHT = 0.2  # of the EWMA: it sees a shift of one scale after about two hours
LIMIT = 4.5  # standard deviations of the EWMA
K, H = 0.75, 8.0  # of the CUSUM (Bakker et al. 2014: k .5-.75, h 5-8); about one false alarm in years of quarter hours
PERSIST = 2  # quarter hours that the EWMA must stay out
CALM = 4  # quarter hours within half the limits before it is over
SPREAD_WEIGHT = 1 / 400
Z_MAX = 8.0  # one wild quarter hour is one, however wild
SMALLEST = 0.02  # of the band's width: a smaller change matters to nobody


class Shift(msgspec.Struct, array_like=True):
    """Both charts, and the finding while there is one."""

    ewma: float = 0.0
    spread: float = 0.0
    """Mean absolute value that the EWMA had when nothing was found."""
    spreads: int = 0
    apart: float = 0.0
    """EWMA of the deviation, in the sensor's own unit."""
    cusum: Cusum = msgspec.field(default_factory=Cusum)
    out: int = 0
    calm: int = 0
    since: Micros | None = None
    found_at: Micros = 0
    value: float = 0.0
    expected: float = 0.0

    def step(self, at: Micros, mean: float, expected: Expected, smallest: float) -> None:
        """Take in the mean of the quarter hour that began at `at`; `smallest` is the least change that matters."""
        z = max(-Z_MAX, min(Z_MAX, (mean - expected.mean) / expected.scale))
        sd = self._sd()
        self.ewma += WEIGHT * (z - self.ewma)
        self.apart += WEIGHT * (mean - expected.mean - self.apart)
        self.cusum.step(z * ewma_sd(WEIGHT) / sd, at, k=K, bound=2 * H)
        self.out = self.out + 1 if abs(self.ewma) > LIMIT * sd else 0
        if self.since is None:
            self._look(at, mean, expected.mean, smallest)
        else:
            self._calm_down(sd)
        if self.since is None:
            self.spreads += 1
            seen = min(abs(self.ewma), 3 * sd)
            self.spread += max(1 / self.spreads, SPREAD_WEIGHT) * (seen - self.spread)

    def _sd(self) -> float:
        return max(ewma_sd(WEIGHT), self.spread * TO_SIGMA)

    def _look(self, at: Micros, mean: float, expected: float, smallest: float) -> None:
        by_cusum = self.cusum.highest > H
        if abs(self.apart) < smallest or not (self.out >= PERSIST or by_cusum):
            return
        self.since = self.cusum.since if self.cusum.highest > 0 else at
        self.found_at, self.calm = at, 0
        self.value, self.expected = mean, expected

    def _calm_down(self, sd: float) -> None:
        quiet = abs(self.ewma) < LIMIT * sd / 2 and self.cusum.highest < H / 2
        self.calm = self.calm + 1 if quiet else 0
        if self.calm >= CALM:
            self.since = None

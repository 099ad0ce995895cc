"""Has the mean of a standardised residual moved? The two charts of statistical process control, O(1) each.

EWMA: E <- E + weight * (z - E). CUSUM, two-sided: C <- max(0, C +- z - k). When the sum last left zero is the usual
estimate of when the change began (Page 1954). Both find bursts: Jung, Kang, Liu and Lansey 2015.
"""

from math import sqrt

import msgspec

from firewarden.risk.state.facts import Micros


def ewma_sd(weight: float) -> float:
    """Standard deviation of an EWMA of independent values of standard deviation 1."""
    return sqrt(weight / (2 - weight))


class Cusum(msgspec.Struct, array_like=True):
    """Sums of what exceeds `k` upwards and downwards, bounded so that they come down again when the change is over."""

    up: float = 0.0
    down: float = 0.0
    up_since: Micros = 0
    down_since: Micros = 0

    def step(self, z: float, at: Micros, *, k: float, bound: float) -> None:
        """Take in the residual of the bucket that began at `at`."""
        if self.up == 0:
            self.up_since = at
        if self.down == 0:
            self.down_since = at
        self.up = min(max(0.0, self.up + z - k), bound)
        self.down = min(max(0.0, self.down - z - k), bound)

    @property
    def highest(self) -> float:
        """The larger of both sums."""
        return max(self.up, self.down)

    @property
    def since(self) -> Micros:
        """When the larger sum left zero."""
        return self.up_since if self.up >= self.down else self.down_since

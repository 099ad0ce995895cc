"""What is usual for this sensor at this hour of the week?

168 slots of the local week, each an EWMA of quarter-hour means with a robust scale (mean absolute deviation, with
deviations cut off at three scales, so that one bad hour does not widen it). A slot is warm after two weeks; until
then the same hour of all days together is used, with a wider scale; in the first two days nothing is said.
"""

from dataclasses import dataclass
from struct import calcsize, pack_into, unpack_from

import msgspec

from firewarden.risk.water.reading import HOUR, Micros

LOCAL = 8 * HOUR  # Asia/Shanghai, which has no summer time
SLOTS = 168
HOURS = 24
FLOAT = calcsize("<f")
WARM = 8  # quarter hours: two weeks of this hour of the week, or two days of this hour of the day
MEAN_WEIGHT = 1 / 16  # four weeks of quarter hours
SCALE_WEIGHT = 1 / 32
NOISE_WEIGHT = 1 / 672  # a week
TO_SIGMA = 1.2533  # standard deviation over mean absolute deviation, of normal values
CUT = 3.0  # scales
WIDER = 1.5  # while an hour of the day stands for an hour of the week
COUNT_MAX = 255


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What the baseline says of one moment. `scale` is of the mean of a quarter of an hour, as a standard deviation."""

    mean: float
    scale: float
    warm: bool


def _floats() -> bytearray:
    return bytearray(SLOTS * FLOAT)


class Baseline(msgspec.Struct, array_like=True):
    """Means and scales are 32-bit floats in 168 slots: 1.5 kB, and the same bits after every reading back."""

    means: bytearray = msgspec.field(default_factory=_floats)
    scales: bytearray = msgspec.field(default_factory=_floats)
    counts: bytearray = msgspec.field(default_factory=lambda: bytearray(SLOTS))
    noise: float = 0.0
    """The scale of all slots together: no slot is believed to be much quieter."""
    noises: int = 0

    def expected(self, at: Micros, floor: float) -> Expected | None:
        """What is usual at `at`, or None while too little is known."""
        slot = slot_of(at)
        if self.counts[slot] >= WARM:
            return Expected(mean=self._mean(slot), scale=max(self._scale(slot), self.noise / 2, floor), warm=True)
        same = [s for s in range(slot % HOURS, SLOTS, HOURS) if self.counts[s]]
        count = sum(self.counts[s] for s in same)
        if count < WARM:
            return None
        mean = sum(self.counts[s] * self._mean(s) for s in same) / count
        apart = max(abs(self._mean(s) - mean) for s in same)
        return Expected(mean=mean, scale=max(WIDER * self.noise, apart, WIDER * floor), warm=False)

    def learn(self, at: Micros, value: float) -> None:
        """Take in the mean of the quarter hour that began at `at`."""
        slot = slot_of(at)
        count = self.counts[slot]
        self.counts[slot] = min(count + 1, COUNT_MAX)
        if count == 0:
            pack_into("<f", self.means, slot * FLOAT, value)
            return
        mean, scale = self._mean(slot), self._scale(slot)
        known = max(scale, self.noise / 2)
        deviation = value - mean
        if count >= WARM and known > 0:
            deviation = max(-CUT * known, min(CUT * known, deviation))
        pack_into("<f", self.means, slot * FLOAT, mean + max(1 / (count + 1), MEAN_WEIGHT) * deviation)
        size = abs(deviation) * TO_SIGMA
        pack_into("<f", self.scales, slot * FLOAT, scale + max(1 / count, SCALE_WEIGHT) * (size - scale))
        self.noises += 1
        self.noise += max(1 / self.noises, NOISE_WEIGHT) * (size - self.noise)

    def _mean(self, slot: int) -> float:
        return unpack_from("<f", self.means, slot * FLOAT)[0]

    def _scale(self, slot: int) -> float:
        return unpack_from("<f", self.scales, slot * FLOAT)[0]


def slot_of(at: Micros) -> int:
    """Which hour of the local week `at` lies in; slot 0 is a Thursday's midnight, as the epoch was one."""
    return (at + LOCAL) // HOUR % SLOTS

"""One connection between two ends: bytes in order, delayed, in pieces of any size, until it breaks."""

from collections.abc import Callable
from random import Random

from tests.simulation.faults import Faults
from tests.simulation.timeline import Timeline

LATENCY_MAX_S = 0.02
SLOW_MAX_S = 3.0
NOTICED_LATE_MAX_S = 5.0

Receive = Callable[[bytes], None]
Closed = Callable[[], None]


class Pipe:
    """A connection. The near end made it and notices a break at once; the far end may notice late."""

    def __init__(self, timeline: Timeline, rng: Random, faults: Faults) -> None:
        self._timeline = timeline
        self._rng = rng
        self._faults = faults
        self._near: tuple[Receive, Closed] | None = None
        self._far: tuple[Receive, Closed] | None = None
        self._free_at = {"near": 0.0, "far": 0.0}
        self._torn = False  # what follows a packet that was torn off does not come
        self.open = True

    def join(self, *, near: tuple[Receive, Closed], far: tuple[Receive, Closed]) -> None:
        """What each end does with bytes, and with the end of the connection."""
        self._near, self._far = near, far

    def to_far(self, data: bytes) -> None:
        """Bytes of the near end."""
        if self.open and data:
            self._deliver("far", data)

    def to_near(self, data: bytes) -> None:
        """Bytes of the far end, which a break may cut off in the middle."""
        if not self.open or self._torn or not data:
            return
        if self._rng.random() < self._faults.cut_mid_packet:
            self._torn = True
            self._deliver("near", data[: self._rng.randrange(len(data))])
            self._timeline.at(self._free_at["near"], self.cut)
        elif len(data) > 1 and self._rng.random() < 0.3:
            middle = self._rng.randrange(1, len(data))
            self._deliver("near", data[:middle])
            self._deliver("near", data[middle:])
        else:
            self._deliver("near", data)

    def cut(self) -> None:
        """Break it: what is under way is gone."""
        if not self.open:
            return
        self.open = False
        assert self._near is not None
        assert self._far is not None
        self._near[1]()
        self._timeline.after(self._rng.uniform(0, NOTICED_LATE_MAX_S), self._far[1])

    def _deliver(self, end: str, data: bytes) -> None:
        slow = self._rng.random() < self._faults.slow_network
        delay_s = self._rng.uniform(0, SLOW_MAX_S if slow else LATENCY_MAX_S)
        at = max(self._timeline.now_s + delay_s, self._free_at[end])
        self._free_at[end] = at

        def arrive() -> None:
            ends = self._near if end == "near" else self._far
            assert ends is not None
            if self.open:
                ends[0](data)

        self._timeline.at(at, arrive)

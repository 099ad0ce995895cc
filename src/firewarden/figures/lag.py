"""How far behind is a reader? What it read last tells; where it reads nothing any more, the time since then does."""

from collections.abc import Callable


class Lag:
    """The lag of one reader that looks for something new at least every `idle_s` seconds."""

    def __init__(self, *, idle_s: float, clock: Callable[[], float]) -> None:
        self._idle_s = idle_s
        self._clock = clock
        self._read_at_s: float | None = None
        self._age_s = 0.0

    def read(self, age_s: float) -> None:
        """All that was there has been read and its effects are committed; `age_s` is how old that is by now."""
        self._read_at_s, self._age_s = self._clock(), max(0.0, age_s)

    def rest(self) -> None:
        """Nothing is read now, and nothing need be: another process does it."""
        self._read_at_s, self._age_s = None, 0.0

    def seconds(self) -> float:
        """How far behind it is at this moment; 0 before its first reading."""
        if self._read_at_s is None:
            return 0.0
        return self._age_s + max(0.0, self._clock() - self._read_at_s - self._idle_s)

"""What time is it? The database's time, carried on by a clock that does not jump. (docs/adr/0085)

The clock of this machine may be wrong, or be set while we work. Trusting it would call every gateway silent or none,
refuse a city's readings as coming from the future, and give up a gap in the second in which it was seen.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

NOTICED = timedelta(seconds=1)
"""A smaller difference is the way to the database and back, not a clock that was set."""


def system_time() -> datetime:
    """What this machine believes."""
    return datetime.now(tz=UTC)


@dataclass(slots=True)
class PlatformClock:
    """Follows the database's clock. Until it was heard for the first time, this machine's counts."""

    machine: Callable[[], datetime] = system_time
    steady: Callable[[], float] = time.monotonic
    _base: datetime = field(init=False)
    _base_s: float = field(init=False)
    _set_s: float | None = None

    def __post_init__(self) -> None:
        self._base, self._base_s = self.machine(), self.steady()

    def now(self) -> datetime:
        """The time, in UTC."""
        return self._base + timedelta(seconds=self.steady() - self._base_s)

    def hear(self, database: datetime, asked_s: float) -> timedelta | None:
        """The database said its time, having been asked at `asked_s` of the steady clock.

        Returns by how much ours was wrong, where that is worth mentioning. Ours is set right then.
        """
        answered_s = self.steady()
        # It was that time at some moment between question and answer.
        early = database - (self._base + timedelta(seconds=asked_s - self._base_s))
        late = database - (self._base + timedelta(seconds=answered_s - self._base_s))
        wrong = late if late > timedelta(0) else min(early, timedelta(0))
        if abs(wrong) < NOTICED:
            return None
        self._base, self._base_s = database, answered_s
        self._set_s = answered_s
        return wrong

    def even_for_s(self) -> float:
        """For how many seconds the time has passed evenly: what is older may have been dated by a wrong clock."""
        return float("inf") if self._set_s is None else self.steady() - self._set_s

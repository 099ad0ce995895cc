"""What happens next? Events in virtual time, in the order of their time and then of their making."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush

Act = Callable[[], None]

BEGIN = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@dataclass(slots=True)
class Timeline:
    """A clock that stands still until somebody runs it."""

    now_s: float = 0.0
    _made: int = 0
    _events: list[tuple[float, int, Act]] = field(default_factory=list[tuple[float, int, Act]])

    @property
    def now(self) -> datetime:
        """The same moment as a date."""
        return BEGIN + timedelta(seconds=self.now_s)

    def after(self, delay_s: float, act: Act) -> None:
        """Do `act` in `delay_s` seconds."""
        self.at(self.now_s + delay_s, act)

    def at(self, at_s: float, act: Act) -> None:
        """Do `act` at that moment; what is wanted for the same moment keeps its order."""
        assert at_s >= self.now_s
        self._made += 1
        heappush(self._events, (at_s, self._made, act))

    def every(self, period_s: float, act: Act) -> None:
        """Do `act` for ever."""

        def again() -> None:
            act()
            self.after(period_s, again)

        self.after(period_s, again)

    def run(self, until_s: float, done: Callable[[], bool] = lambda: False) -> None:
        """Let time pass until `until_s`, or until `done`, which is asked after each event."""
        while self._events and self._events[0][0] <= until_s:
            self.now_s, _, act = heappop(self._events)
            act()
            if done():
                return
        self.now_s = until_s

"""Which frames go into the next transaction? A fire first, then each gateway in turn; of one gateway as they came.

A fire takes with it what came before it from its own gateway, and goes before everything that others sent. Without one
the gateways take turns, so that a storm of one delays no other.
"""

from collections import deque
from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")

TURN_ITEMS = 16
"""How many frames a gateway may add before the next one's turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class QueueLimits:
    """Of one pipeline."""

    weight_max: int = 1_000  # of a batch; a frame weighs as many facts as it holds
    linger_s: float = 0.02  # how long a frame may wait for company
    linger_idle_s: float = 0.25  # the same of a heartbeat

    def __post_init__(self) -> None:
        assert self.weight_max >= 1
        assert 0 <= self.linger_s <= self.linger_idle_s


@dataclass(frozen=True, slots=True, kw_only=True)
class _Waiting(Generic[T]):
    item: T
    weight: int
    urgent: bool
    since_s: float


@dataclass(slots=True)
class FairQueue(Generic[T]):
    """What waits for a transaction, by whom it is from."""

    limits: QueueLimits
    _of: dict[Hashable, deque[_Waiting[T]]] = field(default_factory=dict[Hashable, deque[_Waiting[T]]])
    _turns: deque[Hashable] = field(default_factory=deque[Hashable])
    _urgent: deque[Hashable] = field(default_factory=deque[Hashable])  # whose, once for each that is urgent
    _weight: int = 0
    _items: int = 0
    _due_s: float = float("inf")

    def __len__(self) -> int:
        return self._items

    @property
    def since_s(self) -> float | None:
        """When the first of those that wait was added; None while nothing waits."""
        firsts = [waiting[0].since_s for waiting in list(self._of.values()) if waiting]
        return min(firsts, default=None)

    def add(self, whose: Hashable, item: T, *, weight: int, urgent: bool, idle: bool, now_s: float) -> None:
        """Put one behind the others of the same gateway."""
        waiting = self._of.get(whose)
        if waiting is None:
            waiting = self._of[whose] = deque()
            self._turns.append(whose)
        waiting.append(_Waiting(item=item, weight=weight, urgent=urgent, since_s=now_s))
        self._items += 1
        self._weight += weight
        linger_s = 0.0 if urgent else self.limits.linger_idle_s if idle else self.limits.linger_s
        self._due_s = min(self._due_s, now_s + linger_s)
        if urgent:
            self._urgent.append(whose)

    def due_in(self, now_s: float) -> float | None:
        """Seconds until a batch is due, 0 where it is; None while nothing waits."""
        if not self._items:
            return None
        return 0.0 if self._weight >= self.limits.weight_max else max(0.0, self._due_s - now_s)

    def take(self) -> list[T]:
        """The next batch: full when it weighs weight_max or more, and at least one item where any waits."""
        batch: list[T] = []
        room = self.limits.weight_max
        while self._urgent and room > 0:
            room = self._take_urgent(self._urgent[0], batch, room)
        while self._turns and room > 0:
            whose = self._turns.popleft()
            waiting = self._of[whose]
            for _ in range(min(TURN_ITEMS, len(waiting))):
                if room <= 0:
                    break
                room -= self._pop(whose, batch)
            if waiting:
                self._turns.append(whose)
            else:
                del self._of[whose]
        self._due_s = float("-inf") if self._items else float("inf")  # what is left has waited long enough
        return batch

    def _take_urgent(self, whose: Hashable, batch: list[T], room: int) -> int:
        """Take what is `whose` up to and with its first urgent item."""
        urgent_left = len(self._urgent)
        while room > 0 and len(self._urgent) == urgent_left:
            room -= self._pop(whose, batch)
        return room

    def _pop(self, whose: Hashable, batch: list[T]) -> int:
        """Move the first item into the batch; returns what it weighs."""
        first = self._of[whose].popleft()
        batch.append(first.item)
        self._items -= 1
        self._weight -= first.weight
        if first.urgent:
            self._urgent.remove(whose)
        return max(1, first.weight)

"""How often may somebody try? Counting in memory, bounded, pure: time is an argument in seconds.

Each api process counts for itself: the limits hold for each process, not for the platform (docs/adr/0032).
"""

from collections import OrderedDict, deque
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """At most `tries` within any `window_s` seconds."""

    tries: int
    window_s: float


class Throttle:
    """Recent tries by key. Remembers at most `keys_max` keys, forgetting the one that tried longest ago."""

    def __init__(self, limit: Limit, *, keys_max: int = 10_000) -> None:
        self._limit = limit
        self._keys_max = keys_max
        self._tries: OrderedDict[str, deque[float]] = OrderedDict()

    def wait_s(self, key: str, now: float) -> float:
        """How long `key` has to wait before it may try; 0 where it may now."""
        tries = self._tries.get(key)
        if tries is None or len(tries) < self._limit.tries:
            return 0.0
        return max(0.0, tries[0] + self._limit.window_s - now)

    def left(self, key: str, now: float) -> int:
        """How many tries `key` has left at this moment."""
        begin = now - self._limit.window_s
        return self._limit.tries - sum(1 for at in self._tries.get(key, ()) if at > begin)

    def count(self, key: str, now: float) -> None:
        """Remember a try of `key`."""
        tries = self._tries.setdefault(key, deque(maxlen=self._limit.tries))
        tries.append(now)
        self._tries.move_to_end(key)
        if len(self._tries) > self._keys_max:
            self._tries.popitem(last=False)

    def forgive(self, key: str) -> None:
        """Forget the tries of `key`."""
        self._tries.pop(key, None)


class LoginThrottle:
    """Failed logins by user name and by address.

    A name is slowed down and not locked for long: whoever knows an officer's name could otherwise keep them out
    while something burns. One address guessing many names runs into its own limit.
    """

    BY_NAME = Limit(tries=10, window_s=60)
    BY_ADDRESS = Limit(tries=30, window_s=300)

    def __init__(self) -> None:
        self._names = Throttle(self.BY_NAME)
        self._addresses = Throttle(self.BY_ADDRESS)

    def wait_s(self, name: str, address: str, now: float) -> float:
        """How long this name from this address has to wait; 0 where it may try now."""
        return max(self._names.wait_s(name, now), self._addresses.wait_s(address, now))

    def count(self, name: str, address: str, now: float) -> None:
        """Remember a try before its outcome is known, so that tries at the same time count too."""
        self._names.count(name, now)
        self._addresses.count(address, now)

    def succeeded(self, name: str) -> None:
        """The right password for `name`: their mistakes are forgiven, the address's are not."""
        self._names.forgive(name)

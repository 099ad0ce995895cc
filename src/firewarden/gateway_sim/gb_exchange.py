"""Which frames wait for their confirm, when does each go again, and when has it failed? By GB/T 26875.3, 3.1."""

from dataclasses import dataclass

from firewarden.gateway_sim.gb_ring import Entry

RESEND_AFTER_S = 10.0
RESENDS_MAX = 3
SERIALS = 65_536


@dataclass(slots=True, eq=False)
class Exchange:
    """One frame that waits. `due_s`: when it goes again, or has failed."""

    entry: Entry
    serial: int
    frame: bytes
    due_s: float
    sent: int = 1
    failed: bool = False
    """Sent as often as allowed, and not confirmed."""


class Exchanges:
    """The exchanges of one connection: at most `window` at a time, serials from 0."""

    def __init__(self, *, window: int = 1, resend_after_s: float = RESEND_AFTER_S) -> None:
        self._window = window
        self._resend_after_s = resend_after_s
        self._next_serial = 0
        self._waiting: dict[int, Exchange] = {}

    @property
    def may_begin(self) -> bool:
        """Whether another frame may go."""
        return len(self._waiting) < self._window

    @property
    def due_s(self) -> float:
        """When something has to be done; infinity where nothing waits."""
        return min((one.due_s for one in self._waiting.values()), default=float("inf"))

    def take_serial(self) -> int:
        """The number of a new packet."""
        serial = self._next_serial
        self._next_serial = (serial + 1) % SERIALS
        return serial

    def begin(self, entry: Entry, serial: int, frame: bytes, now_s: float) -> None:
        """A frame is sent for the first time."""
        entry.under_way = entry.sent = True
        self._waiting[serial] = Exchange(entry, serial, frame, now_s + self._resend_after_s)

    def confirm(self, serial: int) -> Exchange | None:
        """It is stored; None where no such frame waits."""
        return self._waiting.pop(serial, None)

    def deny(self, serial: int, now_s: float) -> bool:
        """It did not arrive whole: it is due at once. Returns whether such a frame waits."""
        exchange = self._waiting.get(serial)
        if exchange is not None:
            exchange.due_s = now_s
        return exchange is not None

    def overdue(self, now_s: float) -> Exchange | None:
        """A frame to send again, counted as sent; or one that has failed, which waits no longer."""
        exchange = next((one for one in self._waiting.values() if one.due_s <= now_s), None)
        if exchange is None:
            return None
        if exchange.sent > RESENDS_MAX:
            del self._waiting[exchange.serial]
            exchange.failed = True
            exchange.entry.under_way = False
            return exchange
        exchange.sent += 1
        exchange.due_s = now_s + self._resend_after_s
        return exchange

    def abandon(self) -> list[Exchange]:
        """The connection is gone: nothing waits any more."""
        gone = list(self._waiting.values())
        self._waiting.clear()
        for exchange in gone:
            exchange.entry.under_way = False
        return gone

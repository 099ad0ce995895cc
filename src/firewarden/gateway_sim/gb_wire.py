"""How does a GB/T 26875.3 frame look to a device? Written and read without a line of the platform's codec.

A simulator that spoke through the platform's codec would share its mistakes, and the scorecard would not see them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from struct import pack

LOCAL = timezone(timedelta(hours=8))
MARK, END = b"@@", b"##"
HEADER, TRAILER = 27, 3
UNIT_MAX = 1024

CONTROL, SEND, CONFIRM, REQUEST, ANSWER, DENY = 1, 2, 3, 4, 5, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """One frame from the centre."""

    serial: int
    source: int
    command: int
    unit: bytes


def frame(*, serial: int, source: int, destination: int, command: int, unit: bytes, at: bytes) -> bytes:
    """One whole frame; `at` are the six bytes of its send time."""
    body = pack("<HBB", serial, 1, 1) + at + _address(source) + _address(destination)
    body += pack("<HB", len(unit), command) + unit
    return MARK + body + bytes([sum(body) % 256]) + END


def _address(value: int) -> bytes:
    return value.to_bytes(6, "little")


def six(at: datetime, *, bcd: bool) -> bytes:
    """Second, minute, hour, day, month, year, in the local time of the city."""
    local = at.astimezone(LOCAL)
    fields = (local.second, local.minute, local.hour, local.day, local.month, local.year - 2000)
    return bytes(value // 10 * 16 + value % 10 if bcd else value for value in fields)


def read_six(raw: bytes, *, bcd: bool) -> datetime | None:
    """The time that six bytes mean; None where they mean none."""
    if len(raw) != len("smhdMy"):
        return None
    second, minute, hour, day, month, year = (value // 16 * 10 + value % 16 if bcd else value for value in raw)
    try:
        return datetime(2000 + year, month, day, hour, minute, second, tzinfo=LOCAL)
    except ValueError:
        return None


class Reader:
    """Takes what comes down, in whatever pieces, and gives whole frames; the rest is skipped."""

    def __init__(self) -> None:
        self._held = bytearray()

    def feed(self, data: bytes) -> Iterator[Down]:
        """The frames that are complete now."""
        self._held += data
        while (start := self._held.find(MARK)) >= 0:
            del self._held[:start]
            if len(self._held) < HEADER:
                return
            whole = HEADER + int.from_bytes(self._held[24:26], "little") + TRAILER
            if whole <= HEADER + UNIT_MAX + TRAILER and len(self._held) < whole:
                return
            raw = bytes(self._held[:whole])
            if _is_sound(raw):
                del self._held[:whole]
                yield _down(raw)
            else:
                del self._held[:1]
        del self._held[:-1]  # the first half of a mark may have come


def _is_sound(raw: bytes) -> bool:
    return raw[-2:] == END and len(raw) <= HEADER + UNIT_MAX + TRAILER and sum(raw[2:-3]) % 256 == raw[-3]


def _down(raw: bytes) -> Down:
    return Down(
        serial=int.from_bytes(raw[2:4], "little"),
        source=int.from_bytes(raw[12:18], "little"),
        command=raw[26],
        unit=raw[27:-3],
    )

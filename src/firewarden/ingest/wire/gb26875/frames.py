"""Which frames are in a stream of bytes? And the bytes of a frame.

A frame is found by its length field, then proved by end marks and checksum: data may hold `##`. Whatever is no sound
frame is told of once. After a false or spoilt start the search goes on one byte behind it, because a true frame may
begin inside; as far as the told header reaches, only sound frames are told of, and the first of them ends that silence.
So there are never many more items than frames would fit, and a false start never costs the frame behind it.
"""

import re
import struct
from datetime import datetime
from enum import StrEnum

import msgspec

from firewarden.ingest.wire.gb26875.errors import EncodeError
from firewarden.ingest.wire.gb26875.times import TIME_BYTES, TimeCoding, write_time

UNIT_BYTES_MAX = 1_024
"""The longest application unit of the standard."""
HEADER_BYTES = 27
FRAME_BYTES_MIN = HEADER_BYTES + 3
FRAME_BYTES_MAX = FRAME_BYTES_MIN + UNIT_BYTES_MAX
ADDRESS_MAX = 2**48 - 1
SERIAL_MAX = 2**16 - 1

START = b"@@"
END = b"##"

_HEADER = struct.Struct("<2xHBB6sIHIHHB")
_LOW = 2**32 - 1
_BYTE_MAX = 255
assert _HEADER.size == HEADER_BYTES


class Frame(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One whole, sound frame."""

    serial: int
    version: tuple[int, int]
    time: bytes
    """The six bytes as they came; `read_time` knows whether they are a time."""
    source: int
    destination: int
    command: int
    unit: bytes
    raw: bytes
    offset: int = 0
    """Where it began in the stream."""


class Flaw(StrEnum):
    """Why bytes are no sound frame."""

    CHECKSUM = "reject_checksum"
    TAIL = "reject_tail"
    START = "reject_start"  # no start marks
    MALFORMED = "reject_malformed"  # longer than allowed, or ended before the shortest frame
    INCOMPLETE = "need_more"


class Flawed(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Bytes that are no sound frame. The header's fields are known where it was whole."""

    flaw: Flaw
    raw: bytes
    """At most as many as the longest frame has; of an overlong frame the header only."""
    size: int
    """How many bytes it was; more than `raw` holds where that is cut."""
    offset: int
    serial: int | None = None
    version: tuple[int, int] | None = None
    source: int | None = None
    destination: int | None = None
    command: int | None = None


class FrameReader:
    """Takes a stream in pieces of any size; the items do not depend on them. Holds less than one frame in between.

    Bytes that wait for more may be a false start with sound frames behind it: call `give_up` after a few seconds
    without news, well inside the ten that a device waits; and until nothing is pending when the stream has ended.
    """

    def __init__(self, unit_max: int = UNIT_BYTES_MAX) -> None:
        assert 0 <= unit_max <= UNIT_BYTES_MAX
        self._unit_max = unit_max
        self._plausible = re.compile(rb"(?s:@@.{23}[\x00-\x%02x])" % (unit_max >> 8))
        self._held = b""
        self._offset = 0  # of the first held byte
        self._told_until = 0  # up to this offset, flaws are part of one that was told
        self._junk = bytearray()  # of the present run without start marks, as much as is kept
        self._junk_size = 0
        self._junk_offset = 0

    @property
    def pending(self) -> int:
        """How many bytes wait for more: for the rest of a frame, or for the end of a run that is none."""
        return len(self._held) + self._junk_size

    def feed(self, data: bytes) -> list[Frame | Flawed]:
        """What the stream holds, now that these bytes came."""
        self._held = self._held + data if self._held else bytes(data)
        items: list[Frame | Flawed] = []
        self._scan(items)
        return items

    def give_up(self) -> list[Frame | Flawed]:
        """The rest will not come: skip one start that waits for it, and look at what is behind."""
        items: list[Frame | Flawed] = []
        held = self._held
        if held.startswith(START):
            short = len(held) < FRAME_BYTES_MIN and held.endswith(END)
            flaw = Flaw.MALFORMED if short else Flaw.INCOMPLETE
            self._flawed(items, flaw, held, self._offset, len(held))
            self._drop(1)
            self._scan(items)
        if not self._held.startswith(START):
            if self._held == START[:1] and not self._junk_size:
                self._flawed(items, Flaw.INCOMPLETE, self._held, self._offset, 1)
            else:
                self._skip(self._held, 0, len(self._held))
            self._drop(len(self._held))
            self._end_junk(items)
        return items

    def _scan(self, items: list[Frame | Flawed]) -> None:
        held, at = self._held, 0
        while True:
            start = self._start(held, at)
            if start < 0:
                rest = len(held) - held.endswith(b"@", at)
                self._skip(held, at, rest)
                at = rest
                break
            if start > at:
                self._skip(held, at, start)
                at = start
            self._end_junk(items)
            step = self._try(held, at, items)
            if step == 0:
                break
            at += step
        self._drop(at)

    def _start(self, held: bytes, at: int) -> int:
        """Where the next start marks are, but for those of overlong headers of which nobody would be told.

        A flood of `@` has one for each byte; they are passed over in one go.
        """
        start = held.find(START, at)
        untold = min(self._told_until - self._offset, len(held) - HEADER_BYTES)
        if not 0 <= start < untold:
            return start
        plausible = self._plausible.search(held, start, untold + HEADER_BYTES - 2)
        return plausible.start() if plausible else held.find(START, untold)

    def _try(self, held: bytes, at: int, items: list[Frame | Flawed]) -> int:
        """Read a frame whose start marks are at `at`. How far to go on; 0 where more bytes are needed to say."""
        if len(held) - at < HEADER_BYTES:
            return 0
        serial, main, user, time, low, high, to_low, to_high, size, command = _HEADER.unpack_from(held, at)
        if size > self._unit_max:
            raw = held[at : at + HEADER_BYTES]
            self._flawed(items, Flaw.MALFORMED, raw, self._offset + at, FRAME_BYTES_MIN + size)
            return 1
        end = at + FRAME_BYTES_MIN + size
        if end > len(held):
            return 0
        raw = held[at:end]
        flaw = Flaw.TAIL if raw[-2:] != END else Flaw.CHECKSUM if checksum(raw) != raw[-3] else None
        if flaw is not None:
            self._flawed(items, flaw, raw, self._offset + at, len(raw))
            return 1
        self._told_until = 0
        items.append(
            Frame(
                serial=serial,
                version=(main, user),
                time=time,
                source=high << 32 | low,
                destination=to_high << 32 | to_low,
                command=command,
                unit=raw[HEADER_BYTES:-3],
                raw=raw,
                offset=self._offset + at,
            )
        )
        return len(raw)

    def _flawed(self, items: list[Frame | Flawed], flaw: Flaw, raw: bytes, offset: int, size: int) -> None:
        """Tell of a flaw, unless it began in one that was told."""
        if offset < self._told_until:
            return
        self._told_until = offset + size
        if len(raw) < HEADER_BYTES:
            items.append(Flawed(flaw=flaw, raw=raw, size=size, offset=offset))
            return
        serial, main, user, _, low, high, to_low, to_high, _, command = _HEADER.unpack_from(raw)
        items.append(
            Flawed(
                flaw=flaw,
                raw=raw,
                size=size,
                offset=offset,
                serial=serial,
                version=(main, user),
                source=high << 32 | low,
                destination=to_high << 32 | to_low,
                command=command,
            )
        )

    def _skip(self, held: bytes, begin: int, end: int) -> None:
        """Bytes without start marks: they are junk, but for those that were told as part of a flaw."""
        begin = max(begin, self._told_until - self._offset)
        if begin < end:
            if not self._junk_size:
                self._junk_offset = self._offset + begin
            self._junk_size += end - begin
            room = FRAME_BYTES_MAX - len(self._junk)
            self._junk += held[begin : min(end, begin + room)]

    def _end_junk(self, items: list[Frame | Flawed]) -> None:
        """Tell of the present run without start marks, if there is one: start marks follow, or nothing."""
        if self._junk_size:
            raw = bytes(self._junk)
            items.append(Flawed(flaw=Flaw.START, raw=raw, size=self._junk_size, offset=self._junk_offset))
            self._junk.clear()
            self._junk_size = 0

    def _drop(self, count: int) -> None:
        self._held = self._held[count:]
        self._offset += count


def checksum(frame: bytes) -> int:
    """The sum of everything between the start marks and the checksum."""
    return sum(frame[2:-3]) & 0xFF


def encode(
    *,
    serial: int,
    source: int,
    destination: int,
    command: int,
    time: datetime | bytes,
    unit: bytes = b"",
    version: tuple[int, int] = (1, 1),
    coding: TimeCoding = TimeCoding.BINARY,
) -> bytes:
    """The bytes of a frame; six bytes as time are taken as they are. Raises EncodeError."""
    six = time if isinstance(time, bytes) else write_time(time, coding)
    if len(six) != TIME_BYTES:
        raise EncodeError(f"a time has {TIME_BYTES} bytes, not {len(six)}")
    if len(unit) > UNIT_BYTES_MAX:
        raise EncodeError(f"an application unit has at most {UNIT_BYTES_MAX} bytes, not {len(unit)}")
    for name, address in (("source", source), ("destination", destination)):
        if not 0 <= address <= ADDRESS_MAX:
            raise EncodeError(f"the {name} address has six bytes; {address} does not fit")
    if not (
        0 <= serial <= SERIAL_MAX and 0 <= command <= _BYTE_MAX and all(0 <= part <= _BYTE_MAX for part in version)
    ):
        raise EncodeError(f"serial {serial}, command {command} or version {version} does not fit its bytes")
    header = _HEADER.pack(
        serial,
        *version,
        six,
        source & _LOW,
        source >> 32,
        destination & _LOW,
        destination >> 32,
        len(unit),
        command,
    )
    body = header[2:] + unit
    return b"%b%b%c%b" % (START, body, sum(body) & 0xFF, END)

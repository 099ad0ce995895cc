"""What does a MEOKON battery pressure sensor say (frame version 3: a5 5a … 55 aa, all integers high byte first)?

Not part of the listener: these sensors report over an operator's platform or over MQTT as hex text, and whoever
carries their frames turns them into readings. `firewarden frames decode` reads them.
"""

import struct
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from itertools import compress

START = b"\xa5\x5a"
END = b"\x55\xaa"
RECORDS_MAX = 600
"""As many as a sensor keeps for one frame."""

_HEADER = struct.Struct(">2sBH12sBbHHBBhhhI")
_TRAILER_BYTES = 4  # checksum and end mark
_EMPTY_BYTES = _HEADER.size + _TRAILER_BYTES
FRAME_BYTES_MAX = _EMPTY_BYTES + 2 * RECORDS_MAX
_LENGTH_KNOWN = 5
_UNITS: dict[int, tuple[str, int]] = {0: ("kPa", 10), 1: ("MPa", 1000), 2: ("bar", 100)}
"""By the frame's unit byte: the unit, and by what a raw value is divided."""
_ALARMS = ("low", "high", "battery", "sensor", "hardware", "hit", "tilt", "water_release")
_SUPPLIES = ("dual", "battery", "mains", "unknown")
_PERCENT_A_STEP = 5


class MeokonFlaw(StrEnum):
    """What is wrong with bytes that are no sound frame."""

    START = "reject_start"
    MALFORMED = "reject_malformed"
    TAIL = "reject_tail"
    CHECKSUM = "reject_checksum"
    INCOMPLETE = "need_more"


class MeokonError(Exception):
    """These bytes are no sound frame; `flaw` says what is wrong, the message in which way."""

    def __init__(self, flaw: MeokonFlaw, detail: str) -> None:
        super().__init__(detail)
        self.flaw = flaw


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One measured value: in the frame's unit, or as the device wrote it where that unit is not known."""

    at: datetime
    value: float


@dataclass(frozen=True, slots=True, kw_only=True)
class MeokonFrame:
    """One whole, sound frame. `unit` is None where the unit byte means none that we know; values are raw then."""

    command: int
    device: str
    supply: str
    on_mains: bool
    battery_percent: int
    signal_dbm: int
    interval_s: int
    unit_code: int
    unit: str | None
    alarms: tuple[str, ...]
    low: float
    high: float
    current: float
    newest_at: datetime
    records: tuple[Record, ...]
    raw: bytes


def decode(data: bytes) -> MeokonFrame:
    """Read the frame at the beginning of `data`. Raises MeokonError."""
    if data[:2] != START[: len(data)] or not data:
        raise MeokonError(MeokonFlaw.START, "no a55a at the beginning")
    if len(data) < _LENGTH_KNOWN:
        raise MeokonError(MeokonFlaw.INCOMPLETE, f"{len(data)} bytes, the length stands in the first {_LENGTH_KNOWN}")
    length = int.from_bytes(data[3:5], "big")
    if not _EMPTY_BYTES <= length <= FRAME_BYTES_MAX:
        raise MeokonError(MeokonFlaw.MALFORMED, f"length {length}, expected {_EMPTY_BYTES} to {FRAME_BYTES_MAX}")
    if len(data) < length:
        raise MeokonError(MeokonFlaw.INCOMPLETE, f"{len(data)} bytes of {length}")
    raw = data[:length]
    if raw[-2:] != END:
        raise MeokonError(MeokonFlaw.TAIL, f"{raw[-2:].hex()} where 55aa ends the frame")
    told, due = int.from_bytes(raw[-4:-2], "big"), crc16_modbus(raw[:-4])
    if told != due:
        raise MeokonError(MeokonFlaw.CHECKSUM, f"checksum {told:04x}, computed {due:04x}")
    return _sound(raw)


def _sound(raw: bytes) -> MeokonFrame:
    fields = _HEADER.unpack_from(raw)
    _, command, _, device, power, signal_dbm, interval_s, count, code, alarms, low, high, current, newest_s = fields
    if len(raw) != _EMPTY_BYTES + 2 * count:
        held = (len(raw) - _EMPTY_BYTES) / 2
        raise MeokonError(MeokonFlaw.MALFORMED, f"{count} records announced, there is room for {held:g}")
    unit, divisor = _UNITS.get(code, (None, 1))
    newest_at = datetime.fromtimestamp(newest_s, tz=UTC)
    values = struct.unpack_from(f">{count}h", raw, _HEADER.size)
    return MeokonFrame(
        command=command,
        device=device.decode("ascii", errors="replace").rstrip("\0 "),
        supply=_SUPPLIES[power >> 5 & 3],
        on_mains=bool(power & 0x80),
        battery_percent=(power & 0x1F) * _PERCENT_A_STEP,
        signal_dbm=signal_dbm,
        interval_s=interval_s,
        unit_code=code,
        unit=unit,
        alarms=tuple(compress(_ALARMS, (alarms >> bit & 1 for bit in range(8)))),
        low=low / divisor,
        high=high / divisor,
        current=current / divisor,
        newest_at=newest_at,
        records=tuple(
            Record(at=newest_at - timedelta(seconds=interval_s * (count - 1 - place)), value=value / divisor)
            for place, value in enumerate(values)
        ),
        raw=raw,
    )


def crc16_modbus(data: bytes) -> int:
    """CRC-16/MODBUS, bit by bit: frames are small, and a package for ten lines would weigh more."""
    crc = 0xFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ 0xA001 if crc & 1 else crc >> 1
    return crc

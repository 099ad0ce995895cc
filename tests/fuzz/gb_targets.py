"""What must hold for any bytes of a GB/T 26875.3 device? Each target raises where it does not."""

import contextlib
import math
from dataclasses import replace
from datetime import UTC, datetime

from firewarden.ingest.facts import Lane, Reading, State, StateChange
from firewarden.ingest.wire.gb26875.errors import EncodeError
from firewarden.ingest.wire.gb26875.facts import Told, tell, with_memory
from firewarden.ingest.wire.gb26875.frames import FRAME_BYTES_MAX, Flawed, Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.profiles import STANDARD, Bit0, ByteOrder
from firewarden.ingest.wire.gb26875.times import NO_TIME, TimeCoding
from firewarden.ingest.wire.gb26875.units import Unit, decode_unit, encode_unit

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
UNITS_MAX = (1_024, 512, 256, 255)
PROFILES = (
    STANDARD,
    replace(STANDARD, name="bcd", time_coding=TimeCoding.BCD, state_order=ByteOrder.BIG),
    replace(STANDARD, name="test", bit0=Bit0.TEST_WHEN_CLEAR, heartbeat_commands=frozenset({7})),
    replace(STANDARD, name="nothing", analogs={}, component_bits={}, heartbeat_units=frozenset[bytes]()),
)
SOUND = encode(serial=0x4040, source=1, destination=2, command=2, unit=b"@@##", time=NO_TIME)
REMEMBERED = tuple(State)


def frames(data: bytes) -> None:
    """The first byte picks piece size and limit, the rest is a stream: the same items however it is cut."""
    if not data:
        return
    size, unit_max, stream = (data[0] & 63) + 1, UNITS_MAX[data[0] >> 6], data[1:]
    whole = _read(stream, len(stream) or 1, unit_max)
    assert whole == _read(stream, size, unit_max), "the pieces make a difference"
    assert len(whole) <= len(stream) // 2 + 1, "more items than bytes could hold"
    for item in whole:
        assert len(item.raw) <= FRAME_BYTES_MAX
        if isinstance(item, Frame):
            _say(item, decode_unit(item.command, item.unit, STANDARD))


def _read(stream: bytes, size: int, unit_max: int) -> list[Frame | Flawed]:
    reader = FrameReader(unit_max)
    items: list[Frame | Flawed] = []
    for start in range(0, len(stream), size):
        items += reader.feed(stream[start : start + size])
    while pending := reader.pending:
        items += reader.give_up()
        assert reader.pending < pending, "no progress"
    [sound] = reader.feed(SOUND)
    assert isinstance(sound, Frame), "a sound frame is lost"
    return items


def units(data: bytes) -> None:
    """The first byte is the command, the second picks the profile, the rest is an application unit."""
    if len(data) < 2:
        return
    command, profile, unit = data[0], PROFILES[data[1] % len(PROFILES)], data[2:1_026]
    [frame] = FrameReader().feed(
        encode(serial=1, source=1, destination=2, command=command, unit=unit, time=unit[2:8].ljust(6))
    )
    assert isinstance(frame, Frame)
    decoded = decode_unit(command, unit, profile)
    _say(frame, decoded)
    if decoded.objects:
        assert decoded.type is not None
        with contextlib.suppress(EncodeError):  # more than a unit may hold, or replaced characters that need more room
            again = encode_unit(decoded.type, decoded.objects, profile, timed=not decoded.untimed)
            assert decode_unit(2, again, profile).objects == decoded.objects, "read differently the second time"


def _say(frame: Frame, unit: Unit) -> None:
    for profile in PROFILES:
        told = tell(frame, unit, profile, NOW)
        _sane(told)
        points = {change.point for change in (*told.facts, *told.silent) if isinstance(change, StateChange)}
        later = with_memory(told, dict.fromkeys(points, REMEMBERED))
        _sane(later)
        assert later.facts or not told.facts


def _sane(told: Told) -> None:
    assert told.undecoded is None or 0 < len(told.undecoded) <= 500
    for fact in told.facts:
        if isinstance(fact, StateChange):
            assert not set(fact.set) & set(fact.clear), "set and cleared"
            assert State.FIRE not in fact.set or told.lane is Lane.ALARM, "a fire that waits"
        if isinstance(fact, StateChange | Reading):
            assert 0 < len(fact.point) <= 64
            assert told.lane is not Lane.STATUS, "a fact that is not counted"
        if isinstance(fact, Reading):
            assert math.isfinite(fact.value)

"""Are the frames of MEOKON pressure sensors read as they were meant?"""

from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.wire.meokon import END, START, MeokonError, MeokonFlaw, crc16_modbus, decode

CAPTURED = bytes.fromhex("a55a00002953485250323530393031323034d0000000010100000009c4025d68ffb887025d843e55aa")


def sealed(body: bytes) -> bytes:
    """A frame of these bytes before its checksum."""
    return body + crc16_modbus(body).to_bytes(2, "big") + END


def made(*, count: int = 0, values: bytes = b"", unit: int = 1, alarms: int = 0, interval_s: int = 60) -> bytes:
    """A sound frame, or one that announces more than it holds."""
    length = (39 + len(values)).to_bytes(2, "big")
    rest = bytes([0x34, 0xC4]) + interval_s.to_bytes(2, "big") + count.to_bytes(2, "big") + bytes([unit, alarms])
    return sealed(START + b"\0" + length + b"SHRP25090120" + rest + bytes(6) + bytes.fromhex("68ffb887") + values)


def test_a_captured_frame_is_read() -> None:
    """One pressure of 0.605 MPa, its limits, its time, and a full battery."""
    frame = decode(CAPTURED)
    assert (frame.device, frame.unit, frame.current, frame.low, frame.high) == ("SHRP25090120", "MPa", 0.605, 0.0, 2.5)
    assert (frame.supply, frame.on_mains, frame.battery_percent, frame.signal_dbm) == ("battery", False, 100, -48)
    assert [(record.at, record.value) for record in frame.records] == [
        (datetime(2025, 10, 27, 18, 23, 3, tzinfo=UTC), 0.605)
    ]
    assert frame.alarms == ()


def test_older_records_step_back_by_the_interval() -> None:
    """The last record is the newest; each one before it was taken an interval earlier."""
    frame = decode(made(count=3, values=bytes.fromhex("000100020003"), interval_s=60, alarms=0b0100_0010))
    assert [record.value for record in frame.records] == [0.001, 0.002, 0.003]
    assert frame.records[0].at == frame.newest_at - timedelta(seconds=120)
    assert frame.records[-1].at == frame.newest_at
    assert frame.alarms == ("high", "tilt")


def test_an_unknown_unit_leaves_values_as_they_are() -> None:
    """Where the unit byte is not known nothing is scaled, and no unit is claimed."""
    frame = decode(made(count=1, values=b"\x01\x00", unit=34))
    assert (frame.unit, frame.records[0].value) == (None, 256)


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"", MeokonFlaw.START),
        (b"\x40\x40" + CAPTURED, MeokonFlaw.START),
        (CAPTURED[:1], MeokonFlaw.INCOMPLETE),
        (CAPTURED[:4], MeokonFlaw.INCOMPLETE),
        (CAPTURED[:-1], MeokonFlaw.INCOMPLETE),
        (CAPTURED[:-1] + b"\xab", MeokonFlaw.TAIL),
        (CAPTURED[:20] + b"\x01" + CAPTURED[21:], MeokonFlaw.CHECKSUM),
        (CAPTURED[:3] + b"\xff\xff" + CAPTURED[5:], MeokonFlaw.MALFORMED),
        (made(count=7), MeokonFlaw.MALFORMED),
        (made(count=0, values=b"\x01"), MeokonFlaw.MALFORMED),
    ],
)
def test_what_is_wrong_is_named(data: bytes, flaw: MeokonFlaw) -> None:
    """Every way in which bytes are no frame has its own word."""
    with pytest.raises(MeokonError) as error:
        decode(data)
    assert error.value.flaw is flaw


def test_what_follows_a_frame_does_not_matter() -> None:
    """A frame is as long as it says."""
    assert decode(CAPTURED + b"more").raw == CAPTURED


@given(st.binary(max_size=64), st.booleans())
def test_any_bytes_are_judged(data: bytes, sound_ends: bool) -> None:  # noqa: FBT001 - drawn
    """Random bytes raise MeokonError and nothing else."""
    with suppress(MeokonError):
        decode(sealed(START + b"\0" + (len(data) + 9).to_bytes(2, "big") + data) if sound_ends else data)

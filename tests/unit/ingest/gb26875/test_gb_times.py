"""Are six bytes read as the time that they mean, and as none where they cannot be one?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gb26875 import times

from firewarden.ingest.wire.gb26875.errors import EncodeError
from firewarden.ingest.wire.gb26875.times import NO_TIME, TimeCoding, read_time, write_time

codings = st.sampled_from(TimeCoding)


def test_local_time_of_china() -> None:
    """The bytes hold Shanghai's time; the value is aware."""
    assert read_time(bytes([5, 0, 9, 2, 7, 21]), TimeCoding.BINARY) == datetime(2021, 7, 2, 1, 0, 5, tzinfo=UTC)
    assert read_time(bytes.fromhex("050009020721"), TimeCoding.BCD) == datetime(2021, 7, 2, 1, 0, 5, tzinfo=UTC)


@given(times, codings)
def test_what_was_written_is_read(at: datetime, coding: TimeCoding) -> None:
    """Both codings give back the second that they were given, from any zone."""
    assert read_time(write_time(at.astimezone(UTC), coding), coding) == at


@given(st.binary(max_size=8), codings)
def test_any_bytes_are_a_time_or_none(data: bytes, coding: TimeCoding) -> None:
    """Nothing raises; what is read is written with the same bytes."""
    at = read_time(data, coding)
    assert at is None or write_time(at, coding) == data


@pytest.mark.parametrize(
    "data",
    [
        NO_TIME,
        bytes([0, 0, 0, 1, 13, 26]),
        bytes([0, 0, 0, 30, 2, 26]),
        bytes([60, 0, 0, 1, 1, 26]),
        bytes([0, 0, 24, 1, 1, 26]),
        bytes([0, 0, 0, 1, 1, 100]),
        b"\xff" * 6,
        b"",
        bytes(5),
    ],
)
def test_impossible_times(data: bytes) -> None:
    """An unset clock, month 13, second 60, year 2100: none of them is a time."""
    assert read_time(data, TimeCoding.BINARY) is None


def test_bcd_has_no_letters() -> None:
    """A half byte above nine is no digit."""
    assert read_time(bytes.fromhex("0a0009020721"), TimeCoding.BCD) is None


@pytest.mark.parametrize(
    "at",
    [
        datetime(2026, 1, 1),  # noqa: DTZ001 - that is the point
        datetime(2100, 1, 1, tzinfo=UTC),
        datetime(1999, 1, 1, tzinfo=UTC),
    ],
)
def test_what_cannot_be_written(at: datetime) -> None:
    """A naive time, and one outside the protocol's century, raise EncodeError."""
    with pytest.raises(EncodeError):
        write_time(at, TimeCoding.BINARY)


def test_the_century_is_that_of_china() -> None:
    """The first second of 2000 in Shanghai can be written though it is 1999 in UTC."""
    at = datetime(1999, 12, 31, 16, 0, tzinfo=UTC)
    assert read_time(write_time(at + timedelta(microseconds=5), TimeCoding.BINARY), TimeCoding.BINARY) == at

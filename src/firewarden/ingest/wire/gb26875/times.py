"""When, in six bytes? Second, minute, hour, day, month, year since 2000, in local time of China."""

from datetime import UTC, datetime, timedelta, timezone
from enum import StrEnum
from functools import lru_cache

from firewarden.ingest.wire.gb26875.errors import EncodeError

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")
"""China has had one time and no summer time since 1991; the protocol counts from 2000."""

TIME_BYTES = 6
NO_TIME = bytes(TIME_BYTES)
"""What devices with an unset clock send; as a time it is impossible."""

_CENTURY = 2_000
_YEARS = 100
_CACHED_MAX = 8_192


class TimeCoding(StrEnum):
    """How each of the six bytes holds its number. Every capture of a real device is binary; some documents say BCD."""

    BINARY = "binary"
    BCD = "bcd"


@lru_cache(maxsize=_CACHED_MAX)
def read_time(six: bytes, coding: TimeCoding) -> datetime | None:
    """The time that six bytes claim; None where it cannot be one."""
    if len(six) != TIME_BYTES:
        return None
    if coding is TimeCoding.BCD:
        digits = six.hex()
        if not (digits.isascii() and digits.isdecimal()):
            return None
        second, minute, hour, day, month, year = (int(digits[start : start + 2]) for start in range(0, 12, 2))
    else:
        second, minute, hour, day, month, year = six
    if year >= _YEARS:
        return None
    try:
        return datetime(_CENTURY + year, month, day, hour, minute, second, tzinfo=CHINA)
    except ValueError:
        return None


def write_time(at: datetime, coding: TimeCoding) -> bytes:
    """The six bytes of a time, whole seconds only. Raises EncodeError for a naive one or one outside 2000 to 2099."""
    if at.tzinfo is None:
        raise EncodeError(f"a time without zone: {at.isoformat()}")
    return _written(at.astimezone(UTC).replace(microsecond=0), coding)


@lru_cache(maxsize=1_024)
def _written(at: datetime, coding: TimeCoding) -> bytes:
    local = at.astimezone(CHINA)
    year = local.year - _CENTURY
    if not 0 <= year < _YEARS:
        raise EncodeError(f"the protocol has the years 2000 to 2099, not {local.year}")
    numbers = (local.second, local.minute, local.hour, local.day, local.month, year)
    if coding is TimeCoding.BCD:
        return bytes(number // 10 << 4 | number % 10 for number in numbers)
    return bytes(numbers)

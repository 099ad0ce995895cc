"""When was it? Dates and ISO times of files as seconds in UTC; without a zone they are the city's own."""

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

pc: Any = pyarrow.compute  # its functions are made when it is imported: no checker knows them
_HOUR = 3600
_ZONED = r"([zZ]|[+-][0-9]{2}:?[0-9]{2})$"
_DATED = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}([ T]|$)"
_UNREADABLE = np.iinfo(np.int64).min
_FIRST, _LAST = (int(np.datetime64(day, "s").astype(np.int64)) for day in ("0001-01-02", "9999-12-31"))
"""What calendars and zones can reckon with."""


def seconds(column: Any, zone: ZoneInfo) -> tuple[NDArray[np.int64], int | None]:
    """Seconds of every value, and the place of the first that is no time (empty ones too)."""
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        return _of_timestamps(column, zone)
    text = pc.utf8_trim_whitespace(column.cast(pa.string()))
    dated = pc.fill_null(pc.match_substring_regex(text, _DATED), fill_value=False)
    zoned = pc.and_(dated, pc.fill_null(pc.match_substring_regex(text, rf"[0-9]{_ZONED}"), fill_value=False))
    zoned = pc.and_(zoned, pc.greater(pc.fill_null(pc.utf8_length(text), 0), len("2020-01-01")))
    result = np.full(len(text), _UNREADABLE)
    for mask, kind in ((zoned, pa.timestamp("s", "UTC")), (pc.and_not(dated, zoned), pa.timestamp("s"))):
        places = np.flatnonzero(mask.to_numpy(zero_copy_only=False))
        if len(places):
            parsed, bad = _parsed(text.take(pa.array(places)), kind)
            parsed, bad = _reckoned(parsed, bad)
            result[places] = parsed if kind.tz else _utc(parsed, zone)
            result[places[bad]] = _UNREADABLE
    unreadable = np.flatnonzero(result == _UNREADABLE)
    return result, int(unreadable[0]) if len(unreadable) else None


def _of_timestamps(column: Any, zone: ZoneInfo) -> tuple[NDArray[np.int64], int | None]:
    zoned = pa.types.is_timestamp(column.type) and column.type.tz is not None
    whole = column.cast(pa.timestamp("s", "UTC" if zoned else None), safe=False).cast(pa.int64())
    values = pc.fill_null(whole, 0).to_numpy(zero_copy_only=False).astype(np.int64)
    values, missing = _reckoned(values, np.flatnonzero(whole.is_null().to_numpy(zero_copy_only=False)))
    return (values if zoned else _utc(values, zone)), int(missing[0]) if len(missing) else None


def _reckoned(values: NDArray[np.int64], bad: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Years that no calendar has are bad too; what is bad has a harmless value."""
    far = np.flatnonzero((values < _FIRST) | (values > _LAST))
    return np.clip(values, _FIRST, _LAST), np.union1d(bad, far)


def _parsed(text: Any, kind: Any) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Seconds as written, and the places that are no times. Fractions of a second are cut off."""
    text = pc.replace_substring_regex(text, r"[.,][0-9]+", "")
    try:
        return text.cast(kind).cast(pa.int64()).to_numpy(zero_copy_only=False), np.empty(0, np.int64)
    except pa.ArrowInvalid:
        values = [_one(value, kind) for value in text]
        bad = [place for place, value in enumerate(values) if value is None]
        return np.array([value or 0 for value in values], np.int64), np.array(bad, np.int64)


def _one(value: Any, kind: Any) -> int | None:
    try:
        return value.cast(kind).cast(pa.int64()).as_py()
    except pa.ArrowInvalid:
        return None


def _utc(local: NDArray[np.int64], zone: ZoneInfo) -> NDArray[np.int64]:
    """Local seconds as UTC, asking the zone once for each hour that occurs."""
    hours, of = np.unique(local // _HOUR, return_inverse=True)
    epoch = datetime(1970, 1, 1, tzinfo=UTC).replace(tzinfo=None)
    offsets = [_offset(epoch + timedelta(hours=int(hour)), zone) for hour in hours]
    return local - np.array(offsets, np.int64)[of] if len(local) else local


def _offset(moment: datetime, zone: ZoneInfo) -> int:
    offset = moment.replace(tzinfo=zone).utcoffset()
    return int(offset.total_seconds()) if offset else 0


def moment(text: str, zone: ZoneInfo) -> int:
    """Seconds of one date or time, such as a cutoff."""
    values, bad = seconds(pa.array([text]), zone)
    if bad is not None:
        raise ValueError(f"{text!r} is no date (such as 2016-01-01) and no ISO time")
    return int(values[0])

"""Which column of a recorded series is which point, and when was each row? Reads the map file (docs/simulator.md)."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import isfinite
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from firewarden.ingest.facts import QUANTITY_NAMES, UNIT_FACTORS, Reading

VERSION = 1


class MapError(Exception):
    """The map, or a row of the series, cannot be used; the message says where."""


class TimeMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """When a row was recorded: a column with its format and zone, or only a fixed interval.

    A step back, or one of more than `gap_max_s`, is a break in the recording and lasts `interval_s`.
    """

    column: str | None = None
    format: str = "%Y-%m-%d %H:%M:%S"
    zone: str = "Asia/Shanghai"
    interval_s: float = 1.0
    gap_max_s: float = 3_600.0


class ColumnMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One measured column: its value times `factor` plus `offset` is in `unit`."""

    name: str
    point: str
    quantity: str
    unit: str
    factor: float = 1.0
    offset: float = 0.0


class ReplayMap(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A whole map file."""

    version: int
    time: TimeMap
    column: tuple[ColumnMap, ...]
    delimiter: str = ","


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row: how long after the first it was recorded, when, and what it says."""

    number: int
    offset_s: float
    recorded_at: datetime | None
    values: tuple[tuple[ColumnMap, float], ...]

    def readings(self, at: datetime) -> tuple[Reading, ...]:
        """The row's readings as if measured at `at`."""
        return tuple(
            Reading(point=column.point, at=at, quantity=column.quantity, value=value, unit=column.unit)
            for column, value in self.values
        )


def parse_map(text: str) -> ReplayMap:
    """Read a map file's text. Raises MapError."""
    try:
        parsed = msgspec.convert(tomllib.loads(text), ReplayMap)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise MapError(f"the map cannot be read: {error}") from error
    if parsed.version != VERSION:
        raise MapError(f"expected a map of version {VERSION}, got {parsed.version}")
    if not parsed.column:
        raise MapError("the map names no column")
    for column in parsed.column:
        quantity = QUANTITY_NAMES.get(column.quantity)
        if quantity is None or (quantity, column.unit) not in UNIT_FACTORS:
            raise MapError(f"column {column.name!r}: no quantity {column.quantity!r} in unit {column.unit!r}")
    _zone(parsed.time)
    return parsed


def _zone(time: TimeMap) -> ZoneInfo:
    try:
        return ZoneInfo(time.zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise MapError(f"there is no time zone {time.zone!r}") from error


def read_rows(lines: Iterable[Mapping[str, str | None]], replay_map: ReplayMap) -> Iterator[Row]:
    """The rows of a series (as csv.DictReader gives them), in file order. Raises MapError at a bad row.

    Empty cells and numbers that are not finite are left out; a row may have no value at all.
    """
    offset_s, before = 0.0, None
    zone = _zone(replay_map.time)
    for number, line in enumerate(lines, start=1):
        recorded_at = _recorded_at(line, replay_map.time, zone, number)
        if number > 1:
            offset_s += _step_s(before, recorded_at, replay_map.time)
        before = recorded_at
        values = tuple(_values(line, replay_map.column, number))
        yield Row(number=number, offset_s=offset_s, recorded_at=recorded_at, values=values)


def _recorded_at(line: Mapping[str, str | None], time: TimeMap, zone: ZoneInfo, number: int) -> datetime | None:
    if time.column is None:
        return None
    text = _cell(line, time.column, number)
    try:
        return datetime.strptime(text, time.format).replace(tzinfo=zone)
    except ValueError as error:
        raise MapError(f"row {number}: {error}") from error


def _step_s(before: datetime | None, now: datetime | None, time: TimeMap) -> float:
    if before is None or now is None:
        return time.interval_s
    step = now - before
    return step.total_seconds() if timedelta() < step <= timedelta(seconds=time.gap_max_s) else time.interval_s


def _values(
    line: Mapping[str, str | None], columns: tuple[ColumnMap, ...], number: int
) -> Iterator[tuple[ColumnMap, float]]:
    for column in columns:
        text = _cell(line, column.name, number)
        if not text:
            continue
        try:
            value = float(text) * column.factor + column.offset
        except ValueError as error:
            raise MapError(f"row {number}, column {column.name!r}: {error}") from error
        if isfinite(value):
            yield column, value


def _cell(line: Mapping[str, str | None], name: str, number: int) -> str:
    if name not in line:
        raise MapError(f"row {number}: the file has no column {name!r}")
    return (line[name] or "").strip()

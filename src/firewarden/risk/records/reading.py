"""What do a venue file and an event file say? Read once, batch by batch; what is wrong is named by row and column."""

from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from firewarden.risk.records.city import ALWAYS, KINDS, City, Events, RecordsError, Venues, ordered
from firewarden.risk.records.tables import Table, digest, open_table
from firewarden.risk.records.times import seconds

pc: Any = pyarrow.compute  # its functions are made when it is imported: no checker knows them
Batch = Any
_TEXTS = ("use", "street")
_NUMBERS = ("area_m2", "height_m", "built", "lat", "lon", "number")
_NOTHING = ("", "na", "n/a", "nan", "null", "none", "-")
_PLAUSIBLE: dict[str, Callable[[NDArray[np.float64]], NDArray[np.bool_]]] = {
    "area_m2": lambda v: v > 0,
    "height_m": lambda v: v > 0,
    "built": lambda v: (v >= 1000) & (v <= 2200),  # noqa: PLR2004 - years
    "lat": lambda v: (abs(v) <= 90) & (v != 0),  # noqa: PLR2004 - degrees
    "number": lambda v: v >= 0,
    "lon": lambda v: (abs(v) <= 180) & (v != 0),  # noqa: PLR2004 - degrees
}


def read_city(venues: Path, events: Path, zone: ZoneInfo) -> City:
    """Both files as one city."""
    notices: list[str] = []
    found = read_venues(venues, zone, notices)
    known, strangers, repeats = _read_events(events, zone, found, notices)
    if not len(known.time) and len(strangers.time):
        raise RecordsError(
            f"{events.name}: not one of its {len(strangers.time)} events is at a venue of {venues.name}:"
            f" column venue_id must spell them alike (007 is not 7); a venue is {found.ids[0]!r}"
        )
    return City(
        venues=found,
        events=known,
        strangers=strangers,
        repeats=repeats,
        notices=tuple(notices),
        digests={"venues": digest(venues), "events": digest(events)},
    )


def read_venues(path: Path, zone: ZoneInfo, notices: list[str]) -> Venues:
    """The venue file; `notices` takes what was left aside."""
    table = open_table(path, ["venue_id"], [*_TEXTS, *_NUMBERS, "known_from"])
    _tell_ignored(table, notices)
    batches, row = list[Batch](), table.first_row
    numbers: dict[str, list[NDArray[np.float64]]] = {name: [] for name in _NUMBERS}
    known_from = list[NDArray[np.int64]]()
    for batch in table.batches():
        batches.append(batch.select([name for name in ("venue_id", *_TEXTS) if name in batch.schema.names]))
        for name in _NUMBERS:
            numbers[name].append(_numbers(batch, name, table, row))
        known_from.append(_known_from(batch, zone, table, row))
        row += len(batch)
    if row == table.first_row:
        raise RecordsError(f"{path.name}: there are no venues")
    ids = _ids(batches, table)
    use, uses = _codes(batches, "use")
    columns = {name: _plausible(name, np.concatenate(parts), table, notices) for name, parts in numbers.items()}
    columns["lat"], columns["lon"] = _both(columns["lat"], columns["lon"])
    return Venues(
        ids=ids,
        use=use,
        uses=uses,
        street=_codes(batches, "street")[0],
        known_from=np.concatenate(known_from),
        **columns,
    )


def _tell_ignored(table: Table, notices: list[str]) -> None:
    if table.ignored:
        notices.append(
            f"{table.path.name}: columns that are not of the format were left aside: {', '.join(table.ignored)}"
        )


def _ids(batches: list[Batch], table: Table) -> tuple[str, ...]:
    ids = [value.strip() if value else "" for batch in batches for value in _names(batch["venue_id"]).to_pylist()]
    seen: dict[str, int] = {}
    for row, venue in enumerate(ids, table.first_row):
        if not venue:
            raise RecordsError(f"{table.path.name}, row {row}, column venue_id: it is empty")
        first = seen.setdefault(venue, row)
        if first != row:
            raise RecordsError(f"{table.path.name}, row {row}, column venue_id: {venue!r} was already in row {first}")
    return tuple(ids)


def _names(column: Any) -> Any:
    """Ids as text; whole numbers as they are counted, also where a tool kept them as floats beside empty cells."""
    if pa.types.is_floating(column.type):
        with suppress(pa.ArrowInvalid):  # not whole: told as they are
            return column.cast(pa.int64()).cast(pa.string())
    return column.cast(pa.string())


def _codes(batches: list[Batch], name: str) -> tuple[NDArray[np.int32], tuple[str, ...]]:
    """Categories as numbers: whatever stands there is one, but for what says that nothing is known."""
    if name not in batches[0].schema.names:
        return np.full(sum(len(batch) for batch in batches), -1, np.int32), ()
    whole = pa.chunked_array([batch[name].cast(pa.string()) for batch in batches]).combine_chunks()
    text = pc.utf8_lower(pc.utf8_trim_whitespace(whole))
    text = pc.if_else(pc.is_in(text, pa.array(_NOTHING)), pa.scalar(None, pa.string()), text)
    encoded = text.dictionary_encode()
    return pc.fill_null(encoded.indices, -1).to_numpy().astype(np.int32), tuple(encoded.dictionary.to_pylist())


def _numbers(batch: Batch, name: str, table: Table, row: int) -> NDArray[np.float64]:
    if name not in batch.schema.names:
        return np.full(len(batch), np.nan)
    column = batch[name]
    if pa.types.is_date(column.type) or pa.types.is_timestamp(column.type):
        column = pc.year(column)
    if not pa.types.is_string(column.type):
        return pc.fill_null(column.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False).copy()
    text = pc.utf8_trim_whitespace(column)
    if name == "built":  # a date of building is taken for its year
        text = pc.replace_substring_regex(text, r"^([0-9]{4})-[0-9]{2}(-[0-9]{2}.*)?$", r"\1")
    text = pc.if_else(pc.is_in(pc.utf8_lower(text), pa.array(_NOTHING)), pa.scalar(None, pa.string()), text)
    try:
        return pc.fill_null(text.cast(pa.float64()), np.nan).to_numpy(zero_copy_only=False).copy()
    except pa.ArrowInvalid:
        place, value = next((i, v) for i, v in enumerate(text.to_pylist()) if v is not None and not _is_number(v))
        raise RecordsError(f"{table.path.name}, row {row + place}, column {name}: {value!r} is no number") from None


def _is_number(value: str) -> bool:
    try:
        pa.scalar(value).cast(pa.float64())
    except pa.ArrowInvalid:
        return False
    return True


def _known_from(batch: Batch, zone: ZoneInfo, table: Table, row: int) -> NDArray[np.int64]:
    result = np.full(len(batch), ALWAYS)
    if "known_from" not in batch.schema.names:
        return result
    column = batch["known_from"]
    given = np.flatnonzero(column.is_valid().to_numpy(zero_copy_only=False))
    if pa.types.is_string(column.type):
        given = given[[bool(value.strip()) for value in column.take(pa.array(given)).to_pylist()]]
    if len(given):
        result[given], bad = seconds(column.take(pa.array(given)), zone)
        if bad is not None:
            _bad_time(table, row + int(given[bad]), "known_from", column[int(given[bad])])
    return result


def _bad_time(table: Table, row: int, column: str, cell: Any) -> None:
    value = cell.cast(pa.string()).as_py()
    said = f"{value!r} is no date (2016-01-31) and no ISO time" if value not in {None, ""} else "it is empty"
    raise RecordsError(f"{table.path.name}, row {row}, column {column}: {said}")


def _plausible(name: str, values: NDArray[np.float64], table: Table, notices: list[str]) -> NDArray[np.float64]:
    with np.errstate(invalid="ignore"):
        wrong = ~np.isnan(values) & ~(_PLAUSIBLE[name](values) & np.isfinite(values))
    if wrong.any():
        row = table.first_row + int(np.flatnonzero(wrong)[0])
        notices.append(
            f"{table.path.name}, column {name}: {wrong.sum()} impossible values count as unknown (first: row {row})"
        )
    return np.where(wrong, np.nan, values)


def _both(lat: NDArray[np.float64], lon: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    half = np.isnan(lat) | np.isnan(lon)
    return np.where(half, np.nan, lat), np.where(half, np.nan, lon)


def _read_events(path: Path, zone: ZoneInfo, venues: Venues, notices: list[str]) -> tuple[Events, Events, int]:
    """Events of the venues, those of unknown venues, and how many were exact repeats."""
    table = open_table(path, ["venue_id", "time", "kind"])
    _tell_ignored(table, notices)
    ids = pa.array(venues.ids)
    parts, row = list[tuple[NDArray[np.int32], NDArray[np.int64], NDArray[np.int8]]](), table.first_row
    for batch in table.batches():
        venue = pc.fill_null(pc.index_in(pc.utf8_trim_whitespace(_names(batch["venue_id"])), ids), -1)
        times, bad = seconds(batch["time"], zone)
        if bad is not None:
            _bad_time(table, row + bad, "time", batch["time"][bad])
        parts.append((venue.to_numpy().astype(np.int32), times, _kinds(batch["kind"], table, row)))
        row += len(batch)
    if not parts:
        return _none(), _none(), 0
    venue, time, kind = (np.concatenate(column) for column in zip(*parts, strict=True))
    known = venue >= 0
    events = ordered(venue[known], time[known], kind[known])
    order = np.argsort(time[~known], kind="stable")
    strangers = Events(venue=venue[~known][order], time=time[~known][order], kind=kind[~known][order])
    repeats = int(known.sum()) - len(events.time)
    if repeats:
        notices.append(f"{path.name}: {repeats} exact repeats of an event were dropped")
    if len(strangers.time):
        notices.append(f"{path.name}: {len(strangers.time)} events are at venues that the venue file does not have")
    return events, strangers, repeats


def _kinds(column: Any, table: Table, row: int) -> NDArray[np.int8]:
    text = pc.utf8_lower(pc.utf8_trim_whitespace(column.cast(pa.string())))
    codes = pc.fill_null(pc.index_in(text, pa.array(KINDS)), -1).to_numpy()
    wrong = np.flatnonzero(codes < 0)
    if len(wrong):
        value = column[int(wrong[0])].as_py()
        raise RecordsError(
            f"{table.path.name}, row {row + int(wrong[0])}, column kind: {value!r} is none of {', '.join(KINDS)}"
        )
    return codes.astype(np.int8)


def _none() -> Events:
    return Events(venue=np.empty(0, np.int32), time=np.empty(0, np.int64), kind=np.empty(0, np.int8))

"""How do a city's records come in? From a file of events in the documented format, all of it or nothing.

A record without a key of its own is known by what it says, so that the same file, or a longer one that begins with it,
adds nothing twice.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from psycopg import AsyncConnection

from firewarden.risk.records.tables import Table, open_table
from firewarden.risk.records.times import seconds
from firewarden.risk.state.facts import RecordKind
from firewarden.store.queries import Queries

SQL = Queries("firewarden.risk", "record_queries.sql")

ROWS_A_STATEMENT = 5_000
PROBLEMS_SHOWN = 50
KINDS = frozenset(kind.value for kind in RecordKind)
_KEY_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """One row of the file."""

    row: int
    venue: str
    key: str
    kind: str
    at: datetime
    due_at: datetime | None


class ImportRefusedError(Exception):
    """The file cannot be taken; `problems` are its rows, at most PROBLEMS_SHOWN and a last line for the rest."""

    def __init__(self, problems: Sequence[str]) -> None:
        shown = list(problems[:PROBLEMS_SHOWN])
        if len(problems) > PROBLEMS_SHOWN:
            shown.append(f"and {len(problems) - PROBLEMS_SHOWN} more")
        super().__init__("\n".join(shown))
        self.problems = tuple(shown)


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many rows there were, and how many were not yet known."""

    rows: int
    added: int


def read_records(path: Path, zone: ZoneInfo, now: datetime) -> list[Record]:
    """Every row of the file. Raises RecordsError where it is no such file, ImportRefusedError naming each bad row."""
    table = open_table(path, ["venue_id", "time", "kind"], ["key", "due_at"])
    problems: list[str] = []
    records: list[Record] = []
    counted: Counter[tuple[str, str, int]] = Counter()
    row = table.first_row
    for batch in table.batches():
        records += _batch(batch, zone, (table, row), counted, problems)
        row += len(batch)
    problems += [
        f"row {record.row}, column time: {record.at.isoformat()} lies ahead" for record in records if record.at > now
    ]
    keys = Counter(record.key for record in records)
    problems += [
        f"row {record.row}, column key: {record.key!r} stands twice" for record in records if keys[record.key] > 1
    ]
    if problems:
        raise ImportRefusedError(problems)
    return records


def _batch(
    batch: Any, zone: ZoneInfo, place: tuple[Table, int], counted: Counter[tuple[str, str, int]], problems: list[str]
) -> Iterator[Record]:
    _, first = place
    times, dues = _times(batch, "time", zone), _times(batch, "due_at", zone)
    names = batch.schema.names
    keys = batch["key"].to_pylist() if "key" in names else [None] * len(batch)
    given = batch["due_at"].to_pylist() if "due_at" in names else [None] * len(batch)
    rows = zip(batch["venue_id"].to_pylist(), batch["kind"].to_pylist(), keys, given, strict=True)
    for index, (venue, kind, key, due) in enumerate(rows):
        row, code, what = first + index, str(venue or "").strip(), str(kind or "").strip().lower()
        at, due_at = times[index], dues[index]
        if at is None:
            problems.append(f"row {row}, column time: this is no time")
        if due is not None and str(due).strip() and due_at is None:
            problems.append(f"row {row}, column due_at: {due!r} is no time")
        if what not in KINDS:
            problems.append(f"row {row}, column kind: {kind!r} is none of {', '.join(sorted(KINDS))}")
        if at is None or what not in KINDS:
            continue
        own = str(key or "").strip()
        if len(own) > _KEY_MAX:
            problems.append(f"row {row}, column key: more than {_KEY_MAX} characters")
        said = (code, what, int(at.timestamp()))
        counted[said] += 1
        yield Record(row=row, venue=code, key=own or _digest(said, counted[said]), kind=what, at=at, due_at=due_at)


def _times(batch: Any, name: str, zone: ZoneInfo) -> list[datetime | None]:
    if name not in batch.schema.names:
        return [None] * len(batch)
    found, _ = seconds(batch[name], zone)
    return [_moment(value) for value in found.tolist()]


def _moment(value: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(value, tz=UTC)
    except (ValueError, OverflowError, OSError):
        return None


def _digest(said: tuple[str, str, int], occurrence: int) -> str:
    return sha256("\n".join((*map(str, said), str(occurrence))).encode()).hexdigest()[:32]


async def add_records(connection: AsyncConnection, records: Sequence[Record], *, source: str, actor: str) -> Imported:
    """Store what is not known yet, in one transaction. Raises ImportRefusedError for venues nobody knows."""
    async with connection.transaction():
        venues = await _venues(connection, sorted({record.venue for record in records}))
        unknown = [
            f"row {record.row}, column venue_id: the register has no venue {record.venue!r}"
            for record in records
            if record.venue not in venues
        ]
        if unknown:
            raise ImportRefusedError(unknown)
        added = 0
        for part in _parts(records):
            values = {
                "source": source,
                "actor": actor,
                "venues": [venues[record.venue] for record in part],
                "keys": [record.key for record in part],
                "kinds": [record.kind for record in part],
                "ats": [record.at for record in part],
                "dues": [record.due_at for record in part],
            }
            row = await (await connection.execute(SQL["add_records"], values)).fetchone()
            added += 0 if row is None else int(row[0])
        await connection.execute(SQL["notify_event"])
    return Imported(rows=len(records), added=added)


async def _venues(connection: AsyncConnection, codes: Sequence[str]) -> dict[str, int]:
    cursor = await connection.execute(SQL["venues_by_code"], {"codes": list(codes)})
    return {str(row[0]): int(row[1]) for row in await cursor.fetchall()}


def _parts(records: Sequence[Record]) -> Iterator[Sequence[Record]]:
    for start in range(0, len(records), ROWS_A_STATEMENT):
        yield records[start : start + ROWS_A_STATEMENT]

"""Readings for tests of the upkeep, written as ingest writes them: rows and a note about them in one transaction."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import LiteralString

import psycopg

Row = tuple[int, int, datetime, float]
"""Point, quantity, time, value."""

Rolled = tuple[int, int, datetime, int, float, float, datetime]
"""Point, quantity, start, number, lowest, highest, time of the newest; the sum is compared apart."""

AGGREGATE: Mapping[str, LiteralString] = {
    "reading_hour": "SELECT point_id, quantity, date_trunc('hour', at), count(*)::integer, min(value), max(value),"
    " max(at), sum(value) FROM reading WHERE at < %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
    "reading_day": "SELECT point_id, quantity, date_trunc('day', at, 'Asia/Shanghai'), count(*)::integer, min(value),"
    " max(value), max(at), sum(value) FROM reading WHERE at < %s GROUP BY 1, 2, 3 ORDER BY 1, 2, 3",
}
ROLLUP: Mapping[str, LiteralString] = {
    "reading_hour": "SELECT point_id, quantity, at, n, low, high, last_at, total FROM reading_hour ORDER BY 1, 2, 3",
    "reading_day": "SELECT point_id, quantity, at, n, low, high, last_at, total FROM reading_day ORDER BY 1, 2, 3",
}


def write(connection: psycopg.Connection, rows: Iterable[Row]) -> None:
    """Store readings and the note about them; the caller commits."""
    rows = list(rows)
    connection.cursor().executemany(
        "INSERT INTO reading (point_id, quantity, at, value, sent_at, received_at) VALUES (%s, %s, %s, %s, %s, %s)",
        [(point, quantity, at, value, at, at) for point, quantity, at, value in rows],
    )
    note(connection, rows)


def note(connection: psycopg.Connection, rows: Iterable[Row]) -> None:
    """The note alone, as a repeated message would leave it."""
    rows = list(rows)
    times = [at for _, _, at, _ in rows]
    connection.execute(
        "INSERT INTO reading_batch (point_ids, rows, at_min, at_max) VALUES (%s, %s, %s, %s)",
        [sorted({point for point, *_ in rows}), len(rows), min(times), max(times)],
    )


def rolled(connection: psycopg.Connection, table: str) -> tuple[list[Rolled], list[float]]:
    """What a rollup table says: its rows, and the sums."""
    return _parts(connection.execute(ROLLUP[table]).fetchall())


def aggregated(connection: psycopg.Connection, table: str, before: datetime) -> tuple[list[Rolled], list[float]]:
    """What it must say, straight from the readings before a moment."""
    return _parts(connection.execute(AGGREGATE[table], [before]).fetchall())


def _parts(rows: list[tuple[object, ...]]) -> tuple[list[Rolled], list[float]]:
    def utc(value: object) -> object:
        return value.astimezone(UTC) if isinstance(value, datetime) else value

    kept = [tuple(utc(value) for value in row[:-1]) for row in rows]
    return kept, [float(str(row[-1])) for row in rows]  # pyright: ignore[reportReturnType]

"""What does the database say to one statement, and how long does it take? Asked as the login that a Grafana has."""

import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import pairwise
from typing import LiteralString, cast

import psycopg
from psycopg import Connection

from firewarden.dashboards.grafana.check.columns import Column, Kind
from firewarden.dashboards.grafana.check.selections import Option

ROWS_MAX = 5_000
TIMES = 3
HOPELESS = 5
"""A statement that took so many times the limit is not asked again."""
WORDS_MAX = 500
_KINDS: Mapping[int, Kind] = {
    **dict.fromkeys((20, 21, 23, 700, 701, 1700), "number"),
    **dict.fromkeys((1082, 1114, 1184), "time"),
    **dict.fromkeys((18, 19, 25, 1042, 1043), "text"),
    16: "bool",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the database said to one statement. `ms`: median of some runs after a first one."""

    rows: int = 0
    ms: float = 0.0
    columns: tuple[Column, ...] = ()
    words: frozenset[str] = frozenset()
    sorted: bool = True
    blank: bool = False
    """Whether nothing but nulls came."""
    options: tuple[Option, ...] = ()
    error: str | None = None
    forbidden: bool = False


@dataclass(slots=True, kw_only=True)
class Asker:
    """Asks the database; the same statement once. `limit_ms`: how long a statement may take."""

    connection: Connection
    limit_ms: float
    known: dict[str, Answer] = field(default_factory=dict[str, Answer])

    def ask(self, sql: str) -> Answer:
        """What comes of a statement, and how long it takes."""
        if sql not in self.known:
            self.known[sql] = self._ask(sql)
        return self.known[sql]

    def _ask(self, sql: str) -> Answer:
        try:
            answer, first_ms = self._once(sql)
            if first_ms > HOPELESS * self.limit_ms:
                return replace(answer, ms=first_ms)
            return replace(answer, ms=statistics.median(self._once(sql)[1] for _ in range(TIMES)))
        except psycopg.Error as error:
            self.connection.rollback()
            slow = isinstance(error, psycopg.errors.QueryCanceled)
            return Answer(
                error=None if slow else str(error).splitlines()[0],
                forbidden=isinstance(error, psycopg.errors.InsufficientPrivilege),
                ms=float("inf") if slow else 0.0,
            )

    def _once(self, sql: str) -> tuple[Answer, float]:
        begun_s = time.perf_counter()
        with self.connection.transaction(), self.connection.cursor() as cursor:
            cursor.execute(cast("LiteralString", sql))  # what a Grafana would send, to a login that can only read
            rows = cursor.fetchall()
            took_ms = (time.perf_counter() - begun_s) * 1_000
            described = cursor.description or ()
            columns = tuple(Column(name=each.name, kind=_KINDS.get(each.type_code, "other")) for each in described)
        return _answer(columns, rows), took_ms


def _answer(columns: tuple[Column, ...], rows: Sequence[Sequence[object]]) -> Answer:
    texts = [at for at, column in enumerate(columns) if column.kind == "text"]
    words = {str(row[at]) for row in rows[:ROWS_MAX] for at in texts if row[at] is not None}
    at = next((at for at, column in enumerate(columns) if column.name == "time" and column.kind == "time"), None)
    times = [] if at is None else [cast("datetime | None", row[at]) for row in rows]
    ordered = all(a is not None and b is not None and a <= b for a, b in pairwise(times))
    return Answer(
        rows=len(rows),
        columns=columns,
        words=frozenset(sorted(words)[:WORDS_MAX]),
        sorted=ordered,
        blank=bool(rows) and all(value is None for row in rows for value in row),
        options=_options(columns, rows),
    )


def _options(columns: tuple[Column, ...], rows: Sequence[Sequence[object]]) -> tuple[Option, ...]:
    """As a variable's list: `__text` and `__value`, or every value."""
    at = {column.name: n for n, column in enumerate(columns)}
    if not columns:
        return ()
    text, value = at.get("__text", 0), at.get("__value", at.get("__text", 0))
    return tuple(Option(value=str(row[value]), text=str(row[text])) for row in rows[:ROWS_MAX])

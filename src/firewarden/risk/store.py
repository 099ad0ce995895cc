"""The rows that risk reads and writes. Everything a score needs of given venues is read in one snapshot."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from typing import LiteralString, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from firewarden.ingest.facts import QUANTITY_NAMES, Quantity
from firewarden.risk import scorecard as card
from firewarden.risk.catalogue import Grade
from firewarden.risk.facts import Condition, VenueFacts
from firewarden.risk.features import (
    ConditionRow,
    FiresRow,
    GatewayRow,
    HabitRow,
    PointsOutRow,
    Rows,
    SensorRow,
    StaticRow,
    facts_of,
)
from firewarden.risk.reasons import Score
from firewarden.risk.wire import encode_doubts, encode_factors, encode_triggers
from firewarden.store.queries import Queries
from firewarden.store.reading_after import Window

SQL = Queries("firewarden.risk")

VENUES_MAX = 200
"""How many venues are read, scored and written at once."""

SENSOR_FRESH = timedelta(days=7)
"""Readings older than this are found by a slower search."""

RUN_READINGS_MAX = 2_000
"""How many readings back the beginning of a run outside the band is looked for: a week of five-minute samples."""

REFRESH_S = 30.0
"""A score that says the same is written again when its row is older than this."""

WATER_QUANTITIES = (Quantity.PRESSURE, Quantity.LEVEL, Quantity.HEIGHT)

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousScore:
    """What a venue scored last."""

    venue_id: int
    at: datetime
    score: Decimal
    grade: str
    confidence: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A score that says something new, and what it was."""

    venue_id: int
    score: Score
    previous: PreviousScore | None

    @property
    def moved(self) -> bool:
        """Whether points or grade moved, not only the confidence."""
        was = self.previous
        return was is None or (was.score, was.grade) != (self.score.points, self.score.grade.value)


async def listen(connection: AsyncConnection) -> None:
    """Be woken by facts and events."""
    await connection.execute(SQL["listen_events"])
    await connection.execute(SQL["listen_facts"])


async def notify(connection: AsyncConnection) -> None:
    """Wake who watches, once this transaction is committed."""
    await connection.execute(SQL["notify_event"])


async def read_only(connection: AsyncConnection) -> None:
    """Make the transaction that has just begun see one snapshot and write nothing."""
    await connection.execute(SQL["repeatable_read"])


async def touched_venues(connection: AsyncConnection, window: Window) -> set[int]:
    """Venues about which there is something new in `window`."""
    return set(await _ids(connection, SQL["touched_venues"], {"since": window.since}))


async def unscored_venues(connection: AsyncConnection) -> list[int]:
    """At most VENUES_MAX venues without a score."""
    return await _ids(connection, SQL["unscored_venues"], {"limit": VENUES_MAX})


async def venues_after(connection: AsyncConnection, after: int) -> list[int]:
    """The next at most VENUES_MAX venues, in the order of their numbers."""
    return await _ids(connection, SQL["venues_after"], {"after": after, "limit": VENUES_MAX})


async def venue_by_code(connection: AsyncConnection, code: str) -> int | None:
    """The venue of that code, if there is one."""
    found = await _ids(connection, SQL["venue_by_code"], {"code": code})
    return found[0] if found else None


async def load_facts(connection: AsyncConnection, venues: Sequence[int], now: datetime) -> dict[int, VenueFacts]:
    """Facts of `venues` (at most VENUES_MAX) at `now`; one that is not in the register is absent."""
    if len(venues) > VENUES_MAX:
        raise ValueError(f"at most {VENUES_MAX} venues at once, got {len(venues)}")
    of = {"venues": list(venues)}
    habit = {
        **of,
        "now": now,
        "half_life_days": card.HABIT_HALF_LIFE_DAYS,
        "window_days": card.HABIT_WINDOW_DAYS,
    }
    sensors = {
        **of,
        "names": [name for name, quantity in QUANTITY_NAMES.items() if quantity in WATER_QUANTITIES],
        "codes": [int(quantity) for quantity in QUANTITY_NAMES.values() if quantity in WATER_QUANTITIES],
        "recent": now - SENSOR_FRESH,
        "run_max": RUN_READINGS_MAX,
    }
    conditions = {**of, "kinds": [kind.value for kind in Condition]}
    points_out = {**of, "long_before": now - card.OUT_LONG}
    return facts_of(
        Rows(
            statics=await _rows(connection, StaticRow, SQL["statics"], of),
            conditions=await _rows(connection, ConditionRow, SQL["conditions"], conditions),
            points_out=await _rows(connection, PointsOutRow, SQL["points_out"], points_out),
            fires=await _rows(connection, FiresRow, SQL["open_fires"], of),
            habits=await _rows(connection, HabitRow, SQL["habits"], habit),
            gateways=await _rows(connection, GatewayRow, SQL["gateways"], of),
            sensors=await _rows(connection, SensorRow, SQL["sensors"], sensors),
        )
    )


async def previous_scores(connection: AsyncConnection, venues: Sequence[int]) -> dict[int, PreviousScore]:
    """What `venues` scored last; one that never scored is absent."""
    rows = await _rows(connection, PreviousScore, SQL["previous_scores"], {"venues": list(venues)})
    return {row.venue_id: row for row in rows}


async def save(connection: AsyncConnection, scores: Mapping[int, Score], at: datetime) -> tuple[Changed, ...]:
    """Write the scores of `at`; keep and tell what is new, and return it. To be called within a transaction."""
    if not scores:
        return ()
    before = await previous_scores(connection, list(scores))
    await connection.execute(SQL["save_scores"], {**_columns(scores, at), "refresh_s": REFRESH_S})
    changed = tuple(
        Changed(venue_id=venue, score=score, previous=before.get(venue))
        for venue, score in scores.items()
        if _says_something_new(score, before.get(venue))
    )
    if changed:
        await connection.execute(SQL["save_history"], _columns({c.venue_id: c.score for c in changed}, at))
    moved = [change for change in changed if change.moved]
    if moved:
        await connection.execute(SQL["save_events"], _event_columns(moved, at))
        await notify(connection)
    return changed


def _says_something_new(score: Score, before: PreviousScore | None) -> bool:
    if before is None:
        return True
    was = (before.score, Grade(before.grade), before.confidence)
    return was != (score.points, score.grade, score.confidence)


def _columns(scores: Mapping[int, Score], at: datetime) -> dict[str, object]:
    values = scores.values()
    return {
        "at": at,
        "version": card.VERSION,
        "venues": list(scores),
        "scores": [score.points for score in values],
        "grades": [score.grade.value for score in values],
        "confidences": [score.confidence for score in values],
        "factors": [encode_factors(score.factors) for score in values],
        "triggers": [encode_triggers(score.triggers) for score in values],
        "doubts": [encode_doubts(score.doubts) for score in values],
    }


def _event_columns(moved: Sequence[Changed], at: datetime) -> dict[str, object]:
    return {
        "at": at,
        "venues": [change.venue_id for change in moved],
        "scores": [change.score.points for change in moved],
        "grades": [change.score.grade.value for change in moved],
        "confidences": [change.score.confidence for change in moved],
        "previous_scores": [change.previous.score if change.previous else None for change in moved],
        "previous_grades": [change.previous.grade if change.previous else None for change in moved],
    }


async def _rows(
    connection: AsyncConnection, kind: type[_Row], query: LiteralString, values: Mapping[str, object]
) -> list[_Row]:
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()


async def _scalars(connection: AsyncConnection, query: LiteralString, values: Mapping[str, object]) -> list[object]:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(query, values)
        return list(await cursor.fetchall())


async def _ids(connection: AsyncConnection, query: LiteralString, values: Mapping[str, object]) -> list[int]:
    return [value for value in await _scalars(connection, query, values) if isinstance(value, int)]

"""The scores that risk writes: the newest of each venue, those that said something new, and who is told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import LiteralString, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from firewarden.risk.ranks import Interval
from firewarden.risk.scoring.model import Score
from firewarden.risk.scoring.wire import (
    encode_counterfactuals,
    encode_doubts,
    encode_factors,
    encode_hits,
    encode_triggers,
)
from firewarden.risk.state.facts import Micros
from firewarden.risk.state.moments import moment
from firewarden.store.queries import Queries

SQL = Queries("firewarden.risk")
NO_TRACES: Mapping[int, str] = MappingProxyType({})

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviousScore:
    """What a venue scored last. `rules`: which held, in the order of the alphabet."""

    venue_id: int
    score: Decimal
    grade: str
    confidence: Decimal
    override_id: int | None
    rules: list[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Changed:
    """A score that says something new, and what it was."""

    venue_id: int
    score: Score
    previous: PreviousScore | None

    @property
    def moved(self) -> bool:
        """Whether points or grade moved, not only what stands behind them."""
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


async def venues_after(connection: AsyncConnection, after: int, limit: int) -> list[int]:
    """The next at most `limit` venues of the register, in the order of their numbers."""
    return await _ids(connection, SQL["venues_after"], {"after": after, "limit": limit})


async def venue_by_code(connection: AsyncConnection, code: str) -> int | None:
    """The venue of that code, if there is one."""
    found = await _ids(connection, SQL["venue_by_code"], {"code": code})
    return found[0] if found else None


async def previous_scores(connection: AsyncConnection, venues: Sequence[int]) -> dict[int, PreviousScore]:
    """What `venues` scored last; one that never scored is absent."""
    async with connection.cursor(row_factory=class_row(PreviousScore)) as cursor:
        await cursor.execute(SQL["previous_scores"], {"venues": list(venues)})
        return {row.venue_id: row for row in await cursor.fetchall()}


async def save(
    connection: AsyncConnection, scores: Mapping[int, Score], traces: Mapping[int, str] = NO_TRACES
) -> tuple[Changed, ...]:
    """Write scores of one moment; keep and tell what is new, and return it. To be called within a transaction.

    `traces`: by venue, the one message that its score follows from.
    """
    if not scores:
        return ()
    at = next(iter(scores.values())).at
    before = await previous_scores(connection, list(scores))
    columns = score_columns(scores)
    await connection.execute(SQL["save_scores"], {**columns, "at": moment(at)})
    changed = tuple(
        Changed(venue_id=venue, score=score, previous=before.get(venue))
        for venue, score in scores.items()
        if _says_something_new(score, before.get(venue))
    )
    if changed:
        kept = score_columns({change.venue_id: change.score for change in changed})
        await connection.execute(SQL["save_history"], {**kept, "at": moment(at)})
    moved = [change for change in changed if change.moved]
    if moved:
        await connection.execute(SQL["save_events"], _event_columns(moved, at, traces))
        await notify(connection)
    return changed


async def save_ranks(connection: AsyncConnection, intervals: Sequence[Interval]) -> None:
    """Write how sure each rank is, where that is another than before."""
    values = {
        "venues": [interval.venue_id for interval in intervals],
        "lows": [interval.low for interval in intervals],
        "highs": [interval.high for interval in intervals],
    }
    await connection.execute(SQL["save_ranks"], values)


def score_columns(scores: Mapping[int, Score]) -> dict[str, list[object]]:
    """The columns of a score, as both tables have them."""
    values = scores.values()
    return {
        "venues": list(scores),
        "scores": [score.points for score in values],
        "grades": [score.grade.value for score in values],
        "confidences": [score.confidence for score in values],
        "factors": [encode_factors(score.factors) for score in values],
        "triggers": [encode_triggers(score.hits) for score in values],
        "doubts": [encode_doubts(score.doubts) for score in values],
        "versions": [score.version for score in values],
        "bases": [score.base for score in values],
        "bands": [score.band.value for score in values],
        "since": [moment(score.grade_since) for score in values],
        "rates": [score.rate for score in values],
        "uncontrolled": [score.uncontrolled for score in values],
        "consequences": [score.consequence for score in values],
        "coverages": [score.coverage for score in values],
        "hits": [encode_hits(score.hits) for score in values],
        "counterfactuals": [encode_counterfactuals(score.counterfactuals) for score in values],
        "overrides": [score.override for score in values],
    }


def replayed_columns(venue: int, score: Score) -> dict[str, object]:
    """A score as it would be stored."""
    return {**score_columns({venue: score}), "at": moment(score.at)}


def _says_something_new(score: Score, before: PreviousScore | None) -> bool:
    if before is None:
        return True
    was = (before.score, before.grade, before.confidence, before.override_id, before.rules)
    rules = sorted({hit.rule for hit in score.hits})
    return was != (score.points, score.grade.value, score.confidence, score.override, rules)


def _event_columns(moved: Sequence[Changed], at: Micros, traces: Mapping[int, str]) -> dict[str, object]:
    return {
        "at": moment(at),
        "venues": [change.venue_id for change in moved],
        "scores": [change.score.points for change in moved],
        "grades": [change.score.grade.value for change in moved],
        "confidences": [change.score.confidence for change in moved],
        "previous_scores": [change.previous.score if change.previous else None for change in moved],
        "previous_grades": [change.previous.grade if change.previous else None for change in moved],
        "traces": [traces.get(change.venue_id) for change in moved],
    }


async def _ids(connection: AsyncConnection, query: LiteralString, values: Mapping[str, object]) -> list[int]:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(query, values)
        return [value for value in await cursor.fetchall() if isinstance(value, int)]

"""What do the facts of this city teach? Reads them venue by venue, learns, keeps the models with their cards."""

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
from psycopg import AsyncConnection
from psycopg.rows import scalar_row, tuple_row

from firewarden.risk import registry
from firewarden.risk.learn.card import card
from firewarden.risk.learn.hazard import Hazard
from firewarden.risk.learn.training import POSITIVES_MIN, SAMPLES, Fitted, Trained, positives, train
from firewarden.risk.learn.venue_months import (
    HORIZON_DAYS,
    Block,
    Table,
    block,
    month_starts,
    months,
    table,
    untouched_by_the_future,
)
from firewarden.risk.registry import SQL, WholeModel
from firewarden.risk.state.facts import Micros, VenueFact
from firewarden.risk.state.wire import from_json
from firewarden.risk.stored_model import additive_body, linear_body

FACTS_AT_ONCE = 5_000
CHECKED_VENUES = 50
"""On so many venues what happened after the middle of the time is permuted."""
HISTORY_MIN = timedelta(days=HORIZON_DAYS)
"""So much must be known before the first row."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Read:
    """The rows of this city, and how many venues were checked against the future."""

    table: Table
    venues: int
    checked: int
    unchanged: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """What came of it. No versions: too little was there, `why` says what."""

    versions: tuple[str, ...]
    positives: int
    why: str | None = None


async def learn(
    connection: AsyncConnection, now: datetime, tell: Callable[[str], None], *, samples: int = SAMPLES
) -> Made:
    """Read, learn, keep. The reading is one snapshot."""
    async with connection.transaction():
        await connection.execute(SQL["read_only"])
        await connection.execute(SQL["patient"])
        origins = await _origins(connection, now)
        if not origins:
            return Made(versions=(), positives=0, why=f"less than {2 * HORIZON_DAYS} days of history")
        read = await _read(connection, origins)
        incumbent = await registry.load_active(connection, now)
    count = positives(read.table.rows)
    tell(f"{read.venues} venues, {len(origins)} months, {count} fires")
    trained = train(read.table, incumbent.likelihood, samples=samples)
    if trained is None:
        return Made(versions=(), positives=count, why=f"under {POSITIVES_MIN} fires the prior stays")
    versions = await _keep(connection, trained, read, incumbent.likelihood.version, now)
    return Made(versions=versions, positives=count)


async def _origins(connection: AsyncConnection, now: datetime) -> list[Micros]:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["first_fact"])
        first: datetime | None = await cursor.fetchone()
    if first is None:
        return []
    return month_starts(first + HISTORY_MIN, now - timedelta(days=HORIZON_DAYS))


async def _read(connection: AsyncConnection, origins: list[Micros]) -> Read:
    """A venue's facts are let go once its months are made: only numbers stay."""
    chance, middle = np.random.default_rng(1), origins[len(origins) // 2]
    found: list[Block] = []
    checked, unchanged = 0, True
    async for venue, facts in _venues(connection):
        found.append(block(venue, months(facts, origins)))
        if checked < CHECKED_VENUES:
            checked += 1
            unchanged = unchanged and untouched_by_the_future(facts, middle, chance)
    return Read(table=table(found), venues=len(found), checked=checked, unchanged=unchanged)


async def _venues(connection: AsyncConnection) -> AsyncIterator[tuple[int, list[VenueFact]]]:
    venue, facts = None, list[VenueFact]()
    async with connection.cursor(name="risk_training", row_factory=tuple_row) as cursor:
        cursor.itersize = FACTS_AT_ONCE
        await cursor.execute(SQL["facts_by_venue"])
        async for of, data in cursor:
            if of != venue:
                if venue is not None:
                    yield venue, facts
                venue, facts = int(of), []
            facts.append(from_json(str(data)))
    if venue is not None:
        yield venue, facts


async def _keep(
    connection: AsyncConnection, trained: Trained, read: Read, incumbent: str, now: datetime
) -> tuple[str, ...]:
    checked = (read.checked, read.unchanged)
    made = [
        WholeModel(
            version=f"{kind}-{now:%Y%m%dT%H%M%SZ}-{trained.data_version[:8]}",
            kind=kind,
            made_at=now,
            data_version=trained.data_version,
            body=_body(fitted),
            card=card(trained, kind, incumbent=incumbent, venues=read.venues, checked=checked, made_at=now),
        )
        for kind, fitted in trained.fitted.items()
    ]
    async with connection.transaction():
        _ = await registry.ensure_prior(connection, now)
        for one in made:
            _ = registry.likelihood_of(one)
            await registry.add(connection, one)
    return tuple(one.version for one in made)


def _body(fitted: Fitted) -> dict[str, object]:
    if isinstance(fitted.model, Hazard):
        return linear_body(fitted.model, fitted.line)
    samples = [sample.to_json()["steps"] for sample in fitted.samples]
    return additive_body(fitted.model.to_json(), samples, fitted.line)

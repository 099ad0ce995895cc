"""Do the stored facts give every state and every score again? One venue at a time, in bounded memory.

A venue's facts, grouped by the step that took them in, and the sweeps are gone through in order of time, a sweep before
the facts of the same moment, as the process did; the end is compared with what is stored, byte for byte.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import dict_row

from firewarden.risk import live_store, models, store
from firewarden.risk.held import Held
from firewarden.risk.judging import Yardstick, judge
from firewarden.risk.live_store import FactRow
from firewarden.risk.scoring.model import Score
from firewarden.risk.state import snapshot
from firewarden.risk.state.facts import Micros
from firewarden.risk.state.fold import apply
from firewarden.risk.state.moments import micros
from firewarden.risk.state.wire import from_json
from firewarden.risk.sweeps import Sweep

VENUES_A_PAGE = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """The first thing that a replay makes otherwise."""

    venue_id: int
    what: str
    stored: str
    replayed: str


@dataclass(slots=True, kw_only=True)
class Verdict:
    """What was gone through, and the first difference. `begun`: the baseline; None: from the first fact."""

    begun: Micros | None
    venues: int = 0
    facts: int = 0
    scores: int = 0
    difference: Difference | None = None


class ReplayError(Exception):
    """The replay cannot begin; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Step:
    """What the process did at one moment: a sweep, or facts taken in."""

    at: Micros
    facts: Sequence[FactRow] = ()
    sweep: Sweep | None = None


async def verify(connection: AsyncConnection, *, whole: bool = False) -> Verdict:
    """Replay every venue from the newest baseline, or the oldest. Within one read-only transaction."""
    kept = await live_store.baselines(connection)
    begun = None if not kept else kept[-1 if whole else 0]
    sweeps = await live_store.sweeps_from(connection, 0 if begun is None else begun)
    by = await _measures(connection, sweeps)
    verdict = Verdict(begun=begun)
    after = 0
    while page := await store.venues_after(connection, after, VENUES_A_PAGE):
        after = page[-1]
        verdict.difference = await _page(connection, page, verdict, (sweeps, by))
        if verdict.difference is not None:
            break
    return verdict


async def _measures(connection: AsyncConnection, sweeps: Sequence[Sweep]) -> dict[Micros, Yardstick]:
    """What each sweep scored with; each model is read once."""
    of = {(s.model, s.k): await models.yardstick(connection, s) for s in {(s.model, s.k): s for s in sweeps}.values()}
    return {sweep.at: of[sweep.model, sweep.k] for sweep in sweeps}


async def _page(
    connection: AsyncConnection,
    page: Sequence[int],
    verdict: Verdict,
    scoring: tuple[Sequence[Sweep], Mapping[Micros, Yardstick]],
) -> Difference | None:
    begun = verdict.begun
    bases = {} if begun is None else await live_store.baseline_states(connection, begun, page)
    stored = {row.venue_id: row for row in await live_store.states(connection, page)}
    for venue in page:
        row = stored.get(venue)
        if row is None:
            continue
        if row.version != snapshot.VERSION:
            raise ReplayError(
                f"states are of version {row.version}, this is {snapshot.VERSION}: the process comes first"
            )
        held = Held(state=snapshot.decode(bases[venue])) if venue in bases else Held()
        facts = await live_store.facts_of(connection, venue, held.number)
        if venue not in bases and facts and facts[0].number != 1:
            raise ReplayError(f"venue {venue} begins with fact {facts[0].number} and is in no baseline")
        swept = 0 if row.swept_at is None else micros(row.swept_at)
        last = replayed(held, facts, [sweep for sweep in scoring[0] if sweep.at <= swept], scoring[1])
        verdict.venues += 1
        verdict.facts += len(facts)
        verdict.scores += last[1]
        difference = await _compare(connection, venue, row, (held, last[0]))
        if difference is not None:
            return difference
    return None


def replayed(
    held: Held, facts: Sequence[FactRow], sweeps: Sequence[Sweep], by: Mapping[Micros, Yardstick]
) -> tuple[Score | None, int]:
    """Do again what the process did with a venue; returns its last score, and how many there were."""
    score, scores, measure = None, 0, None
    for step in _steps(facts, sweeps):
        if step.sweep is not None:
            measure = by[step.sweep.at]
            if held.number == 0:
                continue
        for row in step.facts:
            apply(held.state, from_json(row.data))
        if measure is not None:
            score = judge(held.state, step.at, measure).score
            scores += 1
    return score, scores


def _steps(facts: Sequence[FactRow], sweeps: Sequence[Sweep]) -> Iterator[_Step]:
    taken = [_Step(at=at, facts=tuple(rows)) for at, rows in groupby(facts, key=lambda row: micros(row.stepped_at))]
    every = [_Step(at=sweep.at, sweep=sweep) for sweep in sweeps] + taken
    yield from sorted(every, key=lambda step: (step.at, step.sweep is None))


async def _compare(
    connection: AsyncConnection, venue: int, row: live_store.StateRow, found: tuple[Held, Score | None]
) -> Difference | None:
    held, score = found
    state = snapshot.encode(held.state)
    if held.number != row.number or state != row.state:
        return Difference(
            venue_id=venue,
            what="state",
            stored=f"{len(row.state)} bytes after fact {row.number}",
            replayed=f"{len(state)} bytes after fact {held.number}",
        )
    if score is None:
        return None
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(store.SQL["whole_score"], store.replayed_columns(venue, score))
        differing = await cursor.fetchall()
    return next((_difference(venue, column) for column in differing), None)


def _difference(venue: int, column: dict[str, Any]) -> Difference:
    return Difference(
        venue_id=venue, what=str(column["name"]), stored=str(column["stored"]), replayed=str(column["replayed"])
    )

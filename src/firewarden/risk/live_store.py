"""The rows by which a score can be followed back: facts, states, sweeps, scales, baselines."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import LiteralString, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import class_row

from firewarden.risk.held import Held, Numbered
from firewarden.risk.state import snapshot
from firewarden.risk.state.facts import Micros
from firewarden.risk.state.moments import micros, moment
from firewarden.risk.state.wire import to_json
from firewarden.risk.sweeps import Cause, Scales, Sweep
from firewarden.store.queries import Queries

SQL = Queries("firewarden.risk", "live.sql")

_Row = TypeVar("_Row")
_OF_MESSAGES = frozenset({"episode", "incident"})
"""Facts of these sources begin with a message of a gateway; their ends, which have a slash, with another or none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownVenue:
    """A venue with a state, and up to which sweep it is scored."""

    venue_id: int
    swept_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StateRow:
    """A stored state."""

    venue_id: int
    number: int
    version: str
    state: bytes
    swept_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SweepRow:
    """A stored sweep."""

    at: datetime
    cause: str
    model: str
    k: float

    def sweep(self) -> Sweep:
        """The same with a number for its time."""
        return Sweep(at=micros(self.at), cause=Cause(self.cause), model=self.model, k=self.k)


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """A stored fact of a venue."""

    number: int
    stepped_at: datetime
    data: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _ScaleRow:
    quarter: date
    model: str
    k: float


async def known_venues(connection: AsyncConnection) -> list[KnownVenue]:
    """Every venue that has a state."""
    return await rows(connection, KnownVenue, SQL["known_venues"], {})


async def states(connection: AsyncConnection, venues: Sequence[int]) -> list[StateRow]:
    """The stored states of `venues`; one that has none is absent."""
    return await rows(connection, StateRow, SQL["states"], {"venues": list(venues)})


async def save_states(connection: AsyncConnection, held: Mapping[int, Held]) -> None:
    """Write the states after a step, in the order of the venues."""
    if not held:
        return
    venues = sorted(held)
    values = {
        "venues": venues,
        "numbers": [held[venue].number for venue in venues],
        "versions": [snapshot.VERSION] * len(venues),
        "states": [snapshot.encode(held[venue].state) for venue in venues],
        "swept": [None if (at := held[venue].swept_at) is None else moment(at) for venue in venues],
    }
    await connection.execute(SQL["save_states"], values)


async def save_facts(connection: AsyncConnection, taken: Sequence[Numbered], stepped_at: Micros) -> None:
    """Write what a step took in, and its `now`."""
    if not taken:
        return
    at = moment(stepped_at)
    values = {
        "stepped_at": at,
        "venues": [each.venue_id for each in taken],
        "numbers": [each.fact.number for each in taken],
        "ats": [moment(each.fact.at) for each in taken],
        "kinds": [str(each.fact.__struct_config__.tag) for each in taken],
        "sources": [each.source for each in taken],
        "source_ids": [each.source_id for each in taken],
        "data": [to_json(each.fact).decode() for each in taken],
    }
    await connection.execute(SQL["save_facts"], values)
    await connection.execute(SQL["save_clock"], {"at": at})


async def facts_of(connection: AsyncConnection, venue: int, after: int) -> list[FactRow]:
    """The facts of a venue with numbers above `after`."""
    return await rows(connection, FactRow, SQL["facts_of"], {"venue": venue, "after": after})


async def told(connection: AsyncConnection, source: str, source_ids: Sequence[str]) -> set[str]:
    """Those of `source_ids` that are facts already."""
    values = {"source": source, "source_ids": list(source_ids)}
    cursor = await connection.execute(SQL["known_sources"], values)
    return {str(row[0]) for row in await cursor.fetchall()}


async def traces(connection: AsyncConnection, taken: Sequence[Numbered]) -> dict[int, str]:
    """By venue, the message behind all that was taken in of it; venues of which others said something are absent."""
    begun = [each for each in taken if each.source in _OF_MESSAGES and "/" not in each.source_id]
    if not begun:
        return {}
    values = {
        "venues": [each.venue_id for each in begun],
        "sources": [each.source for each in begun],
        "ids": [int(each.source_id) for each in begun],
    }
    cursor = await connection.execute(SQL["traces"], values)
    others = {each.venue_id for each in taken if each.source not in _OF_MESSAGES or "/" in each.source_id}
    return {int(venue): str(trace) for venue, trace in await cursor.fetchall() if venue not in others}


async def clock(connection: AsyncConnection) -> Micros:
    """The latest `now` of any step that took facts in; 0 before the first."""
    row = await (await connection.execute(SQL["clock"])).fetchone()
    return 0 if row is None else micros(row[0])


async def last_sweep(connection: AsyncConnection) -> Sweep | None:
    """The newest sweep."""
    found = await rows(connection, SweepRow, SQL["last_sweep"], {})
    return found[0].sweep() if found else None


async def sweeps_from(connection: AsyncConnection, at: Micros) -> list[Sweep]:
    """Every sweep from `at` on, in order."""
    return [row.sweep() for row in await rows(connection, SweepRow, SQL["sweeps_from"], {"at": moment(at)})]


async def save_sweep(connection: AsyncConnection, sweep: Sweep, *, baseline: bool) -> None:
    """Write that all venues are going to be scored; with a baseline, all states as they are before it."""
    values = {"at": moment(sweep.at), "cause": sweep.cause.value, "model": sweep.model, "k": sweep.k}
    await connection.execute(SQL["save_sweep"], values)
    if baseline:
        await connection.execute(SQL["save_baseline"], {"at": moment(sweep.at)})
        await connection.execute(SQL["drop_baselines"])


async def first_sweep(connection: AsyncConnection) -> Micros | None:
    """When all venues were first scored, as far back as sweeps are kept."""
    row = await (await connection.execute(SQL["first_sweep"])).fetchone()
    return None if row is None or row[0] is None else micros(row[0])


async def scales(connection: AsyncConnection) -> Scales:
    """Every scale that was fixed."""
    return {(row.quarter, row.model): row.k for row in await rows(connection, _ScaleRow, SQL["scales"], {})}


async def save_scale(
    connection: AsyncConnection, quarter: date, model: str, k: float, *, venues: int, at: Micros
) -> None:
    """Fix the scale of a quarter for a model."""
    values = {"quarter": quarter, "model": model, "k": k, "venues": venues, "at": moment(at)}
    await connection.execute(SQL["save_scale"], values)


async def baselines(connection: AsyncConnection) -> list[Micros]:
    """From where a replay may begin, the newest first."""
    cursor = await connection.execute(SQL["baselines"])
    return [micros(row[0]) for row in await cursor.fetchall()]


async def baseline_states(connection: AsyncConnection, at: Micros, venues: Sequence[int]) -> dict[int, bytes]:
    """The states of `venues` at a baseline; one that was not yet known is absent."""
    cursor = await connection.execute(SQL["baseline_states"], {"at": moment(at), "venues": list(venues)})
    return {int(row[0]): bytes(row[2]) for row in await cursor.fetchall()}


async def rows(
    connection: AsyncConnection, kind: type[_Row], query: LiteralString, values: Mapping[str, object]
) -> list[_Row]:
    """The rows of a query as dataclasses."""
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()

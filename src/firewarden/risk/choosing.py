"""Whom shall somebody look at? Draws by the scores of this moment and writes down what it takes to repeat that."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from firewarden.risk.choices.draw import Drawn, Unit, draw
from firewarden.risk.choices.probabilities import BILLION
from firewarden.store.queries import Queries

SQL = Queries("firewarden.risk", "choice_queries.sql")
FRAME_MAX = 200_000


class NoFrameError(Exception):
    """There is nobody to choose from, or too few."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A venue of the frame."""

    venue_id: int
    code: str
    stratum: str
    score_tenths: int
    rate: float | None
    version: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A venue that was chosen."""

    code: str
    stratum: str
    rank: int
    score_tenths: int
    probability: float
    by_chance: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A draw as it was written down."""

    id: int
    made_at: datetime
    made_by: str
    purpose: str
    size: int
    exploration: float
    frame_hash: str
    commitment: str
    nonce: str
    seed: str
    model: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Row:
    code: str
    stratum: str
    probability: float
    score_tenths: int
    rank: int
    chosen: bool
    by_chance: bool


async def frame(connection: AsyncConnection, district: str | None) -> list[Candidate]:
    """Every venue that could be chosen."""
    async with connection.cursor(row_factory=class_row(Candidate)) as cursor:
        await cursor.execute(SQL["frame"], {"district": district, "limit": FRAME_MAX})
        return await cursor.fetchall()


def unit(one: Candidate) -> Unit:
    """A venue as it stands in the published frame."""
    return Unit(code=one.code, stratum=one.stratum, score_tenths=one.score_tenths)


def ranks(candidates: Sequence[Candidate]) -> dict[str, int]:
    """Places by score, from 1; equal scores in the order of their codes."""
    ordered = sorted(candidates, key=lambda one: (-one.score_tenths, one.code))
    return {one.code: place for place, one in enumerate(ordered, start=1)}


async def choose(
    connection: AsyncConnection,
    *,
    now: datetime,
    by: str,
    purpose: str,
    size: int,
    exploration: float,
    district: str | None,
    commitment: str | None,
    nonce: str,
) -> tuple[int, tuple[Chosen, ...]]:
    """Draw and write down, at once. Raises NoFrameError, ValueError."""
    async with connection.transaction():
        candidates = await frame(connection, district)
        if size > len(candidates):
            raise NoFrameError(f"{len(candidates)} venues have a score, {size} were to be chosen")
        drawn = draw(
            [unit(one) for one in candidates], size=size, exploration=exploration, nonce=nonce, commitment=commitment
        )
        number = await _add_round(connection, drawn, now=now, by=by, purpose=purpose, candidates=candidates)
        return number, await _add_choices(connection, number, drawn, candidates)


async def _add_round(
    connection: AsyncConnection,
    drawn: Drawn,
    *,
    now: datetime,
    by: str,
    purpose: str,
    candidates: Sequence[Candidate],
) -> int:
    values = {
        "made_at": now,
        "made_by": by,
        "purpose": purpose,
        "size": drawn.size,
        "exploration": drawn.exploration,
        "frame_hash": drawn.frame_hash,
        "commitment": drawn.commitment,
        "nonce": drawn.nonce,
        "seed": drawn.seed,
        "model": ", ".join(sorted({one.version for one in candidates})),
    }
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["add_round"], values)
        number: int | None = await cursor.fetchone()
    assert number is not None
    return number


async def _add_choices(
    connection: AsyncConnection, number: int, drawn: Drawn, candidates: Sequence[Candidate]
) -> tuple[Chosen, ...]:
    place, by_code = ranks(candidates), {one.code: one for one in candidates}
    units = drawn.frame
    by_chance = [taken and place[one.code] > drawn.size for one, taken in zip(units, drawn.chosen, strict=True)]
    values = {
        "round_id": number,
        "venue_ids": [by_code[one.code].venue_id for one in units],
        "codes": [one.code for one in units],
        "strata": [one.stratum for one in units],
        "probabilities": [share / BILLION for share in drawn.billionths],
        "scores": [one.score_tenths for one in units],
        "rates": [by_code[one.code].rate for one in units],
        "ranks": [place[one.code] for one in units],
        "chosen": list(drawn.chosen),
        "by_chance": by_chance,
    }
    await connection.execute(SQL["add_choices"], values)
    chosen = [
        Chosen(
            code=one.code,
            stratum=one.stratum,
            rank=place[one.code],
            score_tenths=one.score_tenths,
            probability=share / BILLION,
            by_chance=chance,
        )
        for one, share, taken, chance in zip(units, drawn.billionths, drawn.chosen, by_chance, strict=True)
        if taken
    ]
    return tuple(sorted(chosen, key=lambda one: one.rank))


async def read_round(connection: AsyncConnection, number: int) -> tuple[Round, Drawn] | None:
    """A draw with everything that is needed to repeat it; None: there is none of that number."""
    async with connection.cursor(row_factory=class_row(Round)) as cursor:
        await cursor.execute(SQL["round"], {"id": number})
        found = await cursor.fetchone()
    if found is None:
        return None
    async with connection.cursor(row_factory=class_row(_Row)) as cursor:
        await cursor.execute(SQL["choices"], {"id": number, "limit": FRAME_MAX})
        rows = sorted(await cursor.fetchall(), key=lambda row: row.code)
    return found, Drawn(
        frame=tuple(Unit(code=row.code, stratum=row.stratum, score_tenths=row.score_tenths) for row in rows),
        frame_hash=found.frame_hash,
        size=found.size,
        exploration=found.exploration,
        commitment=found.commitment,
        nonce=found.nonce,
        seed=found.seed,
        billionths=tuple(round(row.probability * BILLION) for row in rows),
        chosen=tuple(row.chosen for row in rows),
    )

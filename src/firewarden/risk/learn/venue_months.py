"""What was known of a venue at the beginning of each month, and did it burn within 90 days? Rows to learn from.

A fact is known when it happened; a judgement when it was made. The register is the exception: what it says first is
taken for the time before, since it is entered when a venue is connected and hardly changes.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
import numpy as np
from numpy.typing import NDArray

from firewarden.risk.learn.design import Rows
from firewarden.risk.scoring.features import FEATURES, assume, vector
from firewarden.risk.scoring.picture import picture
from firewarden.risk.state.facts import Judged, Micros, Recorded, RecordKind, Registered, VenueFact, Verdict
from firewarden.risk.state.fold import VenueState, apply, view
from firewarden.risk.state.moments import micros

HORIZON_DAYS = 90
HORIZON: Micros = HORIZON_DAYS * 86_400_000_000
SHANGHAI = timedelta(hours=8)
OVERLAP = 3
"""Months of a horizon: each fire stands in the rows of so many, so that a row weighs a third."""
ORIGINS_MAX = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """One row. `known` has NaN for what is not known, `scored` what a score takes instead."""

    origin: Micros
    known: list[float]
    scored: tuple[float, ...]
    fire: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """All months of one venue as numbers: nothing of its facts is kept."""

    venue: int
    origin: NDArray[np.int64]
    known: NDArray[np.float64]
    scored: NDArray[np.float64]
    fire: NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """The rows of all venues, and the same as they are scored."""

    rows: Rows
    scored: NDArray[np.float64]


def month_starts(begin: datetime, end: datetime) -> list[Micros]:
    """The first moments of the months from `begin` to `end` in Shanghai, the newest ORIGINS_MAX of them."""
    local = begin.astimezone(UTC) + SHANGHAI
    year, month = local.year, local.month
    found: list[Micros] = []
    while (start := datetime(year, month, 1, tzinfo=UTC) - SHANGHAI) <= end:
        if start >= begin:
            found.append(micros(start))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)  # noqa: PLR2004 - December
    return found[-ORIGINS_MAX:]


def known_at(fact: VenueFact) -> Micros:
    """When one could know it."""
    return max(fact.at, fact.judged_at) if isinstance(fact, Judged) else fact.at


def burnt_at(fact: VenueFact) -> Micros | None:
    """When a real fire was; None: the fact tells of none."""
    if isinstance(fact, Judged):
        return fact.at if fact.verdict is Verdict.REAL_FIRE else None
    return fact.at if isinstance(fact, Recorded) and fact.what is RecordKind.FIRE else None


def months(facts: Sequence[VenueFact], origins: Sequence[Micros]) -> list[Month]:
    """A row for each origin (rising), from what was known then."""
    state = VenueState()
    first = min((fact for fact in facts if isinstance(fact, Registered)), key=lambda fact: fact.number, default=None)
    if first is not None:
        apply(state, first)
    ordered = sorted(facts, key=lambda fact: (known_at(fact), fact.number))
    fires = sorted(at for at in map(burnt_at, facts) if at is not None)
    result: list[Month] = []
    taken = 0
    for origin in origins:
        while taken < len(ordered) and known_at(ordered[taken]) <= origin:
            apply(state, ordered[taken])
            taken += 1
        situation = view(state, origin)
        known = vector(situation)
        result.append(
            Month(
                origin=origin,
                known=known,
                scored=assume(known, situation, picture(situation)),
                fire=any(origin < at <= origin + HORIZON for at in fires),
            )
        )
    return result


def block(venue: int, found: Sequence[Month]) -> Block:
    """The months of a venue, packed."""
    size = (len(found), len(FEATURES))
    return Block(
        venue=venue,
        origin=np.array([month.origin // 1_000_000 for month in found], dtype=np.int64),
        known=np.array([month.known for month in found], dtype=np.float64).reshape(size),
        scored=np.array([month.scored for month in found], dtype=np.float64).reshape(size),
        fire=np.array([month.fire for month in found], dtype=np.float64),
    )


def table(blocks: Sequence[Block]) -> Table:
    """The months of all venues."""
    n = sum(len(one.fire) for one in blocks)
    nothing = np.empty((0, len(FEATURES)))
    origin = np.concatenate([*(one.origin for one in blocks), np.empty(0, np.int64)])
    return Table(
        rows=Rows(
            x=np.concatenate([nothing, *(one.known for one in blocks)]),
            y=np.concatenate([np.empty(0), *(one.fire for one in blocks)]),
            exposure=np.ones(n),
            origin=origin.astype("datetime64[s]"),
            venue=np.repeat(np.array([one.venue for one in blocks], np.int64), [len(one.fire) for one in blocks]),
            weight=np.full(n, 1 / OVERLAP),
        ),
        scored=np.concatenate([nothing, *(one.scored for one in blocks)]),
    )


def untouched_by_the_future(facts: Sequence[VenueFact], origin: Micros, chance: np.random.Generator) -> bool:
    """Whether the features at `origin` stay the same, bit for bit, when what became known later is permuted."""
    later = [fact for fact in facts if known_at(fact) > origin and not isinstance(fact, Registered)]
    order = chance.permutation(len(later)).tolist()
    moved = {fact.number: _moved(fact, known_at(later[other])) for fact, other in zip(later, order, strict=True)}
    [before] = months(facts, [origin])
    [after] = months([moved.get(fact.number, fact) for fact in facts], [origin])
    return np.array_equal(before.known, after.known, equal_nan=True) and before.scored == after.scored


def _moved(fact: VenueFact, at: Micros) -> VenueFact:
    if isinstance(fact, Judged):
        return msgspec.structs.replace(fact, at=at, judged_at=at)
    return msgspec.structs.replace(fact, at=at)

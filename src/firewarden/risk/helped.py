"""Did it help to follow the ranking? What was found after each draw, as a report that pages and programs show.

The report is JSON:
`{"at": time, "horizon_days": 90, "rounds": n, "no_better_than_chance": ["fire", …], "groups": […]}`.
Each group is a cut: all (`quarter` and `stratum` null), one quarter ("2026Q4"), or one use class. It has `rounds`,
`venues`, `chosen` and, under `fire` and `violation`:
- `verdict`: `helps`, `no_better_than_chance` (to be shown in red) or `too_little_data`;
- `top`: precision among the venues that the ranking alone would have chosen; `everybody`: the whole frame (for
  violations the Hájek estimate from those who were chosen); `by_chance`: those who were chosen and would not have been
  by rank; each `{"value", "low", "high", "n", "positives"}` with 95 % intervals, value null where nobody was seen;
- `lift`: `{"value", "low", "high"}`, top over everybody; `recall`: share of all fires at the top, null for violations;
- `predicted`, `observed`, `predicted_over_observed`: what the model expected and what happened, where it is known.
A fire counts within 90 days after the draw, for draws that are older than that; a violation where an inspection was
recorded after the draw.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import class_row

from firewarden.risk.choices.helped import Chosen, Group, Verdict, helped
from firewarden.risk.choosing import SQL

HORIZON_DAYS = 90
ROUNDS_MAX = 100
_SHANGHAI = timedelta(hours=8)


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The proof, at a moment."""

    at: datetime
    horizon_days: int
    rounds: int
    no_better_than_chance: tuple[str, ...]
    groups: tuple[Group, ...]

    def to_json(self) -> dict[str, object]:
        """As the module says."""
        return msgspec.to_builtins(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Outcome:
    round_id: int
    made_at: datetime
    stratum: str
    probability: float
    rank: int
    chosen: bool
    by_chance: bool
    size: int
    rate: float | None
    fire: bool | None
    violation: bool | None


async def report(connection: AsyncConnection, now: datetime) -> Report:
    """What the newest draws have shown so far."""
    values = {"now": now, "horizon": timedelta(days=HORIZON_DAYS), "rounds": ROUNDS_MAX}
    async with connection.cursor(row_factory=class_row(_Outcome)) as cursor:
        await cursor.execute(SQL["outcomes"], values)
        groups = helped([_chosen(row) for row in await cursor.fetchall()])
    everything = groups[0]
    bad = Verdict.NO_BETTER_THAN_CHANCE
    return Report(
        at=now,
        horizon_days=HORIZON_DAYS,
        rounds=everything.rounds,
        no_better_than_chance=tuple(
            one.outcome for one in (everything.fire, everything.violation) if one.verdict is bad
        ),
        groups=groups,
    )


def _chosen(row: _Outcome) -> Chosen:
    return Chosen(
        round_id=row.round_id,
        quarter=quarter(row.made_at),
        stratum=row.stratum,
        probability=row.probability,
        rank=row.rank,
        chosen=row.chosen,
        by_chance=row.by_chance,
        size=row.size,
        expected=row.rate,
        fire=row.fire,
        violation=row.violation,
    )


def quarter(at: datetime) -> str:
    """The quarter of a moment in Shanghai, such as 2026Q4."""
    local = at.astimezone(UTC) + _SHANGHAI
    return f"{local.year}Q{(local.month + 2) // 3}"

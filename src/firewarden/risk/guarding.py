"""Is the model still to be believed today? Asks every guard, writes down what it says, and freezes where one fires."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any, LiteralString

import numpy as np
from numpy.typing import NDArray
from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row, tuple_row
from psycopg.types.json import Jsonb

from firewarden.risk import helped, registry
from firewarden.risk.guards import checks, edge
from firewarden.risk.guards.checks import Finding, Flagged
from firewarden.risk.scoring.features import FEATURES, assume, vector
from firewarden.risk.scoring.picture import picture
from firewarden.risk.state.fold import view
from firewarden.risk.state.moments import micros
from firewarden.risk.state.snapshot import SnapshotError, decode
from firewarden.store.queries import Queries

SQL = Queries("firewarden.risk", "guard_queries.sql")
HORIZON = timedelta(days=90)
WEEK = timedelta(days=7)
STATES_AT_ONCE = 200
NAMES = tuple(feature.name for feature in FEATURES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarded:
    """What a run found, and what it froze."""

    findings: tuple[Finding, ...]
    frozen_by: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """A guard's row of one day."""

    day: date
    name: str
    value: float | None
    low: float | None
    high: float | None
    fired: bool
    detail: dict[str, Any]


async def guard(connection: AsyncConnection, now: datetime) -> Guarded:
    """Judge, write down, and freeze the model where a guard has begun to fire."""
    day = (now.astimezone(UTC) + timedelta(hours=8)).date()
    async with connection.transaction():
        findings = await _findings(connection, now)
        before = await _scalars(connection, SQL["firing_before"], {"day": day})
        for one in findings:
            await connection.execute(SQL["save"], _values(day, one))
    began = checks.onsets(findings, [str(name) for name in before])
    if not began:
        return Guarded(findings=findings, frozen_by=())
    froze = await registry.freeze(connection, actor="guard", reason=f"guards fired: {', '.join(began)}", now=now)
    return Guarded(findings=findings, frozen_by=began if froze else ())


def _values(day: date, one: Finding) -> dict[str, object]:
    return {
        "day": day,
        "name": one.name,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "fired": one.fired,
        "detail": Jsonb(dict(one.detail)),
    }


async def newest(connection: AsyncConnection) -> list[Seen]:
    """What the guards said on the newest day."""
    async with connection.cursor(row_factory=class_row(Seen)) as cursor:
        await cursor.execute(SQL["newest"])
        return await cursor.fetchall()


async def _findings(connection: AsyncConnection, now: datetime) -> tuple[Finding, ...]:
    since = {"then": now - HORIZON, "now": now}
    active = await registry.load_active(connection, now)
    reference = await _reference(connection, active)
    x = await _features(connection, now) if reference is not None else np.empty((0, len(NAMES)))
    scores = await _rows(connection, SQL["scores"], {})
    [(gateways, silent)] = await _rows(connection, SQL["gateways"], {})
    [(predicted, _)] = await _rows(connection, SQL["expected"], since)
    [(fires,)] = await _rows(connection, SQL["fires_since"], since)
    proof = (await helped.report(connection, now)).groups[0]
    flagged = [
        Flagged(stratum=stratum, flagged=bool(flag), happened=bool(happened))
        for stratum, flag, happened in await _rows(connection, SQL["flagged"], since)
    ]
    followed = [
        edge.Followed(before=float(before), burnt_before=burnt_before, now=float(after), burnt_now=burnt_now)
        for before, burnt_before, after, burnt_now in await _rows(
            connection, SQL["followed"], {"then": now - HORIZON, "now": now, "week": WEEK}
        )
    ]
    grades = [str(grade) for grade, _ in scores]
    return (
        *checks.drift(NAMES, reference, x),
        checks.calibration(predicted, int(fires)),
        edge.weekly_drop(followed),
        checks.coverage([float(share) for _, share in scores if share is not None]),
        checks.share_of_d({grade: grades.count(grade) for grade in set(grades)}),
        checks.offline(int(silent), int(gateways)),
        *(
            checks.better_than_chance(one.outcome, one.verdict, (one.lift.value, one.lift.low))
            for one in (proof.fire, proof.violation)
        ),
        *checks.fairness(flagged),
        checks.fallback(active.trouble),
    )


async def _reference(connection: AsyncConnection, active: registry.Active) -> dict[str, Any] | None:
    if active.kind == "prior":
        return None
    return (await registry.model(connection, active.likelihood.version)).card.get("reference")


async def _features(connection: AsyncConnection, now: datetime) -> NDArray[np.float64]:
    """The vectors of all venues as they would be scored now."""
    found: list[tuple[float, ...]] = []
    async with connection.cursor(name="risk_guard_states", row_factory=tuple_row) as cursor:
        cursor.itersize = STATES_AT_ONCE
        await cursor.execute(SQL["states"])
        async for _, state in cursor:
            try:
                situation = view(decode(bytes(state)), micros(now))
            except SnapshotError:
                continue  # of an older version: the worker folds it anew when it next touches the venue
            found.append(assume(vector(situation), situation, picture(situation)))
    return np.array(found, dtype=np.float64).reshape(len(found), len(NAMES))


async def _rows(connection: AsyncConnection, query: LiteralString, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    async with connection.cursor(row_factory=tuple_row) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()


async def _scalars(connection: AsyncConnection, query: LiteralString, values: dict[str, Any]) -> list[object]:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(query, values)
        return list(await cursor.fetchall())

"""Which models are there, which one scores, and who decided so? Acts are added, never changed; the newest one holds.

An act names the model that scores from then on: `promoted` and `rolled_back` by a person, `frozen` (the prior) by a
guard, `released` (what scored before) by a person again. Without any act the prior of this version scores.

An act holds from a few seconds after it was written: by then it is committed, so that whoever scores as of a later
moment has seen it, and a replay by the times alone finds the same model for every step.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row
from psycopg.types.json import Jsonb

from firewarden.risk.learn.promotion import refusal
from firewarden.risk.scoring.features import FEATURES
from firewarden.risk.scoring.likelihood import Likelihood, Linear, prior_likelihood
from firewarden.risk.stored_model import ModelError, likelihood, prior_body
from firewarden.store.queries import Queries

SQL = Queries("firewarden.risk", "model_queries.sql")
LOCK_KEY = 0x46_57_52_4D  # "FWRM"
HOLDS_AFTER = timedelta(seconds=5)
MODELS_MAX = 100
ACTS_MAX = 500


class Act(StrEnum):
    """What can be decided about models."""

    PROMOTED = "promoted"
    ROLLED_BACK = "rolled_back"
    FROZEN = "frozen"
    RELEASED = "released"


class RefusedError(Exception):
    """This cannot be done to models now; says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One act."""

    id: int
    at: datetime
    act: str
    version: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A model without its body."""

    version: str
    kind: str
    made_at: datetime
    data_version: str
    card: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class WholeModel:
    """A model with its body."""

    version: str
    kind: str
    made_at: datetime
    data_version: str
    body: dict[str, Any]
    card: dict[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Active:
    """What scores at a moment. `act_id` 0: nobody has decided anything. `trouble`: why the prior had to step in."""

    likelihood: Likelihood
    kind: str
    act_id: int = 0
    since: datetime | None = None
    frozen: bool = False
    trouble: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ActiveRow:
    id: int
    at: datetime
    act: str
    version: str
    actor: str
    reason: str
    kind: str
    body: dict[str, Any]


async def load_active(connection: AsyncConnection, at: datetime) -> Active:
    """The model that scores at `at`. One that cannot be read is replaced by the prior, and `trouble` says so."""
    async with connection.cursor(row_factory=class_row(_ActiveRow)) as cursor:
        await cursor.execute(SQL["active_act"], {"at": at})
        row = await cursor.fetchone()
    if row is None:
        return Active(likelihood=prior_likelihood(), kind="prior")
    try:
        scores, trouble = likelihood(row.version, row.body), None
    except ModelError as error:
        scores, trouble = prior_likelihood(), f"{row.version}: {error}"
    return Active(
        likelihood=scores,
        kind=row.kind if trouble is None else "prior",
        act_id=row.id,
        since=row.at,
        frozen=row.act == Act.FROZEN,
        trouble=trouble,
    )


async def models(connection: AsyncConnection) -> list[Model]:
    """All models, newest first."""
    async with connection.cursor(row_factory=class_row(Model)) as cursor:
        await cursor.execute(SQL["models"], {"limit": MODELS_MAX})
        return await cursor.fetchall()


async def acts(connection: AsyncConnection) -> list[Decision]:
    """What was decided, newest first."""
    async with connection.cursor(row_factory=class_row(Decision)) as cursor:
        await cursor.execute(SQL["acts"], {"limit": ACTS_MAX})
        return await cursor.fetchall()


async def model(connection: AsyncConnection, version: str) -> WholeModel:
    """One model. Raises RefusedError where there is none."""
    async with connection.cursor(row_factory=class_row(WholeModel)) as cursor:
        await cursor.execute(SQL["model"], {"version": version})
        found = await cursor.fetchone()
    if found is None:
        raise RefusedError(f"no model is called {version}")
    return found


async def add(connection: AsyncConnection, made: WholeModel) -> None:
    """Keep a model."""
    values = {
        "version": made.version,
        "kind": made.kind,
        "made_at": made.made_at,
        "data_version": made.data_version,
        "body": Jsonb(made.body),
        "card": Jsonb(made.card),
    }
    await connection.execute(SQL["add_model"], values)


async def ensure_prior(connection: AsyncConnection, now: datetime) -> Linear:
    """The prior of this version, kept like any other model, so that acts can name it."""
    prior = prior_likelihood()
    card = {
        "how": "What the literature and experts say before anything was learnt.",
        "limits": ["No figure was measured with it: see the figures of models that were trained against it."],
        "rows": None,
        "features": [
            {"name": feature.name, "weight": weight, "prior": feature.prior, "source": feature.source}
            for feature, weight in zip(FEATURES, prior.weights, strict=True)
        ],
    }
    await add(
        connection,
        WholeModel(
            version=prior.version, kind="prior", made_at=now, data_version="none", body=prior_body(prior), card=card
        ),
    )
    return prior


async def act(connection: AsyncConnection, kind: Act, version: str, *, actor: str, reason: str) -> datetime:
    """Write an act down; it holds after every act before it. Within a transaction that has `locked`."""
    values = {
        "delay": HOLDS_AFTER,
        "act": kind.value,
        "version": version,
        "actor": actor,
        "reason": reason,
    }
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["add_act"], values)
        at: datetime | None = await cursor.fetchone()
    assert at is not None
    return at


def promoted(known: Sequence[Decision]) -> list[str]:
    """The models that were promoted and not rolled back, oldest first; `known` newest first."""
    standing: list[str] = []
    for decision in reversed(known):
        if decision.act == Act.PROMOTED:
            standing.append(decision.version)
        elif decision.act == Act.ROLLED_BACK and standing:
            standing.pop()
    return standing


async def promote(connection: AsyncConnection, version: str, *, actor: str, reason: str) -> datetime:
    """Let a model score that the rule of promotion allows. Raises RefusedError, which says what is missing."""
    async with connection.transaction():
        await connection.execute(SQL["lock_acts"], {"key": LOCK_KEY})
        known = await acts(connection)
        if known and known[0].act == Act.FROZEN:
            raise RefusedError("a guard has frozen the models; find out why and release them first")
        now_scores = known[0].version if known else prior_likelihood().version
        chosen = await model(connection, version)
        why_not = refusal(chosen.kind, chosen.card, incumbent=now_scores)
        if why_not is not None:
            raise RefusedError(why_not)
        _ = likelihood_of(chosen)
        return await act(connection, Act.PROMOTED, version, actor=actor, reason=reason)


def likelihood_of(chosen: WholeModel) -> Likelihood:
    """What scores. Raises RefusedError where this version cannot read it."""
    try:
        return likelihood(chosen.version, chosen.body)
    except ModelError as error:
        raise RefusedError(f"{chosen.version} cannot score: {error}") from error


async def rollback(connection: AsyncConnection, *, actor: str, reason: str, now: datetime) -> str:
    """Let the model score that scored before the last promotion; the prior where there was none."""
    async with connection.transaction():
        await connection.execute(SQL["lock_acts"], {"key": LOCK_KEY})
        prior = await ensure_prior(connection, now)
        known = await acts(connection)
        if known and known[0].act == Act.FROZEN:
            raise RefusedError("a guard has frozen the models: the prior scores already")
        standing = promoted(known)
        if not standing:
            raise RefusedError("the prior scores: there is nothing to roll back")
        version = standing[-2] if len(standing) > 1 else prior.version
        await act(connection, Act.ROLLED_BACK, version, actor=actor, reason=reason)
    return version


async def freeze(connection: AsyncConnection, *, actor: str, reason: str, now: datetime) -> bool:
    """Fall back to rules and prior. False: the prior scores already."""
    async with connection.transaction():
        await connection.execute(SQL["lock_acts"], {"key": LOCK_KEY})
        prior = await ensure_prior(connection, now)
        known = await acts(connection)
        if not known or known[0].version == prior.version:
            return False
        await act(connection, Act.FROZEN, prior.version, actor=actor, reason=reason)
    return True


async def release(connection: AsyncConnection, *, actor: str, reason: str, now: datetime) -> str:
    """A person lets the model score again that scored before it was frozen."""
    async with connection.transaction():
        await connection.execute(SQL["lock_acts"], {"key": LOCK_KEY})
        prior = await ensure_prior(connection, now)
        known = await acts(connection)
        if not known or known[0].act != Act.FROZEN:
            raise RefusedError("nothing is frozen")
        standing = promoted(known)
        version = standing[-1] if standing else prior.version
        await act(connection, Act.RELEASED, version, actor=actor, reason=reason)
    return version

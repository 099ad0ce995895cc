"""Which model scores, how good is it, do its guards hold, and what was decided about it?"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Annotated, Literal

from psycopg import AsyncConnection
from pydantic import Field

from firewarden.api.fetch import fetch_all, fetch_one

MODELS_MAX = 50
ACTS_MAX = 50
GUARD_DAYS_MAX = 366

Kind = Literal["prior", "map", "boosted"]
Act = Literal["promoted", "rolled_back", "frozen", "released"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelRow:
    """A model as a list shows it."""

    version: str
    kind: Kind
    made_at: datetime
    data_version: Annotated[str, Field(description="digest of the rows that it learnt from")]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelCard(ModelRow):
    """A model with its card: how it was made, its figures by quarter with intervals, its weights, its limits."""

    card: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelAct:
    """Something that was decided about models. The newest one says which model scores."""

    id: int
    at: datetime
    act: Act
    version: str
    actor: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GuardRow:
    """What a guard found on a day: a value, between which it should lie, and whether it fired."""

    day: date
    name: str
    value: Annotated[float | None, Field(description="null: too little data to say")]
    low: float | None
    high: float | None
    fired: bool
    detail: dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoringModel:
    """The model that scores. `frozen`: a guard fired; rules and the expert's prior score until somebody releases it."""

    model: Annotated[ModelCard | None, Field(description="null: nobody has decided; the shipped prior scores")]
    since: datetime | None
    frozen: bool
    acts: tuple[ModelAct, ...]
    guards: Annotated[tuple[GuardRow, ...], Field(description="the newest finding of each")]


async def scoring_model(connection: AsyncConnection, *, now: datetime) -> ScoringModel:
    """What scores at `now`, with what was decided and what the guards found last."""
    acts = await fetch_all(connection, "model_acts", {"rows": ACTS_MAX}, ModelAct)
    newest = next((act for act in acts if act.at <= now), None)
    return ScoringModel(
        model=None if newest is None else await model_card(connection, newest.version),
        since=None if newest is None else newest.at,
        frozen=newest is not None and newest.act == "frozen",
        acts=acts,
        guards=await fetch_all(connection, "guards_now", {}, GuardRow),
    )


async def list_models(connection: AsyncConnection) -> tuple[ModelRow, ...]:
    """The newest models, at most MODELS_MAX."""
    return await fetch_all(connection, "risk_models", {"rows": MODELS_MAX}, ModelRow)


async def model_card(connection: AsyncConnection, version: str) -> ModelCard | None:
    """One model with its card; None where there is none of that version."""
    return await fetch_one(connection, "risk_model", {"version": version}, ModelCard)


async def guard_history(connection: AsyncConnection, *, since: date) -> tuple[GuardRow, ...]:
    """What the guards found from a day on, by guard, oldest first; a year at most."""
    return await fetch_all(connection, "guards", {"since": since, "days": GUARD_DAYS_MAX}, GuardRow)

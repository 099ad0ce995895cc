"""Risk: who is the most dangerous and why, now or as it was known at a moment; what a score rests on; the model."""

from datetime import datetime, timedelta
from typing import Annotated, Literal

import anyio.to_thread
from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from firewarden.api import risk, risk_facts, risk_models
from firewarden.api.auth import RiskRead
from firewarden.api.context import Connection, Context
from firewarden.api.cursors import BIGINT_MAX
from firewarden.api.errors import not_found
from firewarden.api.risk_export import exported
from firewarden.api.risk_facts import RiskFact
from firewarden.api.risk_models import GuardRow, ModelCard, ModelRow, ScoringModel
from firewarden.api.risk_rows import Movers, Over, Ranking, RankOrder, RiskExplanation, RiskScore
from firewarden.api.routes.params import Cursor, Limit, Line, Moment, problems
from firewarden.api.routes.register import XLSX
from firewarden.api.routes.venues import Venue, profile_of
from firewarden.api.rows import Page, VenueUse
from firewarden.api.sheets.ranking import ZONE, write_csv, write_xlsx
from firewarden.risk import helped
from firewarden.risk.catalogue import Grade

router = APIRouter(prefix="/risk", tags=["risk"])

AsOf = Annotated[
    Moment | None, Query(description="as it was known at that moment: what came later does not count; absent: now")
]


def _wanted(
    *,
    district: Line | None = None,
    use: VenueUse | None = None,
    grade: Grade | None = None,
    search: Annotated[Line | None, Query(description="part of the code or of a name")] = None,
    movers: Annotated[
        Movers | None, Query(description="only those whose score went up, or down; the greatest change first")
    ] = None,
    over: Annotated[Over, Query(description="since when changes are looked at: a day or a week before")] = Over.DAY,
    order: Annotated[RankOrder, Query(alias="sort")] = RankOrder.RANK,
    as_of: AsOf = None,
) -> risk.Wanted:
    return risk.Wanted(
        district=district,
        use=use,
        grade=grade,
        search=search,
        movers=movers,
        over=over,
        order=order,
        as_of=as_of,
    )


Wanted = Annotated[risk.Wanted, Depends(_wanted)]


@router.get("/ranking", responses=problems(400))
async def risk_ranking(
    *, _: RiskRead, connection: Connection, context: Context, wanted: Wanted, cursor: Cursor = None, limit: Limit = 50
) -> Ranking:
    """Rank venues by grade, the worst first, and by score within a grade, each with the factors that make its score.

    A trigger can make a grade worse than the score says: such a venue stands above all those of better grades.
    """
    return await risk.ranking(connection, wanted, now=context.now(), cursor=cursor, limit=limit)


def _file(kind: str) -> dict[int | str, dict[str, object]]:
    return {200: {"description": "a file", "content": {kind: {}}}, **problems()}


def _named(wanted: risk.Wanted, now: datetime, suffix: str) -> dict[str, str]:
    day = (wanted.as_of or now).astimezone(ZONE).strftime("%Y-%m-%d-%H%M")
    return {"Content-Disposition": f'attachment; filename="ranking-{day}.{suffix}"'}


InLanguage = Annotated[Literal["zh", "en"], Query(description="of headings and reasons")]


@router.get("/ranking.csv", response_class=StreamingResponse, responses=_file("text/csv"))
async def ranking_csv(
    principal: RiskRead, context: Context, wanted: Wanted, language: InLanguage = "en"
) -> StreamingResponse:
    """Write all rows of the ranking that the filters let through to a CSV file. Who took it is in the audit."""
    now = context.now()
    rows = await exported(context, principal, wanted, now=now, form="csv", language=language)
    pieces = write_csv(rows, language)
    return StreamingResponse(pieces, media_type="text/csv; charset=utf-8", headers=_named(wanted, now, "csv"))


@router.get("/ranking.xlsx", response_class=Response, responses=_file(XLSX))
async def ranking_xlsx(principal: RiskRead, context: Context, wanted: Wanted, language: InLanguage = "en") -> Response:
    """Write all rows of the ranking that the filters let through to a spreadsheet. Who took it is in the audit."""
    now = context.now()
    rows = await exported(context, principal, wanted, now=now, form="xlsx", language=language)
    data = await anyio.to_thread.run_sync(write_xlsx, rows, language)
    return Response(data, media_type=XLSX, headers=_named(wanted, now, "xlsx"))


@router.get("/model", responses=problems())
async def risk_model(_: RiskRead, connection: Connection, context: Context) -> ScoringModel:
    """Show which model scores, with its card, what its guards found last, and what was decided about models."""
    return await risk_models.scoring_model(connection, now=context.now())


@router.get("/models", responses=problems())
async def list_models(_: RiskRead, connection: Connection) -> tuple[ModelRow, ...]:
    """List models, newest first."""
    return await risk_models.list_models(connection)


@router.get("/models/{version}", responses=problems(404))
async def get_model(_: RiskRead, connection: Connection, version: Line) -> ModelCard:
    """Show one model's card: data version, metrics with n, positives, base rate and interval, weights, limits."""
    found = await risk_models.model_card(connection, version)
    if found is None:
        raise not_found(f"model {version}")
    return found


@router.get("/guards", responses=problems())
async def list_guards(
    _: RiskRead,
    connection: Connection,
    context: Context,
    days: Annotated[int, Query(ge=1, le=risk_models.GUARD_DAYS_MAX, description="how far back")] = 90,
) -> tuple[GuardRow, ...]:
    """Show what each guard found on each day: drift, calibration, coverage, and whether the ranking helps."""
    return await risk_models.guard_history(connection, since=context.now().date() - timedelta(days=days))


@router.get("/helped", responses=problems())
async def risk_helped(_: RiskRead, connection: Connection, context: Context) -> dict[str, object]:
    """Show whether it helped to follow the ranking: what was found at its top, in the city, and where chance chose.

    By quarter and use class, each with n, positives and 95 % intervals; `no_better_than_chance` names the outcomes for
    which the ranking has shown nothing.
    """
    return (await helped.report(connection, context.now())).to_json()


@router.get("/{venue}", responses=problems(404))
async def risk_of_venue(
    _: RiskRead, connection: Connection, context: Context, venue: Venue, as_of: AsOf = None
) -> RiskExplanation:
    """Explain the score of a venue: factors, rules that hold, what each repair would change, what changed since a day.

    The points of all factors and `base` add up to the score. `repairs` say what the score, the grade and the rank would
    be if one thing were put right, by scoring the venue again without it.
    """
    profile = await profile_of(connection, venue)
    return await risk.explanation(connection, profile, now=context.now(), as_of=as_of)


@router.get("/{venue}/history", responses=problems(400, 404))
async def risk_history(
    _: RiskRead, connection: Connection, venue: Venue, cursor: Cursor = None, limit: Limit = 50
) -> Page[RiskScore]:
    """Show the scores a venue had, newest first."""
    profile = await profile_of(connection, venue)
    return await risk.history(connection, profile.id, cursor=cursor, limit=limit)


@router.get("/{venue}/facts", responses=problems(400, 404))
async def facts_of_venue(
    *,
    _: RiskRead,
    connection: Connection,
    venue: Venue,
    numbers: Annotated[
        str | None,
        Query(
            pattern=r"^[1-9][0-9]{0,17}(,[1-9][0-9]{0,17}){0,199}$",
            description="`facts` of a factor, with commas between; absent: all",
            examples=["12,15"],
        ),
    ] = None,
    cursor: Cursor = None,
    limit: Limit = 50,
) -> Page[RiskFact]:
    """List the facts that a score rests on, newest first, each with where more of it is."""
    profile = await profile_of(connection, venue)
    wanted = None if numbers is None else [min(int(number), BIGINT_MAX) for number in numbers.split(",")]
    return await risk_facts.risk_facts(connection, profile.id, numbers=wanted, cursor=cursor, limit=limit)

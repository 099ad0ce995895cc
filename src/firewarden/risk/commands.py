"""Which commands does risk add to the command line?"""

import asyncio
from typing import Annotated

import msgspec
import typer

from firewarden import process
from firewarden.figures.basics import Basics
from firewarden.figures.reporter import reported
from firewarden.risk import (
    choice_commands,
    evaluate_commands,
    guard_commands,
    model_commands,
    record_commands,
    replay_commands,
    scoring_commands,
    store,
    study_commands,
    water_commands,
    worker,
)
from firewarden.risk.figures import RiskFigures
from firewarden.risk.judging import look
from firewarden.risk.rebuild import known
from firewarden.risk.scoring.model import Score
from firewarden.risk.state.moments import iso, micros
from firewarden.settings import Settings
from firewarden.store.database import Role, connect
from firewarden.store.errors import DatabaseUnreachableError

risk = typer.Typer(help="How dangerous is each venue, and why?")


def register(app: typer.Typer) -> None:
    """Add `risk` to the command line."""
    app.add_typer(risk, name="risk")
    evaluate_commands.register(risk)
    replay_commands.register(risk)
    record_commands.register(risk)
    water_commands.register(risk)
    model_commands.register(risk)
    guard_commands.register(risk)
    choice_commands.register(risk)
    study_commands.register(evaluate_commands.study)
    scoring_commands.register(risk)
    evaluate_commands.convert.command("chicago")(study_commands.convert_chicago)


@risk.callback(invoke_without_command=True)
def run(context: typer.Context) -> None:
    """Keep the risk score of every venue up to date (a process; Ctrl-C ends it)."""
    if context.invoked_subcommand is not None:
        return
    settings = Settings()  # pyright: ignore[reportCallIssue] - the values come from the environment
    process.configure_logging(settings.log_format, process="risk", worker=settings.worker, level=settings.log_level)
    raise typer.Exit(process.run("risk", lambda: _work(settings)))


async def _work(settings: Settings) -> None:
    basics, pace = Basics("risk", settings.worker, only_one=True), worker.Pace()
    tell = RiskFigures(basics, pace)
    work = worker.run(settings.database_url, ready_file=settings.ready_file, pace=pace, tell=tell)
    await reported(basics, Role.RISK, settings, work)


@risk.command()
def explain(code: Annotated[str, typer.Argument(metavar="VENUE_CODE", help="The venue's code.")]) -> None:
    """Score a venue as of this moment and print every factor with its evidence; nothing is written."""
    settings = Settings()  # pyright: ignore[reportCallIssue] - the values come from the environment
    try:
        lines = asyncio.run(_explanation(settings.database_url, code))
    except DatabaseUnreachableError as error:
        typer.echo(f"{error}. Is it running, and is FIREWARDEN_DATABASE_URL right?", err=True)
        raise typer.Exit(process.EXIT_UNUSABLE) from error
    if lines is None:
        typer.echo(f"the register has no venue with the code {code}", err=True)
        raise typer.Exit(1)
    typer.echo("\n".join(lines))


async def _explanation(database_url: str, code: str) -> list[str] | None:
    now = worker.wall_clock()
    async with (
        await connect(database_url, Role.RISK, name="firewarden risk explain") as connection,
        connection.transaction(),
    ):
        await store.read_only(connection)
        venue = await store.venue_by_code(connection, code)
        if venue is None:
            return None
        state, by = await known(connection, venue, micros(now))
        stored = (await store.previous_scores(connection, [venue])).get(venue)
    lines = [f"venue {code} at {now:%Y-%m-%dT%H:%M:%SZ}", *explanation(look(state, micros(now), by).score)]
    if stored is None:
        return [*lines, "in the ranking: not yet"]
    return [*lines, f"in the ranking: {stored.score} (grade {stored.grade})"]


def explanation(score: Score) -> list[str]:
    """The score as lines for a terminal, the heaviest factor first."""
    lines = [f"score {score.points}  grade {score.grade}  confidence {score.confidence}  model {score.version}"]
    lines.append(f"  {score.base_tenths / 10:6.1f}  a typical venue")
    for factor in score.factors:
        of = f"{factor.code:20} x{factor.ratio:<6.2f}"
        lines.append(f"  {factor.tenths / 10:+6.1f}  {of} {_json(factor.evidence)} facts {list(factor.facts)}")
    for hit in score.hits:
        since = iso(hit.first_seen)
        lines.append(f"  suspected, to be verified on site: {hit.rule} ({hit.standard} {hit.version}) since {since}")
    lines.extend(f"  {each.tenths / 10:6.1f}  grade {each.grade} with {each.item}" for each in score.counterfactuals)
    lines.extend(
        f"  -{doubt.lost / 100:.2f} confidence: {doubt.code} {_json(doubt.evidence)}" for doubt in score.doubts
    )
    return lines


def _json(evidence: object) -> str:
    return msgspec.json.encode(evidence).decode()

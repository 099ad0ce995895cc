"""Which commands does risk add to the command line?"""

import asyncio
from typing import Annotated

import msgspec
import typer

from firewarden import process
from firewarden.figures.basics import Basics
from firewarden.figures.reporter import reported
from firewarden.risk import evaluate_commands, store, worker
from firewarden.risk import scorecard as card
from firewarden.risk.figures import RiskFigures
from firewarden.risk.model_card import weights
from firewarden.risk.reasons import Score
from firewarden.risk.score import score
from firewarden.settings import Settings
from firewarden.store.database import Role, connect
from firewarden.store.errors import DatabaseUnreachableError

risk = typer.Typer(help="How dangerous is each venue, and why?")


def register(app: typer.Typer) -> None:
    """Add `risk` to the command line."""
    evaluate_commands.register(risk)
    app.add_typer(risk, name="risk")


@risk.callback(invoke_without_command=True)
def run(context: typer.Context) -> None:
    """Keep the risk score of every venue up to date (a process; Ctrl-C ends it)."""
    if context.invoked_subcommand is not None:
        return
    settings = Settings()  # pyright: ignore[reportCallIssue] - the values come from the environment
    process.configure_logging(settings.log_format)
    raise typer.Exit(process.run("risk", lambda: _work(settings)))


async def _work(settings: Settings) -> None:
    basics, pace = Basics("risk", settings.worker, only_one=True), worker.Pace()
    tell = RiskFigures(basics, pace)
    work = worker.run(settings.database_url, ready_file=settings.ready_file, pace=pace, tell=tell)
    await reported(basics, Role.RISK, settings, work)


@risk.command()
def explain(code: Annotated[str, typer.Argument(metavar="VENUE_CODE", help="The venue's code.")]) -> None:
    """Score a venue by the facts of this moment and print every factor with its evidence; nothing is written."""
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


@risk.command("weights")
def weights_command() -> None:
    """Print the weight tables of this version as Markdown."""
    typer.echo(weights())


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
        facts = (await store.load_facts(connection, [venue], now))[venue]
        stored = (await store.previous_scores(connection, [venue])).get(venue)
    lines = [f"venue {code} at {now:%Y-%m-%dT%H:%M:%SZ}", *explanation(score(facts, now))]
    if stored is None:
        return [*lines, "in the ranking: not yet"]
    return [*lines, f"in the ranking: {stored.score} (grade {stored.grade}) since {stored.at:%Y-%m-%dT%H:%M:%SZ}"]


def explanation(result: Score) -> list[str]:
    """The score as lines for a terminal, the heaviest factor first."""
    lines = [f"score {result.points}  grade {result.grade}  confidence {result.confidence}  {result.version}"]
    for factor in sorted(result.factors, key=lambda factor: -factor.tenths):
        cap = card.CAPS[factor.code] / 10
        lines.append(f"  {factor.tenths / 10:5.1f} of {cap:4.1f}  {factor.code:16} {_json(factor.evidence)}")
    lines.extend(f"  grade D by {trigger.code}: {_json(trigger.evidence)}" for trigger in result.triggers)
    lines.extend(
        f"  -{doubt.lost / 100:.2f} confidence: {doubt.code} {_json(doubt.evidence)}" for doubt in result.doubts
    )
    return lines


def _json(evidence: object) -> str:
    return msgspec.json.encode(evidence).decode()

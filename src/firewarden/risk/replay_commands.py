"""Which commands prove that the scores follow from the facts?"""

import asyncio
from typing import Annotated

import typer

from firewarden import process
from firewarden.risk import store
from firewarden.risk.replay import ReplayError, Verdict, verify
from firewarden.risk.state.moments import iso
from firewarden.settings import Settings
from firewarden.store.database import Role, connect
from firewarden.store.errors import DatabaseUnreachableError


def register(risk: typer.Typer) -> None:
    """Add `risk verify`."""
    risk.command("verify")(verify_command)


def verify_command(
    *, whole: Annotated[bool, typer.Option(help="From the oldest moment that is kept, not the newest.")] = False
) -> None:
    """Fold all facts again and compare states, scores and grades with the stored ones."""
    settings = Settings()  # pyright: ignore[reportCallIssue] - the values come from the environment
    try:
        verdict = asyncio.run(_verify(settings.database_url, whole=whole))
    except DatabaseUnreachableError as error:
        typer.echo(f"{error}. Is it running, and is FIREWARDEN_DATABASE_URL right?", err=True)
        raise typer.Exit(process.EXIT_UNUSABLE) from error
    except ReplayError as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from error
    typer.echo(_text(verdict))
    raise typer.Exit(0 if verdict.difference is None else 1)


async def _verify(database_url: str, *, whole: bool) -> Verdict:
    async with (
        await connect(database_url, Role.RISK, name="firewarden risk verify") as connection,
        connection.transaction(),
    ):
        await store.read_only(connection)
        return await verify(connection, whole=whole)


def _text(verdict: Verdict) -> str:
    begun = "from the first fact" if verdict.begun is None else f"from the states of {iso(verdict.begun)}"
    counts = f"{verdict.venues} venues, {verdict.facts} facts, {verdict.scores} scores, {begun}"
    found = verdict.difference
    if found is None:
        return f"equal: {counts}"
    return f"venue {found.venue_id}: {found.what} is stored as {found.stored}, replayed as {found.replayed} ({counts})"

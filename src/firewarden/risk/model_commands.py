"""Which commands make, judge and change the models that score?"""

import asyncio
import getpass
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, TypeVar

import psycopg
import typer
from psycopg import AsyncConnection

from firewarden.settings import Settings
from firewarden.store.database import Role, connect
from firewarden.store.errors import StoreError

T = TypeVar("T")
Reason = Annotated[str, typer.Option("--reason", help="Why; kept for ever.")]


def register(risk: typer.Typer) -> None:
    """Add the commands to `firewarden risk`."""
    risk.command("models")(models)
    risk.command("train")(train)
    risk.command("promote")(promote)
    risk.command("rollback")(rollback)
    risk.command("release")(release)


def models(
    version: Annotated[str | None, typer.Argument(help="Show the card of this one.")] = None,
    *,
    markdown: Annotated[Path | None, typer.Option("--markdown", help="Write the card to this file.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show the models and which one scores, or the card of one."""
    from firewarden.risk import registry  # noqa: PLC0415 - numpy is not loaded for --help
    from firewarden.risk.learn.card_text import markdown as text_of  # noqa: PLC0415

    if version is None:
        typer.echo(with_connection(Role.RISK, lambda connection: _overview(connection, as_json=as_json)))
        return
    found = with_connection(Role.RISK, lambda connection: registry.model(connection, version))
    text = json.dumps(found.card, ensure_ascii=False, indent=2) if as_json else text_of(version, found.card)
    if markdown is None:
        typer.echo(text)
    else:
        markdown.write_text(text + "\n", encoding="utf-8")


async def _overview(connection: AsyncConnection, *, as_json: bool) -> str:
    from firewarden.risk import registry  # noqa: PLC0415

    now = datetime.now(tz=UTC)
    active, found = await registry.load_active(connection, now), await registry.models(connection)
    decided = await registry.acts(connection)
    if as_json:
        return json.dumps(
            {
                "scores": active.likelihood.version,
                "frozen": active.frozen,
                "trouble": active.trouble,
                "models": [{"version": one.version, "kind": one.kind, "card": one.card} for one in found],
                "acts": [
                    {"at": one.at.isoformat(), "act": one.act, "version": one.version, "reason": one.reason}
                    for one in decided
                ],
            },
            ensure_ascii=False,
        )
    lines = [f"{active.likelihood.version} scores" + (" (frozen by a guard)" if active.frozen else "")]
    lines += [f"NOT READ: {active.trouble}"] if active.trouble else []
    lines += [f"  {one.version:44} {one.made_at:%Y-%m-%d} fires {one.card.get('positives', '-')}" for one in found]
    lines += [f"  {one.at:%Y-%m-%dT%H:%M:%SZ} {one.act} {one.version} by {one.actor}: {one.reason}" for one in decided]
    return "\n".join(lines)


def train() -> None:
    """Learn from everything that risk knows; keep a MAP model and a boosted challenger, and promote neither."""
    from firewarden.risk import training  # noqa: PLC0415

    now = datetime.now(tz=UTC)
    made = with_connection(
        Role.RISK, lambda connection: training.learn(connection, now, lambda line: typer.echo(line, err=True))
    )
    if made.why is not None:
        typer.echo(f"nothing was made: {made.why} ({made.positives} fires)")
        return
    for version in made.versions:
        typer.echo(version)


def promote(version: Annotated[str, typer.Argument()], reason: Reason) -> None:
    """Let a model score, if the rule of promotion allows it. There is no other way."""
    from firewarden.risk import registry  # noqa: PLC0415

    at = with_connection(
        Role.RISK, lambda connection: registry.promote(connection, version, actor=getpass.getuser(), reason=reason)
    )
    typer.echo(f"{version} scores from {at:%Y-%m-%dT%H:%M:%SZ}")


def rollback(reason: Reason) -> None:
    """Let the model score that scored before the last promotion, from the worker's next step on."""
    from firewarden.risk import registry  # noqa: PLC0415

    now = datetime.now(tz=UTC)
    version = with_connection(
        Role.RISK, lambda connection: registry.rollback(connection, actor=getpass.getuser(), reason=reason, now=now)
    )
    typer.echo(f"{version} scores")


def release(reason: Reason) -> None:
    """End what a guard has frozen: the model scores again that scored before."""
    from firewarden.risk import registry  # noqa: PLC0415

    now = datetime.now(tz=UTC)
    version = with_connection(
        Role.RISK, lambda connection: registry.release(connection, actor=getpass.getuser(), reason=reason, now=now)
    )
    typer.echo(f"{version} scores")


def with_connection(role: Role, work: Callable[[AsyncConnection], Awaitable[T]]) -> T:
    """Do something with one connection; what is refused is a sentence and a status."""
    from firewarden.risk.registry import RefusedError  # noqa: PLC0415

    settings = Settings()  # pyright: ignore[reportCallIssue] - the values come from the environment

    async def connected() -> T:
        async with await connect(settings.database_url, role, name="firewarden risk models") as connection:
            return await work(connection)

    try:
        return asyncio.run(connected())
    except RefusedError as error:
        typer.echo(f"refused: {error}", err=True)
        raise typer.Exit(1) from error
    except (StoreError, psycopg.Error) as error:
        typer.echo(f"firewarden: {error}", err=True)
        raise typer.Exit(2) from error

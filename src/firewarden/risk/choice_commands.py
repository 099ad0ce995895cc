"""Which commands choose whom to look at, repeat a draw, and ask whether the ranking helped?"""

import getpass
import json
import secrets
from datetime import UTC, datetime
from typing import Annotated

import typer

from firewarden.risk.model_commands import with_connection
from firewarden.store.database import Role


def register(risk: typer.Typer) -> None:
    """Add the commands to `firewarden risk`."""
    risk.command("choose")(choose)
    risk.command("drawn")(drawn)
    risk.command("helped")(helped)


def choose(
    *,
    size: Annotated[int, typer.Option("--size", min=1, help="How many venues.")],
    exploration: Annotated[float, typer.Option("--exploration", help="The share of chance, .1 at least.")] = 0.2,
    district: Annotated[str | None, typer.Option("--district", help="Of this district only.")] = None,
    purpose: Annotated[str, typer.Option("--purpose", help="What for.")] = "",
    commitment: Annotated[
        str | None, typer.Option("--commitment", help="What was published before; the frame's hash if left out.")
    ] = None,
    nonce: Annotated[
        str | None, typer.Option("--nonce", help="What nobody could know before; made here if left out.")
    ] = None,
) -> None:
    """Draw venues to look at, by risk and by chance; every venue's probability is kept."""
    from firewarden.risk import choosing  # noqa: PLC0415

    now = datetime.now(tz=UTC)
    try:
        number, chosen = with_connection(
            Role.API,
            lambda connection: choosing.choose(
                connection,
                now=now,
                by=getpass.getuser(),
                purpose=purpose,
                size=size,
                exploration=exploration,
                district=district,
                commitment=commitment,
                nonce=nonce or secrets.token_hex(16),
            ),
        )
    except (choosing.NoFrameError, ValueError) as error:
        typer.echo(f"firewarden: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"draw {number}: {len(chosen)} venues")
    for one in chosen:
        how = "by chance" if one.by_chance else "by rank"
        score = one.score_tenths / 10
        typer.echo(
            f"  {one.code:24} {one.stratum:14} rank {one.rank:6} score {score:5.1f} p {one.probability:.4f} {how}"
        )


def drawn(number: Annotated[int, typer.Argument(metavar="DRAW", min=1)]) -> None:
    """Repeat a draw from what is kept of it and print everything that others need to do the same, as JSON."""
    from firewarden.risk import choosing  # noqa: PLC0415
    from firewarden.risk.choices.draw import difference  # noqa: PLC0415

    found = with_connection(Role.API, lambda connection: choosing.read_round(connection, number))
    if found is None:
        typer.echo(f"there is no draw {number}", err=True)
        raise typer.Exit(1)
    written, again = found
    differs = difference(again)
    typer.echo(
        json.dumps(
            {
                "draw": written.id,
                "made_at": written.made_at.isoformat(),
                "made_by": written.made_by,
                "purpose": written.purpose,
                "model": written.model,
                "size": again.size,
                "exploration": again.exploration,
                "frame_hash": again.frame_hash,
                "commitment": again.commitment,
                "nonce": again.nonce,
                "seed": again.seed,
                "repeated": "equal" if differs is None else differs,
                "frame": [
                    [unit.code, unit.stratum, unit.score_tenths, share, taken]
                    for unit, share, taken in zip(again.frame, again.billionths, again.chosen, strict=True)
                ],
            },
            ensure_ascii=False,
        )
    )
    raise typer.Exit(0 if differs is None else 1)


def helped(*, as_json: Annotated[bool, typer.Option("--json", help="Print the whole report as JSON.")] = False) -> None:
    """Say whether following the ranking helped, by what was found after each draw."""
    from firewarden.risk import helped as proof  # noqa: PLC0415

    now = datetime.now(tz=UTC)
    told = with_connection(Role.API, lambda connection: proof.report(connection, now))
    if as_json:
        typer.echo(json.dumps(told.to_json(), ensure_ascii=False))
        return
    typer.echo(f"{told.rounds} draws")
    for group in told.groups:
        name = group.quarter or (f"use {group.stratum or 'not known'}" if group.stratum is not None else "all")
        for one in (group.fire, group.violation):
            lift = (
                "-" if one.lift.value is None else f"{one.lift.value:.2f} ({one.lift.low:.2f} to {one.lift.high:.2f})"
            )
            seen = f"{one.everybody.positives} of {one.everybody.n}"
            typer.echo(f"  {name:20} {one.outcome:10} {one.verdict:24} lift {lift}, found {seen}")

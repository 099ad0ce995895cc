"""Which command shows what the guards say?"""

import json
from datetime import UTC, datetime
from typing import Annotated

import typer

from firewarden.risk.model_commands import with_connection
from firewarden.store.database import Role


def register(risk: typer.Typer) -> None:
    """Add the command to `firewarden risk`."""
    risk.command("guards")(guards)


def guards(
    *,
    run: Annotated[
        bool, typer.Option("--run", help="Judge now; a guard that begins to fire freezes the model.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show what the daily guards found; status 1 where one fires."""
    from firewarden.risk import guarding  # noqa: PLC0415 - numpy is not loaded for --help

    now = datetime.now(tz=UTC)
    if run:
        done = with_connection(Role.RISK, lambda connection: guarding.guard(connection, now))
        if done.frozen_by:
            typer.echo(f"frozen to rules and prior by {', '.join(done.frozen_by)}", err=True)
    seen = with_connection(Role.RISK, guarding.newest)
    if as_json:
        told = [
            {"day": one.day.isoformat(), "name": one.name, "value": one.value, "low": one.low, "high": one.high,
             "fired": one.fired, "detail": one.detail}
            for one in seen
        ]  # fmt: skip
        typer.echo(json.dumps(told, ensure_ascii=False))
    else:
        for one in seen:
            value = "too little data" if one.value is None else f"{one.value:.4f}"
            bounds = " to ".join("" if bound is None else f"{bound:g}" for bound in (one.low, one.high))
            typer.echo(f"{one.day} {'FIRED' if one.fired else 'ok':5} {one.name:32} {value:>16}  {bounds}")
    raise typer.Exit(1 if any(one.fired for one in seen) else 0)

"""`firewarden grafana provision`: a folder from which a Grafana starts with everything."""

from pathlib import Path
from typing import Annotated

import typer

from firewarden.dashboards.grafana import provisioning, shipped
from firewarden.dashboards.grafana.alerts.notify import EMAIL, Addresses
from firewarden.dashboards.grafana.alerts.shape import RUNBOOKS
from firewarden.dashboards.grafana.alerts.words import words
from firewarden.dashboards.grafana.kit.variables import CONSOLE
from firewarden.dashboards.grafana.places import places

VARIABLES = ("FIREWARDEN_GRAFANA_DB_PASSWORD", "FIREWARDEN_ALERT_WEBHOOK", "FIREWARDEN_WATCHDOG_WEBHOOK")
"""What Grafana's own environment must have; an empty webhook keeps it from starting."""

Out = Annotated[Path, typer.Option("--out", help="the folder; what is in it under the same names is replaced")]


def provision(
    out: Out,
    *,
    console: Annotated[str, typer.Option(help="where the console is, as browsers reach it")] = CONSOLE,
    runbooks: Annotated[str, typer.Option(help="where the pages of docs/runbooks are served")] = RUNBOOKS,
    language: Annotated[str, typer.Option(help="of the alert rules: zh or en; boards are there in both")] = "zh",
    database: Annotated[str | None, typer.Option(help="HOST:PORT/NAME as Grafana reaches it")] = None,
    sslmode: Annotated[str, typer.Option(help="disable, require, verify-ca or verify-full")] = "require",
    mounted_at: Annotated[str, typer.Option(help="where Grafana finds the folder")] = provisioning.MOUNTED_AT,
    email: Annotated[bool, typer.Option("--email", help="send alerts to $FIREWARDEN_ALERT_EMAIL as well")] = False,
) -> None:
    """Write the files with which a Grafana starts: data source, folders, boards, alert rules, contact points."""
    if language not in shipped.LANGUAGES:
        raise typer.BadParameter("expected zh or en", param_hint="--language")
    made = provisioning.files(
        words(language),
        places(console, runbooks, language),
        Addresses(email=EMAIL if email else None),
        _database(database, sslmode),
        mounted_at=mounted_at.rstrip("/"),
        made_by="provision",
    )
    for each in shipped.LANGUAGES:
        for name, board in shipped.boards(each).items():
            made[f"boards/{each}/{name}"] = shipped.text_of(shipped.with_console(board, console))
    try:
        for path, text in made.items():
            (out / path).parent.mkdir(parents=True, exist_ok=True)
            (out / path).write_text(text, encoding="utf-8")
    except OSError as error:
        typer.echo(f"firewarden: {error.filename or out}: {error.strerror}", err=True)
        raise typer.Exit(1) from error
    typer.echo(f"{out}: {len(made)} files, for {mounted_at} of a Grafana whose environment has")
    needed = [*VARIABLES, *([EMAIL.removeprefix("$")] if email else [])]
    for name in needed if database else [*needed, *provisioning.DATABASE_VARIABLES]:
        typer.echo(f"    {name}")


def _database(database: str | None, sslmode: str) -> provisioning.Database:
    if database is None:
        return provisioning.Database()
    try:
        address, name = provisioning.address_of(database)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--database") from error
    return provisioning.Database(address=address, name=name, sslmode=sslmode)

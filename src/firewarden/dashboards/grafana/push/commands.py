"""`firewarden grafana push`."""

from collections.abc import Sequence
from enum import StrEnum
from typing import Annotated

import typer

import firewarden
from firewarden.dashboards.grafana import shipped
from firewarden.dashboards.grafana.alerts.notify import Addresses
from firewarden.dashboards.grafana.alerts.shape import RUNBOOKS
from firewarden.dashboards.grafana.alerts.words import words
from firewarden.dashboards.grafana.kit.variables import CONSOLE
from firewarden.dashboards.grafana.places import places
from firewarden.dashboards.grafana.provisioning import FOLDERS, Database, address_of
from firewarden.dashboards.grafana.push.errors import PushError
from firewarden.dashboards.grafana.push.plan import Step, Wanted, steps
from firewarden.dashboards.grafana.push.remote import Remote


class Language(StrEnum):
    """Which boards; alert rules exist once, in the first of them."""

    ZH = "zh"
    EN = "en"
    BOTH = "both"

    @property
    def each(self) -> tuple[str, ...]:
        """The languages themselves."""
        return shipped.LANGUAGES if self is Language.BOTH else (self.value,)


class Diff(StrEnum):
    """How much is said of a board that changes."""

    SHORT = "short"
    FULL = "full"


Url = Annotated[str, typer.Option(envvar="FIREWARDEN_GRAFANA_URL", help="where the Grafana is")]
Token = Annotated[
    str,
    typer.Option(envvar="FIREWARDEN_GRAFANA_TOKEN", help="of a service account; better in the variable"),
]
Console = Annotated[str, typer.Option(help="where the console is, as browsers reach it")]
Runbooks = Annotated[str, typer.Option(help="where the pages of docs/runbooks are served")]
Which = Annotated[Language, typer.Option(help="which boards; alert rules are in the first language")]


def push(
    url: Url,
    token: Token,
    language: Which = Language.ZH,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="change nothing; say what would be")] = False,
    diff: Annotated[Diff, typer.Option(help="full: every line of the JSON that differs")] = Diff.SHORT,
    console: Console = CONSOLE,
    runbooks: Runbooks = RUNBOOKS,
    alerts: Annotated[bool, typer.Option("--alerts/--no-alerts", help="whether alert rules are pushed too")] = True,
    webhook: Annotated[str | None, typer.Option(help="where alerts go; without it contact points are left")] = None,
    watchdog: Annotated[str | None, typer.Option(help="where the dead man's switch goes; else to --webhook")] = None,
    email: Annotated[str | None, typer.Option(help="an address that gets alerts as well as the webhook")] = None,
    database: Annotated[str | None, typer.Option(help="HOST:PORT/NAME, to make the data source if missing")] = None,
    database_password: Annotated[
        str, typer.Option(envvar="FIREWARDEN_GRAFANA_DB_PASSWORD", help="of fw_grafana_login")
    ] = "",
    sslmode: Annotated[str, typer.Option(help="disable, require, verify-ca or verify-full")] = "require",
    editable: Annotated[bool, typer.Option("--editable", help="let alerting be changed in Grafana's pages")] = False,
    timeout: Annotated[float, typer.Option(min=0.1, help="seconds to wait for an answer")] = 30.0,
) -> None:
    """Bring boards and alert rules into a Grafana that runs; done twice, nothing happens the second time."""
    try:
        wanted = Wanted(
            folders=dict(FOLDERS[each] for each in language.each),
            boards={
                FOLDERS[each][0]: [shipped.with_console(board, console) for board in shipped.boards(each).values()]
                for each in language.each
            },
            rules=words(language.each[0]) if alerts else None,
            places=places(console, runbooks, language.each[0]),
            addresses=_addresses(webhook, watchdog, email),
            database=None if database is None else _named(database, sslmode, database_password),
        )
        with Remote(url, token, timeout_s=timeout, editable=editable) as remote:
            typer.echo(f"Grafana {remote.version()} at {url}")
            message = f"firewarden {firewarden.__version__}"
            found = list(steps(remote, wanted, message=message, full=diff is Diff.FULL, dry_run=dry_run))
            _carry_out(found, dry_run=dry_run)
    except PushError as error:
        typer.echo(f"firewarden: {error}", err=True)
        raise typer.Exit(1) from error
    if alerts and wanted.addresses is None:
        typer.echo("contact points and policies were left as they are: --webhook URL sets ours", err=True)


def _named(database: str, sslmode: str, password: str) -> Database:
    """The database of `HOST:PORT/NAME`. Raises PushError for what is none, or has no password."""
    try:
        address, name = address_of(database)
    except ValueError as error:
        raise PushError(f"--database: {error}") from error
    if not password:
        raise PushError("the password of fw_grafana_login is missing: set FIREWARDEN_GRAFANA_DB_PASSWORD")
    return Database(address=address, name=name, sslmode=sslmode, password=password)


def _addresses(webhook: str | None, watchdog: str | None, email: str | None) -> Addresses | None:
    if webhook is None:
        if watchdog or email:
            raise PushError("--watchdog and --email need --webhook URL as well")
        return None
    return Addresses(webhook=webhook, watchdog=watchdog or webhook, email=email)


def _carry_out(found: Sequence[Step], *, dry_run: bool) -> None:
    for step in found:
        typer.echo(f"{'new' if step.new else 'changed'}: {step.name}")
        for line in step.lines:
            typer.echo(f"    {line}")
        if not dry_run:
            step.do()
    if not found:
        typer.echo("nothing to change")
    else:
        typer.echo(f"{len(found)} {'would be' if dry_run else 'were'} made or changed")

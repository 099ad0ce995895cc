"""`firewarden grafana check` on the command line."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import psycopg
import typer
from rich.console import Console

from firewarden.dashboards.grafana.catalogue import build_all
from firewarden.dashboards.grafana.check.place import database
from firewarden.dashboards.grafana.check.report import Report, print_report
from firewarden.dashboards.grafana.check.whole import Files, generated, reader
from firewarden.dashboards.grafana.check.whole import check as whole
from firewarden.dashboards.grafana.login import LoginError
from firewarden.dashboards.grafana.month.seed import NotEmptyError, Size, seed_month
from firewarden.deploy.errors import DeployError
from firewarden.store.errors import StoreError

EXIT_NOT_POSSIBLE = 2
GENERATED = Path(__file__).parents[1] / "generated"
RUNBOOKS = Path(__file__).parents[5] / "docs" / "runbooks"


def check(
    *,
    readings: Annotated[
        int, typer.Option("--readings", min=1, help="About how many readings the month has.")
    ] = 10_000_000,
    venues: Annotated[int, typer.Option("--venues", min=10, help="How many venues the city has.")] = 1_000,
    url: Annotated[
        str | None, typer.Option("--database", help="An empty database, or one that was seeded; else an embedded one.")
    ] = None,
    limit_ms: Annotated[float, typer.Option("--limit-ms", min=1, help="How long a statement may take.")] = 300.0,
    report_to: Annotated[Path | None, typer.Option("--json", help="Write the report there, for programs.")] = None,
    seed_only: Annotated[
        bool, typer.Option("--seed-only", help="Fill the database with the simulated month, and leave it.")
    ] = False,
) -> None:
    """Run every query of the dashboards and alert rules on a simulated month; status 1 where one would disappoint."""
    progress = Console(stderr=True)
    if seed_only and url is None:
        progress.print("--seed-only needs --database: an embedded one would be gone again")
        raise typer.Exit(EXIT_NOT_POSSIBLE)
    try:
        with database(url, progress.print) as found:
            rows = seed_month(found, Size(readings=readings, venues=venues), datetime.now(tz=UTC), progress.print)
            progress.print(f"{rows:,} readings")
            if seed_only:
                return
            report = _checked(found, ours=url is None, readings=rows, limit_ms=limit_ms, on_step=progress.print)
    except (DeployError, StoreError, NotEmptyError, LoginError, psycopg.Error) as error:
        progress.print(f"firewarden: {error}", markup=False)
        raise typer.Exit(EXIT_NOT_POSSIBLE) from error
    print_report(report, Console())
    if report_to is not None:
        report_to.write_bytes(report.to_json())
    raise typer.Exit(1 if report.findings else 0)


def _checked(url: str, *, ours: bool, readings: int, limit_ms: float, on_step: Callable[[str], None]) -> Report:
    texts, runbooks = generated(GENERATED, RUNBOOKS)
    files = Files(texts=texts, built=build_all(), runbooks=runbooks)
    with psycopg.connect(url, autocommit=True) as owner, reader(url, ours=ours) as connection:
        return whole(
            files,
            connection,
            owner,
            readings=readings,
            limit_ms=limit_ms,
            now=lambda: datetime.now(tz=UTC),
            on_step=on_step,
        )

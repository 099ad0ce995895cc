"""`firewarden grafana check` on the command line."""

from datetime import UTC, datetime
from typing import Annotated

import psycopg
import typer
from rich.console import Console

from firewarden.dashboards.grafana.check.place import database
from firewarden.dashboards.grafana.month.seed import NotEmptyError, Size, seed_month
from firewarden.deploy.errors import DeployError
from firewarden.store.errors import StoreError

EXIT_NOT_POSSIBLE = 2


def check(
    *,
    readings: Annotated[
        int, typer.Option("--readings", min=1, help="About how many readings the month has.")
    ] = 10_000_000,
    venues: Annotated[int, typer.Option("--venues", min=10, help="How many venues the city has.")] = 1_000,
    url: Annotated[
        str | None, typer.Option("--database", help="An empty database, or one that was seeded; else an embedded one.")
    ] = None,
    seed_only: Annotated[
        bool, typer.Option("--seed-only", help="Fill the database with the simulated month, and leave it.")
    ] = False,
) -> None:
    """Run every query of the dashboards and alert rules on a simulated month; status 1 where one would disappoint."""
    console = Console(stderr=True)
    if seed_only and url is None:
        console.print("--seed-only needs --database: an embedded one would be gone again")
        raise typer.Exit(EXIT_NOT_POSSIBLE)
    try:
        with database(url, console.print) as found:
            size = Size(readings=readings, venues=venues)
            rows = seed_month(found, size, datetime.now(tz=UTC), console.print)
            console.print(f"{rows:,} readings")
    except (DeployError, StoreError, NotEmptyError, psycopg.Error) as error:
        console.print(f"firewarden: {error}")
        raise typer.Exit(EXIT_NOT_POSSIBLE) from error

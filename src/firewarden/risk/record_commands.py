"""Which commands bring a city's records in?"""

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from zoneinfo import ZoneInfo

import typer

from firewarden import process
from firewarden.risk import worker
from firewarden.settings import Settings
from firewarden.store.database import Role, connect
from firewarden.store.errors import DatabaseUnreachableError

if TYPE_CHECKING:
    from firewarden.risk.importing import Imported, Record

ZONE = ZoneInfo("Asia/Shanghai")
ACTOR = "command line"

records = typer.Typer(help="What others know: fires, inspections, violations, complaints, orders.")


def register(risk: typer.Typer) -> None:
    """Add `risk records`."""
    risk.add_typer(records, name="records")


@records.callback()
def _group() -> None:
    pass


@records.command("import")
def import_command(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="CSV or Parquet: venue_id, time, kind.")],
    source: Annotated[str, typer.Option(help="Who keeps these records; the same row of it counts once.")] = "import",
) -> None:
    """Take events of a file in, all or none; `venue_id` is the venue's code. Repeats are harmless."""
    from firewarden.risk.importing import ImportRefusedError, read_records  # noqa: PLC0415 - heavy
    from firewarden.risk.records.city import RecordsError  # noqa: PLC0415 - heavy

    settings = Settings()  # pyright: ignore[reportCallIssue] - the values come from the environment
    try:
        found = read_records(file, ZONE, worker.wall_clock())
        done = asyncio.run(_import(settings.database_url, found, source))
    except (ImportRefusedError, RecordsError) as error:
        typer.echo(f"nothing was imported:\n{error}", err=True)
        raise typer.Exit(1) from error
    except DatabaseUnreachableError as error:
        typer.echo(f"{error}. Is it running, and is FIREWARDEN_DATABASE_URL right?", err=True)
        raise typer.Exit(process.EXIT_UNUSABLE) from error
    typer.echo(f"{done.rows} rows, {done.added} new")


async def _import(database_url: str, found: "list[Record]", source: str) -> "Imported":
    from firewarden.risk.importing import add_records  # noqa: PLC0415 - heavy

    async with await connect(database_url, Role.API, name="firewarden risk records") as connection:
        return await add_records(connection, found, source=source, actor=ACTOR)

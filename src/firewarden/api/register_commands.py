"""The register on the command line: import, export and the template."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import msgspec
import typer
from psycopg import AsyncConnection
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from firewarden.api import device_profiles, gateways
from firewarden.api.command_line import CommandError, group, in_transaction, plainly, record
from firewarden.api.register import Register, check_profiles, parse
from firewarden.api.register_import import Imported, Issue, import_register
from firewarden.api.register_read import read_register
from firewarden.api.secrets_file import keep_in
from firewarden.api.sheet_import import Phase, SheetImport, SheetsRead, import_sheets, points_in, read_sheets, undo
from firewarden.api.sheets.faults import SheetError
from firewarden.api.sheets.files import NamedFile
from firewarden.api.sheets.write_csv import write_csv, write_faults, write_zip
from firewarden.api.sheets.write_xlsx import write_register, write_template

JSON_BYTES_MAX = 256 * 1024 * 1024
FAULTS_SHOWN_MAX = 30

_TEXTS = {
    Phase.READING: "reading",
    Phase.CHECKING: "checking rows",
    Phase.COMPARING: "comparing",
    Phase.WRITING: "writing points",
}


def add_register_commands(
    app: typer.Typer, issue: Issue, on_credentials_changed: gateways.OnCredentialsChanged
) -> None:
    """Add `firewarden register`."""
    commands = group(app, "register", "What should exist: venues, gateways, points.")
    commands.command("export")(export)
    commands.command("template")(template)

    @commands.command("import")
    def import_files(  # pyright: ignore[reportUnusedFunction]
        files: Annotated[
            list[Path], typer.Argument(help="spreadsheets, CSV files, a folder of them, or one JSON register file")
        ],
        credentials_out: Annotated[
            Path | None,
            typer.Option(
                help="where new gateways' secrets go (mode 0600, added to what it has); without, none is made"
            ),
        ] = None,
        *,
        dry_run: Annotated[bool, typer.Option("--dry-run", help="say what would change, and change nothing")] = False,
        errors: Annotated[Path | None, typer.Option(help="a CSV file for the list of every bad row")] = None,
    ) -> None:
        """Add or change what files name; nothing is removed. The same files twice change nothing."""
        with plainly():
            if len(files) == 1 and _is_json(files[0]):
                issued = _import_json(files[0], issue, credentials_out, dry_run=dry_run)
            else:
                issued = _import_sheets(files, issue, credentials_out, dry_run=dry_run, errors=errors)
            if issued:
                on_credentials_changed()


def _is_json(path: Path) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as stream:
        return stream.read(64).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"{")


def read_json(file: Path) -> Register:
    """The register in a JSON file. Raises RegisterError, CommandError where it is too large, OSError."""
    size = file.stat().st_size
    if size > JSON_BYTES_MAX:
        raise CommandError(f"{file}: {size} bytes, at most {JSON_BYTES_MAX} are read")
    return parse(file.read_bytes())


def load_register(register: Register, *, issue: Issue, credentials_out: Path | None) -> Imported:
    """Put a register into the database and new secrets into a file. Raises RegisterError, CommandError, OSError."""
    check_profiles(register, device_profiles.names().profiles)
    keep = keep_in(credentials_out)

    async def work(connection: AsyncConnection) -> Imported:
        imported = await import_register(connection, register, issue=issue, keep=keep)
        await record(
            connection, "register.import", "register", venues=str(imported.venues), points=str(imported.points)
        )
        return imported

    return in_transaction(work)


def _import_json(file: Path, issue: Issue, credentials_out: Path | None, *, dry_run: bool) -> int:
    """How many secrets were issued."""
    register = read_json(file)
    if dry_run:
        raise CommandError("--dry-run is for spreadsheets and CSV files")
    imported = load_register(register, issue=issue, credentials_out=credentials_out)
    typer.echo(
        f"{imported.venues} venues, {imported.gateways} gateways, {imported.points} points"
        f" ({imported.points_changed} new or changed), {imported.secrets_issued} secrets issued"
    )
    return imported.secrets_issued


def _import_sheets(
    paths: Sequence[Path], issue: Issue, credentials_out: Path | None, *, dry_run: bool, errors: Path | None
) -> int:
    """How many secrets were issued."""
    files = _named_files(paths)
    keep = None if dry_run else keep_in(credentials_out)
    names = device_profiles.names()
    done: list[SheetImport] = []
    with _Bar() as bar:

        async def work(connection: AsyncConnection) -> None:
            read = await read_sheets(files, bar.show)
            _tell_how_read(read)
            found = await import_sheets(connection, read, names=names, issue=issue, keep=keep, on_progress=bar.show)
            done.append(found)
            if dry_run:
                undo()
            await record(connection, "register.import", "register", **found.plan.in_short())

        try:
            in_transaction(work)
        except SheetError as error:
            bar.close()
            _tell_faults(error, errors)
            raise typer.Exit(1) from error
    _tell_plan(done[0], dry_run=dry_run)
    return done[0].secrets_issued


def _named_files(paths: Sequence[Path]) -> list[NamedFile]:
    found: list[Path] = []
    for path in paths:
        inside = [path]
        if path.is_dir():
            inside = sorted(each for each in path.iterdir() if each.suffix.lower() in {".csv", ".xlsx"})
        if not inside:
            raise CommandError(f"{path}: holds neither .csv nor .xlsx files")
        found += inside
    return [NamedFile(name=path.name, data=path.read_bytes()) for path in found]


def _tell_how_read(read: SheetsRead) -> None:
    for name, encoding in read.files.encodings:
        typer.echo(f"{name}: read as {encoding.upper()}", err=True)
    for name in read.rows.not_read:
        typer.echo(f"{name}: not read, it has no columns of the register", err=True)


def _tell_plan(found: SheetImport, *, dry_run: bool) -> None:
    plan = found.plan
    typer.echo(f"{'':10}{'added':>10}{'changed':>10}{'unchanged':>11}")
    for kind, count in plan.counts.items():
        typer.echo(f"{kind:10}{count.added:>10}{count.changed:>10}{count.unchanged:>11}")
    if dry_run:
        typer.echo("nothing was changed: this was a dry run")
    elif found.secrets_issued:
        typer.echo(f"{found.secrets_issued} secrets issued")


def _tell_faults(error: SheetError, errors: Path | None) -> None:
    for fault in error.faults[:FAULTS_SHOWN_MAX]:
        typer.echo(str(fault), err=True)
    left = error.total - FAULTS_SHOWN_MAX
    if left > 0:
        typer.echo(f"and {left} more", err=True)
    if errors is not None:
        errors.write_bytes(write_faults(error.faults))
        typer.echo(f"{errors}: the list of {len(error.faults)} of {error.total} faults", err=True)
    typer.echo(f"firewarden: {error.total} faults, nothing was imported", err=True)


class _Bar:
    """A progress bar on the terminal; nothing where standard error is none."""

    def __init__(self) -> None:
        console = Console(stderr=True)
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task: TaskID | None = None
        self._phase: Phase | None = None

    def show(self, phase: Phase, done: int, total: int) -> None:
        """How far the import is."""
        if phase is not self._phase:
            self._phase = phase
            self._task = self._progress.add_task(_TEXTS[phase], total=None)
        if self._task is not None:
            self._progress.update(self._task, completed=done, total=total or None)

    def close(self) -> None:
        """Leave the terminal to others."""
        self._progress.stop()

    def __enter__(self) -> "_Bar":
        self._progress.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()


def export(
    out: Annotated[
        Path, typer.Option("--out", help="FILE.xlsx, FILE.zip (CSV files), FILE.json, or a folder for CSV files")
    ],
    venue: Annotated[str | None, typer.Option(help="only the venue with this code")] = None,
    *,
    chinese: Annotated[bool, typer.Option("--zh", help="Chinese column names")] = False,
) -> None:
    """Write the register to a file that the import reads."""

    async def work(connection: AsyncConnection) -> Register:
        return await read_register(connection, venue=venue)

    with plainly():
        register = in_transaction(work)
        if venue is not None and not register.venues:
            raise CommandError(f"there is no venue with the code {venue}")
        _write(register, out, chinese=chinese)
        typer.echo(f"{out}: {len(register.venues)} venues, {points_in(register)} points")


def _write(register: Register, out: Path, *, chinese: bool) -> None:
    match out.suffix.lower():
        case ".xlsx":
            out.write_bytes(write_register(register, chinese=chinese))
        case ".zip":
            out.write_bytes(write_zip(write_csv(register, chinese=chinese)))
        case ".json":
            out.write_bytes(msgspec.json.encode(register))
        case "":
            out.mkdir(parents=True, exist_ok=True)
            for name, data in write_csv(register, chinese=chinese).items():
                (out / name).write_bytes(data)
        case _:
            raise CommandError(f"{out}: expected a name that ends in .xlsx, .zip or .json, or a folder")


def template(out: Annotated[Path, typer.Option("--out", help="FILE.xlsx")]) -> None:
    """Write an empty spreadsheet with every column and what it is for."""
    with plainly():
        out.write_bytes(write_template())
        typer.echo(str(out))

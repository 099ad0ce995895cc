"""Gateways and the register's import file on the command line."""

import json
import os
import tempfile
from pathlib import Path
from typing import Annotated

import typer
from psycopg import AsyncConnection

from firewarden.api import gateways, reads
from firewarden.api.asking_commands import command_gateway
from firewarden.api.command_line import CommandError, group, in_transaction, plainly, record
from firewarden.api.context import clock
from firewarden.api.fetch import LIMIT_MAX
from firewarden.api.register import Register, parse
from firewarden.api.register_import import Imported, Issue, Keep, import_register
from firewarden.api.rows import GatewayRow

FILE_BYTES_MAX = 256 * 1024 * 1024


def add_gateway_commands(app: typer.Typer, issue: Issue, on_credentials_changed: gateways.OnCredentialsChanged) -> None:
    """Add `firewarden gateway`."""
    commands = group(app, "gateway", "Which gateways there are, and how they sign in.")

    @commands.command("add")
    def add(  # pyright: ignore[reportUnusedFunction]
        gateway_id: Annotated[str, typer.Option("--id", help="also its MQTT user name")],
        venue: Annotated[str, typer.Option(help="the venue's code")],
        name: Annotated[str, typer.Option()] = "",
    ) -> None:
        """Add a gateway and show its secret, this once."""
        secret, credential = issue()

        async def work(connection: AsyncConnection) -> None:
            await gateways.add_gateway(connection, gateway_id, venue_code=venue, name=name, credential=credential)
            await record(connection, "gateway.add", f"gateway {gateway_id}", venue=venue)

        with plainly():
            in_transaction(work)
            on_credentials_changed()
            typer.echo(secret)

    @commands.command("rotate")
    def rotate(gateway_id: Annotated[str, typer.Argument(metavar="ID")]) -> None:  # pyright: ignore[reportUnusedFunction]
        """Give a gateway another secret and show it, this once; the old one is void."""
        secret, credential = issue()

        async def work(connection: AsyncConnection) -> None:
            await gateways.set_credential(connection, gateway_id, credential)
            await record(connection, "gateway.rotate", f"gateway {gateway_id}")

        with plainly():
            in_transaction(work)
            on_credentials_changed()
            typer.echo(secret)

    commands.command("list")(list_gateways)
    commands.command("command")(command_gateway)
    commands.command("export-credentials")(export_credentials)


def list_gateways() -> None:
    """List gateways: id, venue, whether it is heard, since when, and points."""

    async def work(connection: AsyncConnection) -> None:
        cursor: str | None = None
        while True:
            page = await reads.list_gateways(connection, cursor=cursor, limit=LIMIT_MAX, now=clock())
            for row in page.items:
                typer.echo(_gateway_line(row))
            if (cursor := page.next) is None:
                return

    with plainly():
        in_transaction(work)


def _gateway_line(row: GatewayRow) -> str:
    since = row.since.isoformat(timespec="seconds") if row.since else ""
    sign_in = "" if row.has_credential else "no credential"
    return "\t".join([row.id, row.venue_code, row.state.value, since, str(row.points), sign_in]).rstrip()


def export_credentials() -> None:
    """Write what the broker's password file holds, one `id:$7$…` a line."""

    async def work(connection: AsyncConnection) -> None:
        async for gateway_id, credential in gateways.credentials(connection):
            typer.echo(f"{gateway_id}:{credential}")

    with plainly():
        in_transaction(work)


def add_register_commands(
    app: typer.Typer, issue: Issue, on_credentials_changed: gateways.OnCredentialsChanged
) -> None:
    """Add `firewarden register`."""
    commands = group(app, "register", "What should exist: venues, gateways, points.")

    @commands.callback()
    def about() -> None:  # pyright: ignore[reportUnusedFunction]
        """What should exist: venues, gateways, points."""

    @commands.command("import")
    def import_file(  # pyright: ignore[reportUnusedFunction]
        file: Annotated[Path, typer.Argument(help="a register file, version 1")],
        credentials_out: Annotated[
            Path | None,
            typer.Option(
                help="where new gateways' secrets go (mode 0600, added to what it has); without, none is made"
            ),
        ] = None,
    ) -> None:
        """Add or change what a file names; nothing is removed. The same file twice changes nothing."""
        with plainly():
            imported = load_register(read_register(file), issue=issue, credentials_out=credentials_out)
            if imported.secrets_issued:
                on_credentials_changed()
            typer.echo(
                f"{imported.venues} venues, {imported.gateways} gateways, {imported.points} points"
                f" ({imported.points_changed} new or changed), {imported.secrets_issued} secrets issued"
            )


def read_register(file: Path) -> Register:
    """The register in a file. Raises RegisterError, CommandError where it is too large, OSError."""
    size = file.stat().st_size
    if size > FILE_BYTES_MAX:
        raise CommandError(f"{file}: {size} bytes, at most {FILE_BYTES_MAX} are read")
    return parse(file.read_bytes())


def load_register(register: Register, *, issue: Issue, credentials_out: Path | None) -> Imported:
    """Put a register into the database and new secrets into a file. Raises RegisterError, CommandError, OSError."""
    keep: Keep | None = None
    if credentials_out is not None:
        out, known = credentials_out, _read_secrets(credentials_out)

        def keep_in_file(secrets: dict[str, str]) -> None:
            _write_secrets(out, known | secrets)

        keep = keep_in_file

    async def work(connection: AsyncConnection) -> Imported:
        imported = await import_register(connection, register, issue=issue, keep=keep)
        await record(
            connection, "register.import", "register", venues=str(imported.venues), points=str(imported.points)
        )
        return imported

    return in_transaction(work)


def _read_secrets(path: Path) -> dict[str, str]:
    if not path.exists():
        return {}
    try:
        found: object = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise CommandError(f"{path}: not a file of secrets; move it away first") from error
    if not isinstance(found, dict) or not all(isinstance(value, str) for value in found.values()):
        raise CommandError(f"{path}: not a file of secrets; move it away first")
    return {str(key): str(value) for key, value in found.items()}


def _write_secrets(path: Path, secrets: dict[str, str]) -> None:
    """Replace the file at once, so that no crash leaves half of it; nobody else can ever read it."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump(secrets, stream, indent=1, sort_keys=True)
            stream.write("\n")
            stream.flush()
            os.fsync(stream.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise

"""How is the login of a Grafana made on the command line?"""

import os
import secrets
import tempfile
from pathlib import Path
from typing import Annotated

import typer

from firewarden.dashboards.grafana.login import CONNECTIONS_MAX, LOGIN, LoginError, rotate
from firewarden.settings import Settings

PASSWORD_BYTES = 24


def register(grafana: typer.Typer) -> None:
    """Add `firewarden grafana login`."""
    grafana.command("login")(login)


def login(
    password_out: Annotated[
        Path | None, typer.Option("--password-out", help="Write the password to this file, for its owner alone.")
    ] = None,
) -> None:
    """Make the login with which a Grafana reads the views, or give it a new password."""
    settings = Settings()  # pyright: ignore[reportCallIssue]
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    try:
        made = rotate(settings.database_url, password, lambda: _keep(password_out, password))
    except (LoginError, OSError) as error:
        typer.echo(f"firewarden: {error}", err=True)
        raise typer.Exit(1) from error
    typer.echo(
        f"{LOGIN} {'was made' if made else 'has a new password'}: it reads the views of schema board,"
        f" over {CONNECTIONS_MAX} connections at most",
        err=True,
    )
    typer.echo(f"its password is in {password_out}" if password_out else password)


def _keep(path: Path | None, password: str) -> None:
    """Replace the file at once; nobody else can ever read it."""
    if path is None:
        return
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")  # made with mode 0600
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            stream.write(f"{password}\n")
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise

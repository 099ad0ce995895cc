"""`firewarden grafana preview` on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from firewarden.dashboards.console.i18n import Language
from firewarden.dashboards.grafana.preview.app import HOST, boards, serve
from firewarden.settings import Settings

GENERATED = Path(__file__).parents[1] / "generated"


def preview(
    *,
    port: Annotated[
        int, typer.Option("--port", min=1, max=65_535, help="Where to listen, on this machine only.")
    ] = 8090,
    language: Annotated[Language, typer.Option("--language", help="Of the boards' texts.")] = Language.ZH,
    url: Annotated[str | None, typer.Option("--database", help="Its address; else that of the platform.")] = None,
) -> None:
    """Show the boards in a browser without a Grafana, drawn from their own queries, until Ctrl-C."""
    if url is None:
        settings = Settings()  # pyright: ignore[reportCallIssue]
        url = settings.database_url
    typer.echo(f"http://{HOST}:{port}")
    serve(boards(GENERATED, str(language)), url, port)

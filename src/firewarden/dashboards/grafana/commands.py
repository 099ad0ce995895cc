"""Grafana on the command line."""

from importlib.resources import files
from pathlib import Path
from typing import Annotated

import typer

from firewarden.dashboards.grafana import login_commands
from firewarden.dashboards.grafana.catalogue import build_all
from firewarden.dashboards.grafana.check.commands import check as check_boards
from firewarden.dashboards.grafana.preview.commands import preview
from firewarden.dashboards.grafana.provision_commands import provision
from firewarden.dashboards.grafana.push.commands import push
from firewarden.dashboards.grafana.views_page import views_page

GENERATED = Path(__file__).parent / "generated"
DOCS = Path(__file__).parents[4] / "docs"


def register(app: typer.Typer) -> None:
    """Add `firewarden grafana …`."""
    grafana = typer.Typer(help="Dashboards and alert rules for Grafana.", no_args_is_help=True)
    app.add_typer(grafana, name="grafana", rich_help_panel="Setup")
    grafana.command("build")(build)
    grafana.command("check")(check_boards)
    login_commands.register(grafana)
    grafana.command("provision")(provision)
    grafana.command("push")(push)
    grafana.command("preview")(preview)


def build(
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where a file is not up to date.")] = False,
) -> None:
    """Write the generated files of the boards into the source folder."""
    wanted = {GENERATED / path: text for path, text in build_all().items()} | _documents()
    stale = sorted(path for path, text in wanted.items() if _text(path) != text)
    left_over = sorted(path for path in GENERATED.rglob("*") if path.is_file() and path not in wanted)
    if not check:
        for path in stale:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], encoding="utf-8")
        for path in left_over:
            path.unlink()
    for path in stale + left_over:
        typer.echo(f"{'not up to date' if check else 'written' if path in wanted else 'removed'}: {path}")
    if not stale and not left_over:
        typer.echo(f"{len(wanted)} files are up to date")
    if check and (stale or left_over):
        typer.echo("run `firewarden grafana build`", err=True)
        raise typer.Exit(1)


def _documents() -> dict[Path, str]:
    """Pages beside the code; an installed package has none."""
    if not DOCS.is_dir():
        return {}
    schema = files("firewarden.store").joinpath("schema.sql").read_text(encoding="utf-8")
    return {DOCS / "board-views.md": views_page(schema)}


def _text(path: Path) -> str | None:
    return path.read_text(encoding="utf-8") if path.is_file() else None

"""Grafana on the command line."""

from pathlib import Path
from typing import Annotated

import typer

from firewarden.dashboards.grafana import login_commands
from firewarden.dashboards.grafana.catalogue import build_all
from firewarden.dashboards.grafana.check.commands import check as check_boards

GENERATED = Path(__file__).parent / "generated"


def register(app: typer.Typer) -> None:
    """Add `firewarden grafana …`."""
    grafana = typer.Typer(help="Dashboards and alert rules for Grafana.", no_args_is_help=True)
    app.add_typer(grafana, name="grafana", rich_help_panel="Setup")
    grafana.command("build")(build)
    grafana.command("check")(check_boards)
    login_commands.register(grafana)


def build(
    *,
    check: Annotated[bool, typer.Option("--check", help="Write nothing; fail where a file is not up to date.")] = False,
) -> None:
    """Write the generated files of the boards into the source folder."""
    wanted = build_all()
    stale = sorted(path for path, text in wanted.items() if _text(path) != text)
    left_over = sorted(path for path in _present() if path not in wanted)
    if not check:
        for path in stale:
            (GENERATED / path).parent.mkdir(parents=True, exist_ok=True)
            (GENERATED / path).write_text(wanted[path], encoding="utf-8")
        for path in left_over:
            (GENERATED / path).unlink()
    for path in stale + left_over:
        typer.echo(f"{'not up to date' if check else 'written' if path in wanted else 'removed'}: {path}")
    if not stale and not left_over:
        typer.echo(f"{len(wanted)} files are up to date")
    if check and (stale or left_over):
        typer.echo("run `firewarden grafana build`", err=True)
        raise typer.Exit(1)


def _text(path: str) -> str | None:
    file = GENERATED / path
    return file.read_text(encoding="utf-8") if file.is_file() else None


def _present() -> list[str]:
    return [str(path.relative_to(GENERATED)) for path in GENERATED.rglob("*") if path.is_file()]

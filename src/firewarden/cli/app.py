"""`firewarden COMMAND`: puts the rooms' commands together, and what no room may know of another."""

import os
import sys
from collections.abc import Callable, Mapping

import typer
from pydantic import ValidationError

from firewarden.cli import rooms

EXIT_NO_PLATFORM = 78
DATABASE_URL = "FIREWARDEN_DATABASE_URL"

Register = Callable[[typer.Typer], None]

COMMANDS: Mapping[str, Register] = {
    "up": rooms.deploy,
    "down": rooms.deploy,
    "status": rooms.deploy,
    "doctor": rooms.doctor,
    "test": rooms.deploy,
    "check": rooms.deploy,
    "demo": rooms.demo,
    "chaos": rooms.chaos,
    "user": rooms.access,
    "api-key": rooms.access,
    "gateway": rooms.access,
    "register": rooms.access,
    "frames": rooms.frames,
    "trace": rooms.trace,
    "db": rooms.store,
    "grafana": rooms.grafana,
    "sim": rooms.simulator,
    "replay": rooms.simulator,
    "bench": rooms.bench,
    "ingest": rooms.ingest,
    "desk": rooms.desk,
    "risk": rooms.risk,
    "upkeep": rooms.upkeep,
    "api": rooms.api,
}
"""Which room answers to which word. Only its modules are imported: a process starts in a third of the time."""


def build(word: str | None = None) -> typer.Typer:
    """The command line: of one word's room where it is known, else the whole."""
    app = typer.Typer(
        name="firewarden",
        help="Urban fire remote-monitoring platform. It watches, and says so.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )

    @app.callback()
    def firewarden() -> None:  # pyright: ignore[reportUnusedFunction]
        """Urban fire remote-monitoring platform. It watches, and says so."""

    known = COMMANDS.get(word or "")
    for register in [known] if known else dict.fromkeys(COMMANDS.values()):
        register(app)
    return app


def main() -> None:
    """Run the command that the user typed."""
    if DATABASE_URL not in os.environ:
        os.environ.update(rooms.environment_of_running_platform())
    try:
        build(sys.argv[1] if len(sys.argv) > 1 else None)()
    except ValidationError as error:
        for problem in error.errors():
            name = "FIREWARDEN_" + "_".join(str(part) for part in problem["loc"]).upper()
            typer.echo(f"firewarden: {name}: {problem['msg']}", err=True)
        typer.echo("firewarden: start the platform with `./firewarden up`, or set the variables", err=True)
        sys.exit(EXIT_NO_PLATFORM)

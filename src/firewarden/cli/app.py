"""`firewarden COMMAND`: puts the rooms' commands together, and what no room may know of another."""

import os
import sys

import typer
from fastapi import FastAPI
from pydantic import ValidationError

import firewarden.api.commands
import firewarden.cli.city
import firewarden.deploy.commands
import firewarden.deploy.demo_commands
import firewarden.desk.commands
import firewarden.gateway_sim.commands
import firewarden.ingest.commands
import firewarden.risk.commands
import firewarden.store.commands
from firewarden.api.serve import serve
from firewarden.cli.broker import issue, tell_broker
from firewarden.cli.environment import of_running_platform
from firewarden.settings import Settings

EXIT_NO_PLATFORM = 78


def build() -> typer.Typer:
    """The whole command line."""
    app = typer.Typer(
        name="firewarden",
        help="Urban fire remote-monitoring platform. It watches, and says so.",
        no_args_is_help=True,
        pretty_exceptions_enable=False,
        add_completion=False,
    )
    firewarden.deploy.commands.register(app)
    firewarden.deploy.demo_commands.register(app)
    firewarden.api.commands.register(app, issue=issue, on_credentials_changed=tell_broker)
    firewarden.store.commands.register(app)
    firewarden.gateway_sim.commands.register(app)
    firewarden.cli.city.register()
    firewarden.ingest.commands.register(app)
    firewarden.desk.commands.register(app)
    firewarden.risk.commands.register(app)
    app.command("api", rich_help_panel="Processes")(api)
    return app


def api() -> None:
    """Serve the API and the console."""
    settings = Settings()  # pyright: ignore[reportCallIssue]
    raise typer.Exit(serve(settings, _with_console))


def _with_console(app: FastAPI) -> None:
    from firewarden.dashboards.console import mount  # noqa: PLC0415 - a second's import that no other command needs

    mount(app)


def main() -> None:
    """Run the command that the user typed."""
    os.environ.update(of_running_platform(os.environ))
    try:
        build()()
    except ValidationError as error:
        for problem in error.errors():
            name = "FIREWARDEN_" + "_".join(str(part) for part in problem["loc"]).upper()
            typer.echo(f"firewarden: {name}: {problem['msg']}", err=True)
        typer.echo("firewarden: start the platform with `./firewarden up`, or set the variables", err=True)
        sys.exit(EXIT_NO_PLATFORM)

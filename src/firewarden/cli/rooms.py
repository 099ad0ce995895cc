"""How is each room's part of the command line added? Each function imports its room only when it is called."""
# ruff: noqa: PLC0415 - that is the purpose of this module

import os

import typer


def deploy(app: typer.Typer) -> None:
    """Bring up, take down, check and test."""
    from firewarden.deploy import commands

    commands.register(app)


def demo(app: typer.Typer) -> None:
    """Prove that nothing is lost."""
    from firewarden.proof import demo_commands

    demo_commands.register(app)


def chaos(app: typer.Typer) -> None:
    """Prove it while everything breaks."""
    from firewarden.proof import chaos_commands

    chaos_commands.register(app)


def access(app: typer.Typer) -> None:
    """Users, keys, gateways and the register."""
    from firewarden.api import commands
    from firewarden.cli.broker import issue, tell_broker

    commands.register(app, issue=issue, on_credentials_changed=tell_broker)


def doctor(app: typer.Typer) -> None:
    """What is wrong with this installation."""
    from firewarden.cli.doctor import command

    command.register(app)


def trace(app: typer.Typer) -> None:
    """The way of one message."""
    from firewarden.api import trace_commands

    trace_commands.register(app)


def store(app: typer.Typer) -> None:
    """The database."""
    from firewarden.cli import database
    from firewarden.store import commands
    from firewarden.upkeep import db_commands

    db = commands.register(app)
    db_commands.register(db)
    database.register(db)


def grafana(app: typer.Typer) -> None:
    """Dashboards and alert rules for a Grafana."""
    from firewarden.dashboards.grafana import commands

    commands.register(app)


def simulator(app: typer.Typer) -> None:
    """The simulated city."""
    from firewarden.cli import city
    from firewarden.gateway_sim import commands

    commands.register(app)
    city.register()


def bench(app: typer.Typer) -> None:
    """Measurements."""
    from firewarden.bench import commands

    commands.register(app)


def ingest(app: typer.Typer) -> None:
    """Messages to facts."""
    from firewarden.ingest import commands

    commands.register(app)


def frames(app: typer.Typer) -> None:
    """Captured frames and vendor profiles."""
    from firewarden.ingest import frame_commands

    frame_commands.register(app)


def desk(app: typer.Typer) -> None:
    """Facts to incidents."""
    from firewarden.cli.link_test import link_test
    from firewarden.desk import commands

    commands.register(app).command("link-test")(link_test)


def risk(app: typer.Typer) -> None:
    """Facts to scores."""
    from firewarden.risk import commands

    commands.register(app)


def upkeep(app: typer.Typer) -> None:
    """Periodic jobs."""
    from firewarden.upkeep import commands

    commands.register(app)


def api(app: typer.Typer) -> None:
    """The API, with the console in it."""
    app.command("api", rich_help_panel="Processes")(serve_api)


def serve_api() -> None:
    """Serve the API and the console."""
    from firewarden.api.serve import serve
    from firewarden.dashboards.console import mount
    from firewarden.settings import Settings

    settings = Settings()  # pyright: ignore[reportCallIssue]
    raise typer.Exit(serve(settings, mount))


def environment_of_running_platform() -> dict[str, str]:
    """How to reach the embedded platform that runs on this machine; empty where none does."""
    from firewarden.cli.environment import of_running_platform

    return of_running_platform(os.environ)

"""The commands that bring the platform up and down, and that check and test the checkout."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firewarden.deploy.checks import run_checks, run_tests
from firewarden.deploy.errors import DeployError
from firewarden.deploy.external import external_from
from firewarden.deploy.progress import show_error
from firewarden.deploy.running import Spoken, UpOptions
from firewarden.deploy.state import default_state_root
from firewarden.deploy.up import find_status, forget_data, run_down, run_up, show_status

PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}
PANEL = "Platform"
DEVELOPMENT = "Development"

Simulate = Annotated[bool, typer.Option("--sim/--no-sim", help="Simulate a city whose gateways report.")]
Venues = Annotated[int, typer.Option(min=1, max=100_000, help="How many venues the simulated city has.")]
Seed = Annotated[int, typer.Option(help="The same seed gives the same city.")]
Protocol = Annotated[Spoken, typer.Option(help="What the simulated city's gateways speak.")]
Host = Annotated[str, typer.Option(help="Address of this machine for the console and the API.")]
Port = Annotated[int | None, typer.Option(min=1, max=65535, help="Port of console and API [8080, or the next].")]
Fresh = Annotated[bool, typer.Option("--fresh", help="Delete this state folder's data first.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask before deleting.")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Show every line the processes write.")]


def register(app: typer.Typer) -> None:
    """Add up, down, status, test and check to the command line."""
    app.command("up", rich_help_panel=PANEL)(up)
    app.command("down", rich_help_panel=PANEL)(down)
    app.command("status", rich_help_panel=PANEL)(status)
    app.command("test", rich_help_panel=DEVELOPMENT, context_settings=PASS_THROUGH)(test)
    app.command("check", rich_help_panel=DEVELOPMENT)(check)


def up(
    *,
    sim: Simulate = True,
    venues: Venues = 200,
    seed: Seed = 1,
    protocol: Protocol = Spoken.MIXED,
    host: Host = "127.0.0.1",
    port: Port = None,
    fresh: Fresh = False,
    yes: Yes = False,
    verbose: Verbose = False,
) -> None:
    """Bring up database, broker, platform and a simulated city; stay until Ctrl-C."""
    console = Console()
    root = default_state_root()
    options = UpOptions(
        state_root=root,
        external=external_from(os.environ),
        simulate=sim,
        register_city=sim,
        venues=venues,
        seed=seed,
        protocol=protocol,
        host=host,
        port=port,
        verbose=verbose,
    )
    try:
        if fresh and (yes or typer.confirm(f"Delete all data, logs and passwords in {root}?", abort=True)):
            console.print(f"deleted from {root}: {', '.join(forget_data(root))}", highlight=False)
        run_up(options, console)
    except DeployError as error:
        show_error(console, error)
        raise typer.Exit(1) from error


def down() -> None:
    """Stop the running platform; the data is kept."""
    console = Console()
    try:
        code = run_down(default_state_root(), console)
    except DeployError as error:
        show_error(console, error)
        code = 1
    raise typer.Exit(code)


def status() -> None:
    """Show what runs; exit status 0 when everything does, 3 when not."""
    root = default_state_root()
    raise typer.Exit(show_status(find_status(root), root, Console()))


def test(context: typer.Context) -> None:
    """Run all tests (further arguments go to pytest), with a real database, broker and browser."""
    console = Console()
    try:
        run_tests(default_state_root(), context.args, console)
    except DeployError as error:
        show_error(console, error)
        raise typer.Exit(1) from error


def check() -> None:
    """Run lint, formatting, types, import contracts and unit tests; stop at the first that fails."""
    console = Console()
    try:
        code = run_checks(Path(sys.executable).parent, default_state_root(), console)
    except DeployError as error:
        show_error(console, error)
        code = 1
    raise typer.Exit(code)

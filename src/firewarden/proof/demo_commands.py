"""The command that proves the platform: `firewarden demo`."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from firewarden.deploy.errors import DeployError
from firewarden.deploy.progress import show_error
from firewarden.deploy.running import Spoken
from firewarden.deploy.state import default_state_root, open_state
from firewarden.proof.demo import KILLABLE, PACE, DemoOptions, parse_kill, run_demo
from firewarden.proof.demo_report import Kill, show_report, write_report

PANEL = "Platform"
EXIT_TERMINATED = 143
KILL_HELP = f"SIGKILL a process at a second of the run; NAME is one of {', '.join(KILLABLE)}. May be repeated."


def register(app: typer.Typer) -> None:
    """Add demo to the command line."""
    app.command("demo", rich_help_panel=PANEL)(demo)


def demo(
    *,
    seconds: Annotated[float, typer.Option(min=1, help="How long the city lives.")] = 60,
    report: Annotated[Path | None, typer.Option(help="Where to write the scorecard as JSON.")] = None,
    venues: Annotated[int, typer.Option(min=1, max=9999, help="How many venues the city has.")] = 200,
    seed: Annotated[int, typer.Option(help="The same seed gives the same city.")] = 1,
    speed: Annotated[float, typer.Option(min=0.1, help="How many times faster than real everything is.")] = 20,
    protocol: Annotated[Spoken, typer.Option(help="What the city's gateways speak.")] = Spoken.MQTT,
    pace: Annotated[float, typer.Option(min=0.1, help="How many times more often incidents are on top.")] = PACE,
    kill: Annotated[list[str] | None, typer.Option(metavar="NAME@SECOND", help=KILL_HELP)] = None,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the run's data and logs.")] = False,
) -> None:
    """Run a city whose truth is known, and show that nothing was lost, doubled or missed."""
    console = Console()
    options = DemoOptions(
        seconds=seconds,
        venues=venues,
        seed=seed,
        protocol=protocol.value,
        speed=speed,
        pace=pace,
        packages=open_state(default_state_root()).packages,
        kills=_kills(kill or []),
        keep=keep,
    )
    try:
        result = asyncio.run(run_demo(options, console))
    except DeployError as error:
        show_error(console, error)
        raise typer.Exit(1) from error
    except asyncio.CancelledError:
        raise typer.Exit(EXIT_TERMINATED) from None
    show_report(result, console)
    if report is not None:
        write_report(result, report)
        console.print(f"report: {report}", highlight=False)
    raise typer.Exit(0 if result.passed else 1)


def _kills(texts: list[str]) -> tuple[Kill, ...]:
    try:
        return tuple(parse_kill(text) for text in texts)
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--kill") from error

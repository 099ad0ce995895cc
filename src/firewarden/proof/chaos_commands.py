"""The command that proves it under faults: `firewarden chaos`."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from firewarden.deploy.errors import DeployError
from firewarden.deploy.progress import show_error
from firewarden.deploy.running import Spoken
from firewarden.deploy.state import default_state_root, open_state
from firewarden.proof.chaos import ChaosOptions, run_chaos
from firewarden.proof.chaos_plan import CALM_S, lines_of, plan, shares_lanes
from firewarden.proof.chaos_report import Round, show_report, show_round, write_report
from firewarden.proof.chaos_stage import CityOptions

PANEL = "Platform"
EXIT_TERMINATED = 143
VENUES = 60
SPEED = 20.0
PACE = 4_000.0
RESEND_AFTER_S = 3.0
ODDS: Mapping[str, float] = {"lost_while_silent": 0.0}
"""A message lost inside its gateway is a real gap, for which the mark waits half a minute: the demo has those."""


def register(app: typer.Typer) -> None:
    """Add chaos to the command line."""
    app.command("chaos", rich_help_panel=PANEL)(chaos)


def chaos(
    *,
    rounds: Annotated[int, typer.Option(min=1, help="How many rounds.")] = 10,
    seed: Annotated[int, typer.Option(help="The same seed gives the same city and the same faults.")] = 1,
    round_: Annotated[
        int | None, typer.Option("--round", min=1, help="Only this round, such as one that failed.")
    ] = None,
    report: Annotated[Path | None, typer.Option(help="Where to write the result as JSON.")] = None,
    seconds: Annotated[float, typer.Option(min=CALM_S + 1, help="How long the city lives in each round.")] = 15,
    venues: Annotated[int, typer.Option(min=1, max=9999, help="How many venues the city has.")] = VENUES,
    protocol: Annotated[Spoken, typer.Option(help="What the city's gateways speak.")] = Spoken.MQTT,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print the plan and do nothing.")] = False,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the run's logs and journals.")] = False,
) -> None:
    """Strike the platform with random faults, and show that nothing was lost, doubled or missed."""
    console = Console()
    numbers = range(1, rounds + 1) if round_ is None else (round_,)
    if dry_run:
        for number in numbers:
            shared = ", workers share lanes" if shares_lanes(seed, number) else ""
            console.print(f"round {number}{shared}", highlight=False)
            for fault in plan(seed, number, seconds=seconds, lines=lines_of(protocol)):
                console.print(f"    {fault}", highlight=False)
        return
    city = CityOptions(
        venues=venues,
        seed=seed,
        speed=SPEED,
        pace=PACE,
        seconds=seconds,
        resend_after_s=RESEND_AFTER_S,
        odds=ODDS,
        protocol=protocol.value,
    )
    packages = open_state(default_state_root()).packages
    options = ChaosOptions(rounds=numbers, city=city, packages=packages, keep=keep)
    try:
        with _Bar(console, seed, len(numbers)) as bar:
            result = asyncio.run(run_chaos(options, console, bar))
    except DeployError as error:
        show_error(console, error)
        console.print(f"seed {seed}", highlight=False)
        raise typer.Exit(1) from error
    except asyncio.CancelledError:
        raise typer.Exit(EXIT_TERMINATED) from None
    show_report(result, console)
    if report is not None:
        write_report(result, report)
        console.print(f"report: {report}", highlight=False)
    raise typer.Exit(0 if result.passed else 1)


class _Bar:
    """A line for each round, and on a terminal a bar below them."""

    def __init__(self, console: Console, seed: int, rounds: int) -> None:
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
        self._progress = Progress(*columns, console=console, disable=not console.is_terminal)
        self._task = self._progress.add_task(f"seed {seed}", total=rounds, start=False)
        self._console = console
        self._seed = seed

    def begins(self) -> None:
        """Show the bar: what was shown before has gone."""
        self._progress.start()
        self._progress.start_task(self._task)

    def ends(self, one: Round) -> None:
        """Show what came of the round."""
        show_round(one, self._seed, self._console)
        self._progress.advance(self._task)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._progress.stop()

"""What the person who typed the command sees while things come up."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from rich.console import Console
from rich.panel import Panel

from firewarden.deploy.supervisor import Step, StepState

if TYPE_CHECKING:
    from rich.status import Status

    from firewarden.deploy.errors import DeployError

LABELS = {
    "packages": "database and broker programs",
    "postgres": "database (PostgreSQL with TimescaleDB)",
    "mosquitto": "broker (Mosquitto)",
    "migrate": "database schema",
    "admin": "administrator",
    "city": "simulated city",
    "credentials": "gateway credentials",
    "ingest": "ingest: messages to facts",
    "desk": "desk: facts to incidents",
    "risk": "risk: facts to scores",
    "upkeep": "upkeep: rollups and other periodic jobs",
    "api": "api and console",
    "sim": "simulator: gateways report",
}


class Progress:
    """One line for each finished step, and on a terminal a spinner that names what is going on."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._begun_s: dict[str, float] = {}
        self._status: Status | None = console.status("starting") if console.is_terminal else None

    def __call__(self, step: Step) -> None:
        """Show a step."""
        label = LABELS.get(step.name, step.name)
        if step.state is StepState.BEGUN:
            self._begun_s.setdefault(step.name, time.monotonic())
            self._spin(f"{label} {step.detail}".strip())
            if step.detail and not self._console.is_terminal:
                self._console.print(f"  ... {label}: {step.detail}", highlight=False)
            return
        begun_s = self._begun_s.pop(step.name, None)
        took = "" if begun_s is None else f" [dim]{time.monotonic() - begun_s:.1f} s[/]"
        mark = "[green]ok[/]  " if step.state is StepState.DONE else "[red]fail[/]"
        self._console.print(f"  {mark} {label}{took} {step.detail}".rstrip(), highlight=False)

    def _spin(self, text: str) -> None:
        if self._status is not None:
            self._status.update(text)
            self._status.start()

    def rest(self) -> None:
        """Take the spinner away: nothing is going on."""
        if self._status is not None:
            self._status.stop()

    def note(self, text: str) -> None:
        """Say one thing that happened."""
        self._console.print(f"  {text}", highlight=False, markup=False, soft_wrap=True)


def show_error(console: Console, error: DeployError) -> None:
    """Say what happened and what to do."""
    console.print(f"\nfirewarden: {error.message}", style="bold red", highlight=False, markup=False, soft_wrap=True)
    console.print(f"            {error.hint}", highlight=False, markup=False, soft_wrap=True)


def show_addresses(console: Console, addresses: dict[str, str], notes: str, *, stop_hint: str) -> None:
    """Print where everything is, and what is shown only once."""
    width = max(len(name) for name in addresses)
    lines = [f"{name:<{width}}  {address}" for name, address in addresses.items()]
    if notes.strip():
        lines += ["", *notes.strip().splitlines()]
    lines += ["", stop_hint]
    # Borderless at the sides, so that an address can be selected and copied whole.
    console.print(Panel("\n".join(lines), title="Firewarden runs", expand=False, highlight=False))

"""How are rounds of chaos shown to a person, and written for a program?"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from firewarden.deploy.state import write_atomic
from firewarden.proof.chaos_plan import Fault, Kind
from firewarden.proof.chaos_stage import CityOptions
from firewarden.proof.scorecard import Scorecard


@dataclass(frozen=True, slots=True, kw_only=True)
class Struck:
    """A fault as it happened. `prevented`: why it could not strike; empty where it did."""

    fault: Fault
    at: datetime
    until: datetime
    prevented: str = ""
    recovered_s: float | None = None
    """From its beginning until all that was said up to its end was confirmed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """One round and its result. `unseen`: incidents that a client of the event stream did not hear of."""

    number: int
    shared: bool
    """Whether ingest workers shared lanes."""
    struck: tuple[Struck, ...]
    failures: tuple[str, ...]
    unseen: int
    took_s: float
    scorecard: Scorecard

    @property
    def passed(self) -> bool:
        """Whether every count that must be zero is zero."""
        return not self.failures


@dataclass(frozen=True, slots=True, kw_only=True)
class ChaosReport:
    """All rounds."""

    begun_at: datetime
    ended_at: datetime
    city: CityOptions
    passed: bool
    rounds: tuple[Round, ...]


def write_report(report: ChaosReport, path: Path) -> None:
    """Write the report as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")


def show_round(one: Round, seed: int, console: Console) -> None:
    """Print what struck and what came of it."""
    for struck in one.struck:
        if struck.prevented:
            tail = f"  [dim]prevented: {struck.prevented}[/]"
        else:
            tail = "" if struck.recovered_s is None else f"  [dim]caught up after {struck.recovered_s:.1f} s[/]"
        console.print(f"    {struck.fault}{tail}", highlight=False, soft_wrap=True)
    card = one.scorecard
    counts = f"{card.messages.sent:,} messages, {card.facts.sent:,} facts, {card.incidents.opened:,} incidents"
    verdict = "[green]ok  [/]" if one.passed else "[red]FAIL[/]"
    console.print(f"  {verdict} round {one.number}: {counts}, {one.took_s:.0f} s", highlight=False)
    if not one.passed:
        console.print(f"       {'; '.join(one.failures)}", highlight=False, markup=False)
        for example in card.examples:
            console.print(f"       {example}", highlight=False, markup=False, soft_wrap=True)
        console.print(f"       again: firewarden chaos --seed {seed} --round {one.number}", highlight=False)


def show_report(report: ChaosReport, console: Console) -> None:
    """Print the totals: by kind of fault, and of all rounds."""
    table = Table(box=None, pad_edge=False)
    table.add_column("fault", no_wrap=True)
    for name in ("struck", "prevented", "caught up, median s", "longest s"):
        table.add_column(name, justify="right")
    struck = [one for round_ in report.rounds for one in round_.struck]
    for kind in Kind:
        of_kind = [one for one in struck if one.fault.kind is kind]
        times = sorted(one.recovered_s for one in of_kind if not one.prevented and one.recovered_s is not None)
        prevented = sum(bool(one.prevented) for one in of_kind)
        figures = (f"{times[len(times) // 2]:.1f}", f"{times[-1]:.1f}") if times else ("", "")
        table.add_row(kind.value, str(len(of_kind) - prevented), str(prevented or ""), *figures)
    console.print(table)
    console.print(_totals(report.rounds))
    failed = [one.number for one in report.rounds if not one.passed]
    what = f"{len(report.rounds)} rounds (seed {report.city.seed})"
    if not failed:
        console.print(f"[green]passed[/]: {what}", highlight=False)
        return
    console.print(f"[red]failed[/]: {len(failed)} of {what}", highlight=False)
    for number in failed:
        console.print(f"  firewarden chaos --seed {report.city.seed} --round {number}", highlight=False)


def _totals(rounds: Iterable[Round]) -> Table:
    cards = [one.scorecard for one in rounds]
    table = Table("", "sent / due", "stored / opened", "lost / missed", "doubled", box=None, pad_edge=False)
    for name, tallies in (("messages", [c.messages for c in cards]), ("facts", [c.facts for c in cards])):
        table.add_row(
            name,
            f"{sum(one.sent for one in tallies):,}",
            f"{sum(one.stored for one in tallies):,}",
            f"{sum(one.lost for one in tallies):,}",
            f"{sum(one.duplicated for one in tallies):,}",
        )
    incidents = [card.incidents for card in cards]
    table.add_row(
        "incidents",
        f"{sum(one.due for one in incidents):,}",
        f"{sum(one.opened for one in incidents):,}",
        f"{sum(one.missed for one in incidents):,}",
        f"{sum(one.doubled + one.unfounded for one in incidents):,}",
    )
    return table

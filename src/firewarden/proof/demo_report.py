"""How is a scorecard shown to a person, and written for a program?"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.table import Table

from firewarden.deploy.state import write_atomic
from firewarden.proof.latency import Percentiles
from firewarden.proof.scorecard import Scorecard, Tally


@dataclass(frozen=True, slots=True, kw_only=True)
class Kill:
    """A process that is ended as a crash would, `second` seconds after the city began to live."""

    name: str
    second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A run and its result."""

    begun_at: datetime
    seconds: float
    venues: int
    seed: int
    protocol: str
    speed: float
    pace: float
    kills: tuple[Kill, ...]
    stream_reconnects: int
    passed: bool
    failures: tuple[str, ...]
    scorecard: Scorecard


def write_report(report: Report, path: Path) -> None:
    """Write the report as JSON, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_atomic(path, msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")


def show_report(report: Report, console: Console) -> None:
    """Print the scorecard."""
    card = report.scorecard
    table = Table("", "sent / due", "stored / opened", "lost / missed", "duplicated", "", box=None, pad_edge=False)
    _tally(table, "messages", card.messages)
    _tally(table, "facts", card.facts)
    incidents = card.incidents
    table.add_row(
        "incidents",
        f"{incidents.due:,} to {incidents.due + incidents.possible:,}",
        f"{incidents.opened:,}",
        _count(incidents.missed),
        _count(incidents.doubled),
        f"unfounded {_count(incidents.unfounded)}",
    )
    console.print(table)
    console.print(
        f"gaps        announced but not real {_count(card.gaps.not_real)}; "
        f"real {card.gaps.real:,}, of which announced {card.gaps.announced:,}",
        f"venues      {card.venues_ranked:,} of {card.venues:,} ranked",
        f"repeats     {card.repeats_absorbed:,} absorbed without effect",
        f"quarantine  {card.quarantined:,}",
        f"on purpose  {card.lost_on_purpose:,} messages lost inside their gateways",
        sep="\n",
        highlight=False,
    )
    if card.frames.said:
        console.print(
            f"frames      {card.frames.confirmed:,} of {card.frames.said:,} confirmed; "
            f"unanswered {_count(card.frames.unanswered)}; {card.frames.overwritten:,} overwritten inside devices",
            highlight=False,
        )
    _latency(card, console)
    for example in card.examples:
        console.print(f"  {example}", style="red", markup=False, highlight=False)
    verdict = "[green]passed[/]" if report.passed else f"[red]failed[/]: {'; '.join(report.failures)}"
    console.print(f"{verdict} (seed {report.seed})", highlight=False)


def _tally(table: Table, name: str, tally: Tally) -> None:
    table.add_row(name, f"{tally.sent:,}", f"{tally.stored:,}", _count(tally.lost), _count(tally.duplicated), "")


def _count(count: int) -> str:
    return "[green]0[/]" if count == 0 else f"[red]{count:,}[/]"


def _latency(card: Scorecard, console: Console) -> None:
    table = Table("latency, ms", "count", "p50", "p99", "max", box=None, pad_edge=False)
    for name, value in (
        ("publish → committed", card.latency.publish_to_commit),
        ("committed → visible on the stream", card.latency.commit_to_visible),
        ("publish → visible on the stream", card.latency.publish_to_visible),
        *((("frame → confirmed", card.latency.frame_to_confirm),) if card.frames.said else ()),
    ):
        table.add_row(name, *_figures(value))
    console.print(table)


def _figures(value: Percentiles) -> tuple[str, str, str, str]:
    return f"{value.count:,}", f"{value.p50_ms:,.0f}", f"{value.p99_ms:,.0f}", f"{value.max_ms:,.0f}"

"""What did the check find? A table for people, JSON for programs."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
from rich.console import Console
from rich.table import Table

from firewarden.dashboards.grafana.check.finding import Finding
from firewarden.dashboards.grafana.check.running import Run
from firewarden.dashboards.grafana.check.selections import Selection

STOPPED = "stopped"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One statement over all selections: rows as the board opens, the slowest of all."""

    board: str
    place: str
    selections: int
    rows: int | None
    rows_most: int
    ms: float
    slowest: Selection


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Everything. `readings`: how many the database had."""

    readings: int
    limit_ms: float
    runs: tuple[Run, ...]
    findings: tuple[Finding, ...]

    def lines(self) -> Iterator[Line]:
        """One for each statement, in the order in which they stand."""
        grouped: dict[tuple[str, str], list[Run]] = {}
        for run in self.runs:
            grouped.setdefault((run.board, run.query.place), []).append(run)
        for (board, place), runs in grouped.items():
            slowest = max(runs, key=lambda run: run.answer.ms)
            first = next((run for run in runs if run.selection is Selection.DEFAULT), None)
            yield Line(
                board=board,
                place=place,
                selections=len(runs),
                rows=first.answer.rows if first else None,
                rows_most=max(run.answer.rows for run in runs),
                ms=slowest.answer.ms,
                slowest=slowest.selection,
            )

    def to_json(self) -> bytes:
        """For programs."""
        value: dict[str, Any] = {
            "readings": self.readings,
            "limit_ms": self.limit_ms,
            "passed": not self.findings,
            "findings": [
                {"code": f.code, "board": f.board, "place": f.place, "problem": f.problem, "advice": f.advice}
                for f in self.findings
            ],
            "queries": [
                {
                    "board": line.board,
                    "place": line.place,
                    "runs": line.selections,
                    "rows": line.rows,
                    "rows_most": line.rows_most,
                    "ms": None if line.ms == float("inf") else round(line.ms, 1),
                    "slowest": line.slowest,
                }
                for line in self.lines()
            ],
        }
        return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"


def print_report(report: Report, console: Console) -> None:
    """The table of all statements, then what is wrong and what to do about it."""
    console.print(_table(list(report.lines())))
    for finding in report.findings:
        console.print(f"[bold red]{finding.code}[/] {finding.board}, {finding.place}", highlight=False, soft_wrap=True)
        console.print(f"    {finding.problem}", markup=False, highlight=False, soft_wrap=True)
        console.print(f"    {finding.advice}", style="dim", markup=False, highlight=False, soft_wrap=True)
    statements = len({(run.board, run.query.place) for run in report.runs})
    console.print(
        f"{len(report.runs):,} runs of {statements} statements on {report.readings:,} readings; "
        f"{len(report.findings)} findings",
        highlight=False,
    )


def _table(lines: Sequence[Line]) -> Table:
    table = Table("board", "statement", "runs", "rows", "most", "ms", "slowest with")
    for column in table.columns[2:6]:
        column.justify = "right"
    table.columns[1].overflow = "ellipsis"
    for line in lines:
        table.add_row(
            line.board,
            line.place,
            str(line.selections),
            "" if line.rows is None else f"{line.rows:,}",
            f"{line.rows_most:,}",
            STOPPED if line.ms == float("inf") else f"{line.ms:,.1f}",
            line.slowest.value,
        )
    return table

"""What does each row say, cell by cell? Values by column, and every cell that says nothing usable; pure."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from firewarden.api.sheets.cells import Cell
from firewarden.api.sheets.columns import Kind
from firewarden.api.sheets.faults import CellError, Fault, Faults, Why
from firewarden.api.sheets.tables import Sheet, Table, find_table, is_empty

OnRows = Callable[[int, int], None]
"""Told how many rows of how many have been read."""

_TOLD_EVERY = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One row. `values` has each column of its table: None where the cell is empty."""

    table: Table
    line: int
    values: dict[str, Any]

    @property
    def place(self) -> str:
        """Where it is, in short."""
        sheet = self.table.sheet
        return ":".join(part for part in (sheet.file, sheet.name, str(self.line)) if part)

    def fault(self, column: str, why: Why, **values: str) -> Fault:
        """What is wrong with it."""
        return self.table.fault(self.line, column, why, **values)


@dataclass(slots=True)
class Rows:
    """All rows of some sheets by kind, and the sheets that hold nothing of ours."""

    by_kind: dict[Kind, list[Row]] = field(default_factory=lambda: {kind: [] for kind in Kind})
    not_read: list[str] = field(default_factory=list[str])
    faults: Faults = field(default_factory=Faults)
    """What is wrong with the others."""

    @property
    def venues(self) -> set[str]:
        """The codes of the venues that they name."""
        return {row.values["code"] for row in self.by_kind[Kind.VENUES]} | {
            row.values["venue"] for kind in (Kind.SYSTEMS, Kind.GATEWAYS) for row in self.by_kind[kind]
        }

    @property
    def gateways(self) -> set[str]:
        """The ids of the gateways that they name."""
        return {row.values["id"] for row in self.by_kind[Kind.GATEWAYS]} | {
            row.values["gateway"] for row in self.by_kind[Kind.POINTS]
        }

    @property
    def total(self) -> int:
        """How many rows there are."""
        return sum(len(rows) for rows in self.by_kind.values())


def read_rows(sheets: Iterable[Sheet], on_rows: OnRows | None = None) -> Rows:
    """Every sound row; a row with an unusable cell is left out and named in the faults."""
    rows = Rows()
    faults = rows.faults
    tables: list[Table] = []
    for sheet in sheets:
        table = find_table(sheet, faults)
        if table is not None:
            tables.append(table)
        elif sheet.rows:
            rows.not_read.append(sheet.name or sheet.file)
    # What is wrong with the headings would be wrong in every row again.
    if not faults.total:
        _read_tables(tables, rows, on_rows)
    return rows


def _read_tables(tables: list[Table], rows: Rows, on_rows: OnRows | None) -> None:
    total, done = sum(len(table.sheet.rows) - table.begin for table in tables), 0
    for table in tables:
        for line, cells in table.lines():
            row = _read_row(table, line, cells, rows.faults)
            if row is not None:
                rows.by_kind[table.kind].append(row)
            done += 1
            if on_rows is not None and done % _TOLD_EVERY == 0:
                on_rows(done, total)


def _read_row(table: Table, line: int, cells: dict[str, Cell], faults: Faults) -> Row | None:
    values: dict[str, Any] = {}
    sound = True
    for name, column in table.by_name.items():
        cell = cells[name]
        try:
            values[name] = None if is_empty(cell) else column.read(cell)
        except CellError as error:
            faults.add(table.fault(line, name, error.why, **error.values))
            sound = False
        else:
            if column.required and values[name] is None:
                faults.add(table.fault(line, name, Why.MERGED if table.is_merged(line, name) else Why.EMPTY))
                sound = False
    return Row(table=table, line=line, values=values) if sound else None

"""Where do the rows of a sheet begin, and which cell belongs to which column? Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from firewarden.api.sheets.cells import Cell, plain
from firewarden.api.sheets.columns import (
    COLUMNS,
    HEADINGS_MIN,
    Column,
    Kind,
    column_of,
    kind_of_headings,
    kind_of_name,
)
from firewarden.api.sheets.faults import Fault, Faults, Why

HEADER_LINES_MAX = 20
"""A title may stand above the column names."""

ROWS_MAX = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Sheet:
    """One sheet as it came. `merged`: ranges of merged cells as (first row, first column, last row, last column)."""

    file: str
    name: str
    rows: Sequence[Sequence[Cell]]
    merged: Sequence[tuple[int, int, int, int]] = ()
    first_line: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A sheet whose kind is known. `columns` are the places of its columns; `begin` is the row after the headings."""

    sheet: Sheet
    kind: Kind
    columns: dict[str, int]
    begin: int

    @property
    def by_name(self) -> dict[str, Column]:
        """The definition of each column that the table has."""
        return {column.name: column for column in COLUMNS[self.kind] if column.name in self.columns}

    def lines(self) -> Iterator[tuple[int, dict[str, Cell]]]:
        """Each row that holds anything: its line and its cells by column."""
        for index in range(self.begin, len(self.sheet.rows)):
            row = self.sheet.rows[index]
            cells = {name: row[place] if place < len(row) else "" for name, place in self.columns.items()}
            if any(not is_empty(cell) for cell in cells.values()):
                yield self.sheet.first_line + index, cells

    def is_merged(self, line: int, column: str) -> bool:
        """Whether the cell is covered by a merged one that begins elsewhere."""
        row, place = line - self.sheet.first_line, self.columns[column]
        return any(
            top <= row <= bottom and left <= place <= right and (row, place) != (top, left)
            for top, left, bottom, right in self.sheet.merged
        )

    def fault(self, line: int, column: str, why: Why, **values: str) -> Fault:
        """What is wrong with one cell, or (line 0) with the sheet."""
        return Fault(file=self.sheet.file, sheet=self.sheet.name, line=line, column=column, why=why, values=values)


def is_empty(cell: Cell) -> bool:
    """Whether nothing, or only space, stands there."""
    return isinstance(cell, str) and not cell.strip()


def find_table(sheet: Sheet, faults: Faults) -> Table | None:
    """The table in a sheet. None where the sheet is empty or is none of ours; faults say what is wrong with ours."""
    if not any(not is_empty(cell) for row in sheet.rows for cell in row):
        return None
    named = kind_of_name(sheet.name) or kind_of_name(sheet.file.rsplit(".", 1)[0])
    found = _find_headings(sheet, named)
    if found is None:
        if named is not None or not sheet.name:
            known = (
                COLUMNS[named] if named else [column for kind in Kind for column in COLUMNS[kind] if column.required]
            )
            choices = ", ".join(dict.fromkeys(f"{column.name} ({column.zh})" for column in known))
            values = {"most": str(HEADER_LINES_MAX), "choices": choices}
            faults.add(Fault(file=sheet.file, sheet=sheet.name, line=0, column="", why=Why.HEADER, values=values))
        return None
    kind, index = found
    table = Table(sheet=sheet, kind=kind, columns={}, begin=index + 1)
    if len(sheet.rows) - table.begin > ROWS_MAX:
        faults.add(table.fault(0, "", Why.ROWS, most=str(ROWS_MAX)))
    _place_columns(table, sheet.rows[index], sheet.first_line + index, faults)
    return table


def _find_headings(sheet: Sheet, named: Kind | None) -> tuple[Kind, int] | None:
    for index, row in enumerate(sheet.rows[:HEADER_LINES_MAX]):
        texts = [plain(cell) for cell in row if not is_empty(cell)]
        if named is None:
            kind = kind_of_headings(texts)
        else:
            known = {column.name for text in texts if (column := column_of(named, text)) is not None}
            kind = named if len(known) >= HEADINGS_MIN else None
        if kind is not None:
            return kind, index
    return None


def _place_columns(table: Table, headings: Sequence[Cell], line: int, faults: Faults) -> None:
    choices = ", ".join(f"{column.name} ({column.zh})" for column in COLUMNS[table.kind])
    for place, cell in enumerate(headings):
        if is_empty(cell):
            continue
        column = column_of(table.kind, plain(cell))
        if column is None:
            faults.add(table.fault(line, plain(cell)[:60], Why.COLUMN_UNKNOWN, kind=table.kind, choices=choices))
        elif column.name in table.columns:
            faults.add(table.fault(line, column.name, Why.COLUMN_TWICE))
        else:
            table.columns[column.name] = place
    for column in COLUMNS[table.kind]:
        if column.required and column.name not in table.columns:
            faults.add(table.fault(line, "", Why.COLUMN_MISSING, got=f"{column.name} ({column.zh})"))

"""What came back from a query, and what a panel's transformations make of it; pure."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import cast

Cell = str | float | bool | datetime | None
Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """A table: names of columns and rows of as many cells."""

    names: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]

    def column(self, name: str) -> tuple[Cell, ...]:
        """One column; KeyError where there is none of that name."""
        if name not in self.names:
            raise KeyError(name)
        at = self.names.index(name)
        return tuple(row[at] for row in self.rows)

    def times(self) -> str | None:
        """The name of the first column of moments."""
        return self._first(lambda cell: isinstance(cell, datetime))

    def numbers(self) -> tuple[str, ...]:
        """The columns that hold numbers."""
        return tuple(name for name in self.names if self._holds(name, is_number))

    def words(self) -> tuple[str, ...]:
        """The columns that hold text."""
        return tuple(name for name in self.names if self._holds(name, lambda cell: isinstance(cell, str)))

    def _holds(self, name: str, kind: Callable[[Cell], bool]) -> bool:
        cells = [cell for cell in self.column(name) if cell is not None]
        return bool(cells) and all(kind(cell) for cell in cells)

    def _first(self, kind: Callable[[Cell], bool]) -> str | None:
        return next((name for name in self.names if self._holds(name, kind)), None)


def is_number(cell: Cell) -> bool:
    """A number, which True is not."""
    return isinstance(cell, float | int) and not isinstance(cell, bool)


def plain(value: object) -> Cell:
    """A value of the database as a cell."""
    if isinstance(value, Decimal):
        return float(value)
    if value is None or isinstance(value, str | float | bool | int | datetime):
        return value
    return str(value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """A line: moments and numbers, with a gap where a number is None."""

    name: str
    points: tuple[tuple[datetime, float | None], ...]


def series_of(frame: Frame) -> tuple[Series, ...]:
    """A frame as lines: every number a line, and where a column of text stands beside, one for each text."""
    time = frame.times()
    if time is None:
        return ()
    words = frame.words()
    numbers = frame.numbers()
    found: dict[str, list[tuple[datetime, float | None]]] = {}
    for row in frame.rows:
        cells = dict(zip(frame.names, row, strict=True))
        label = " ".join(str(cells[word]) for word in words)
        for name in numbers:
            line = name if not label else label if len(numbers) == 1 else f"{label} {name}"
            found.setdefault(line, []).append((cast("datetime", cells[time]), cast("float | None", cells[name])))
    return tuple(Series(name=name, points=tuple(points)) for name, points in found.items())


def transformed(frames: Sequence[Frame], steps: Sequence[Json]) -> tuple[Frame, ...]:
    """The frames after a panel's transformations; one that is not known here leaves them as they are."""
    found = tuple(frames)
    for step in steps:
        options = cast("Json", step.get("options", {}))
        change = _STEPS.get(str(step.get("id")))
        if change is not None:
            found = tuple(change(frame, options) for frame in found)
    return found


def _organized(frame: Frame, options: Json) -> Frame:
    hidden = cast("Mapping[str, bool]", options.get("excludeByName", {}))
    order = cast("Mapping[str, int]", options.get("indexByName", {}))
    names = [name for name in frame.names if not hidden.get(name)]
    names.sort(key=lambda name: order.get(name, len(frame.names)))
    renamed = cast("Mapping[str, str]", options.get("renameByName", {}))
    return _picked(frame, names, renamed)


def _filtered(frame: Frame, options: Json) -> Frame:
    include = cast("Mapping[str, Sequence[str]]", options.get("include", {})).get("names")
    exclude = cast("Mapping[str, Sequence[str]]", options.get("exclude", {})).get("names", ())
    names = [name for name in frame.names if (include is None or name in include) and name not in exclude]
    return _picked(frame, names, {})


def _rows_to_fields(frame: Frame, options: Json) -> Frame:
    """Each row becomes a column: of one cell its name, of another its value."""
    mappings = cast("Sequence[Mapping[str, str]]", options.get("mappings", ()))
    field = {mapping["handlerKey"]: mapping["fieldName"] for mapping in mappings}
    name, value = field.get("field.name", frame.names[0]), field.get("field.value", frame.names[-1])
    return Frame(names=tuple(str(cell) for cell in frame.column(name)), rows=(frame.column(value),))


def _picked(frame: Frame, names: Sequence[str], renamed: Mapping[str, str]) -> Frame:
    at = [frame.names.index(name) for name in names]
    return Frame(
        names=tuple(renamed.get(name) or name for name in names),
        rows=tuple(tuple(row[index] for index in at) for row in frame.rows),
    )


_STEPS: Mapping[str, Callable[[Frame, Json], Frame]] = {
    "organize": _organized,
    "filterFieldsByName": _filtered,
    "rowsToFields": _rows_to_fields,
}

"""Which views do dashboards read, and what does each column mean? Read from the comments in the schema, as a page."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

_COMMENT = re.compile(
    r"^COMMENT ON (?:VIEW|COLUMN) board\.(\w+)(?:\.(\w+))? IS\s+((?:'(?:[^']|'')*'\s*)+);", re.MULTILINE
)
_PART = re.compile(r"'((?:[^']|'')*)'")

_HEAD = """\
# The views of dashboards

<!-- Made from the comments in src/firewarden/store/schema.sql by `firewarden grafana build`. -->

The schema `board` is what dashboards read: those of this project, and yours. Its views and columns may be added to; they are not
renamed, and no column changes its meaning or unit. Everything below it, tables included, may change with any version.

Who reads it logs in as `fw_grafana_login`, which `firewarden grafana login` makes: see [Grafana](grafana.md). No view has
phones, addresses of people, password hashes, texts of officers, payloads or frames.

- **State**: how things stand now. Every row is current; no condition on time is needed.
- **History**: what was. Every row has a `time`; a query without bounds on it reads years.

All times are `timestamptz`. Values of `reading` and its rollups are in the unit of their row.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column and its meaning, with the unit."""

    name: str
    meaning: str


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """A view: what it holds, and whether that is how things stand or what was."""

    name: str
    kind: Literal["state", "history"]
    about: str
    columns: tuple[Column, ...]


def views(schema: str) -> tuple[View, ...]:
    """Every view that `schema` comments on, by name. Raises ValueError where a comment does not say which kind it is."""
    about: dict[str, str] = {}
    columns: dict[str, dict[str, str]] = {}
    for name, column, quoted in _COMMENT.findall(schema):
        text = "".join(_PART.findall(quoted)).replace("''", "'")
        if column:
            columns.setdefault(name, {})[column] = text
        else:
            about[name] = text
    return tuple(_view(name, about[name], columns.get(name, {})) for name in sorted(about))


def _view(name: str, about: str, columns: dict[str, str]) -> View:
    kind, _, text = about.partition(": ")
    if kind not in ("state", "history"):
        raise ValueError(f"board.{name}: its comment begins with neither state: nor history:")
    named = tuple(Column(name=column, meaning=meaning) for column, meaning in columns.items())
    return View(name=name, kind="state" if kind == "state" else "history", about=text, columns=named)


def views_page(schema: str) -> str:
    """The page of all views, as Markdown."""
    return "\n".join(_lines(views(schema)))


def _lines(known: tuple[View, ...]) -> Iterator[str]:
    yield _HEAD
    yield from ("| View | | Holds |", "| --- | --- | --- |")
    yield from (f"| [`{view.name}`](#{view.name}) | {view.kind} | {_cell(view.about)} |" for view in known)
    for view in known:
        yield from ("", f"## {view.name}", "", f"{view.kind.capitalize()}: {view.about}.", "")
        yield from ("| Column | Meaning |", "| --- | --- |")
        yield from (f"| `{column.name}` | {_cell(column.meaning)} |" for column in view.columns)
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

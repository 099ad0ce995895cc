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

The schema `board` is what dashboards read: those of this project, and yours. Its views and columns may be added to;
they are not renamed, and no column changes its meaning or unit. What lies below it, tables included, may change with
any version.

- **State**: how things stand now. Every row is current; no condition on time is needed.
- **History**: what was. Every row has a `time`; a query without bounds on it reads years.

All times are `timestamptz`. Values of `reading` and its rollups are in the unit of their row.

## Who reads them

`firewarden grafana login --password-out FILE` makes the login `fw_grafana_login`, or gives it a new password. It reads
these views and is refused every table, partition, sequence and function with the rights of another, but one: the age of
the oldest transaction. No view has phones, addresses of people, password hashes, notes of officers, payloads or frames;
tests plant such values and look for them. Its statements end after ten seconds, its transactions only read, and it has
twenty connections at most: the first two are defaults that a session can change, its rights are not.

What PostgreSQL gives to everybody who can log in, it gives to this login too, and nothing of it holds rows of the
platform: the catalogues (`pg_catalog`, `information_schema`: names of tables, columns, roles and settings),
TimescaleDB's (`timescaledb_information`, `_timescaledb_catalog`: names, time ranges and sizes of partitions, periodic
jobs), who is connected, without what they run. It may also call functions that need no right: take advisory locks, send
notifications, store large objects. Temporary tables are taken from it, and from everybody but the import of the
register, in the database where the command was run. So keep its password as you would keep the console's: for a Grafana
that you run, not for the public.

## All views
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
    """Every view that `schema` comments on, by name. Raises ValueError where a comment does not say its kind."""
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
        yield from ("", f"### {view.name}", "", f"{view.kind.capitalize()}: {view.about}.", "")
        yield from ("| Column | Meaning |", "| --- | --- |")
        yield from (f"| `{column.name}` | {_cell(column.meaning)} |" for column in view.columns)
    yield ""


def _cell(text: str) -> str:
    return text.replace("|", "\\|")

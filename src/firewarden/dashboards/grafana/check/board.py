"""What stands in a board's JSON? As much of it as the check looks at; whatever is not there is empty."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, cast

Json = Mapping[str, Any]
SHARED = "-- Dashboard --"

What = Literal["panel", "variable", "annotation", "rule"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One statement, and where it stands. `shape`: table or time_series."""

    what: What
    place: str
    sql: str
    shape: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One choice. `current`: what is chosen when the board opens; None: the first of its options."""

    name: str
    kind: str
    multi: bool
    include_all: bool
    all_value: str
    query: str
    current: tuple[str, ...] | None

    @property
    def listed(self) -> bool:
        """Whether several can be chosen."""
        return self.multi


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """One panel. `shared`: the panels whose rows it shows."""

    id: int
    title: str
    kind: str
    grid: tuple[int, int, int, int]
    """x, y, width, height."""
    points: int
    queries: tuple[Query, ...]
    shared: tuple[int, ...]
    transformations: tuple[Json, ...]
    overrides: tuple[Json, ...]
    raw: Json

    @property
    def place(self) -> str:
        """How it is called in a report."""
        return f"panel {self.id} {self.title}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """One dashboard; `path` is its file below generated/."""

    path: str
    uid: str
    title: str
    begin: str
    end: str
    variables: tuple[Variable, ...]
    panels: tuple[Panel, ...]
    annotations: tuple[Query, ...]
    raw: Json = field(repr=False)

    @property
    def queries(self) -> tuple[Query, ...]:
        """What its panels ask the database."""
        return tuple(query for panel in self.panels for query in panel.queries)

    def panel(self, number: int) -> Panel | None:
        """The panel with that id."""
        return next((panel for panel in self.panels if panel.id == number), None)


def read(path: str, raw: Json) -> Board:
    """The board in a file's JSON."""
    time = _table(raw, "time")
    return Board(
        path=path,
        uid=str(raw.get("uid") or ""),
        title=str(raw.get("title") or ""),
        begin=str(time.get("from") or "now-6h"),
        end=str(time.get("to") or "now"),
        variables=tuple(_variable(each) for each in _tables(_table(raw, "templating"), "list")),
        panels=tuple(_panel(each) for each in _flat(_tables(raw, "panels"))),
        annotations=tuple(_annotations(raw)),
        raw=raw,
    )


def _table(of: Json, key: str) -> Json:
    found = of.get(key)
    return cast("Json", found) if isinstance(found, dict) else {}


def _tables(of: Json, key: str) -> Sequence[Json]:
    found = of.get(key)
    return [each for each in cast("list[Any]", found) if isinstance(each, dict)] if isinstance(found, list) else []


def _flat(panels: Sequence[Json]) -> Iterator[Json]:
    for panel in panels:
        yield panel
        yield from _flat(_tables(panel, "panels"))


def _variable(raw: Json) -> Variable:
    query = raw.get("query")
    if isinstance(query, dict):
        query = cast("Json", query).get("rawSql") or cast("Json", query).get("query")
    current = _table(raw, "current").get("value")
    values = cast("list[Any]", current) if isinstance(current, list) else [current]
    return Variable(
        name=str(raw.get("name") or ""),
        kind=str(raw.get("type") or ""),
        multi=bool(raw.get("multi")),
        include_all=bool(raw.get("includeAll")),
        all_value=str(raw.get("allValue") or ""),
        query=str(query or ""),
        current=None if current is None else tuple(str(value) for value in values),
    )


def _panel(raw: Json) -> Panel:
    number, title, kind = int(raw.get("id") or 0), str(raw.get("title") or ""), str(raw.get("type") or "")
    place = f"panel {number} {title}"
    grid = _table(raw, "gridPos")
    targets = _tables(raw, "targets")
    shared = tuple(
        int(t["panelId"]) for t in targets if _table(t, "datasource").get("uid") == SHARED and "panelId" in t
    )
    width = int(grid.get("w") or 24)
    return Panel(
        id=number,
        title=title,
        kind=kind,
        grid=(int(grid.get("x") or 0), int(grid.get("y") or 0), width, int(grid.get("h") or 1)),
        points=int(raw.get("maxDataPoints") or width * 80),
        queries=tuple(
            Query(
                what="panel",
                place=place if len(targets) == 1 else f"{place} {target.get('refId', '')}",
                sql=str(target["rawSql"]),
                shape=str(target.get("format") or "table"),
            )
            for target in targets
            if "rawSql" in target
        ),
        shared=shared,
        transformations=tuple(_tables(raw, "transformations")),
        overrides=tuple(_tables(_table(raw, "fieldConfig"), "overrides")),
        raw=raw,
    )


def _annotations(raw: Json) -> Iterator[Query]:
    for each in _tables(_table(raw, "annotations"), "list"):
        sql = _table(each, "target").get("rawSql") or each.get("rawQuery")
        if sql:
            yield Query(what="annotation", place=f"annotation {each.get('name', '')}", sql=str(sql), shape="table")


def texts(raw: object) -> Iterator[str]:
    """Every text anywhere in a piece of JSON."""
    if isinstance(raw, str):
        yield raw
    elif isinstance(raw, dict):
        for value in cast("dict[str, object]", raw).values():
            yield from texts(value)
    elif isinstance(raw, list):
        for value in cast("list[object]", raw):
            yield from texts(value)


def walk(raw: object) -> Iterator[Json]:
    """Every object anywhere in a piece of JSON."""
    if isinstance(raw, dict):
        found = cast("dict[str, object]", raw)
        yield found
        for value in found.values():
            yield from walk(value)
    elif isinstance(raw, list):
        for value in cast("list[object]", raw):
            yield from walk(value)

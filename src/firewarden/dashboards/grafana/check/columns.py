"""Does a panel get what it needs? The columns for its kind, and every column that it names."""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from firewarden.dashboards.grafana.check.board import Json, Panel, walk
from firewarden.dashboards.grafana.check.finding import Code

Kind = Literal["number", "time", "text", "bool", "other"]
METRIC = "metric"
_FIELD = re.compile(r"\$\{__data\.fields(?:\.([^.}:]+)|\[[\"']([^\"']+)[\"']\])")
_DYNAMIC = frozenset({"rowsToFields", "groupingToMatrix", "partitionByValues", "reduce", "transpose", "labelsToFields"})
"""Transformations that make names of what stands in the rows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column of an answer."""

    name: str
    kind: Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a panel gets. `words`: texts that stand in the rows, which may become names of series or columns."""

    shape: str
    columns: tuple[Column, ...]
    words: frozenset[str] = frozenset()
    sorted: bool = True
    """Whether the rows come in the order of their time."""

    def of(self, *kinds: Kind) -> list[str]:
        """The names of the columns of these kinds."""
        return [column.name for column in self.columns if column.kind in kinds]


Told = Iterator[tuple[Code, str]]


def needs(panel: Panel, shown: Sequence[Shown]) -> Told:
    """What the kind of the panel needs and does not get."""
    for each in shown:
        if each.shape == "time_series":
            yield from _series(each)
    check = _NEEDS.get(panel.kind)
    if check is not None and shown:
        yield from ((Code.COLUMNS, why) for why in check(panel, shown))


def _series(shown: Shown) -> Told:
    if "time" not in [column.name for column in shown.columns]:
        yield Code.COLUMNS, "a time series needs a column called time"
    elif "time" not in shown.of("time", "number"):
        yield Code.COLUMNS, "its column time is no time"
    if not shown.of("number"):
        yield Code.COLUMNS, "a time series needs a number"
    if not shown.sorted:
        yield Code.COLUMNS, "a time series needs its rows in the order of time: Grafana refuses others"


def _a_time(_: Panel, shown: Sequence[Shown]) -> Iterator[str]:
    if not any(each.of("time") for each in shown):
        yield "it needs a time"


def _time_and_number(panel: Panel, shown: Sequence[Shown]) -> Iterator[str]:
    yield from _a_time(panel, shown)
    yield from _a_number(panel, shown)


def _a_number(panel: Panel, shown: Sequence[Shown]) -> Iterator[str]:
    fields = str(((panel.raw.get("options") or {}).get("reduceOptions") or {}).get("fields") or "")
    if not fields and not any(each.of("number") for each in shown):
        yield "it needs a number"


def _bars(panel: Panel, shown: Sequence[Shown]) -> Iterator[str]:
    yield from _a_number(panel, shown)
    wanted = (panel.raw.get("options") or {}).get("xField")
    if wanted and not any(wanted == column.name for each in shown for column in each.columns):
        yield f"it draws its bars by {wanted}, which the query does not have"


def _map(panel: Panel, shown: Sequence[Shown]) -> Iterator[str]:
    numbers = {name for each in shown for name in each.of("number")}
    names = {column.name for each in shown for column in each.columns}
    for layer in (panel.raw.get("options") or {}).get("layers") or ():
        location = layer.get("location") or {}
        for key in ("latitude", "longitude"):
            if location.get("mode") == "coords" and location.get(key) not in numbers:
                yield f"its {key} is {location.get(key)}, which is no number of the query"
        for each in walk(layer.get("config")):
            field = each.get("field")
            if isinstance(field, str) and field not in names:
                yield f"its markers follow {field}, which the query does not have"


_NEEDS: Mapping[str, Callable[[Panel, Sequence[Shown]], Iterator[str]]] = {
    "timeseries": _time_and_number,
    "heatmap": _time_and_number,
    "state-timeline": _a_time,
    "status-history": _a_time,
    "stat": _a_number,
    "gauge": _a_number,
    "bargauge": _a_number,
    "piechart": _a_number,
    "histogram": _a_number,
    "barchart": _bars,
    "geomap": _map,
}


def names(panel: Panel, shown: Sequence[Shown]) -> Told:
    """The columns that overrides, links and transformations name and that are not there."""
    known = {column.name for each in shown for column in each.columns}
    loose = any(each.shape == "time_series" and each.of("text") for each in shown)
    words = {word for each in shown for word in each.words}
    for transformation in panel.transformations:
        missing = sorted(_transformed(transformation) - known - (words if loose else set()))
        yield from ((Code.FIELD, f"its {transformation.get('id')} names {name}") for name in missing)
        known |= _made(transformation)
        loose = loose or transformation.get("id") in _DYNAMIC
    known |= words if loose else set()
    yield from _overrides(panel, known, loose=loose)
    known |= _display_names(panel)
    for url in (str(each["url"]) for each in walk(panel.raw) if isinstance(each.get("url"), str)):
        linked = {one or other for one, other in _FIELD.findall(url)}
        yield from ((Code.FIELD, f"its link takes {name} from the row") for name in sorted(linked - known))


def _overrides(panel: Panel, known: set[str], *, loose: bool) -> Told:
    """Where names come from the rows, a code that does not occur this time is no mistake; that none does is one."""
    wanted = [
        str((each.get("matcher") or {}).get("options"))
        for each in panel.overrides
        if (each.get("matcher") or {}).get("id") == "byName"
    ]
    missing = [name for name in dict.fromkeys(wanted) if name not in known]
    if loose and len(missing) < len(set(wanted)):
        return
    yield from ((Code.FIELD, f"it says something of {name}") for name in missing)


def _display_names(panel: Panel) -> set[str]:
    return {
        str(each.get("value"))
        for override in panel.overrides
        for each in override.get("properties") or ()
        if each.get("id") == "displayName"
    }


def _transformed(transformation: Json) -> set[str]:
    """The columns that a transformation names."""
    options: Any = transformation.get("options") or {}
    found: set[str] = set()
    for key in ("excludeByName", "indexByName", "renameByName", "fields"):
        value = options.get(key)
        found |= set(value) if isinstance(value, dict | list) else set()
    for part in ("include", "exclude"):
        value = options.get(part)
        found |= set(value.get("names") or ()) if isinstance(value, dict) else set()
    for key in ("byField", "columnField", "rowField", "valueField"):
        if options.get(key):
            found.add(str(options[key]))
    for each in walk(options):
        found |= {str(each[key]) for key in ("fieldName", "targetField") if each.get(key)}
    return found | {str(each["field"]) for each in options.get("sort") or () if each.get("field")}


def _made(transformation: Json) -> set[str]:
    """The names that a transformation gives."""
    options: Any = transformation.get("options") or {}
    found = {str(name) for name in (options.get("renameByName") or {}).values()}
    return found | ({str(options["alias"])} if options.get("alias") else set())

"""What does Grafana make of a statement before the database sees it? Variables first, then macros.

As the PostgreSQL data source of Grafana 11 to 13 does it, also where that is a trap: a custom value for All is put in
as it is, without quotes; the arguments of a macro end at the first `)`; a variable that nobody defined stays as text.
Whatever would end in such a trap is an error here.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from urllib.parse import quote

import msgspec

from firewarden.dashboards.grafana.check.intervals import interval_of, parse_interval, shown

_REFERENCE = re.compile(r"\$(\w+)|\[\[(\w+?)(?::(\w+))?\]\]|\$\{(\w+)(?:\.[^:^}]+)?(?::([^}]+))?\}")
_MACRO = re.compile(r"\$([_a-zA-Z0-9]+)\(([^)]*)\)")
_SQL_ESCAPES = str.maketrans({"'": "''", '"': '\\"'})
GLOBALS = frozenset({
    "__from", "__to", "__interval", "__interval_ms", "__range", "__range_s", "__range_ms", "__rate_interval",
    "__dashboard", "__org", "__user", "__name", "timeFilter", "__timezone", "__searchFilter",
})  # fmt: skip
"""What Grafana knows of itself."""
ALL_TEXT = "All"


class ExpandError(Exception):
    """Grafana would not make of the statement what its author meant."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What is chosen of one variable. `listed`: several may be; `quoted`: the data source puts quotes around a text.

    `custom_all`: All is chosen, and this is what the board puts in for it.
    """

    name: str
    values: tuple[str, ...]
    texts: tuple[str, ...] = ()
    listed: bool = False
    quoted: bool = False
    custom_all: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """The time range of a board, and how finely it is drawn."""

    begin: datetime
    end: datetime
    points: int = 1_000
    least: timedelta = timedelta(minutes=1)
    """The data source's least interval."""

    @property
    def interval(self) -> timedelta:
        """What `$__interval` says."""
        return interval_of(self.end - self.begin, self.points, self.least)


@dataclass(frozen=True, slots=True, kw_only=True)
class Expanded:
    """The statement as the database gets it. `used`: which variables and which macros stood in it."""

    sql: str
    variables: frozenset[str] = field(default_factory=frozenset[str])
    macros: frozenset[str] = field(default_factory=frozenset[str])


def expand(sql: str, chosen: Mapping[str, Chosen], span: Span) -> Expanded:
    """The statement with variables and macros put in. Raises ExpandError."""
    used: set[str] = set()
    macros: set[str] = set()

    def put_in(found: re.Match[str]) -> str:
        name, form = _named(found)
        if found[1] and _is_macro(sql, found):
            return found[0]
        if name in GLOBALS:
            macros.add(name)
            return _global(name, form, span)
        if name not in chosen:
            raise ExpandError(f"no variable is called {name}: Grafana leaves {found[0]} as it stands")
        used.add(name)
        return formatted(chosen[name], form)

    text = _REFERENCE.sub(put_in, sql)
    text = _with_macros(text, span, macros)
    return Expanded(sql=text, variables=frozenset(used), macros=frozenset(macros))


def names_in(text: str) -> frozenset[str]:
    """Every variable that a text names, macros and what Grafana itself knows left out."""
    return frozenset(
        name
        for found in _REFERENCE.finditer(text)
        for name, _ in (_named(found),)
        if name not in GLOBALS and not name.startswith("__") and not (found[1] and _is_macro(text, found))
    )


def _named(found: re.Match[str]) -> tuple[str, str | None]:
    return found[1] or found[2] or found[4], found[3] or found[5]


def _is_macro(text: str, found: re.Match[str]) -> bool:
    return text[found.end() : found.end() + 1] == "("


def formatted(chosen: Chosen, form: str | None) -> str:
    """The value of a variable in a format; without one as the data source quotes it. Raises ExpandError."""
    if form is not None and form.partition(":")[0] not in FORMATS:
        raise ExpandError(f"there is no format {form}: Grafana would take glob for {chosen.name}")
    if chosen.custom_all is not None:
        return ALL_TEXT if form == "text" else chosen.custom_all
    return _quoted(chosen) if form is None else FORMATS[form.partition(":")[0]](chosen)


def _quoted(chosen: Chosen) -> str:
    doubled = [value.replace("'", "''") for value in chosen.values]
    if chosen.listed or chosen.quoted:
        return ",".join(f"'{value}'" for value in doubled)
    return doubled[0] if doubled else ""


def _each(chosen: Chosen, begin: str, join: str, end: str, escape: Callable[[str], str]) -> str:
    values = [escape(value) for value in chosen.values]
    return values[0] if len(values) == 1 else f"{begin}{join.join(values)}{end}"


def _json(chosen: Chosen) -> str:
    return msgspec.json.encode(chosen.values).decode() if chosen.listed else "".join(chosen.values)


def _parameters(chosen: Chosen) -> str:
    return "&".join(f"var-{chosen.name}={quote(value, safe='')}" for value in chosen.values)


FORMATS: Mapping[str, Callable[[Chosen], str]] = {
    "raw": lambda chosen: ",".join(chosen.values),
    "csv": lambda chosen: ",".join(chosen.values),
    "pipe": lambda chosen: "|".join(chosen.values),
    "glob": lambda chosen: _each(chosen, "{", ",", "}", str),
    "regex": lambda chosen: _each(chosen, "(", "|", ")", re.escape),
    "json": _json,
    "text": lambda chosen: " + ".join(chosen.texts or chosen.values),
    "queryparam": _parameters,
    "sqlstring": lambda chosen: ",".join(f"'{value.translate(_SQL_ESCAPES)}'" for value in chosen.values),
    "singlequote": lambda chosen: ",".join("'" + value.replace("'", "\\'") + "'" for value in chosen.values),
    "doublequote": lambda chosen: ",".join('"' + value.replace('"', '\\"') + '"' for value in chosen.values),
    "percentencode": lambda chosen: quote(_each(chosen, "{", ",", "}", str), safe=""),
}


def _global(name: str, form: str | None, span: Span) -> str:
    whole = span.end - span.begin
    if form is not None and name in {"__from", "__to"}:
        at = span.begin if name == "__from" else span.end
        kind, _, how = form.partition(":")
        if kind == "date" and how in {"", "iso"}:
            return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        if kind == "date" and how == "seconds":
            return str(int(at.timestamp()))
        raise ExpandError(f"the format {form} of {name} is not known")
    values = {
        "__from": str(_ms(span.begin)),
        "__to": str(_ms(span.end)),
        "__interval": shown(span.interval),
        "__interval_ms": str(span.interval // timedelta(milliseconds=1)),
        "__range": f"{int(whole.total_seconds())}s",
        "__range_s": str(int(whole.total_seconds())),
        "__range_ms": str(whole // timedelta(milliseconds=1)),
    }
    if name not in values:
        raise ExpandError(f"${name} has no place in a statement")
    return values[name]


def _ms(at: datetime) -> int:
    return (at - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1)


def _with_macros(sql: str, span: Span, macros: set[str]) -> str:
    def put_in(found: re.Match[str]) -> str:
        name, inside = found[1], found[2]
        if "(" in inside:
            raise ExpandError(f"Grafana ends the arguments of ${name} at the first ')': use a column or a subquery")
        arguments = [argument.strip() for argument in inside.split(",")]
        # An older spelling that Grafana still understands: before a comma the column is named.
        if name == "__timeGroup" and sql[found.end() : found.end() + 1] == ",":
            name = "__timeGroupAlias"
        if name not in _MACROS:
            raise ExpandError(f"there is no macro ${name}")
        macros.add(name)
        return _MACROS[name](arguments, span)

    return _MACRO.sub(put_in, sql)


def _column(arguments: list[str]) -> str:
    if not arguments or not arguments[0]:
        raise ExpandError("a macro needs the name of a time column")
    return arguments[0]


def _iso(at: datetime) -> str:
    text = at.astimezone(UTC).isoformat().replace("+00:00", "")
    return f"{text.rstrip('0').rstrip('.') if '.' in text else text}Z"


def _seconds(arguments: list[str]) -> float:
    if len(arguments) not in {2, 3} or not arguments[1]:
        raise ExpandError("grouping by time needs a column, an interval and maybe a value to fill with")
    if len(arguments) == 3 and not re.fullmatch(r"NULL|previous|-?\d+(\.\d+)?", arguments[2]):  # noqa: PLR2004
        raise ExpandError(f"gaps are filled with NULL, previous or a number, not with {arguments[2]}")
    found = parse_interval(arguments[1].strip("'"))
    if found is None:
        raise ExpandError(f"{arguments[1]} is no interval")
    return found.total_seconds()


def _bucket(arguments: list[str], _: Span) -> str:
    return f"time_bucket('{_seconds(arguments):.3f}s',{_column(arguments)})"


def _epoch_bucket(arguments: list[str], _: Span) -> str:
    seconds = f"{_seconds(arguments):g}"
    return f"floor(({_column(arguments)})/{seconds})*{seconds}"


def _between(unit: int) -> Callable[[list[str], Span], str]:
    def bounded(arguments: list[str], span: Span) -> str:
        column = _column(arguments)
        begin, end = (int(at.timestamp()) * unit for at in (span.begin, span.end))
        return f"{column} >= {begin} AND {column} <= {end}"

    return bounded


_NANO = 1_000_000_000
_MACROS: Mapping[str, Callable[[list[str], Span], str]] = {
    "__time": lambda arguments, _: f'{_column(arguments)} AS "time"',
    "__timeEpoch": lambda arguments, _: f'extract(epoch from {_column(arguments)}) as "time"',
    "__timeFilter": lambda arguments, span: f"{_column(arguments)} BETWEEN '{_iso(span.begin)}' AND '{_iso(span.end)}'",
    "__timeFrom": lambda _, span: f"'{_iso(span.begin)}'",
    "__timeTo": lambda _, span: f"'{_iso(span.end)}'",
    "__timeGroup": _bucket,
    "__timeGroupAlias": lambda arguments, span: f'{_bucket(arguments, span)} AS "time"',
    "__unixEpochFilter": _between(1),
    "__unixEpochFrom": lambda _, span: str(int(span.begin.timestamp())),
    "__unixEpochTo": lambda _, span: str(int(span.end.timestamp())),
    "__unixEpochNanoFilter": _between(_NANO),
    "__unixEpochNanoFrom": lambda _, span: str(int(span.begin.timestamp()) * _NANO),
    "__unixEpochNanoTo": lambda _, span: str(int(span.end.timestamp()) * _NANO),
    "__unixEpochGroup": _epoch_bucket,
    "__unixEpochGroupAlias": lambda arguments, span: f'{_epoch_bucket(arguments, span)} AS "time"',
}
TIME_MACROS = frozenset({
    "__timeFilter", "__timeFrom", "__timeTo", "__unixEpochFilter", "__unixEpochFrom", "__unixEpochTo",
    "__unixEpochNanoFilter", "__unixEpochNanoFrom", "__unixEpochNanoTo", "__from", "__to",
})  # fmt: skip
"""What bounds a statement to the time range."""

"""Does docs/logs.md name every event that the log can hold, with its levels and fields, and no other?"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[3]
SOURCE = ROOT / "src" / "firewarden"
PAGE = ROOT / "docs" / "logs.md"
LEVELS = {"debug": "debug", "info": "info", "warning": "warning", "error": "error", "exception": "error"}
OF_A_MESSAGE = {"gateway", "boot", "lane", "seq", "trace_id"}
TECHNICAL = {"exc_info"}
SNAKE_CASE = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")


@dataclass(slots=True)
class Event:
    """What the code writes under one name."""

    levels: set[str] = field(default_factory=set[str])
    fields: set[str] = field(default_factory=set[str])


def log_calls(tree: ast.Module) -> Iterator[tuple[str, ast.Call]]:
    """Every call that writes a line, with its level."""
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in LEVELS):
            continue
        holder = node.func.value
        name = holder.id if isinstance(holder, ast.Name) else holder.attr if isinstance(holder, ast.Attribute) else ""
        if name in {"log", "_log"}:
            yield LEVELS[node.func.attr], node


def fields_of(call: ast.Call, tree: ast.Module) -> set[str]:
    """The names of what a line says; what is spread into it counts by the keys that its module writes down."""
    names: set[str] = set()
    for keyword in call.keywords:
        names |= spread(keyword.value, tree) if keyword.arg is None else {keyword.arg}
    return names - TECHNICAL


def spread(value: ast.expr, tree: ast.Module) -> set[str]:
    """The keys of a dictionary, one of several, or one that a function of the same module or `message_fields` makes."""
    match value:
        case ast.Dict(keys=keys):
            return {str(key.value) for key in keys if isinstance(key, ast.Constant)}
        case ast.IfExp(body=one, orelse=other):
            return spread(one, tree) | spread(other, tree)
        case ast.Call(func=ast.Name(id="message_fields")):
            return OF_A_MESSAGE
        case ast.Call(func=ast.Attribute(attr=name)):
            [maker] = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name == name]
            [made] = [node.value for node in ast.walk(maker) if isinstance(node, ast.Return)]
            assert made is not None
            return spread(made, tree)
        case _:
            raise AssertionError(f"line {value.lineno}: nobody can tell what its fields are")


def written() -> dict[str, Event]:
    """Every event of the source."""
    events: dict[str, Event] = defaultdict(Event)
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for level, call in log_calls(tree):
            first = call.args[0]
            assert isinstance(first, ast.Constant), f"{path}:{call.lineno}: an event's name is a constant"
            assert len(call.args) == 1, f"{path}:{call.lineno}: what belongs to an event are fields"
            event = events[str(first.value)]
            event.levels.add(level)
            event.fields |= fields_of(call, tree)
    return events


def described() -> dict[str, Event]:
    """Every event of the page."""
    events: dict[str, Event] = {}
    for line in PAGE.read_text(encoding="utf-8").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if not line.startswith("| `") or len(cells) != 5:
            continue
        name, levels, fields, meaning, to_do = cells
        assert meaning, f"{name} has a meaning"
        assert to_do, f"{name} says what to do, or that nothing is"
        event = Event(levels=set(levels.split(", ")), fields=set(re.findall(r"`([a-z_]+)`", fields)))
        assert events.setdefault(name.strip("`"), event) is event, f"{name} stands twice"
    return events


def test_every_event_has_its_line() -> None:
    """Names, levels and fields of the page are those of the code: a new event without a line fails here."""
    assert described() == dict(written())


def test_names_are_stable_words() -> None:
    """An event is one word in snake case, so that it can be searched for; fields likewise."""
    for name, event in written().items():
        assert SNAKE_CASE.fullmatch(name)
        assert all(SNAKE_CASE.fullmatch(each) for each in event.fields)


def test_whoever_names_a_message_names_it_wholly() -> None:
    """A line that has one of boot, lane and sequence number has the gateway and the trace id as well."""
    for name, event in written().items():
        if event.fields & {"boot", "seq"}:
            assert event.fields >= OF_A_MESSAGE, name


def test_nobody_writes_lines_by_other_means() -> None:
    """No print, no logger of the standard library: a line without a name cannot be searched for."""
    for path in sorted(SOURCE.rglob("*.py")):
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\blogging\.(debug|info|warning|error|exception|critical)\(", text), path

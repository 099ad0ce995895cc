"""What may somebody have chosen at the head of a board? A few selections that together try what can differ."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from firewarden.dashboards.grafana.check.board import Board, Variable
from firewarden.dashboards.grafana.check.expand import Chosen, Span
from firewarden.dashboards.grafana.check.intervals import ago

SEVERAL = 2
_ALL = "$__all"


class Selection(StrEnum):
    """How everything is chosen."""

    DEFAULT = "default"
    """As the board opens."""
    ALL = "all"
    SEVERAL = "several"
    ONE = "one"
    """One of those of which several may be chosen; of the others the last option."""
    NONE = "none"
    YEAR = "year"
    """A year of time."""
    HOUR = "hour"


MUST_SHOW = frozenset({Selection.DEFAULT, Selection.ALL})
"""In these something is there in the simulated month, and is to be seen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One entry of a variable's list."""

    value: str
    text: str


Ask = Callable[[Variable, Mapping[str, Chosen]], Sequence[Option]]
"""The options of a variable, by what is chosen of those before it."""


def span_of(board: Board, selection: Selection, now: datetime, points: int) -> Span:
    """The time range of a selection, drawn with so many points."""
    begin, end = now - (ago(board.begin) or timedelta(hours=6)), now - (ago(board.end) or timedelta(0))
    if selection is Selection.YEAR:
        begin = end - timedelta(days=365)
    elif selection is Selection.HOUR:
        begin = end - timedelta(hours=1)
    return Span(begin=begin, end=end, points=points)


def choose(board: Board, selection: Selection, ask: Ask) -> dict[str, Chosen]:
    """What is chosen of every variable: what is fixed first, then the lists in their order."""
    chosen = {variable.name: fixed for variable in board.variables if (fixed := _fixed(variable)) is not None}
    for variable in board.variables:
        if variable.name not in chosen:
            chosen[variable.name] = _picked(variable, selection, ask(variable, chosen))
    return chosen


def _fixed(variable: Variable) -> Chosen | None:
    """What is not chosen from a list."""
    if variable.kind in {"constant", "textbox"}:
        value = (variable.current or (variable.query,))[0] if variable.kind == "textbox" else variable.query
        return Chosen(name=variable.name, values=(value,), quoted=False)
    if variable.kind in {"datasource", "interval"}:
        return Chosen(name=variable.name, values=variable.current or ("",))
    return None


def _picked(variable: Variable, selection: Selection, options: Sequence[Option]) -> Chosen:
    all_wanted = selection is Selection.ALL or (
        selection not in {Selection.SEVERAL, Selection.ONE, Selection.NONE} and variable.current in {(_ALL,), ("All",)}
    )
    if variable.include_all and (all_wanted or not options) and selection is not Selection.NONE:
        custom = variable.all_value or None
        return _chosen(variable, options, custom_all=custom)
    if selection is Selection.NONE or not options:
        return _chosen(variable, [Option(value="", text="")])
    if variable.multi:
        return _chosen(variable, options[:SEVERAL] if selection is Selection.SEVERAL else options[:1])
    return _chosen(variable, options[-1:] if selection is Selection.ONE else options[:1])


def _chosen(variable: Variable, options: Sequence[Option], *, custom_all: str | None = None) -> Chosen:
    return Chosen(
        name=variable.name,
        values=tuple(option.value for option in options),
        texts=tuple(option.text for option in options),
        listed=variable.multi,
        quoted=variable.multi or variable.include_all,
        custom_all=custom_all,
    )

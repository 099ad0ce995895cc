"""Every statement of boards and alert rules is run, for every selection."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from firewarden.dashboards.grafana.check.asking import ROWS_MAX, Answer, Asker
from firewarden.dashboards.grafana.check.board import Board, Panel, Query, Variable
from firewarden.dashboards.grafana.check.columns import Shown, names, needs
from firewarden.dashboards.grafana.check.expand import Chosen, ExpandError, Span, expand
from firewarden.dashboards.grafana.check.finding import Code, Finding
from firewarden.dashboards.grafana.check.rules import Rule
from firewarden.dashboards.grafana.check.selections import MUST_SHOW, Option, Selection, choose, span_of

DRAWN = 1_000
"""Points of a plot of whatever has no width of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One statement with one selection."""

    board: str
    query: Query
    selection: Selection
    answer: Answer


@dataclass(slots=True, kw_only=True)
class Ran:
    """What was run of one board or file, and what was wrong; each wrong thing once."""

    board: str
    asker: Asker
    runs: list[Run] = field(default_factory=list[Run])
    wrong: dict[Finding, None] = field(default_factory=dict[Finding, None])

    def run(self, query: Query, selection: Selection, chosen: Mapping[str, Chosen], span: Span) -> Answer | None:
        """Run a statement; None where Grafana would not have sent it."""
        try:
            sql = expand(query.sql, chosen, span).sql
        except ExpandError as error:
            self.tell(Code.EXPANSION, query.place, str(error))
            return None
        answer = self.asker.ask(sql)
        self.runs.append(Run(board=self.board, query=query, selection=selection, answer=answer))
        for code, problem in _judged(answer, selection):
            self.tell(code, query.place, problem)
        return answer

    def tell(self, code: Code, place: str, problem: str) -> None:
        """Note what is wrong."""
        self.wrong[Finding(code=code, board=self.board, place=place, problem=problem)] = None


def _judged(answer: Answer, selection: Selection) -> Iterator[tuple[Code, str]]:
    if answer.error is not None:
        yield Code.FORBIDDEN if answer.forbidden else Code.ERROR, answer.error
    if answer.rows > ROWS_MAX:
        yield Code.ROWS, f"{answer.rows:,} rows with the selection {selection}; {ROWS_MAX:,} are allowed"


def run_board(board: Board, asker: Asker, now: datetime) -> Ran:
    """Every statement of a board with every selection."""
    ran = Ran(board=board.path, asker=asker)
    for selection in Selection:
        _run_selection(board, selection, ran, now)
    _tell_empty(ran)
    _tell_slow(ran)
    for panel in board.panels:
        shown = _shown(board, panel, ran.runs)
        for code, problem in (*needs(panel, shown), *names(panel, shown)) if shown else ():
            ran.tell(code, panel.place, problem)
    return ran


def _run_selection(board: Board, selection: Selection, ran: Ran, now: datetime) -> None:
    span = span_of(board, selection, now, DRAWN)

    def options(variable: Variable, chosen: Mapping[str, Chosen]) -> Sequence[Option]:
        if variable.kind != "query":
            return ()
        query = Query(what="variable", place=f"variable {variable.name}", sql=variable.query, shape="table")
        answer = ran.run(query, selection, chosen, span)
        return answer.options if answer else ()

    chosen = choose(board, selection, options)
    for panel in board.panels:
        for query in panel.queries:
            ran.run(query, selection, chosen, span_of(board, selection, now, panel.points))
    for query in board.annotations:
        ran.run(query, selection, chosen, span)


def run_rules(rules: Sequence[Rule], asker: Asker, now: datetime) -> list[Ran]:
    """Every statement of the rules. Each answers with a number also while all is well."""
    found: dict[str, Ran] = {}
    for rule in rules:
        ran = found.setdefault(rule.path, Ran(board=rule.path, asker=asker))
        for ask in rule.asks:
            answer = ran.run(ask.query, Selection.DEFAULT, {}, Span(begin=now - ask.look_back, end=now))
            if answer is None or answer.error is not None:
                continue
            if not answer.rows:
                ran.tell(Code.EMPTY, ask.query.place, "no rows: the rule could never fire")
            numbers = [column.name for column in answer.columns if column.kind == "number"]
            if answer.rows and len(numbers) != 1:
                told = ", ".join(numbers) or "none"
                ran.tell(Code.COLUMNS, ask.query.place, f"a rule compares one number a row; this has {told}")
    for ran in found.values():
        _tell_slow(ran)
    return list(found.values())


def _tell_slow(ran: Ran) -> None:
    """Each statement that is too slow, once, with the selection that takes longest."""
    slowest: dict[str, Run] = {}
    for run in ran.runs:
        known = slowest.get(run.query.place)
        if known is None or run.answer.ms > known.answer.ms:
            slowest[run.query.place] = run
    limit_ms = ran.asker.limit_ms
    for place, run in slowest.items():
        if run.answer.ms > limit_ms:
            stopped = run.answer.ms == float("inf")
            took = "was stopped by the login's own limit" if stopped else f"took {run.answer.ms:,.0f} ms"
            ran.tell(Code.SLOW, place, f"{took} with the selection {run.selection}; {limit_ms:,.0f} ms are allowed")


def _tell_empty(ran: Ran) -> None:
    """What shows nothing where something is. Marks may be missing in a short time, if they are there in a year."""
    most: dict[tuple[str, str], int] = {}
    for run in ran.runs:
        key = run.query.what, run.query.place
        most[key] = max(most.get(key, 0), run.answer.rows)
    for run in ran.runs:
        answer = run.answer
        nothing = answer.error is None and answer.ms != float("inf") and (answer.blank or not answer.rows)
        if nothing and run.selection in MUST_SHOW:
            if run.query.what == "annotation" and most[run.query.what, run.query.place]:
                continue
            what = "nothing but nulls" if answer.blank else "no rows"
            ran.tell(Code.EMPTY, run.query.place, f"{what} with the selection {run.selection}")


def _shown(board: Board, panel: Panel, runs: Sequence[Run]) -> list[Shown]:
    """What a panel gets to show, from its own statements or those of the panels that it shares; the fullest answer."""
    places = [query.place for query in panel.queries]
    for number in panel.shared:
        other = board.panel(number)
        places += [query.place for query in other.queries] if other else []
    found: list[Shown] = []
    for place in places:
        mine = [run for run in runs if run.query.place == place and run.query.what == "panel" and run.answer.columns]
        if mine:
            fullest = max(mine, key=lambda run: run.answer.rows)
            words = frozenset(word for run in mine for word in run.answer.words)
            found.append(
                Shown(
                    shape=fullest.query.shape,
                    columns=fullest.answer.columns,
                    words=words,
                    sorted=all(run.answer.sorted for run in mine),
                )
            )
    return found

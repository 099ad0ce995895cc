"""What is wrong with boards that can be seen without a database? References, links, variables, places."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from firewarden.dashboards.grafana.check.board import SHARED, Board, Panel, walk
from firewarden.dashboards.grafana.check.bounds import unbounded
from firewarden.dashboards.grafana.check.expand import names_in
from firewarden.dashboards.grafana.check.finding import Code, Finding
from firewarden.dashboards.grafana.check.links import bad_links
from firewarden.dashboards.grafana.check.texts import texts_of, used_names

QUERIES_MAX = 12
COLUMNS = 24
SOURCE_TYPE = "grafana-postgresql-datasource"
SOURCE_UID = "${ds}"
_BUILT_IN = frozenset({"-- Grafana --", SHARED, "-- Mixed --"})
ALWAYS_USED = frozenset({"ds", "console", "language"})
"""Every board has these, whether it needs them or not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What boards may refer to: `pages` are the addresses of the console, `histories` the views that grow."""

    pages: tuple[str, ...]
    histories: frozenset[str]


def findings(boards: Sequence[Board], known: Known) -> list[Finding]:
    """Everything that is wrong with the boards, by themselves and together."""
    return [*_uids(boards), *(found for board in boards for found in of_board(board, boards, known))]


def of_board(board: Board, boards: Sequence[Board], known: Known) -> Iterator[Finding]:
    """What is wrong with one of them."""
    checks: tuple[Callable[[Board], Iterator[tuple[Code, str, str]]], ...] = (
        _ids,
        _variables,
        _sources,
        _query_count,
        _shared,
        _grid,
    )
    by_uid = {each.uid: each for each in boards}
    told = [
        *(one for check in checks for one in check(board)),
        *bad_links(board, by_uid, known.pages),
        *_unbounded(board, known.histories),
    ]
    for code, place, problem in dict.fromkeys(told):
        yield Finding(code=code, board=board.path, place=place, problem=problem)


def _uids(boards: Sequence[Board]) -> Iterator[Finding]:
    seen: dict[str, str] = {}
    for board in boards:
        if not board.uid:
            yield Finding(code=Code.UID_MISSING, board=board.path, place="board", problem="it has no uid")
        elif board.uid in seen:
            problem = f"its uid {board.uid} is that of {seen[board.uid]} too"
            yield Finding(code=Code.UID_TWICE, board=board.path, place="board", problem=problem)
        seen.setdefault(board.uid, board.path)


def _ids(board: Board) -> Iterator[tuple[Code, str, str]]:
    for number, count in Counter(panel.id for panel in board.panels).items():
        if count > 1:
            yield Code.ID_TWICE, "board", f"{count} panels have the id {number}"


def _variables(board: Board) -> Iterator[tuple[Code, str, str]]:
    """Defined before they are used, and used."""
    names = [variable.name for variable in board.variables]
    fixed = {variable.name for variable in board.variables if variable.kind != "query"}
    for at, variable in enumerate(board.variables):
        place = f"variable {variable.name}"
        for name in sorted(names_in(variable.query) - set(names[:at]) - fixed):
            if name in names:
                yield Code.VARIABLE_ORDER, place, f"its list needs {name}, which comes later"
            else:
                yield Code.VARIABLE_UNKNOWN, place, f"its list needs {name}, which is not there"
    for place, text in texts_of(board):
        for name in sorted(names_in(text) - set(names)):
            yield Code.VARIABLE_UNKNOWN, place, f"no variable is called {name}"
    for name in sorted(set(names) - used_names(board) - ALWAYS_USED):
        yield Code.VARIABLE_UNUSED, f"variable {name}", "nothing uses it"


def _sources(board: Board) -> Iterator[tuple[Code, str, str]]:
    for panel in board.panels:
        yield from ((Code.SOURCE, panel.place, problem) for problem in _bad_sources(panel.raw))
    for key in ("annotations", "templating"):
        yield from ((Code.SOURCE, key, problem) for problem in _bad_sources(board.raw.get(key)))
    for variable in board.variables:
        if variable.kind == "datasource" and variable.query != SOURCE_TYPE:
            yield Code.SOURCE, f"variable {variable.name}", f"it offers {variable.query}, not {SOURCE_TYPE}"
    for panel in board.panels:
        if panel.queries and "datasource" not in panel.raw:
            yield Code.SOURCE, panel.place, "it names no data source"


def _bad_sources(raw: object) -> Iterator[str]:
    for each in walk(raw):
        source = each.get("datasource")
        if isinstance(source, str):
            yield f"it names the data source {source} by its name"
        elif isinstance(source, Mapping) and source.get("uid") not in _BUILT_IN:
            if source.get("uid") != SOURCE_UID:
                yield f"it names the data source {source.get('uid')}"
            elif source.get("type") != SOURCE_TYPE:
                yield f"it takes ${{ds}} for a {source.get('type')}"


def _query_count(board: Board) -> Iterator[tuple[Code, str, str]]:
    if len(board.queries) > QUERIES_MAX:
        yield Code.QUERIES, "board", f"it has {len(board.queries)} queries; {QUERIES_MAX} are allowed"


def _shared(board: Board) -> Iterator[tuple[Code, str, str]]:
    for panel in board.panels:
        for number in panel.shared:
            other = board.panel(number)
            if other is None:
                yield Code.SHARED, panel.place, f"it shows the rows of panel {number}, which is not there"
            elif not other.queries:
                yield Code.SHARED, panel.place, f"it shows the rows of panel {number}, which asks nothing itself"


def _grid(board: Board) -> Iterator[tuple[Code, str, str]]:
    for panel in board.panels:
        x, _, width, _ = panel.grid
        if x < 0 or x + width > COLUMNS:
            yield Code.OVERLAP, panel.place, f"it reaches from column {x} to {x + width} of {COLUMNS}"
    for one, other in combinations(board.panels, 2):
        if _overlap(one, other):
            yield Code.OVERLAP, one.place, f"it lies on {other.place}"


def _overlap(one: Panel, other: Panel) -> bool:
    (x, y, w, h), (u, v, a, b) = one.grid, other.grid
    return x < u + a and u < x + w and y < v + b and v < y + h


def _unbounded(board: Board, histories: frozenset[str]) -> Iterator[tuple[Code, str, str]]:
    for query in (*board.queries, *board.annotations):
        for view in unbounded(query.sql, histories):
            yield Code.UNBOUNDED, query.place, f"it reads all of {view}"
    for variable in board.variables:
        for view in unbounded(variable.query, histories):
            yield Code.UNBOUNDED, f"variable {variable.name}", f"it reads all of {view}"

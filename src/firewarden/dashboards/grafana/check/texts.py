"""Where in a board may variables stand? In statements, titles, links, notes: whatever Grafana puts them into."""

from collections.abc import Iterator

from firewarden.dashboards.grafana.check.board import Board, Panel, texts, walk
from firewarden.dashboards.grafana.check.expand import names_in


def texts_of(board: Board) -> Iterator[tuple[str, str]]:
    """Each place and text in which a variable would be replaced."""
    for panel in board.panels:
        yield from ((panel.place, text) for text in _of_panel(panel))
    for query in board.annotations:
        yield query.place, query.sql
    for link in board.raw.get("links") or ():
        yield "links of the board", str(link.get("url") or "")


def _of_panel(panel: Panel) -> Iterator[str]:
    yield from (query.sql for query in panel.queries)
    yield panel.title
    yield str(panel.raw.get("description") or "")
    yield str((panel.raw.get("options") or {}).get("content") or "")
    yield from (str(each["url"]) for each in walk(panel.raw) if "url" in each)
    if panel.raw.get("repeat"):
        yield f"${panel.raw['repeat']}"


def used_names(board: Board) -> frozenset[str]:
    """Every variable that anything of a board names."""
    found = {name for _, text in texts_of(board) for name in names_in(text)}
    found |= {name for variable in board.variables for name in names_in(variable.query)}
    found |= {name for text in texts([v.get("datasource") for v in walk(board.raw)]) for name in names_in(text)}
    return frozenset(found)

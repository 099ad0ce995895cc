"""Which mistakes in a board are found without a database? One is planted at a time."""

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.unit.dashboards.grafana.small_boards import KNOWN, PANELS, SQL, Raw, boards, panel, raw, shared

from firewarden.dashboards.console import app
from firewarden.dashboards.grafana.check.board import read
from firewarden.dashboards.grafana.check.bounds import unbounded
from firewarden.dashboards.grafana.check.finding import ADVICE, Code, Finding
from firewarden.dashboards.grafana.check.links import PAGES
from firewarden.dashboards.grafana.check.static import findings


def found(first: Raw) -> list[Finding]:
    """What is wrong with two boards of which the first is this one."""
    return findings(boards(first), KNOWN)


def test_boards_without_a_mistake_have_no_findings() -> None:
    """Nothing is wrong where nothing is."""
    assert found(raw()) == []


def _uid(board: Raw) -> None:
    board["uid"] = ""


def _twice(board: Raw) -> None:
    board["uid"] = "fw-two"


def _same_id(board: Raw) -> None:
    board["panels"][1]["id"] = 1


def _unknown_variable(board: Raw) -> None:
    board["panels"][0]["targets"][0]["rawSql"] += " AND use = '$purpose'"


def _unknown_in_title(board: Raw) -> None:
    board["panels"][0]["title"] = "Of ${quarter}"


def _unknown_in_list(board: Raw) -> None:
    board["templating"]["list"][2]["query"] += " LIMIT $many"


def _order(board: Raw) -> None:
    variables = board["templating"]["list"]
    variables[1], variables[2] = variables[2], variables[1]


def _unused(board: Raw) -> None:
    board["templating"]["list"].append({"name": "season", "type": "textbox", "query": ""})


def _link_to_board(board: Raw) -> None:
    board["panels"][2]["fieldConfig"]["defaults"]["links"][1]["url"] = "/d/fw-three?var-venue=1"


def _link_variable(board: Raw) -> None:
    board["panels"][2]["fieldConfig"]["defaults"]["links"][1]["url"] = "/d/fw-two?var-place=1"


def _link_to_console(board: Raw) -> None:
    board["panels"][2]["fieldConfig"]["defaults"]["links"][0]["url"] = "${console}/console/venue/7"


def _link_by_tag(board: Raw) -> None:
    board["links"][0]["tags"] = ["firewarden", "fr"]


def _link_nowhere(board: Raw) -> None:
    board["panels"][0]["links"] = [{"title": "x", "url": "console/venues/7"}]


def _source_fixed(board: Raw) -> None:
    board["panels"][0]["targets"][0]["datasource"] = {"type": SQL["type"], "uid": "P7DC3E4760CFAC4AF"}


def _source_type(board: Raw) -> None:
    board["panels"][0]["datasource"] = {"type": "mysql", "uid": "${ds}"}


def _source_by_name(board: Raw) -> None:
    board["annotations"]["list"][0]["datasource"] = "Firewarden"


def _source_missing(board: Raw) -> None:
    del board["panels"][0]["datasource"]


def _too_many(board: Raw) -> None:
    board["panels"] = [*PANELS, *(panel(number, "table", "SELECT 1 AS n") for number in range(6, 16))]


def _shared_missing(board: Raw) -> None:
    board["panels"][1] = shared(2, 77)


def _shared_of_shared(board: Raw) -> None:
    board["panels"].append(shared(6, 2))


def _overlap(board: Raw) -> None:
    board["panels"][1]["gridPos"]["y"] -= 1


def _too_wide(board: Raw) -> None:
    board["panels"][1]["gridPos"]["x"] = 13


def _unbounded(board: Raw) -> None:
    board["panels"][4]["targets"][0]["rawSql"] = "SELECT kind FROM board.incident WHERE venue_id = ${venue:raw}"


def _unbounded_mark(board: Raw) -> None:
    board["annotations"]["list"][0]["target"]["rawSql"] = "SELECT time, kind AS text FROM incident ORDER BY 1 LIMIT 9"


@pytest.mark.parametrize(
    ("plant", "code", "said"),
    [
        (_uid, Code.UID_MISSING, "no uid"),
        (_twice, Code.UID_TWICE, "fw-two"),
        (_same_id, Code.ID_TWICE, "the id 1"),
        (_unknown_variable, Code.VARIABLE_UNKNOWN, "purpose"),
        (_unknown_in_title, Code.VARIABLE_UNKNOWN, "quarter"),
        (_unknown_in_list, Code.VARIABLE_UNKNOWN, "many"),
        (_order, Code.VARIABLE_ORDER, "district, which comes later"),
        (_unused, Code.VARIABLE_UNUSED, "nothing uses it"),
        (_link_to_board, Code.LINK, "fw-three"),
        (_link_variable, Code.LINK, "no variable place"),
        (_link_to_console, Code.LINK, "no page /console/venue/7"),
        (_link_by_tag, Code.LINK, "tags firewarden, fr"),
        (_link_nowhere, Code.LINK, "neither"),
        (_source_fixed, Code.SOURCE, "P7DC3E4760CFAC4AF"),
        (_source_type, Code.SOURCE, "mysql"),
        (_source_by_name, Code.SOURCE, "by its name"),
        (_source_missing, Code.SOURCE, "no data source"),
        (_too_many, Code.QUERIES, "14 queries"),
        (_shared_missing, Code.SHARED, "77, which is not there"),
        (_shared_of_shared, Code.SHARED, "asks nothing itself"),
        (_overlap, Code.OVERLAP, "lies on"),
        (_too_wide, Code.OVERLAP, "13 to 25"),
        (_unbounded, Code.UNBOUNDED, "all of board.incident"),
        (_unbounded_mark, Code.UNBOUNDED, "all of board.incident"),
    ],
)
def test_a_planted_mistake_is_found(plant: Callable[[Raw], None], code: Code, said: str) -> None:
    """The mistake is found as what it is, and the report says what to do about it."""
    board = raw()
    plant(board)
    told = [one for one in found(board) if one.code == code]
    assert any(said in one.problem for one in told), told
    assert all(one.advice for one in told)


def test_every_kind_of_finding_says_what_to_do() -> None:
    """There is advice for each."""
    assert set(ADVICE) == set(Code)


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT 1 FROM board.venue", []),
        ("SELECT 1 FROM board.incident WHERE $__timeFilter(time)", []),
        ("SELECT 1 FROM board.incident WHERE time >= $__timeFrom()::timestamptz", []),
        ("SELECT 1 FROM board.incident WHERE time > now() - interval '7 days'", []),
        ("SELECT 1 FROM board.incident -- $__timeFilter(time)", ["board.incident"]),
        ("SELECT 1 FROM board.incident WHERE kind = 'x'", ["board.incident"]),
        ("SELECT 1 FROM (SELECT time FROM incident) i WHERE $__timeFilter(time)", []),
        ("SELECT 1 FROM board.incident i JOIN board.venue v USING (venue_id) WHERE $__timeFilter(i.time)", []),
        (
            "SELECT 1 FROM board.reading WHERE $__timeFilter(time) UNION ALL SELECT 1 FROM board.reading_hour",
            ["board.reading_hour"],
        ),
        (
            "SELECT 1 FROM reading WHERE $__timeTo()::timestamptz - $__timeFrom()::timestamptz <= interval '2 days'",
            ["board.reading"],
        ),
    ],
)
def test_histories_need_a_bound(sql: str, named: list[str]) -> None:
    """Each SELECT that reads a history has a bound of its own; comments and the length of the range are none."""
    assert list(unbounded(sql, KNOWN.histories)) == named


def test_a_board_that_says_nothing_can_be_read() -> None:
    """What is missing, or has another type, is empty and no accident."""
    board = read("en/none.json", {"panels": [{}, 7, {"type": "row", "panels": [{"targets": [{}]}]}], "templating": []})
    assert len(board.panels) == 3
    assert board.queries == ()
    assert {one.code for one in findings([board], KNOWN)} >= {Code.UID_MISSING, Code.ID_TWICE}


def test_the_console_has_the_pages_that_links_may_lead_to() -> None:
    """The list of pages is the console's own."""
    source = Path(str(app.__file__)).read_text(encoding="utf-8")
    pages = {f"/console{path}" for path in re.findall(r'@ui\.page\("([^"]*)"', source)}
    assert set(PAGES) == pages

"""Which selections are tried, and are alert rules' references found?"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.unit.dashboards.grafana.small_boards import boards

from firewarden.dashboards.grafana.check.board import Variable
from firewarden.dashboards.grafana.check.expand import Chosen
from firewarden.dashboards.grafana.check.finding import Code
from firewarden.dashboards.grafana.check.rules import Around, findings, read
from firewarden.dashboards.grafana.check.selections import Option, Selection, choose, span_of

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
OPTIONS = tuple(Option(value=value, text=value.upper()) for value in ("a", "b", "c"))


def three(_: Variable, __: Mapping[str, Chosen]) -> Sequence[Option]:
    """A list of three."""
    return OPTIONS


@pytest.mark.parametrize(
    ("selection", "custom_all", "district", "venue"),
    [
        (Selection.DEFAULT, "'__all'", ("a", "b", "c"), ("a",)),
        (Selection.ALL, "'__all'", ("a", "b", "c"), ("a",)),
        (Selection.SEVERAL, None, ("a", "b"), ("a",)),
        (Selection.ONE, None, ("a",), ("c",)),
        (Selection.NONE, None, ("",), ("",)),
        (Selection.YEAR, "'__all'", ("a", "b", "c"), ("a",)),
    ],
)
def test_what_is_chosen(
    selection: Selection, custom_all: str | None, district: tuple[str, ...], venue: tuple[str, ...]
) -> None:
    """Each selection chooses of lists with several and with one in its own way; constants stay."""
    chosen = choose(boards()[0], selection, three)
    assert (chosen["district"].custom_all, chosen["district"].values) == (custom_all, district)
    assert chosen["venue"].values == venue
    assert chosen["console"].values == ("http://127.0.0.1:8080",)
    assert chosen["ds"].values == ("fw-timescale",)


def test_an_empty_list_is_an_empty_choice() -> None:
    """Where a list has nothing, All stands, or nothing is chosen."""
    chosen = choose(boards()[0], Selection.DEFAULT, lambda _, __: ())
    assert chosen["district"].custom_all == "'__all'"
    assert chosen["venue"].values == ("",)


def test_spans() -> None:
    """A board's own range, a year, an hour."""
    board = boards()[0]
    lengths = {s: span_of(board, s, NOW, 100) for s in (Selection.DEFAULT, Selection.YEAR, Selection.HOUR)}
    assert [span.end - span.begin for span in lengths.values()] == [
        timedelta(days=7),
        timedelta(days=365),
        timedelta(hours=1),
    ]


RULE: dict[str, Any] = {
    "uid": "fw-lag",
    "title": "Lag",
    "condition": "B",
    "noDataState": "OK",
    "execErrState": "Error",
    "annotations": {"runbook_url": "docs/runbooks/lag.md", "__dashboardUid__": "fw-one", "__panelId__": "1"},
    "data": [
        {"refId": "A", "datasourceUid": "fw-timescale", "model": {"rawSql": "SELECT 1"}},
        {"refId": "B", "datasourceUid": "__expr__", "model": {"expression": "A"}},
    ],
}
AROUND = Around(boards={board.uid: board for board in boards()}, runbooks=frozenset({"lag"}))


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({}, None, ""),
        ({"uid": ""}, Code.UID_MISSING, "no uid"),
        ({"condition": "Z"}, Code.RULE, "condition Z"),
        ({"noDataState": "Silent"}, Code.RULE, "noDataState"),
        ({"execErrState": None}, Code.RULE, "execErrState"),
        ({"annotations": {"runbook_url": "docs/runbooks/none.md"}}, Code.LINK, "no runbook none"),
        ({"annotations": {}}, Code.LINK, "no runbook"),
        (
            {"annotations": {**RULE["annotations"], "__dashboardUid__": "fw-none"}},
            Code.LINK,
            "no board has the uid fw-none",
        ),
        ({"annotations": {**RULE["annotations"], "__panelId__": "99"}}, Code.LINK, "no panel 99"),
        ({"data": [{**RULE["data"][0], "datasourceUid": "${ds}"}, RULE["data"][1]]}, Code.SOURCE, "${ds}"),
        ({"data": [RULE["data"][0], {**RULE["data"][1], "model": {"expression": "C"}}]}, Code.RULE, "made of C"),
    ],
)
def test_what_a_rule_refers_to_is_there(change: Mapping[str, Any], code: Code | None, said: str) -> None:
    """Runbooks, boards, panels, the data source and the letters of a rule exist."""
    rules = read("provisioning/alerting/rules.yaml", {"groups": [{"rules": [{**RULE, **change}]}]})
    found = list(findings(rules, AROUND))
    assert [one.code for one in found] == ([] if code is None else [code])
    assert all(said in one.problem for one in found)


def test_two_rules_with_one_uid_are_found() -> None:
    """A uid is that of one rule."""
    rules = read("rules.yaml", {"groups": [{"rules": [RULE, RULE]}]})
    assert [one.code for one in findings(rules, AROUND)] == [Code.UID_TWICE]


@pytest.mark.parametrize("raw", [{}, {"groups": None}, {"groups": [{}]}, {"contactPoints": []}])
def test_files_without_rules_have_none(raw: Mapping[str, Any]) -> None:
    """Other files of the provisioning are no rules."""
    assert read("policies.yaml", raw) == ()

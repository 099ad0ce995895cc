"""Does the check pass on the boards that are shipped, and fail for each mistake that is planted?"""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import psycopg
import pytest

from firewarden.dashboards.grafana.catalogue import build_all
from firewarden.dashboards.grafana.check import commands
from firewarden.dashboards.grafana.check.asking import Asker
from firewarden.dashboards.grafana.check.finding import Code
from firewarden.dashboards.grafana.check.rules import read as read_rules
from firewarden.dashboards.grafana.check.running import Ran, run_board, run_rules
from firewarden.dashboards.grafana.check.whole import Files, check, generated, reader
from tests.integration.grafana.conftest import NO_LIMIT_MS, Month
from tests.unit.dashboards.grafana.small_boards import Raw, boards, override, panel, raw

pytestmark = pytest.mark.services
TIME = "time_series"


def ran(board: Raw, asker: Asker) -> Ran:
    """A board, run."""
    return run_board(boards(board)[0], asker, datetime.now(tz=UTC))


def with_panel(made: Raw) -> Raw:
    """A board with one panel more."""
    board = raw()
    board["panels"].append(made)
    return board


@pytest.mark.timeout(600)
def test_the_boards_and_rules_that_are_shipped_pass(month: Month, owner: psycopg.Connection, asker: Asker) -> None:
    """Every statement of every board and rule runs with every selection, and shows what it promises."""
    texts, runbooks = generated(commands.GENERATED, commands.RUNBOOKS)
    files = Files(texts=texts, built=build_all(), runbooks=runbooks)
    report = check(
        files,
        asker.connection,
        owner,
        readings=month.readings,
        limit_ms=NO_LIMIT_MS,
        now=lambda: datetime.now(tz=UTC),
    )
    assert [f"{f.code} {f.board} {f.place}: {f.problem}" for f in report.findings] == []
    assert len({run.board for run in report.runs}) >= len(files.boards())


def test_boards_without_a_mistake_pass(asker: Asker) -> None:
    """The small board of the tests has no mistake, and is run with seven selections."""
    done = ran(raw(), asker)
    assert list(done.wrong) == []
    assert len({run.selection for run in done.runs}) == 7


@pytest.mark.parametrize(
    ("made", "code", "said"),
    [
        (panel(9, "table", "SELECT colour FROM board.venue"), Code.ERROR, 'column "colour" does not exist'),
        (panel(9, "table", "SELECT 1 AS n FROM board.venues"), Code.ERROR, 'relation "board.venues" does not exist'),
        (panel(9, "table", "SELECT FROM FROM"), Code.ERROR, "syntax error"),
        (panel(9, "table", "SELECT name FROM public.app_user"), Code.FORBIDDEN, "permission denied"),
        (panel(9, "table", "SELECT code FROM public.venue"), Code.FORBIDDEN, "permission denied"),
        (panel(9, "table", "SELECT $__between(time) FROM board.venue"), Code.EXPANSION, "no macro $__between"),
        (panel(9, "table", "SELECT '$purpose' AS purpose"), Code.EXPANSION, "no variable is called purpose"),
        (panel(9, "table", "SELECT code FROM board.venue WHERE use = 'moon'"), Code.EMPTY, "no rows"),
        (panel(9, "stat", "SELECT sum(points) AS n FROM board.venue WHERE use = 'moon'"), Code.EMPTY, "but nulls"),
        (panel(9, "table", "SELECT n FROM generate_series(1, 5001) AS n"), Code.ROWS, "5,001 rows"),
        (panel(9, "stat", "SELECT code FROM board.venue"), Code.COLUMNS, "needs a number"),
        (panel(9, "timeseries", "SELECT 1 AS n"), Code.COLUMNS, "needs a time"),
        (panel(9, "timeseries", "SELECT now() AS at, 1 AS n", TIME), Code.COLUMNS, "called time"),
        (panel(9, "timeseries", "SELECT now() AS time, 'x' AS n", TIME), Code.COLUMNS, "needs a number"),
        (
            panel(9, "timeseries", "SELECT now() - n * '1 h'::interval AS time, n FROM generate_series(1, 3) n", TIME),
            Code.COLUMNS,
            "order of time",
        ),
        (panel(9, "barchart", "SELECT 'a' AS x, 1 AS n", options={"xField": "y"}), Code.COLUMNS, "bars by y"),
        (
            panel(9, "geomap", "SELECT code, 1 AS lat, 2 AS lon FROM board.venue", options={"layers": [
                {"location": {"mode": "coords", "latitude": "lat", "longitude": "long"}}]}),
            Code.COLUMNS,
            "longitude is long",
        ),
        (
            panel(9, "table", "SELECT code FROM board.venue", fieldConfig={"overrides": [override("score", unit="m")]}),
            Code.FIELD,
            "something of score",
        ),
        (
            panel(9, "table", "SELECT code FROM board.venue", transformations=[
                {"id": "organize", "options": {"renameByName": {"score": "Score"}}}]),
            Code.FIELD,
            "organize names score",
        ),
        (
            panel(9, "table", "SELECT code FROM board.venue", links=[{"url": "/d/fw-one?a=${__data.fields.id}"}]),
            Code.FIELD,
            "takes id from the row",
        ),
        (panel(9, "table", "CREATE TABLE x (y int)"), Code.ERROR, "read-only"),
    ],
)  # fmt: skip
def test_a_planted_mistake_is_found(made: Raw, code: Code, said: str, asker: Asker) -> None:
    """The mistake is found for its reason, in its panel, and in no other."""
    wrong = ran(with_panel(made), asker).wrong
    assert any(f.code == code and said in f.problem for f in wrong), [f"{f.code} {f.problem}" for f in wrong]
    assert {f.place for f in wrong} == {"panel 9 Panel 9"}


def test_a_renamed_view_is_found(asker: Asker, owner: psycopg.Connection) -> None:
    """When a view is called otherwise, every statement that reads it fails."""
    owner.execute("ALTER VIEW board.incident RENAME TO event")
    try:
        wrong = ran(raw(), asker).wrong
    finally:
        owner.execute("ALTER VIEW board.event RENAME TO incident")
    assert {f.place for f in wrong if f.code is Code.ERROR} == {
        "panel 4 Panel 4",
        "panel 5 Panel 5",
        "annotation Incidents",
    }


def test_a_value_for_all_without_quotes_is_found(asker: Asker) -> None:
    """What a board sets for All is put in as it is: without quotes it is the name of a column."""
    board = raw()
    board["templating"]["list"][1]["allValue"] = "__all"
    assert any("__all" in f.problem for f in ran(board, asker).wrong if f.code is Code.ERROR)


def test_a_slow_statement_is_found(asker: Asker) -> None:
    """What takes longer than the limit is found, and one that takes far longer is not asked four times."""
    slow = Asker(connection=asker.connection, limit_ms=30.0)
    answer = slow.ask("SELECT pg_sleep(0.06)")
    assert answer.ms >= 60
    hopeless = ran(with_panel(panel(9, "table", "SELECT pg_sleep(0.2), 1 AS n")), slow)
    assert any(f.code is Code.SLOW and "ms are allowed" in f.problem for f in hopeless.wrong)


def test_a_statement_that_the_login_stops_is_slow(asker: Asker) -> None:
    """The login's own limit ends a statement; the next one is asked all the same."""
    asker.connection.execute("SET statement_timeout = '50ms'")
    asker.connection.commit()
    done = ran(with_panel(panel(9, "table", "SELECT pg_sleep(5), 1 AS n")), asker)
    assert any(f.code is Code.SLOW and "stopped" in f.problem for f in done.wrong)
    assert asker.ask("SELECT 1 AS n").rows == 1


RULE: dict[str, Any] = {
    "uid": "fw-x",
    "data": [
        {"refId": "A", "datasourceUid": "fw-timescale", "relativeTimeRange": {"from": 600, "to": 0}, "model": {}},
    ],
}


@pytest.mark.parametrize(
    ("sql", "code", "said"),
    [
        ("SELECT count(*) AS n FROM board.quarantine WHERE $__timeFilter(time)", None, ""),
        ("SELECT 1 AS n FROM board.venue WHERE use = 'moon'", Code.EMPTY, "never fire"),
        ("SELECT 1 AS n, 2 AS m", Code.COLUMNS, "n, m"),
        ("SELECT 'x' AS n", Code.COLUMNS, "none"),
        ("SELECT n FROM board.lags", Code.ERROR, "does not exist"),
        ("SELECT 1 AS n WHERE '$district' = ''", Code.EXPANSION, "district"),
    ],
)
def test_rules_are_run_as_well(sql: str, code: Code | None, said: str, asker: Asker) -> None:
    """A rule's statement gives one number a row also while all is well, and knows no variables."""
    rule = {**RULE, "data": [{**RULE["data"][0], "model": {"rawSql": sql}}]}
    rules = read_rules("provisioning/alerting/rules.yaml", {"groups": [{"rules": [rule]}]})
    wrong = [f for each in run_rules(rules, asker, datetime.now(tz=UTC)) for f in each.wrong]
    assert [f.code for f in wrong] == ([] if code is None else [code])
    assert all(said in f.problem for f in wrong)


def planted(change: Callable[[dict[str, str]], None]) -> Files:
    """The generated files with a change that `grafana build` would not make."""
    built = dict(build_all())
    texts = dict(built)
    change(texts)
    return Files(texts=texts, built=built)


def _edited(texts: dict[str, str]) -> None:
    texts["zh/city.json"] = texts["zh/city.json"].replace('"version": 1', '"version": 2')


def _missing(texts: dict[str, str]) -> None:
    del texts["en/city.json"]


def _left_over(texts: dict[str, str]) -> None:
    texts["en/old.json"] = "{}"


@pytest.mark.parametrize("change", [_edited, _missing, _left_over])
def test_files_that_are_not_what_is_built_are_found(change: Callable[[dict[str, str]], None]) -> None:
    """A file that was edited, is missing or is left over is found."""
    assert [f.code for f in planted(change).stale()] == [Code.STALE]


def test_an_owner_can_check_without_a_new_password(month: Month) -> None:
    """In somebody else's database the reader's role is taken, with the limits of the login."""
    with reader(month.url, ours=False) as connection:
        assert connection.execute("SHOW role").fetchone() == ("fw_grafana",)
        assert connection.execute("SHOW statement_timeout").fetchone() == ("10s",)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT 1 FROM public.venue")

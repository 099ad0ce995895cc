"""What does Grafana make of a statement? Variables, formats, macros, and every trap that is an error here."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.dashboards.grafana.check.expand import Chosen, ExpandError, Span, expand, formatted, names_in
from firewarden.dashboards.grafana.check.intervals import ago, interval_of, parse_interval, shown

BEGIN = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
SPAN = Span(begin=BEGIN, end=BEGIN + timedelta(hours=6))
FROM, TO = "'2026-03-01T08:00:00Z'", "'2026-03-01T14:00:00Z'"


def many(*values: str, custom_all: str | None = None) -> dict[str, Chosen]:
    """A variable `d` of which several can be chosen."""
    return {"d": Chosen(name="d", values=values, listed=True, quoted=True, custom_all=custom_all)}


def one(value: str) -> dict[str, Chosen]:
    """A variable `d` of which one is chosen."""
    return {"d": Chosen(name="d", values=(value,), texts=(value.upper(),))}


@pytest.mark.parametrize(
    ("sql", "chosen", "wanted"),
    [
        ("x IN ($d)", many("a", "b"), "x IN ('a','b')"),
        ("x IN (${d})", many("a"), "x IN ('a')"),
        ("x IN ([[d]])", many("a"), "x IN ('a')"),
        ("x IN ($d)", many("O'Hara"), "x IN ('O''Hara')"),
        ("x IN ($d)", many(""), "x IN ('')"),
        ("x = $d", one("7"), "x = 7"),
        ("x = '$d'", one("O'Hara"), "x = 'O''Hara'"),
        ("x = ${d:sqlstring}", one("O'Hara"), "x = 'O''Hara'"),
        ("x = ${d:raw}", one("O'Hara"), "x = O'Hara"),
        ("$d_name $dx", {**one("1"), "d_name": one("2")["d"], "dx": one("3")["d"]}, "2 3"),
        ("5 $ $$ 7", {}, "5 $ $$ 7"),
        ("'5%' || '%'", {}, "'5%' || '%'"),
    ],
)
def test_variables_are_put_in_as_the_data_source_does(sql: str, chosen: dict[str, Chosen], wanted: str) -> None:
    """Several values stand in quotes with commas, a single one as it is, quotes doubled; the longest name counts."""
    assert expand(sql, chosen, SPAN).sql == wanted


@pytest.mark.parametrize(
    ("form", "several", "single"),
    [
        ("raw", "a b,c$", "a b"),
        ("csv", "a b,c$", "a b"),
        ("pipe", "a b|c$", "a b"),
        ("glob", "{a b,c$}", "a b"),
        ("regex", r"(a\ b|c\$)", r"a\ b"),
        ("json", '["a b","c$"]', "a b"),
        ("sqlstring", "'a b','c$'", "'a b'"),
        ("singlequote", "'a b','c$'", "'a b'"),
        ("doublequote", '"a b","c$"', '"a b"'),
        ("queryparam", "var-d=a%20b&var-d=c%24", "var-d=a%20b"),
        ("text", "a b + c$", "A B"),
        ("percentencode", "%7Ba%20b%2Cc%24%7D", "a%20b"),
    ],
)
def test_formats(form: str, several: str, single: str) -> None:
    """Each format says the values in its own way."""
    assert formatted(many("a b", "c$")["d"], form) == several
    assert formatted(one("a b")["d"], form) == single


def test_a_value_for_all_is_put_in_without_quotes() -> None:
    """What a board sets for All is neither quoted nor formatted: it has to bring its quotes."""
    assert expand("'__all' IN ($d)", many("a", custom_all="__all"), SPAN).sql == "'__all' IN (__all)"
    assert expand("'__all' IN ($d)", many("a", custom_all="'__all'"), SPAN).sql == "'__all' IN ('__all')"
    assert expand("${d:csv} ${d:text}", many("a", custom_all="*"), SPAN).sql == "* All"


@pytest.mark.parametrize(
    ("sql", "wanted"),
    [
        ("$__timeFilter(time)", f"time BETWEEN {FROM} AND {TO}"),
        ("$__timeFilter( i.opened_at )", f"i.opened_at BETWEEN {FROM} AND {TO}"),
        ("t > $__timeFrom() AND t < $__timeTo()", f"t > {FROM} AND t < {TO}"),
        ("$__timeGroup(time, '5m') x", "time_bucket('300.000s',time) x"),
        ("$__timeGroup(time, 5m, NULL)", "time_bucket('300.000s',time)"),
        ("$__timeGroup(time, '5m', previous), n", "time_bucket('300.000s',time) AS \"time\", n"),
        ("$__timeGroupAlias(time, $__interval)", "time_bucket('60.000s',time) AS \"time\""),
        ("$__timeGroup(time,'500ms')", "time_bucket('0.500s',time)"),
        ("$__time(at)", 'at AS "time"'),
        ("$__timeEpoch(at)", 'extract(epoch from at) as "time"'),
        ("$__unixEpochFilter(s)", "s >= 1772352000 AND s <= 1772373600"),
        ("$__unixEpochNanoFilter(s)", "s >= 1772352000000000000 AND s <= 1772373600000000000"),
        ("$__unixEpochFrom() $__unixEpochTo()", "1772352000 1772373600"),
        ("$__unixEpochGroup(s, '1h')", "floor((s)/3600)*3600"),
        ("$__unixEpochGroupAlias(s, '1h', 0)", 'floor((s)/3600)*3600 AS "time"'),
        ("$__interval $__interval_ms", "1m 60000"),
        ("$__from ${__to} ${__to:date:seconds}", "1772352000000 1772373600000 1772373600"),
        ("'${__from:date:iso}'", "'2026-03-01T08:00:00.000Z'"),
        ("$__range_s $__range_ms ${__range}", "21600 21600000 21600s"),
    ],
)  # fmt: skip
def test_macros(sql: str, wanted: str) -> None:
    """Macros become what the data source with TimescaleDB makes of them."""
    assert expand(sql, {}, SPAN).sql == wanted


@pytest.mark.parametrize(
    ("sql", "why"),
    [
        ("WHERE $__timeFilter(coalesce(a, b))", "first '\\)'"),
        ("$__timeGroup(time)", "needs a column"),
        ("$__timeGroup(time, 'often')", "no interval"),
        ("$__timeGroup(time, '0m')", "no interval"),
        ("$__timeGroup(time, '5m', zero)", "not with zero"),
        ("$__timeGroup(time, '5m', 0, 1)", "needs a column"),
        ("$__timeFilter()", "name of a time column"),
        ("$__timeBetween(time)", r"no macro \$__timeBetween"),
        ("$venue", "no variable is called venue"),
        ("${venue:csv}", "no variable is called venue"),
        ("$__timeFrom", "no variable is called __timeFrom"),
        ("${d:commas}", "no format commas"),
        ("$__dashboard", "no place in a statement"),
        ("${__from:date:YYYY}", "not known"),
        ("$d", None),
    ],
)
def test_what_grafana_would_not_understand_is_an_error(sql: str, why: str | None) -> None:
    """Unknown names, formats and macros, and arguments that Grafana cuts, are errors."""
    if why is None:
        assert expand(sql, one("1"), SPAN).variables == {"d"}
        return
    with pytest.raises(ExpandError, match=why):
        expand(sql, one("1"), SPAN)


def test_values_are_no_variables() -> None:
    """What somebody chose is not looked through for variables again."""
    chosen = {**one("$e ${e}"), "e": one("secret")["d"]}
    assert expand("'$d'", chosen, SPAN).sql == "'$e ${e}'"


@given(value=st.text())
def test_a_chosen_text_cannot_leave_its_quotes(value: str) -> None:
    """Whatever is chosen of several, an even number of quotes stands around and in it."""
    text = formatted(many(value)["d"], None)
    assert text[0] == text[-1] == "'"
    assert text[1:-1].replace("''", "").count("'") == 0


def test_names_are_found_where_they_are_used() -> None:
    """Variables are told from macros and from what Grafana itself knows."""
    sql = "$a ${b:csv} [[c]] $__timeFilter(d) $__interval ${__data.fields.e} $__from $$"
    assert names_in(sql) == {"a", "b", "c"}


@pytest.mark.parametrize(
    ("span", "points", "wanted"),
    [
        (timedelta(hours=1), 1_000, "1m"),
        (timedelta(hours=12), 1_000, "1m"),
        (timedelta(days=7), 1_000, "10m"),
        (timedelta(days=30), 1_000, "30m"),
        (timedelta(days=365), 1_000, "6h"),
        (timedelta(days=365), 100, "1d"),
        (timedelta(days=3_650), 10, "1y"),
    ],
)
def test_the_interval_is_round(span: timedelta, points: int, wanted: str) -> None:
    """The interval grows with the range, in steps that people know."""
    assert shown(interval_of(span, points, timedelta(minutes=1))) == wanted


def test_intervals_and_moments_are_read() -> None:
    """Only what Grafana writes is read."""
    assert parse_interval("90s") == timedelta(seconds=90)
    assert parse_interval("1M") == timedelta(days=30)
    assert parse_interval("1 m") is None
    assert ago("now-7d/d") == timedelta(days=7)
    assert ago("now") == timedelta(0)
    assert ago("yesterday") is None
    assert shown(timedelta(milliseconds=1_500)) == "1500ms"

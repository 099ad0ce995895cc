"""A panel is drawn with the words, colours and numbers that its JSON gives it."""

from datetime import UTC, datetime, timedelta
from typing import cast
from zoneinfo import ZoneInfo

import pytest

from firewarden.dashboards.grafana.preview.bars import parts_of
from firewarden.dashboards.grafana.preview.charts import chart_of
from firewarden.dashboards.grafana.preview.frames import Frame, plain, series_of, transformed
from firewarden.dashboards.grafana.preview.looks import Panel, number_text
from firewarden.dashboards.grafana.preview.page import stat_cells

START = datetime(2026, 1, 1, tzinfo=UTC)
KINDS = {"type": "value", "options": {"fire": {"text": "火警", "color": "red", "index": 0}}}


def _panel(kind: str, *, options: object = None, **defaults: object) -> Panel:
    json = {"type": kind, "options": options or {}, "fieldConfig": {"defaults": defaults, "overrides": []}}
    return Panel(json=json, zone=UTC)


def _at(minutes: int) -> datetime:
    return START + timedelta(minutes=minutes)


def test_rows_with_a_name_become_a_line_each() -> None:
    """A column of text beside time and number splits the rows into lines."""
    frame = Frame(names=("time", "metric", "n"), rows=((_at(0), "a", 1), (_at(0), "b", 2), (_at(1), "a", None)))
    found = series_of(frame)
    assert {line.name: line.points for line in found} == {"a": ((_at(0), 1), (_at(1), None)), "b": ((_at(0), 2),)}


def test_every_number_without_a_name_is_a_line() -> None:
    """Two columns of numbers are two lines under their own names."""
    frame = Frame(names=("time", "low", "high"), rows=((_at(0), 1, 2),))
    assert [line.name for line in series_of(frame)] == ["low", "high"]


def test_an_override_changes_one_column_alone() -> None:
    """What holds by name holds for that column, the default for every other."""
    override = {"matcher": {"id": "byName", "options": "n"}, "properties": [{"id": "displayName", "value": "Number"}]}
    config = {"defaults": {"unit": "s"}, "overrides": [override]}
    panel = Panel(json={"type": "stat", "fieldConfig": config}, zone=UTC)
    assert (panel.called("n"), panel.called("m")) == ("Number", "m")
    assert panel.field("n")["unit"] == "s"


def test_a_mapping_gives_words_and_colour() -> None:
    """A pie's slice is called and coloured as the mapping says."""
    frame = Frame(names=("kind", "n"), rows=(("fire", 3), ("fault", 4)))
    fire, fault = parts_of(_panel("piechart", mappings=[KINDS]), [frame])
    assert (fire.name, fire.value, fire.tint) == ("火警", 3.0, "#f2495c")
    assert (fault.name, fault.value) == ("fault", 4.0)


@pytest.mark.parametrize(("value", "tint"), [(0, "#73bf69"), (10, "#ff9830"), (99.5, "#f2495c"), (None, None)])
def test_a_threshold_colours_what_reaches_it(value: float | None, tint: str | None) -> None:
    """The highest step at or below the number counts."""
    steps = [{"value": None, "color": "green"}, {"value": 10, "color": "orange"}, {"value": 90, "color": "red"}]
    assert _panel("stat", thresholds={"mode": "absolute", "steps": steps}).tint(value, "n") == tint


@pytest.mark.parametrize(
    ("number", "unit", "text"),
    [
        (0.5, "percentunit", "50.0 %"),
        (90, "s", "1.5 min"),
        (0.25, "s", "0.25 s"),
        (1536, "bytes", "1.5 KiB"),
        (3, "", "3"),
    ],
)
def test_numbers_have_their_units(number: float, unit: str, text: str) -> None:
    """Shares, times and bytes are read as people read them."""
    assert number_text(number, unit, None) == text


def test_a_panel_without_rows_is_no_chart() -> None:
    """Nothing to draw is said on the page, not drawn as an empty plot."""
    assert chart_of(_panel("timeseries"), [Frame(names=("time", "n"), rows=())]) is None


def test_states_last_until_the_next() -> None:
    """Each stretch of a state timeline ends where the next begins, and no state is a gap."""
    frame = Frame(names=("time", "pump"), rows=((_at(0), "fire"), (_at(5), None), (_at(9), "fire")))
    chart = chart_of(_panel("state-timeline", mappings=[KINDS]), [frame])
    assert chart is not None
    data = cast("list[dict[str, object]]", cast("list[dict[str, object]]", chart["series"])[0]["data"])
    assert [item["value"] for item in data] == [
        [0, "2026-01-01T00:00:00", "2026-01-01T00:05:00"],
        [0, "2026-01-01T00:09:00", "2026-01-01T00:09:00"],
    ]


def test_a_stat_shows_the_newest_of_each_column() -> None:
    """The last number that is there, unless every row is asked for."""
    frame = Frame(names=("time", "n"), rows=((_at(0), 1), (_at(1), 2), (_at(2), None)))
    assert stat_cells(_panel("stat"), [frame]) == [("n", 2)]
    named = Frame(names=("kind", "n"), rows=(("fire", 1), ("fault", 2)))
    assert stat_cells(_panel("stat", options={"reduceOptions": {"values": True}}), [named]) == [
        ("fire", 1),
        ("fault", 2),
    ]


def test_transformations_pick_order_and_rename() -> None:
    """Columns of a shared query are picked by name, put in order and renamed; what is unknown changes nothing."""
    frame = Frame(names=("a", "b", "c"), rows=((1, 2, 3),))
    steps = [
        {"id": "filterFieldsByName", "options": {"include": {"names": ["a", "c"]}}},
        {
            "id": "organize",
            "options": {"indexByName": {"c": 0, "a": 1}, "renameByName": {"c": "C"}, "excludeByName": {}},
        },
        {"id": "of the future", "options": {}},
    ]
    assert transformed([frame], steps) == (Frame(names=("C", "a"), rows=((3, 1),)),)


def test_what_the_database_gives_becomes_a_cell() -> None:
    """What is no number, text or moment is shown as its text."""
    assert plain({"a": 1}) == "{'a': 1}"
    assert plain(None) is None


def test_rows_become_the_slices_of_a_pie() -> None:
    """Where rows are turned into columns, each has its own name and colour."""
    step = {
        "id": "rowsToFields",
        "options": {
            "mappings": [
                {"fieldName": "kind", "handlerKey": "field.name"},
                {"fieldName": "n", "handlerKey": "field.value"},
            ]
        },
    }
    (frame,) = transformed([Frame(names=("kind", "n"), rows=(("fire", 3), ("fault", 4)))], [step])
    assert frame == Frame(names=("fire", "fault"), rows=((3, 4),))


def test_moments_are_those_of_the_boards_zone() -> None:
    """A plot shows the clocks of Shanghai, wherever the browser is."""
    assert Panel(json={}, zone=ZoneInfo("Asia/Shanghai")).moment(START) == "2026-01-01T08:00:00"

"""Does the kit do what its authors count on: shared rows, names from one place, an error where a word is missing?"""

import pytest

from firewarden.dashboards.grafana.catalogue import LANGUAGES, queries, words
from firewarden.dashboards.grafana.kit import colours, fields, links, readings
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.limits import NONE_IS_GOOD, SCORE
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.panels import bar_gauge, pie, stat, state_timeline, table, time_series
from firewarden.dashboards.grafana.kit.query import Shared, Sql
from firewarden.dashboards.grafana.kit.words import Words

TEXTS = {
    "one.title": "One",
    "one.about": "A board of one test",
    "one.section.now": "Now",
    "one.a.title": "A",
    "one.a.about": "The first",
    "one.b.title": "B",
    "one.b.about": "The second",
    "one.column.fires": "Fires here",
    "column.fires": "Fires",
    "column.lag_s": "Lag",
    "column.kind": "Kind",
    "column.venue_id": "Venue",
    "column.least": "Least",
    "column.most": "Most",
    "link.open": "Open",
    "link.console": "Console",
    "link.boards": "Boards",
    "variable.ds": "Source",
    **{f"annotation.{kind}": kind for kind in ("incident", "test", "maintenance", "deployment")},
}
NAMES = {"condition": {"fire": "Fire signal", "fault": "Fault"}}
KINDS = ("incident", "test", "maintenance", "deployment")
STATEMENTS = {
    "now": "SELECT 1 AS fires",
    "more": "SELECT 2 AS fires",
    **{f"annotation_city_{kind}": "SELECT" for kind in KINDS},
}


def page() -> Page:
    """An empty board `one`."""
    spoken = Words(language="en", texts=TEXTS, names=NAMES)
    return Page(Kit(board="one", words=spoken, queries=STATEMENTS), span="now-1h", refresh="10s")


def properties(made: Page, name: str) -> dict[str, object]:
    """What the last panel says of the field `name`."""
    config = getattr(made.panels[-1], "field_config", None)
    assert config is not None
    said = [one for one in config.overrides if one.matcher.options == name]
    return {prop.id_val: prop.value for one in said for prop in one.properties}


def target(made: Page, at: int) -> object:
    """The one target of a panel."""
    [found] = getattr(made.panels[at], "targets", None) or []
    return found


def test_a_statement_is_fetched_once() -> None:
    """The second panel of a statement shows the first one's rows; another shape or statement is asked for itself."""
    made = page()
    made.add("a", stat(unit="none"), "now", at=(0, 0, 4, 4), fields=("fires",))
    made.add("b", stat(unit="none"), "now", at=(4, 0, 4, 4), fields=("fires",))
    made.add("b", time_series(unit="none"), "now", at=(8, 0, 4, 4), shape="time_series")
    made.add("b", stat(unit="none"), "more", at=(12, 0, 4, 4))
    first, second, third, fourth = (target(made, at) for at in range(4))
    assert isinstance(first, Sql)
    assert isinstance(second, Shared)
    assert second.panel_id == getattr(made.panels[0], "id_val", None)
    assert isinstance(third, Sql)
    assert isinstance(fourth, Sql)


def test_places_count_from_the_section() -> None:
    """A section begins below everything that is there, and its panels below its line."""
    made = page()
    made.add("a", stat(unit="none"), "now", at=(0, 0, 4, 7))
    made.section("now")
    made.add("b", stat(unit="none"), "now", at=(0, 2, 4, 4))
    rows = [panel.grid_pos for panel in made.panels]
    assert [place.y for place in rows if place is not None] == [0, 7, 10]


def test_a_missing_word_is_an_error() -> None:
    """A panel without words, and a column that nobody named, fail when the board is built."""
    with pytest.raises(KeyError):
        page().add("nobody", stat(unit="none"), at=(0, 0, 4, 4))
    with pytest.raises(KeyError):
        page().add("a", table(), "now", at=(0, 0, 4, 4), fields=("never_heard_of",))
    with pytest.raises(KeyError):
        page().add("a", table(), "no_such_statement", at=(0, 0, 4, 4))
    with pytest.raises(KeyError):
        page().add("a", pie(unit="none"), "now", at=(0, 0, 4, 4), codes="no_such_group")


def test_a_column_is_named_and_measured_by_its_name() -> None:
    """The board's own word wins; the unit follows from the ending; codes are named, and an id is hidden in a table."""
    made = page()
    shown = ("fires", "lag_s", "kind", "venue_id")
    made.add(
        "a", table(), "now", at=(0, 0, 4, 4), fields=shown, limits={"fires": NONE_IS_GOOD}, cell_links={"kind": "/x"}
    )
    assert properties(made, "fires")["displayName"] == "Fires here"
    assert "thresholds" in properties(made, "fires")
    assert properties(made, "lag_s")["unit"] == "s"
    assert properties(made, "kind")["links"] == [{"targetBlank": True, "title": "Open", "url": "/x"}]
    assert "mappings" in properties(made, "kind")
    assert properties(made, "venue_id")["custom.hidden"] is True


def test_series_called_by_a_code_have_its_name_and_colour() -> None:
    """A slice or a series `fire` is shown under its name in the colour of fires, and only those asked for."""
    made = page()
    made.add("a", pie(unit="none"), "now", at=(0, 0, 4, 4), pivot=("kind", "n"), codes="condition")
    assert properties(made, "fire")["displayName"] == "Fire signal"
    assert properties(made, "fire")["color"] == {"fixedColor": colours.FIRE, "mode": "fixed"}
    made.add("b", state_timeline(), "now", at=(4, 0, 4, 4), fields=("fire",), codes="condition")
    assert properties(made, "fire")["displayName"] == "Fire signal"
    assert properties(made, "fault") == {}


def test_bars_of_rows_keep_the_names_of_their_rows() -> None:
    """Where each row is a bar, the column is measured and not named: Grafana would call every bar by its name."""
    made = page()
    made.add("a", bar_gauge(unit="none"), "now", at=(0, 0, 4, 4), fields=("lag_s",))
    assert "displayName" not in properties(made, "lag_s")
    assert properties(made, "lag_s")["unit"] == "s"


def test_a_band_is_filled_down_to_the_shown_name() -> None:
    """Grafana looks for the lower series by the name that is shown, not by that of the column."""
    made = page()
    look = time_series(unit="none")
    made.add(
        "a", look, "now", at=(0, 0, 4, 4), shape="time_series", fields=("least", "most"), between=("least", "most")
    )
    assert properties(made, "most")["custom.fillBelowTo"] == "Least"


@pytest.mark.parametrize(
    ("name", "unit"),
    [
        ("silent_s", "s"),
        ("size_bytes", "bytes"),
        ("online_rate", "percentunit"),
        ("heard_at", "dateTimeAsIso"),
        ("n", "none"),
        ("venue_code", "string"),
    ],
)
def test_units_follow_from_the_ending(name: str, unit: str) -> None:
    """Columns of the views end with their unit; what has no ending is a number."""
    assert fields.of(name).unit == unit


def test_every_coded_column_has_names_in_both_languages() -> None:
    """A group that a column names exists in each language, with the same codes."""
    groups = {field.codes for field in fields.FIELDS.values() if field.codes is not None}
    told = [words(language) for language in LANGUAGES]
    assert {
        group for group in groups if {frozenset(one.codes(group)) for one in told} != {frozenset(told[0].codes(group))}
    } == set()


def test_coloured_codes_are_known_ones() -> None:
    """No colour is given to a code that the console never shows."""
    spoken = words(LANGUAGES[0])
    for group, coloured in colours.CODES.items():
        assert set(coloured) <= set(spoken.codes(group)), group


def test_readings_are_written_once() -> None:
    """The statements of pressure and level come from one, and only the quantity differs."""
    made = queries("venue")
    assert readings.STATEMENT not in made
    pressure, level = made["readings_pressure"], made["readings_level"]
    assert readings.PLACE not in pressure + level
    assert pressure.replace("'pressure'", "'level'") == level


def test_grades_begin_where_scoring_says() -> None:
    """The lines of a score's plot are those of the scorecard, in the colours of the grades."""
    assert [value for value, _ in SCORE.steps] == [30.0, 55.0, 75.0]
    assert [colour for _, colour in SCORE.steps] == [colours.CODES["grade"][grade] for grade in "BCD"]


def test_boards_of_a_language_lead_to_each_other() -> None:
    """An English board links to English ones; the variable takes the value of the row, and the time stays."""
    assert links.board("venue", "zh", venue="venue_id").startswith(
        "/d/fw-venue?var-venue=${__data.fields.venue_id}&from="
    )
    assert links.board("venue", "en").startswith("/d/fw-venue-en?from=${__from}&to=${__to}")

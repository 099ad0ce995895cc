"""The map of a recorded series: which column is which point, and when each row was."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from firewarden.gateway_sim.replay_map import MapError, parse_map, read_rows

EXAMPLES = Path(__file__).parents[3] / "examples" / "replay"
MAP = """
version = 1
[time]
column = "t"
format = "%Y-%m-%d %H:%M:%S"
zone = "Asia/Shanghai"
gap_max_s = 60
[[column]]
name = "p"
point = "11.1/99.01000000"
quantity = "pressure"
unit = "MPa"
factor = 0.001
offset = 1.0
"""


@pytest.mark.parametrize("name", ["skab.toml", "batadal.toml"])
def test_the_shipped_maps_can_be_read(name: str) -> None:
    """Each example names points once, and only quantities and units that the platform knows."""
    parsed = parse_map((EXAMPLES / name).read_text(encoding="utf-8"))
    points = [(column.point, column.quantity) for column in parsed.column]
    assert len(set(points)) == len(points) > 0


def test_rows_have_their_recorded_spacing() -> None:
    """A step is as long as recorded; a step back or a long break lasts one interval."""
    times = ["2020-01-01 08:00:00", "2020-01-01 08:00:02", "2020-03-01 08:00:00", "2020-01-01 07:00:00"]
    rows = list(read_rows([{"t": time, "p": "500"} for time in times], parse_map(MAP)))
    assert [row.offset_s for row in rows] == [0.0, 2.0, 3.0, 4.0]
    assert rows[0].recorded_at == datetime(2020, 1, 1, tzinfo=UTC)
    assert [value for _, value in rows[0].values] == [1.5]


def test_rows_without_a_time_column_follow_at_an_interval() -> None:
    """A series without times is as long as its rows times the interval."""
    text = MAP.replace('column = "t"', "interval_s = 5")
    rows = list(read_rows([{"p": "1"}, {"p": "2"}, {"p": "3"}], parse_map(text)))
    assert [row.offset_s for row in rows] == [0.0, 5.0, 10.0]


@pytest.mark.parametrize("text", ["", " ", "nan", "inf", "-inf"])
def test_what_is_no_measurement_is_left_out(text: str) -> None:
    """Empty cells and numbers that are not finite make no reading."""
    (row,) = read_rows([{"t": "2020-01-01 00:00:00", "p": text}], parse_map(MAP))
    assert row.values == ()


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ({"t": "yesterday", "p": "1"}, "row 1"),
        ({"t": "2020-01-01 00:00:00", "p": "much"}, "row 1, column 'p'"),
        ({"t": "2020-01-01 00:00:00"}, "no column 'p'"),
    ],
)
def test_a_bad_row_is_named(line: dict[str, str | None], message: str) -> None:
    """Nothing is guessed: the error says which row and column."""
    with pytest.raises(MapError, match=message):
        list(read_rows([line], parse_map(MAP)))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("version = 1", "version = 2"),
        ('unit = "MPa"', 'unit = "psi"'),
        ('quantity = "pressure"', 'quantity = "mood"'),
        ("Asia/Shanghai", "Atlantis/Centre"),
        ("factor = 0.001", 'factor = "a little"'),
        ("offset = 1.0", "ofset = 1.0"),
        ("[time]", "[time"),
    ],
)
def test_a_wrong_map_is_refused(old: str, new: str) -> None:
    """Another version, an unknown unit, quantity, zone or key, and what is not TOML: MapError."""
    with pytest.raises(MapError):
        parse_map(MAP.replace(old, new))

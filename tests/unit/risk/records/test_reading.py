"""Reading records: what is right is read whatever it is packed in; what is wrong is named by row and column."""

import gzip
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.unit.risk.records.cities import files

from firewarden.risk.records.city import ALWAYS, KINDS, RecordsError
from firewarden.risk.records.reading import read_city
from firewarden.risk.records.times import moment

SHANGHAI = ZoneInfo("Asia/Shanghai")
VENUES = "venue_id,use,area_m2,street\n1,hotel,500,A\n2,,,\n3,Noodle Bar,NA,B\n"
EVENTS = "venue_id,time,kind\n1,2016-01-02,fire\n2,2016-01-02 08:30,alarm\n3,2016-01-02T00:30:00Z,other\n"


def test_the_format_is_read(tmp_path: Path) -> None:
    """Venues with what is known, events in order of time; dates are midnights of the city."""
    city = read_city(*files(tmp_path, VENUES, EVENTS), SHANGHAI)
    assert city.venues.ids == ("1", "2", "3")
    assert city.venues.uses == ("hotel", "noodle bar")
    assert list(city.venues.use) == [0, -1, 1]
    assert np.isnan(city.venues.area_m2[1:]).all()
    moments = [datetime(2016, 1, 1, 16, tzinfo=UTC), datetime(2016, 1, 2, 0, 30, tzinfo=UTC)]
    assert list(city.events.time) == [int(moments[0].timestamp()), *[int(moments[1].timestamp())] * 2]
    assert [KINDS[code] for code in city.events.kind] == ["fire", "alarm", "other"]
    assert city.notices == ()


def test_gzip_parquet_and_semicolons_say_the_same(tmp_path: Path) -> None:
    """The same records from CSV, gzipped CSV, Parquet with true types, and CSV with semicolons and a mark in front."""
    plain = read_city(*files(tmp_path, VENUES, EVENTS), SHANGHAI)
    packed = [tmp_path / "v.csv.gz", tmp_path / "e.csv.gz"]
    for path, text in zip(packed, (VENUES, EVENTS), strict=True):
        path.write_bytes(gzip.compress(text.encode()))
    typed = [tmp_path / "v.parquet", tmp_path / "e.parquet"]
    pq.write_table(
        pa.table(
            {
                "venue_id": [1, 2, 3],
                "use": ["hotel", None, "noodle bar"],
                "area_m2": [500, None, None],
                "street": ["A", None, "B"],
            }
        ),
        typed[0],
    )
    times = [datetime.fromtimestamp(int(second), UTC) for second in plain.events.time]
    pq.write_table(pa.table({"venue_id": [1, 2, 3], "time": times, "kind": ["fire", "alarm", "other"]}), typed[1])
    europe = files(tmp_path, "\ufeff" + VENUES.replace(",", ";"), EVENTS.replace(",", ";"))
    for pair in (packed, typed, europe):
        city = read_city(pair[0], pair[1], SHANGHAI)
        assert city.venues.ids == plain.venues.ids
        assert city.venues.uses == plain.venues.uses
        assert (city.venues.area_m2[:1] == 500).all()
        assert (city.events.time == plain.events.time).all()
        assert (city.events.kind == plain.events.kind).all()


@pytest.mark.parametrize(
    ("venues", "events", "said"),
    [
        ("id\n1\n", EVENTS, "venues.csv: column venue_id is missing; there are id"),
        (VENUES, "venue_id,kind\n1,fire\n", "events.csv: column time is missing"),
        ("", EVENTS, "venues.csv: column venue_id is missing; there are none"),
        ("venue_id\n", EVENTS, "there are no venues"),
        ("venue_id\n1\n2\n1\n", EVENTS, "row 4, column venue_id: '1' was already in row 2"),
        ("venue_id,street\n1,A\n ,B\n", EVENTS, "row 3, column venue_id: it is empty"),
        ("venue_id,area_m2\n1,5\n2,big\n", EVENTS, "row 3, column area_m2: 'big' is no number"),
        ("venue_id,known_from\n1,soon\n", EVENTS, "row 2, column known_from: 'soon' is no date"),
        (VENUES, EVENTS + "1,2016-01-03,blaze\n", "row 5, column kind: 'blaze' is none of fire, alarm"),
        (VENUES, EVENTS + "1,3.1.2016,fire\n", "row 5, column time: '3.1.2016' is no date"),
        (VENUES, EVENTS + "1,,fire\n", "row 5, column time: it is empty"),
        (VENUES, EVENTS + "1,2016-02-30,fire\n", "row 5, column time"),
        (VENUES, EVENTS + "1,2016-01-01,fire,more\n", "as many cells"),
        (VENUES, "venue_id,time,kind\n9,2016-01-01,fire\n", "not one of its 1 events is at a venue"),
        ("venue_id,venue_id\n1,2\n", EVENTS, "more than once"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, venues: str, events: str, said: str) -> None:
    """Row and column of the first thing that cannot be read."""
    with pytest.raises(RecordsError) as error:
        read_city(*files(tmp_path, venues, events), SHANGHAI)
    assert said in str(error.value)


def test_what_can_be_lived_with_is_counted_and_told(tmp_path: Path) -> None:
    """Repeats, unknown venues, impossible values and further columns are no obstacle, and nothing is silent."""
    venues = "venue_id,area_m2,built,lat,lon,owner\n1,-5,1870,31,121,x\n2,0,20000,999,121,y\n3,7,1999-05-01,,121,z\n"
    events = (
        "venue_id,time,kind,note\n1,2016-01-02,fire,a\n1,2016-01-02,fire,b\n8,2016-01-02,fire,c\n1,2016-01-02,alarm,\n"
    )
    city = read_city(*files(tmp_path, venues, events), SHANGHAI)
    assert (len(city.events.time), city.repeats, len(city.strangers.time)) == (2, 1, 1)
    assert np.isnan(city.venues.area_m2[:2]).all()
    assert list(city.venues.built[[0, 2]]) == [1870, 1999]
    assert np.isnan(city.venues.lat[1:]).all()
    assert np.isnan(city.venues.lon[1:]).all()
    told = " ".join(city.notices)
    for word in (
        "owner",
        "note",
        "1 exact repeats",
        "1 events are at venues",
        "area_m2: 2 impossible",
        "built: 1 impossible",
    ):
        assert word in told


def test_a_missing_or_broken_file_is_said(tmp_path: Path) -> None:
    """No file, a file that is not what its name says, and text in another encoding."""
    venues, events = files(tmp_path, VENUES, EVENTS)
    broken = tmp_path / "broken.parquet"
    broken.write_bytes(b"PAR1 and nothing more")
    other = tmp_path / "other.csv"
    other.write_bytes("venue_id,street\n1,解放路\n".encode("gbk"))
    cut = tmp_path / "cut.csv.gz"
    cut.write_bytes(gzip.compress(VENUES.encode())[:20])
    for path in (tmp_path / "none.csv", broken, other, cut, tmp_path):
        with pytest.raises(RecordsError):
            read_city(path, events, SHANGHAI)
    assert read_city(venues, events, SHANGHAI).digests.keys() == {"venues", "events"}


@pytest.mark.parametrize(
    "text", [pa.large_string(), pa.string_view(), pa.binary(), pa.dictionary(pa.int32(), pa.string())]
)
def test_every_width_of_text_in_parquet_says_the_same(tmp_path: Path, text: Any) -> None:
    """What polars, pandas and databases write: wide text, views, bytes, categories; numbers as text too."""
    venues = {
        "venue_id": ["1", "2"],
        "area_m2": ["500", "NA"],
        "use": ["hotel", None],
        "known_from": ["2015-01-01", ""],
    }
    events = {"venue_id": ["1", "2"], "time": ["2016-01-02", "2016-01-03 04:05:06"], "kind": ["Fire", "alarm"]}
    paths = tmp_path / "v.parquet", tmp_path / "e.parquet"
    for path, columns in zip(paths, (venues, events), strict=True):
        made = {name: pa.array(values, pa.string()) for name, values in columns.items()}
        as_text = {n: c.dictionary_encode() if pa.types.is_dictionary(text) else c.cast(text) for n, c in made.items()}
        pq.write_table(pa.table(as_text), path)
    city = read_city(*paths, SHANGHAI)
    assert city.venues.uses == ("hotel",)
    assert city.venues.area_m2[0] == 500
    assert np.isnan(city.venues.area_m2[1])
    assert city.venues.known_from[1] == ALWAYS
    assert len(city.events.time) == 2


def test_ids_that_a_tool_kept_as_floats_are_whole_numbers(tmp_path: Path) -> None:
    """An empty cell makes a column of whole numbers floats in some tools; the ids are the same, however large."""
    paths = tmp_path / "v.parquet", tmp_path / "e.parquet"
    pq.write_table(pa.table({"venue_id": [10**12, 7]}), paths[0])
    times = [datetime(2016, 1, day, tzinfo=UTC) for day in (1, 2, 3)]
    pq.write_table(pa.table({"venue_id": [1e12, 7.0, None], "time": times, "kind": ["fire"] * 3}), paths[1])
    city = read_city(*paths, SHANGHAI)
    assert list(city.events.venue) == [0, 1]
    assert len(city.strangers.time) == 1


def test_a_column_of_lists_or_a_year_beyond_calendars_is_refused(tmp_path: Path) -> None:
    """Both end with a sentence that names the column, and the row where there is one."""
    paths = tmp_path / "v.parquet", tmp_path / "e.parquet"
    pq.write_table(pa.table({"venue_id": ["1"], "area_m2": [[1.0]]}), paths[0])
    far = pa.array([6 * 10**12]).cast(pa.timestamp("s"))
    pq.write_table(pa.table({"venue_id": ["1"], "time": far, "kind": ["fire"]}), paths[1])
    with pytest.raises(RecordsError, match="column area_m2: list"):
        read_city(*paths, SHANGHAI)
    pq.write_table(pa.table({"venue_id": ["1"]}), paths[0])
    with pytest.raises(RecordsError, match="row 1, column time"):
        read_city(*paths, SHANGHAI)


@given(text=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=60)
def test_any_bytes_are_read_or_refused(tmp_path: Path, text: bytes) -> None:
    """Whatever stands in a file, it is read or refused as records, never anything else."""
    venues, events = files(tmp_path, VENUES, EVENTS)
    for path, head in ((venues, b"venue_id,area_m2\n"), (events, b"venue_id,time,kind\n")):
        kept = path.read_bytes()
        path.write_bytes(head + text)
        with suppress(RecordsError):
            read_city(venues, events, SHANGHAI)
        path.write_bytes(kept)


@pytest.mark.parametrize(
    ("text", "utc"),
    [
        ("2016-07-01", datetime(2016, 7, 1, 4, tzinfo=UTC)),
        ("2016-01-01", datetime(2016, 1, 1, 5, tzinfo=UTC)),
        ("2016-07-01T12:00:00.25", datetime(2016, 7, 1, 16, tzinfo=UTC)),
        ("2016-07-01 12:00", datetime(2016, 7, 1, 16, tzinfo=UTC)),
        ("2016-07-01T12:00:00+08:00", datetime(2016, 7, 1, 4, tzinfo=UTC)),
        ("1969-12-31T23:59:59Z", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
    ],
)
def test_times_without_a_zone_are_the_citys_own(text: str, utc: datetime) -> None:
    """Local where nothing is said, summer and winter; as said where there is a zone."""
    assert moment(text, ZoneInfo("America/New_York")) == int(utc.timestamp())


@given(st.dates(date(1900, 1, 1), date(2199, 12, 31)))
def test_dates_are_midnights(day: date) -> None:
    """Every date is the city's midnight."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=SHANGHAI)
    assert moment(day.isoformat(), SHANGHAI) == int(midnight.timestamp())

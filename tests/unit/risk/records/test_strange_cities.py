"""Strange cities: whatever the files are like, there is a report with true levels and reasons, or a clear error."""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.unit.risk.records.cities import at_day, city, events, files, venues
from tests.unit.risk.records.test_features import NOBODY

from firewarden.risk.records.city import KINDS, City, Events, ordered
from firewarden.risk.records.reading import read_city
from firewarden.risk.records.run import evaluated
from firewarden.risk.records.times import moment

MODELS = ["scorecard", "map", "boosted", "count"]
FIRE = KINDS.index("fire")
CUTOFF = 365 * 4


def _run(own: City, day: float = CUTOFF, days: int = 365, label: tuple[str, ...] = ("fire",)) -> dict[str, Any]:
    found: dict[str, Any] = evaluated(own, [at_day(day)], days, label, "UTC")
    json.dumps(found, allow_nan=False)
    return found["cutoffs"][0]


def _kept(own: City, mask: "np.ndarray[Any, np.dtype[np.bool_]]") -> City:
    e = own.events
    return replace(own, events=Events(venue=e.venue[mask], time=e.time[mask], kind=e.kind[mask]))


def _fires(own: City) -> "np.ndarray[Any, np.dtype[np.bool_]]":
    return own.events.kind == FIRE


@pytest.mark.parametrize("years_before", [0.5, 1.0, 2.0])
def test_a_label_that_is_recorded_since_late_has_its_level(years_before: float) -> None:
    """Fires recorded since half a year, one or two, alarms since ever: no model says far too few, or too many."""
    own = city(1_200, years=5, rate=0.15)
    late = own.events.time >= at_day(CUTOFF - 365 * years_before)
    found = _run(_kept(own, late | ~_fires(own)))
    assert "records of fire begin on" in " ".join(found["notes"])
    for name in MODELS:
        assert 0.7 < found["models"][name]["predicted_over_observed"] < 1.4
    assert found["models"]["boosted"]["auc"]["low"] > 0.6


@pytest.mark.parametrize(("kept_before", "kept_after"), [(0.2, 1.0), (1.0, 0.2)])
def test_a_level_that_moved_is_followed(kept_before: float, kept_after: float) -> None:
    """Five times as many fires since half a year, or a fifth: told by what happened since, and said."""
    own = city(1_200, years=5, rate=0.3)
    after = own.events.time >= at_day(CUTOFF - 183)
    share = np.where(after, kept_after, kept_before)
    found = _run(_kept(own, ~_fires(own) | (np.random.default_rng(1).random(len(share)) < share)))
    assert "the level moved on" in " ".join(found["notes"])
    for name in MODELS:
        assert 0.55 < found["models"][name]["predicted_over_observed"] < 1.6


@pytest.mark.parametrize("yearly", [0.7, 1.4])
def test_heavy_drift_is_followed_with_a_lag(yearly: float) -> None:
    """Three years of 30 % fewer or 40 % more a year: the next one is told within a third."""
    own = city(1_200, years=5, rate=0.3)
    years = (own.events.time - at_day(0)) / (365 * 86_400)
    share = yearly**years / max(1.0, yearly**5)
    found = _run(_kept(own, ~_fires(own) | (np.random.default_rng(1).random(len(share)) < share)))
    for name in MODELS:
        assert 0.67 < found["models"][name]["predicted_over_observed"] < 1.5


def test_no_event_of_the_label_before_the_cutoff() -> None:
    """Nothing can be learnt: scorecard and count stand, and the reason is said; where there never was one, that too."""
    own = city(600, years=5, rate=0.3)
    none_before = _run(_kept(own, ~_fires(own) | (own.events.time >= at_day(CUTOFF))))
    assert list(none_before["models"]) == ["scorecard", "count"]
    assert "nothing to learn from" in " ".join(none_before["notes"])
    assert none_before["base_rate_known_before"] < 0.01
    never = _run(_kept(own, ~_fires(own)))
    assert "no event of fire" in " ".join(never["notes"])
    assert never["models"]["scorecard"]["reason"]


def test_every_venue_burns() -> None:
    """All positive in every period: no figure that tells apart, a level near one."""
    rows = [(venue, 30.0 * month + venue % 20, "fire") for venue in range(60) for month in range(60)]
    found = _run(City(venues=venues(60), events=events(rows), strangers=NOBODY))
    assert found["base_rate"] == 1
    assert found["base_rate_known_before"] > 0.9
    assert all("every venue is positive" in model["reason"] for model in found["models"].values())


def test_a_thousand_venues_with_three_fires() -> None:
    """Three fires in four years do not move the expert's ranking far; no AUC is told, levels are of that size."""
    rng = np.random.default_rng(0)
    own = city(1_000, years=5, rate=0.1)
    fires = events([(int(rng.integers(1_000)), 200.0 + 500 * k, "fire") for k in range(3)])
    alarms = _kept(own, ~_fires(own)).events
    both = ordered(*(np.concatenate([getattr(fires, n), getattr(alarms, n)]) for n in ("venue", "time", "kind")))
    found = _run(replace(own, events=both))
    assert all(model["auc"] is None and model["reason"] for model in found["models"].values())
    assert 0.0001 < found["base_rate_known_before"] < 0.005


@pytest.mark.parametrize("places", ["none", "one spot", "one street", "one use", "uses of their own"])
def test_places_and_uses_of_every_sort(places: str) -> None:
    """No coordinates, all at one spot, a single street or use, a use for each venue: ranked by what is left."""
    own = city(900, years=5, rate=0.15)
    n = len(own.venues)
    nothing, same = np.full(n, np.nan), np.zeros(n, np.int32)
    changes: dict[str, Any] = {
        "none": {"lat": nothing, "lon": nothing, "street": same - 1},
        "one spot": {"lat": np.full(n, 31.2), "lon": np.full(n, 121.4)},
        "one street": {"street": same},
        "one use": {"use": same, "uses": ("shop",)},
        "uses of their own": {"use": np.arange(n, dtype=np.int32), "uses": tuple(f"u{k}" for k in range(n))},
    }[places]
    found = _run(replace(own, venues=replace(own.venues, **changes)))
    for name in ("map", "boosted"):
        assert found["models"][name]["auc"]["low"] > 0.55
        assert 0.7 < found["models"][name]["predicted_over_observed"] < 1.4


def test_what_happens_after_the_horizon_changes_nothing() -> None:
    """A horizon's report is the same with and without what the file has of later years."""
    own = city(300, years=6, rate=0.1)
    end = at_day(CUTOFF + 365)
    assert _run(own) == _run(_kept(own, own.events.time < end + 86_400))


@pytest.mark.parametrize("label", [("alarm",), ("alarm", "false_alarm"), ("false_alarm",)])
def test_a_city_of_alarms_alone(label: tuple[str, ...]) -> None:
    """Alarms and false alarms and nothing else: alarms are foreseen by alarms; fires cannot be."""
    own = city(800, years=5, rate=0.1)
    other = np.where(np.random.default_rng(2).random(len(own.events.time)) < 0.5, 1, 2).astype(np.int8)
    own = replace(own, events=ordered(own.events.venue, own.events.time, other))
    assert _run(own, label=label)["models"]["map"]["auc"]["low"] > 0.6
    assert "no event of fire" in " ".join(_run(own)["notes"])


@pytest.mark.parametrize("share", [0.02, 0.5])
def test_venues_without_any_event(share: float) -> None:
    """Most venues never have an event, or half of them are unknown until late: levels are of those that are there."""
    own = city(1_000, years=5, rate=0.15)
    n = len(own.venues)
    grown = replace(
        own.venues, known_from=np.where(np.arange(n) < share * n, own.venues.known_from, at_day(CUTOFF - 200))
    )
    found = _run(replace(own, venues=grown))
    assert found["n"] == n
    assert found["models"]["map"]["auc"]["low"] > 0.5


@pytest.mark.parametrize(
    ("text", "zone", "utc"),
    [
        ("2016-03-13T02:30:00", "America/New_York", datetime(2016, 3, 13, 7, 30, tzinfo=UTC)),
        ("2016-11-06T01:30:00", "America/New_York", datetime(2016, 11, 6, 5, 30, tzinfo=UTC)),
        ("2016-03-27", "Europe/London", datetime(2016, 3, 27, 0, 0, tzinfo=UTC)),
        ("2018-11-04", "America/Sao_Paulo", datetime(2018, 11, 4, 3, 0, tzinfo=UTC)),
        ("2011-12-30", "Pacific/Apia", datetime(2011, 12, 30, 10, 0, tzinfo=UTC)),
    ],
)
def test_hours_that_a_zone_does_not_have(text: str, zone: str, utc: datetime) -> None:
    """Cutoffs in the hour that is left out or is there twice, at a midnight or on a day that is not: one moment."""
    assert moment(text, ZoneInfo(zone)) == int(utc.timestamp())


def test_text_with_commas_quotes_and_a_mark_at_the_beginning(tmp_path: Path) -> None:
    """A byte order mark, names with commas, quotes and line breaks: one venue each, with its events."""
    own, happened = files(
        tmp_path,
        '\ufeffvenue_id,use,street\n"Hall, ""Old""","shop, retail","High St, 1\n2"\nb,"shop, retail",\n',
        '\ufeffvenue_id,time,kind\n"Hall, ""Old""",2016-01-05,fire\nb,2016-02-01,alarm\n',
    )
    found = read_city(own, happened, ZoneInfo("UTC"))
    assert found.venues.ids == ('Hall, "Old"', "b")
    assert found.venues.uses == ("shop, retail",)
    assert list(found.events.venue) == [0, 1]


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
@pytest.mark.parametrize("zone", [None, "UTC", "Asia/Tokyo"])
def test_parquet_times_of_every_unit(tmp_path: Path, unit: str, zone: str | None) -> None:
    """Seconds to nanoseconds, with and without a zone: the same moment, of events and of `known_from`."""
    own, happened = tmp_path / "v.parquet", tmp_path / "e.parquet"
    factor = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}[unit]
    at = int(datetime(2016, 1, 5, 12, tzinfo=UTC).timestamp())
    times = pa.array([at * factor], pa.int64()).cast(pa.timestamp(unit, zone))
    pq.write_table(pa.table({"venue_id": ["a"], "known_from": times}), own)
    pq.write_table(pa.table({"venue_id": ["a"], "time": times, "kind": ["fire"]}), happened)
    found = read_city(own, happened, ZoneInfo("America/New_York"))
    assert list(found.events.time) == list(found.venues.known_from) == [at if zone else at + 5 * 3600]

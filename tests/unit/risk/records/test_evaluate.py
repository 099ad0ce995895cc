"""Evaluation: what is true is found, the report is honest, and odd cities are no obstacle."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import typer
from tests.unit.risk.records.cities import at_day, city, events, files, venues
from tests.unit.risk.records.test_features import NOBODY
from typer.testing import CliRunner

from firewarden.risk import commands, evaluate_commands
from firewarden.risk.records import studies
from firewarden.risk.records.city import City, ordered
from firewarden.risk.records.run import evaluated

MODELS = ["scorecard", "map", "boosted", "count"]


def _command(arguments: list[str]) -> tuple[int, str]:
    app = typer.Typer()
    evaluate_commands.register(app)
    run = CliRunner().invoke(app, arguments)
    return run.exit_code, run.output


def _run(own: City, day: float, days: int = 365, label: tuple[str, ...] = ("fire",), **more: bool) -> dict[str, Any]:
    found: dict[str, Any] = evaluated(own, [at_day(day)], days, label, "UTC", **more)
    json.dumps(found, allow_nan=False)
    return found["cutoffs"][0]


def test_history_and_surroundings_rank_a_city() -> None:
    """Where hidden rates differ, the learnt models are far better than chance and true in level."""
    found = _run(city(1_500, rate=0.1), 365 * 5, held_out=True)
    assert list(found["models"]) == MODELS
    for name in MODELS[:3]:
        model = found["models"][name]
        assert model["auc"]["low"] > 0.65
        assert model["at"][1]["lift"] > 2
    assert 0.8 < found["models"]["map"]["predicted_over_observed"] < 1.25
    assert found["models"]["map"]["ece"] < 0.03
    assert found["training"]["horizon_days"] == 365
    assert found["unseen_venues"]["map"]["auc"]["value"] > 0.65
    assert found["notes"] == []


def test_labels_that_mean_nothing_are_not_foreseen() -> None:
    """When what happens after the cutoff goes to venues at random, no model claims to know: AUC near one half."""
    own = city(1_000, rate=0.1)
    cutoff = at_day(365 * 5)
    late = own.events.time >= cutoff
    venue = own.events.venue.copy()
    venue[late] = np.random.default_rng(1).integers(0, 1_000, late.sum())
    shuffled = replace(own, events=replace(own.events, venue=venue))
    found = _run(shuffled, 365 * 5)
    for name in MODELS:
        assert abs(found["models"][name]["auc"]["value"] - 0.5) < 0.1


def test_the_same_city_has_the_same_report() -> None:
    """Evaluated twice, every figure is the same."""
    own = city(300, rate=0.1)
    assert _run(own, 365 * 3) == _run(own, 365 * 3)


@pytest.mark.parametrize(
    ("n", "rows", "day", "days"),
    [
        (50, [(1, 10.0, "fire"), (2, 400.0, "fire"), (3, 800.0, "fire")], 700.0, 365),
        (1, [(0, 10.0, "fire"), (0, 300.0, "fire")], 200.0, 30),
        (3, [(0, 10.0, "alarm"), (1, 300.0, "alarm")], 200.0, 90),
        (3, [(0, 500.0, "fire")], 200.0, 90),
        (3, [], 200.0, 90),
        (4, [(k, 10.0 * k + m, "fire") for k in range(4) for m in range(30)], 20.0, 9),
        (2, [(0, k / 100, "fire") for k in range(20_000)], 150.0, 30),
        (30, [(k, 1.0 + k, "fire") for k in range(30)], 20.0, 3000),
    ],
)
def test_odd_cities_are_evaluated(n: int, rows: list[tuple[int, float, str]], day: float, days: int) -> None:
    """Tiny, silent, all-burning, very loud, and a horizon beyond all history: a report with reasons, never an error."""
    own = City(venues=venues(n), events=events(rows), strangers=NOBODY)
    found = _run(own, day, days)
    assert {"scorecard", "count"} <= set(found["models"])
    for model in found["models"].values():
        assert model["auc"] is not None or model["reason"]
    if found["positives"] < 20:
        assert all(model["auc"] is None for model in found["models"].values())


def test_a_short_history_leaves_scorecard_and_count() -> None:
    """Ten days of history teach nothing: that is said, and the two models without learning are judged."""
    own = city(2_000, rate=0.5)
    found = _run(own, 10)
    assert list(found["models"]) == ["scorecard", "count"]
    assert "too short" in " ".join(found["notes"])
    assert found["models"]["scorecard"]["auc"]["value"] > 0.5


def test_what_happens_elsewhere_is_counted() -> None:
    """Events at venues that nobody knew before the cutoff are no positives; their share is told."""
    own = city(1_000, rate=0.3)
    late = own.venues.known_from.copy()
    late[:500] = at_day(365 * 4) + 1
    found = _run(replace(own, venues=replace(own.venues, known_from=late)), 365 * 4)
    assert found["n"] == 500
    assert 0.2 < found["share_of_events_outside_population"] < 0.8


def test_a_horizon_that_is_not_seen_whole_is_said() -> None:
    """Records that end within the horizon, or before the cutoff."""
    own = city(200)
    assert "not seen whole" in " ".join(_run(own, 365 * 5.5)["notes"])
    assert "end before the cutoff" in " ".join(_run(own, 365 * 9)["notes"])


def test_a_stray_old_event_does_not_make_everything_burn() -> None:
    """One event of long ago gives empty years to learn from; the level is still that of the last period."""
    own = city(2_000)
    old = ordered(
        np.append(own.events.venue, 3), np.append(own.events.time, at_day(-9_000)), np.append(own.events.kind, 0)
    )
    found = _run(replace(own, events=old), 100)["models"]["map"]
    assert found["predicted_over_observed"] < 1.5


def _written(tmp_path: Path) -> tuple[Path, Path]:
    rng = np.random.default_rng(2)
    venue_text = "venue_id\n" + "".join(f"v{k}\n" for k in range(60))
    days = np.datetime64("2012-01-01") + rng.integers(0, 1500, 400)
    event_text = "venue_id,time,kind\n" + "".join(f"v{int(60 * rng.random() ** 3)},{day},fire\n" for day in days)
    return files(tmp_path, venue_text, event_text)


def test_the_command_writes_its_report(tmp_path: Path) -> None:
    """From files with nothing but ids to JSON and a table; two cutoffs and their mean."""
    own, happened = _written(tmp_path)
    report = tmp_path / "report.json"
    arguments = [
        "evaluate",
        "--venues",
        str(own),
        "--events",
        str(happened),
        "--cutoff",
        "2014-01-01",
        "--cutoff",
        "2015-01-01",
    ]
    code, output = _command([*arguments, "--horizon-days", "365", "--json", str(report)])
    assert code == 0, output
    found = json.loads(report.read_text())
    assert [cutoff["cutoff"] for cutoff in found["cutoffs"]] == ["2013-12-31T16:00:00Z", "2014-12-31T16:00:00Z"]
    assert found["mean"]["map"]["cutoffs"] == 2
    assert found["mean"]["map"]["auc"] == pytest.approx(
        np.mean([cutoff["models"]["map"]["auc"]["value"] for cutoff in found["cutoffs"]])
    )
    assert set(found["data"]["sha256"]) == {"venues", "events"}
    assert "boosted" in output


def test_a_heading_that_looks_like_markup_is_shown_as_it_is(tmp_path: Path) -> None:
    """Headings of a file are shown, never taken for colours of the terminal."""
    own, happened = _written(tmp_path)
    own.write_text(own.read_text().replace("\n", ",x\n").replace("venue_id,x", "venue_id,[/owner]"))
    code, output = _command(
        ["evaluate", "--venues", str(own), "--events", str(happened), "--cutoff", "2014-01-01", "--horizon-days", "90"]
    )
    assert code == 0, output
    assert "[/owner]" in output


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--cutoff", "soon"], "no date"),
        (["--cutoff", "2014-01-01", "--label", "blaze"], "kinds are"),
        (["--cutoff", "2014-01-01", "--timezone", "Moon/Base"], "no such zone"),
        (["--cutoff", "2014-01-01", "--split", "random"], "both sides"),
    ],
)
def test_what_cannot_be_asked_is_refused(tmp_path: Path, more: list[str], said: str) -> None:
    """A wrong cutoff, label, zone or a random split ends with a sentence, not with a trace."""
    own, happened = _written(tmp_path)
    arguments = ["evaluate", "--venues", str(own), "--events", str(happened), "--horizon-days", "90", *more]
    code, output = _command(arguments)
    assert code == 2
    assert said in output


def test_every_study_can_be_asked_for() -> None:
    """Studies of two files are one group: none hides the others."""
    app = typer.Typer()
    commands.register(app)
    output = CliRunner().invoke(app, ["risk", "study", "--help"]).output
    for name in ("cold-start", "alarms", "draw", "feedback", "chicago"):
        assert f" {name} " in output


def test_cold_start_tells_prior_and_update() -> None:
    """The update is no worse than its prior by more than noise; sizes beyond the city are left out."""
    own = city(2_000, rate=0.1)
    found: dict[str, Any] = studies.cold_start(
        own, at_day(365 * 3), at_day(365 * 5), 365, sizes=[200, 1_000, 10**6], repeats=2
    )
    assert [size["venues"] for size in found["sizes"]] == [200, 1_000]
    assert found["sizes"][1]["models"]["map"]["auc"]["mean"] > found["prior"]["auc"] - 0.02


def test_alarms_are_shown_to_add_to_activity() -> None:
    """In a city whose alarms go with fires and whose activity is silent, alarms add to it, beyond their interval."""
    found: dict[str, Any] = studies.alarms(city(3_000, rate=0.1), at_day(365 * 5), 365)
    assert found["models"]["activity"]["auc"]["value"] == pytest.approx(0.5)
    assert found["alarms_over_activity"]["auc"]["low"] > 0.05
    assert found["alarms_over_activity"]["ap"]["low"] > 0

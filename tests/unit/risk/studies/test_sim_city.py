"""Does the study compare the score with what is true, at the right time, and say what could be reached?"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from firewarden.risk.facts import Use
from firewarden.risk.scoring.likelihood import prior_likelihood
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import Group, Micros, Raised, Recorded, RecordKind, Registered, Trouble, VenueFact
from firewarden.risk.studies.sim_city import figures, lines, months_of, spearman, targets
from firewarden.risk.studies.sim_files import (
    SimulatorError,
    TrueMonth,
    TrueVenue,
    Truth,
    read_facts,
    read_truth,
    simulate,
)
from firewarden.risk.studies.sim_run import study
from firewarden.risk.studies.sim_walk import Tries, Walk, walk

T0: Micros = 1_735_660_800_000_000
Learnt = tuple[str, Micros, VenueFact]


def registered(code: str, use: Use, at: Micros = T0) -> Learnt:
    """A venue of the register."""
    return code, at, Registered(number=1, at=at, use=use, area_m2=5_000.0, height_m=20.0, detectors=40, points=60)


def pump(number: int, at: Micros) -> VenueFact:
    """The pump is not automatic any more."""
    return Raised(number=number, at=at, episode=1, trouble=Trouble.MANUAL, group=Group.PUMP, gateway="G", point=1)


def venue(fires: tuple[Micros, ...] = (), standing: tuple[tuple[Micros, Micros], ...] = ()) -> TrueVenue:
    """What is true of it."""
    return TrueVenue(
        quality=0.5,
        fires_per_year=0.1,
        uncontrolled=0.12,
        fires=fires,
        out_of_control=(),
        hazards=(),
        standing=standing,
    )


def month(at: Micros, **rates: float) -> TrueMonth:
    """Hidden rates at a month's end."""
    return TrueMonth(at=at, fires_per_year=rates, uncontrolled=dict.fromkeys(rates, 0.12))


def test_what_is_learnt_later_is_unknown_at_the_months_end() -> None:
    """Whenever it happened: the pump that stood in manual shows only where its fact had come."""
    end = T0 + 30 * DAY
    for learnt_at, known in ((end - 1, True), (end + 1, False)):
        facts = [registered("A", Use.OFFICE), registered("B", Use.OFFICE), ("A", learnt_at, pump(2, T0 + DAY))]
        (only,) = walk(facts, [end], prior_likelihood()).months
        assert bool(only.uncontrolled[0] > only.uncontrolled[1]) is known


def test_repeats_change_nothing() -> None:
    """Counted, and scored as if they had come once."""
    facts = [registered("A", Use.MALL), ("A", T0 + DAY, pump(2, T0 + DAY))]
    end = T0 + 30 * DAY
    once, twice = (walk(some, [end], prior_likelihood()) for some in (facts, [*facts, *facts]))
    assert (once.repeats, twice.repeats) == (0, 2)
    assert once.months[0].tenths.tolist() == twice.months[0].tenths.tolist()


def test_repairs_and_shields_are_tried() -> None:
    """The pump back in automatic lowers the score; detectors put out of service never do."""
    facts = [registered("A", Use.MALL), ("A", T0 + DAY, pump(2, T0 + DAY))]
    walked = walk(facts, [T0 + 30 * DAY], prior_likelihood())
    assert {item.value: (tries.fell, tries.rose) for item, tries in walked.repairs.items()} == {"pump_auto": (1, 0)}
    assert (walked.shielded.n, walked.shielded.rose) == (1, 0)


def test_outcomes_are_those_after_the_months_end() -> None:
    """A fire of the very moment was before it; a hazard stands from its first moment to just before its last."""
    first, second = T0 + 30 * DAY, T0 + 60 * DAY
    facts = [registered("A", Use.MALL), registered("B", Use.MALL)]
    walked = walk(facts, [first, second], prior_likelihood())
    truth = Truth(
        venues={
            "A": venue((first, first + 1, second, second + 1, second + 31 * DAY), ((first, second),)),
            "B": venue(),
        },
        months=(month(first, A=0.2, B=0.1), month(second, A=0.2, B=0.1)),
    )
    one, other = months_of(walked, truth)
    assert (one.fires.tolist(), other.fires.tolist()) == ([2, 0], [1, 0])
    assert (one.standing.tolist(), other.standing.tolist()) == ([1, 0], [0, 0])


def test_spearman_shares_the_rank_of_ties() -> None:
    """Equal scores are no order."""
    assert spearman(np.array([1.0, 2, 3]), np.array([5.0, 6, 9])) == pytest.approx(1)
    assert spearman(np.array([1.0, 2, 3]), np.array([9.0, 6, 5])) == pytest.approx(-1)
    tied = spearman(np.array([1.0, 1, 2, 2]), np.array([1.0, 2, 3, 4]))
    assert tied == pytest.approx(0.8944, abs=1e-4)


def test_a_wrong_sign_would_be_told() -> None:
    """The report counts what it tried; nothing is hidden by a mean."""
    walked = Walk(shielded=Tries(fell=5, same=1, rose=2))
    share = {"score": {"share": 0.2}}
    decile = {"fires_of_the_next_month": share, "major_hazards_standing": {"score": {"share": None}}}
    told = targets({"hazard": {"value": 0.7}}, decile, walked)
    assert told["scores_lowered_by_disabling"] == {"wanted": 0, "got": 2, "n": 8}
    assert [told[name]["reached"] for name in ("spearman", "fires_in_the_top_decile")] == [False, False]
    assert told["major_hazards_in_the_top_decile"] == {"wanted": 0.45, "got": None, "reached": False}


def test_a_year_without_a_month_is_refused() -> None:
    """There is nothing to tell."""
    with pytest.raises(ValueError, match="less than a month"):
        figures(Walk(), Truth(venues={}, months=()))
    with pytest.raises(ValueError, match="at least 62 days"):
        study(seed=1, venues=60, days=10)


@pytest.fixture(scope="module")
def report() -> dict[str, Any]:
    """The study of a small city, from the simulator's process to the report."""
    return study(seed=5, venues=100, days=130)


def numbers(value: object) -> Iterator[float]:
    """Every number of a report."""
    if isinstance(value, dict):
        for each in value.values():
            yield from numbers(each)
    elif isinstance(value, list):
        for each in value:
            yield from numbers(each)
    elif isinstance(value, int | float):
        yield float(value)


def test_the_whole_study_of_a_small_city(report: dict[str, Any]) -> None:
    """The score goes with the hidden hazard, no repair raises it, no shield lowers it, and all of it is JSON."""
    told = json.loads(json.dumps(report, allow_nan=False))
    assert told["spearman"]["hazard"]["value"] > 0.8
    assert told["targets"]["repairs_with_the_wrong_sign"]["got"] == 0
    assert told["targets"]["repairs_with_the_wrong_sign"]["n"] > 20
    assert told["targets"]["scores_lowered_by_disabling"] == {"wanted": 0, "got": 0, "n": 100 * 4}
    assert told["repeats"] > 0
    hidden = told["top_decile"]["hidden_hazard"]
    assert hidden["random"]["share"] == pytest.approx(0.1)
    assert hidden["oracle_hazard"]["share"] >= hidden["score"]["share"] > hidden["random"]["share"]
    assert all(np.isfinite(list(numbers(told))))
    assert any("Spearman of score and hazard" in line for line in lines(told))


def test_the_simulator_is_a_process_that_may_fail(tmp_path: Path) -> None:
    """What it says is told; what it did not write, or wrote otherwise, is no truth."""
    with pytest.raises(SimulatorError, match="venues"):
        simulate(tmp_path, seed=1, venues=0, days=5)
    simulate(tmp_path, seed=1, venues=2, days=40)
    assert len(read_truth(tmp_path).months) == 1
    facts = tmp_path / "facts.jsonl"
    facts.write_bytes(facts.read_bytes() + b'{"venue": "A", "learnt_at": 1, "kind": "dance"}\n')
    with pytest.raises(SimulatorError, match=r"facts\.jsonl, line"):
        list(read_facts(tmp_path))
    (tmp_path / "truth.csv").write_text("venue_id,quality\nA,often\n")
    with pytest.raises(SimulatorError, match="cannot be read"):
        read_truth(tmp_path)


def test_records_count_as_events() -> None:
    """The plain count that the score is compared with is of what is known, fires among it."""
    fire = Recorded(number=2, at=T0 + DAY, what=RecordKind.FIRE)
    facts = [registered("A", Use.MALL), registered("B", Use.MALL), ("A", T0 + 2 * DAY, fire)]
    (only,) = walk(facts, [T0 + 30 * DAY], prior_likelihood()).months
    assert only.events[0] > only.events[1] == 0
    assert only.fires_seen[0] > 0

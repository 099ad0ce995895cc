"""The scorecard: exact, monotone, never lowered by what is hidden or missing."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.strategies import (
    KNOWN_BEST,
    NOW,
    components,
    conditions,
    quiet,
    statics,
    venues,
)

from firewarden.risk import scorecard as card
from firewarden.risk.catalogue import DoubtCode, FactorCode, Grade, TriggerCode
from firewarden.risk.facts import (
    PANELS,
    PUMPS,
    VALVES,
    AlarmHabit,
    Condition,
    GatewayFacts,
    OpenCondition,
    OpenFires,
    Sensor,
    Static,
    Use,
    VenueFacts,
)
from firewarden.risk.score import grade_of, score


def tenths(facts: VenueFacts, code: FactorCode) -> int:
    """What one factor adds."""
    return next(factor.tenths for factor in score(facts, NOW).factors if factor.code is code)


@given(facts=venues())
def test_factors_add_up(facts: VenueFacts) -> None:
    """Every factor stands once, within its cap, and all of them make the score exactly, without clipping."""
    result = score(facts, NOW)
    assert [factor.code for factor in result.factors] == list(FactorCode)
    assert all(0 <= factor.tenths <= card.CAPS[factor.code] for factor in result.factors)
    assert result.tenths == sum(factor.tenths for factor in result.factors) <= card.TENTHS_MAX
    assert result.points == sum((Decimal(factor.tenths) / 10 for factor in result.factors), Decimal(0))
    assert 0 <= result.confidence <= 1


@given(facts=venues())
def test_the_same_facts_give_the_same_score(facts: VenueFacts) -> None:
    """A score depends on facts and time only."""
    assert score(facts, NOW) == score(facts, NOW)


@given(static=statics, attribute=st.sampled_from(["area_m2", "height_m", "built_year", "key_unit", "use"]))
def test_missing_is_never_better_than_the_best(static: Static, attribute: str) -> None:
    """A venue that does not tell an attribute scores at least what it would with the best value of it."""
    best = replace(
        static,
        area_m2=KNOWN_BEST.area_m2 if attribute == "area_m2" else static.area_m2,
        height_m=KNOWN_BEST.height_m if attribute == "height_m" else static.height_m,
        built_year=KNOWN_BEST.built_year if attribute == "built_year" else static.built_year,
        key_unit=KNOWN_BEST.key_unit if attribute == "key_unit" else static.key_unit,
        use=KNOWN_BEST.use if attribute == "use" else static.use,
    )
    unknown = replace(
        best,
        area_m2=None if attribute == "area_m2" else best.area_m2,
        height_m=None if attribute == "height_m" else best.height_m,
        built_year=None if attribute == "built_year" else best.built_year,
        key_unit=None if attribute == "key_unit" else best.key_unit,
        use=None if attribute == "use" else best.use,
    )
    known, hidden = score(quiet(best), NOW), score(quiet(unknown), NOW)
    assert hidden.tenths >= known.tenths
    assert hidden.confidence < known.confidence


@given(facts=venues(), extra=conditions)
def test_one_more_condition_never_lowers(facts: VenueFacts, extra: OpenCondition) -> None:
    """Whatever else goes wrong at a venue, its score does not fall."""
    fault = extra.kind in {Condition.FAULT, Condition.LINK_FAULT, Condition.LINE_FAULT}
    shield = extra.kind is Condition.SHIELDED
    worse = replace(
        facts,
        conditions=(*facts.conditions, extra),
        faulty_points=facts.faulty_points + (extra.points if fault else 0),
        shielded_points=facts.shielded_points + (extra.points if shield else 0),
        out_points=facts.out_points + (extra.points if fault or shield else 0),
    )
    assert score(worse, NOW).tenths >= score(facts, NOW).tenths


@given(
    facts=venues(),
    component=components,
    hides=st.sets(st.sampled_from([Condition.FAULT, Condition.MANUAL, Condition.SUPERVISE])),
    left=st.floats(0, 1),
)
def test_shielding_never_lowers(facts: VenueFacts, component: int | None, hides: set[Condition], left: float) -> None:
    """Shielding a point never pays: not by the alarms it no longer gives, at any rate, nor by what it reported."""
    shield = OpenCondition(kind=Condition.SHIELDED, component=component, points=1, since=NOW)
    can_report = {Condition.FAULT}
    can_report |= {Condition.MANUAL} if component in PUMPS | PANELS else set()
    can_report |= {Condition.SUPERVISE} if component in VALVES else set()
    reported = tuple(
        OpenCondition(kind=kind, component=component, points=1, since=NOW - timedelta(days=9))
        for kind in sorted(hides & can_report)
    )
    faulty = int(Condition.FAULT in hides)
    before = replace(
        facts,
        conditions=(*facts.conditions, *reported),
        faulty_points=facts.faulty_points + faulty,
        out_points=facts.out_points + faulty,
    )
    after = replace(
        facts,
        conditions=(*facts.conditions, shield),
        shielded_points=facts.shielded_points + 1,
        out_points=facts.out_points + 1,
        habit=AlarmHabit(
            false_alarms=facts.habit.false_alarms * left,
            real_fires=facts.habit.real_fires,
            signals=int(facts.habit.signals * left),
        ),
    )
    assert score(after, NOW).tenths >= score(before, NOW).tenths


def test_a_second_shield_over_an_old_fault_never_lowers() -> None:
    """Where one point is shielded already, shielding another to be rid of its old fault does not pay either."""
    shield = OpenCondition(kind=Condition.SHIELDED, component=40, points=1, since=NOW)
    fault = OpenCondition(kind=Condition.FAULT, component=40, points=1, since=NOW - timedelta(days=30))
    big = replace(quiet(), registered_points=2_000, shielded_points=1)
    before = replace(big, conditions=(shield, fault), faulty_points=1, out_points=2)
    after = replace(big, conditions=(replace(shield, points=2),), shielded_points=2, out_points=2)
    assert score(after, NOW).tenths >= score(before, NOW).tenths


@given(facts=venues(), left=st.floats(0, 1))
def test_cutting_off_a_gateway_never_lowers(facts: VenueFacts, left: float) -> None:
    """A gateway that falls silent raises the score, also when its false alarms are forgotten meanwhile."""
    speaking = GatewayFacts(gateway_id="new", heard_at=NOW, silent_since=None)
    facts = replace(facts, gateways=(speaking, *facts.gateways))
    cut = replace(
        facts,
        gateways=(replace(speaking, silent_since=NOW), *facts.gateways[1:]),
        habit=AlarmHabit(false_alarms=facts.habit.false_alarms * left),
    )
    assert score(cut, NOW).tenths >= score(facts, NOW).tenths
    assert score(cut, NOW).confidence < score(facts, NOW).confidence


@given(facts=venues(), hours=st.floats(0, 2_000))
def test_time_alone_never_lowers_what_holds(facts: VenueFacts, hours: float) -> None:
    """While nothing is repaired, a score only rises."""
    later = NOW + timedelta(hours=hours)
    assert score(facts, later).tenths >= score(facts, NOW).tenths


@given(facts=venues(), more=st.integers(1, 5), signals=st.integers(0, 100))
def test_one_more_fire_never_lowers(facts: VenueFacts, more: int, signals: int) -> None:
    """More unjudged fires and more false alarms never lower a score."""
    fires = replace(facts.fires, incidents=facts.fires.incidents + more)
    habit = AlarmHabit(
        false_alarms=facts.habit.false_alarms + more,
        real_fires=facts.habit.real_fires + more,
        signals=facts.habit.signals + signals,
    )
    assert score(replace(facts, fires=fires), NOW).tenths >= score(facts, NOW).tenths
    assert score(replace(facts, habit=habit), NOW).tenths >= score(facts, NOW).tenths


@given(facts=venues(), depth=st.floats(0.001, 5))
def test_one_more_sensor_outside_never_lowers(facts: VenueFacts, depth: float) -> None:
    """One more sensor outside its band raises the score or leaves it at the cap; deeper is never cheaper."""

    def outside(by: float) -> Sensor:
        return Sensor(
            point_id=5_000, quantity="pressure", low=0.1, high=0.3, value=0.1 - by * 0.2, at=NOW, outside_since=NOW
        )

    shallow = replace(facts, sensors=(*facts.sensors, outside(depth)))
    deep = replace(facts, sensors=(*facts.sensors, outside(depth * 2)))
    assert score(facts, NOW).tenths <= score(shallow, NOW).tenths <= score(deep, NOW).tenths


def test_a_quiet_known_venue_is_sure_of_itself() -> None:
    """A venue where all is known and nothing is wrong has full confidence, no trigger, no live points, grade A."""
    result = score(quiet(), NOW)
    assert (result.confidence, result.triggers, result.grade) == (Decimal(1), (), Grade.A)
    assert all(factor.tenths == 0 for factor in result.factors if factor.code is not FactorCode.USE)


def test_nothing_known_scores_more_and_is_unsure() -> None:
    """A venue of which nothing is known scores well above the best one, and says that it hardly knows."""
    result = score(VenueFacts(static=Static()), NOW)
    assert result.tenths > 200
    assert result.confidence <= Decimal("0.2")
    assert {doubt.code for doubt in result.doubts} == {
        DoubtCode.STATIC_MISSING,
        DoubtCode.NO_GATEWAY,
        DoubtCode.NO_POINTS,
        DoubtCode.NO_SENSORS,
    }


def test_an_open_fire_outweighs_every_other_event() -> None:
    """One unjudged fire weighs more than any other live factor can, and lifts a calm venue out of grade A."""
    hotel = Static(use=Use.HOTEL, area_m2=6_500, height_m=40, built_year=2010, key_unit=True)
    burning = replace(quiet(hotel), fires=OpenFires(incidents=1, signals=1, since=NOW))
    others = [card.CAPS[code] for code in FactorCode if code is not FactorCode.OPEN_FIRE]
    assert tenths(burning, FactorCode.OPEN_FIRE) >= max(others)
    assert score(burning, NOW).grade is not Grade.A


@pytest.mark.parametrize("hours", [0, 24, 25])
@pytest.mark.parametrize("component", [91, 95, 1, None, 0])
def test_a_pump_or_panel_in_manual_for_a_day_is_grade_d(component: int | None, hours: int) -> None:
    """A pump, panel or unknown device not automatic for more than 24 h makes grade D and says so."""
    manual = OpenCondition(kind=Condition.MANUAL, component=component, points=1, since=NOW - timedelta(hours=hours))
    result = score(replace(quiet(), conditions=(manual,)), NOW)
    expected = [TriggerCode.SUPPRESSION_MANUAL] if hours > 24 else []
    assert [trigger.code for trigger in result.triggers] == expected
    assert (result.grade is Grade.D) == (hours > 24)
    assert result.grade_by_score is not Grade.D


@pytest.mark.parametrize(("out", "triggered"), [(20, False), (21, True)])
def test_a_fifth_of_the_points_out_for_a_day_is_grade_d(out: int, triggered: bool) -> None:  # noqa: FBT001
    """More than 20 % of the points shielded or faulty for over a day makes grade D."""
    result = score(replace(quiet(), points_out_long=out), NOW)
    assert (TriggerCode.POINTS_OUT in {trigger.code for trigger in result.triggers}) is triggered


@pytest.mark.parametrize(("hours", "triggered"), [(72, False), (73, True)])
def test_three_days_of_silence_are_grade_d(hours: int, triggered: bool) -> None:  # noqa: FBT001
    """A gateway silent for more than 72 h makes grade D; any silence takes a third of the confidence."""
    since = NOW - timedelta(hours=hours)
    gateway = GatewayFacts(gateway_id="gw", heard_at=since, silent_since=since)
    result = score(replace(quiet(), gateways=(gateway,)), NOW)
    assert (TriggerCode.OFFLINE in {trigger.code for trigger in result.triggers}) is triggered
    assert result.confidence <= Decimal("0.67")


@pytest.mark.parametrize(
    ("value", "grade"),
    [(0, "A"), (299, "A"), (300, "B"), (549, "B"), (550, "C"), (749, "C"), (750, "D"), (1_000, "D")],
)
def test_grades_begin_where_the_rules_say(value: int, grade: str) -> None:
    """29.9 is still A and 30.0 is B; the same at 55 and 75."""
    assert grade_of(value).value == grade


def test_contradicting_facts_are_refused() -> None:
    """A sensor inside its band cannot be outside since a time, nor a venue be smaller than nothing."""
    with pytest.raises(ValueError, match="outside_since"):
        Sensor(point_id=1, quantity="pressure", low=0.1, high=0.3, value=0.2, at=NOW, outside_since=NOW)
    with pytest.raises(ValueError, match="value and a time"):
        Sensor(point_id=1, quantity="pressure", low=0.1, high=0.3, value=0.2)
    with pytest.raises(ValueError, match="positive"):
        Static(area_m2=0)
    with pytest.raises(ValueError, match="not open"):
        OpenCondition(kind=Condition.FAULT, component=None, points=0, since=NOW)


@pytest.mark.parametrize(
    ("low", "high", "value", "depth"),
    [
        (0.1, 0.3, 0.05, 0.25),
        (0.1, 0.3, 0.4, 0.5),
        (0.1, None, 0.05, 0.5),
        (None, 2.0, 3.0, 0.5),
        (0.0, None, -1.0, 1.0),
    ],
)
def test_depth_is_measured_in_bands(low: float | None, high: float | None, value: float, depth: float) -> None:
    """How far outside is counted in widths of the band, or in the only limit there is."""
    sensor = Sensor(point_id=1, quantity=None, low=low, high=high, value=value, at=NOW, outside_since=NOW)
    assert sensor.depth() == pytest.approx(depth)

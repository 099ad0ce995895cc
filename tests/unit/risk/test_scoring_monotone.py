"""Does a score only rise by what is worse, and never by what is hidden or unknown less?"""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.risk.venue_facts import NOW, gateways, histories, points, recent
from tests.unit.risk.venue_situations import HOTEL, PRIOR, hotel, scored, situation_of, situations

from firewarden.risk.facts import Use
from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.codes import Cause, Repair
from firewarden.risk.scoring.score import log_risk
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import (
    Cleared,
    DutyChecked,
    Group,
    Handled,
    Judged,
    Micros,
    Raised,
    Recorded,
    RecordKind,
    Registered,
    Signalled,
    Trouble,
    VenueFact,
    Verdict,
    WaterBegan,
    WaterKind,
)
from firewarden.risk.state.fold import apply
from firewarden.risk.state.situation import OpenOrder, Situation
from firewarden.risk.state.venue import VenueState
from firewarden.risk.state.view import view

BAD = sorted(set(Trouble) - {Trouble.FIRE, Trouble.MANUAL_ALARM, Trouble.STARTED, Trouble.FEEDBACK, Trouble.TEST})
"""What only makes things worse. A test explains what water sensors say; it has a test of its own."""
CLOSE = 1e-12


def risk(situation: Situation) -> float:
    """log R by the prior."""
    return log_risk(situation, PRIOR)


def trouble(kind: Trouble, group: Group, at: Micros, point: int | None = 7, gateway: str = "g1") -> Raised:
    """A trouble whose episode no history has."""
    return Raised(number=1, at=at, episode=999, trouble=kind, group=group, gateway=gateway, point=point)


@given(histories(), st.sampled_from(BAD), st.sampled_from(Group), recent, points, gateways)
def test_one_more_trouble_never_lowers_and_its_end_never_raises(  # noqa: PLR0917  # drawn
    facts: list[VenueFact], kind: Trouble, group: Group, at: Micros, point: int | None, gateway: str
) -> None:
    """Whatever else goes out of order, R does not fall; when it is put right, R does not rise."""
    begun = trouble(kind, group, at, point, gateway)
    before, during = situation_of(facts), situation_of([*facts, begun])
    over = Cleared(number=1, at=NOW, episode=999, trouble=kind, group=group, gateway=gateway, point=point, raised_at=at)
    after = situation_of([*facts, begun, over])
    assert risk(during) >= risk(before) - CLOSE
    assert risk(after) <= risk(during) + CLOSE
    assert scored(during).tenths >= scored(before).tenths >= 0


@given(histories(), recent, st.sampled_from([RecordKind.FIRE, RecordKind.COMPLAINT, RecordKind.VIOLATION]))
def test_one_more_record_never_lowers(facts: list[VenueFact], at: Micros, kind: RecordKind) -> None:
    """Neither does one more fire, complaint or violation."""
    assert risk(situation_of([*facts, Recorded(number=1, at=at, what=kind)])) >= risk(situation_of(facts)) - CLOSE


@given(histories(), recent, st.booleans(), st.sampled_from([Verdict.REAL_FIRE, Verdict.FALSE_ALARM]))
def test_one_more_signal_never_lowers(facts: list[VenueFact], at: Micros, manual: bool, verdict: Verdict) -> None:  # noqa: FBT001
    """A fire signal never lowers R while nobody has judged it, nor when it was a fire, nor when it was false."""
    signal = Signalled(number=1, at=at, incident=999, manual=manual)
    judged = Judged(number=1, at=at, incident=999, verdict=verdict, judged_at=at)
    before = risk(situation_of(facts))
    assert risk(situation_of([*facts, signal])) >= before - CLOSE
    assert risk(situation_of([*facts, signal, judged])) >= before - CLOSE


@given(histories(), recent)
def test_one_more_missed_check_never_lowers(facts: list[VenueFact], at: Micros) -> None:
    """A missed duty check never lowers R, an answered one never raises it."""
    before = risk(situation_of(facts))
    assert risk(situation_of([*facts, DutyChecked(number=1, at=at, answered=False)])) >= before - CLOSE
    assert risk(situation_of([*facts, DutyChecked(number=1, at=at, answered=True)])) <= before + CLOSE


@given(situations, recent, st.sampled_from(WaterKind), st.sampled_from(["pressure", "level"]))
def test_one_more_finding_never_lowers(situation: Situation, at: Micros, what: WaterKind, quantity: str) -> None:
    """Water that is missing, or a sensor that cannot be believed, never lowers R."""
    fact = WaterBegan(number=2, at=at, finding="new", point=77, what=what, quantity=quantity)
    more = hotel(fact).findings
    assert risk(replace(situation, findings=(*situation.findings, *more))) >= risk(situation) - CLOSE


@given(situations, recent, st.none() | st.integers(NOW - 300 * DAY, NOW + 300 * DAY))
def test_one_more_open_order_never_lowers(situation: Situation, at: Micros, due: Micros | None) -> None:
    """An order that is not closed never lowers R, overdue or not."""
    order = OpenOrder(order="new", since=at, due_at=due, fact=9)
    assert risk(replace(situation, orders=(*situation.orders, order))) >= risk(situation) - CLOSE


@given(situations)
def test_every_repair_lowers_or_leaves(situation: Situation) -> None:
    """A counterfactual never scores more than the venue does now, and the largest effect stands first."""
    result = scored(situation)
    after = [each.tenths for each in result.counterfactuals]
    assert after == sorted(after)
    assert all(tenths <= result.tenths for tenths in after)
    assert len({each.item for each in result.counterfactuals}) == len(after)


@pytest.mark.parametrize(
    ("kind", "group", "item"),
    [
        (Trouble.MANUAL, Group.PUMP, Repair.PUMP_AUTO),
        (Trouble.SHIELDED, Group.PUMP, Repair.PUMP_AUTO),
        (Trouble.SUPERVISE, Group.VALVE, Repair.VALVE_OPEN),
        (Trouble.MANUAL, Group.PANEL, Repair.PANEL_AUTO),
        (Trouble.SHIELDED, Group.DETECTOR, Repair.UNSHIELD),
        (Trouble.FAULT, Group.DETECTOR, Repair.FAULTS_REPAIRED),
        (Trouble.MAIN_POWER_FAULT, Group.PANEL, Repair.POWER_RESTORED),
        (Trouble.FAULT, Group.SMOKE_CONTROL, Repair.SMOKE_CONTROL_RESTORED),
        (Trouble.OFFLINE, Group.GATEWAY, Repair.GATEWAY_BACK),
        (Trouble.TEST, Group.PANEL, Repair.TESTS_ENDED),
    ],
)
def test_each_repair_is_that_of_its_trouble(kind: Trouble, group: Group, item: Repair) -> None:
    """One trouble has one repair, which is exactly the score without it and names the fact."""
    broken = hotel(trouble(kind, group, NOW))
    result = scored(broken, k=200.0)
    assert [each.item for each in result.counterfactuals] == [item]
    repaired = result.counterfactuals[0]
    assert repaired.tenths == scored(hotel(), k=200.0).tenths < result.tenths
    assert (repaired.facts, repaired.evidence.count) == ((2,), 1)


def test_a_repair_leaves_the_other_troubles() -> None:
    """With the pump automatic again, what is shielded still counts."""
    shield = trouble(Trouble.SHIELDED, Group.DETECTOR, NOW)
    pump = Raised(number=1, at=NOW, episode=5, trouble=Trouble.MANUAL, group=Group.PUMP, gateway="g1", point=3)
    both, alone = scored(hotel(shield, pump)), scored(hotel(shield))
    after = {each.item: each.tenths for each in both.counterfactuals}
    assert after[Repair.PUMP_AUTO] == alone.tenths
    assert after[Repair.UNSHIELD] > after[Repair.PUMP_AUTO]


@st.composite
def false_alarms(draw: st.DrawFn, since: Micros) -> list[VenueFact]:
    """A detector that calls at any rate from `since` on: judged false at once, late or not yet, acted on or not."""
    facts: list[VenueFact] = []
    for incident in range(1000, 1000 + draw(st.integers(0, 60))):
        at = draw(st.integers(since, NOW))
        facts.append(Signalled(number=1, at=at, incident=incident))
        if draw(st.booleans()):
            verdict = draw(st.sampled_from([Verdict.FALSE_ALARM, Verdict.MALICIOUS]))
            signals = draw(st.integers(1, 50))
            facts.append(Judged(number=1, at=at, incident=incident, verdict=verdict, judged_at=NOW, signals=signals))
        if draw(st.booleans()):
            facts.append(Handled(number=1, at=at, seconds=draw(st.floats(0, 1e5))))
    return facts


@st.composite
def two_worlds(draw: st.DrawFn) -> tuple[Situation, Situation]:
    """The same venue twice: one detector gives false alarms, or it is disabled before the first and stays so."""
    history = draw(histories(most=6))
    if draw(st.booleans()):
        history = [HOTEL, *history]
    since = draw(recent)
    how = draw(st.sampled_from([Trouble.SHIELDED, Trouble.FAULT, Trouble.LINK_FAULT, Trouble.LINE_FAULT, Trouble.TEST]))
    noisy = situation_of([*history, *draw(false_alarms(since))])
    disabled = situation_of([*history, trouble(how, Group.DETECTOR, since)])
    if how is Trouble.TEST:  # what a test explains of the water is another matter
        noisy, disabled = (replace(world, findings=()) for world in (noisy, disabled))
    return noisy, disabled


@given(two_worlds())
def test_disabling_a_detector_never_lowers(worlds: tuple[Situation, Situation]) -> None:
    """At any rate of false alarms, however they were handled: the venue that disabled the detector scores as much."""
    noisy, disabled = worlds
    assert risk(disabled) >= risk(noisy) - CLOSE
    assert scored(disabled).tenths >= scored(noisy).tenths


@pytest.mark.parametrize("daily", [0, 1, 8, 1000])
def test_disabling_does_not_pay_at_a_real_rate(daily: int) -> None:
    """A detector that calls up to a thousand times a day for a month, against the same detector shielded."""
    calls = [NOW - DAY * day - n * (DAY // max(daily, 1)) for day in range(30) for n in range(daily)]
    noisy, quiet = VenueState(), VenueState()
    for state in (noisy, quiet):
        apply(state, HOTEL)
    number = 1
    for incident, at in enumerate(calls):
        apply(noisy, Signalled(number=number + 1, at=at, incident=incident))
        judged = Judged(number=number + 2, at=at, incident=incident, verdict=Verdict.FALSE_ALARM, judged_at=at)
        apply(noisy, judged)
        number += 2
    apply(quiet, msgspec.structs.replace(trouble(Trouble.SHIELDED, Group.DETECTOR, NOW - 31 * DAY), number=2))
    assert risk(view(quiet, NOW)) > risk(view(noisy, NOW))


def test_a_booked_shield_costs_less_than_a_doubling_of_the_rate() -> None:
    """What cannot be seen scores as its worst, and its worst is moderate: a shield for maintenance is no alarm."""
    shielded = scored(hotel(trouble(Trouble.SHIELDED, Group.DETECTOR, NOW)))
    assert shielded.rate < 2 * scored(hotel()).rate
    assert Cause.ALARMS_UNSEEN in {factor.code for factor in shielded.factors}


@given(situations, st.integers(0, 3), st.integers(0, 3))
def test_a_silent_gateway_never_lowers(situation: Situation, silent: int, more: int) -> None:
    """The more gateways are silent, the higher is R, and the lower are confidence and coverage."""
    coverage = replace(situation.coverage, gateways=6, gateways_silent=silent, gateways_never_heard=0)
    fewer = replace(situation, coverage=coverage)
    quieter = replace(situation, coverage=replace(coverage, gateways_silent=silent + more))
    assert risk(quieter) >= risk(fewer) - CLOSE
    assert scored(quieter).confidence <= scored(fewer).confidence
    assert quieter.coverage.share <= fewer.coverage.share


@given(
    st.sampled_from(Use),
    st.floats(0.1, 1),
    st.sampled_from(["area_m2", "height_m", "built_year", "key_unit"]),
)
def test_what_nobody_entered_counts_as_its_upper_quartile(use: Use, part: float, attribute: str) -> None:
    """A venue that does not tell an attribute scores at least as three quarters of its use would with theirs."""
    row = w.USES[use]
    known: dict[str, object] = {
        "area_m2": row.assumed_m2 * part,
        "height_m": row.assumed_m * part,
        "built_year": 1997 + int(20 * (1 - part)),
        "key_unit": False,
    }
    told = msgspec.structs.replace(HOTEL, use=use, **known)
    hidden = msgspec.structs.replace(told, **{attribute: None})
    one, other = hotel(register=told), hotel(register=hidden)
    assert risk(other) >= risk(one) - CLOSE
    assert scored(other).confidence < scored(one).confidence


@pytest.mark.parametrize("use", [use for use in Use if w.USES[use].fires_per_year <= w.USE_UNKNOWN.fires_per_year])
def test_an_unknown_use_is_not_a_quiet_one(use: Use) -> None:
    """A typical venue of three quarters of the uses scores no more than the same place whose use nobody entered."""
    row = w.USES[use]
    told = msgspec.structs.replace(HOTEL, use=use, area_m2=row.typical_m2)
    hidden = msgspec.structs.replace(told, use=None)
    less = risk(hotel(register=told)) - risk(hotel(register=hidden))
    assert less <= CLOSE


def test_a_venue_without_a_gateway_scores_no_less_than_a_connected_one() -> None:
    """Nothing is known of the facilities of a venue that is not connected: it counts as one that fell silent."""
    alone = msgspec.structs.replace(HOTEL, gateways=())
    assert risk(hotel(register=alone)) > risk(hotel())
    assert scored(hotel(register=alone)).confidence < scored(hotel()).confidence


def test_nothing_known_scores_more_and_is_unsure() -> None:
    """A venue of which nothing is known scores above a typical one, and says that it hardly knows."""
    nothing = situation_of([Registered(number=1, at=NOW)])
    result = scored(nothing)
    assert result.tenths > 2 * scored(hotel()).tenths
    assert result.confidence <= 0.2
    assert result.coverage == 0

"""Does a state say what its facts say?"""

from collections.abc import Sequence
from math import log

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.risk.venue_facts import NOW, numbered, recent, trouble_facts

from firewarden.risk.facts import Use
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import (
    Cleared,
    DutyChecked,
    Group,
    Handled,
    Judged,
    Micros,
    Overridden,
    Raised,
    Recorded,
    RecordKind,
    Registered,
    Signalled,
    Trouble,
    VenueFact,
    Verdict,
    WaterBegan,
    WaterEnded,
    WaterKind,
)
from firewarden.risk.state.fold import VenueState, apply
from firewarden.risk.state.situation import Situation
from firewarden.risk.state.view import view

HOUR = DAY // 24
REGISTER = Registered(
    number=1, at=NOW - 99 * DAY, use=Use.HOTEL, points=100, detectors=50, sensors=4, gateways=("g1", "g2")
)


def seen(facts: Sequence[VenueFact], now: Micros = NOW) -> Situation:
    """What the facts say at `now`."""
    state = VenueState()
    for fact in numbered([REGISTER, *facts]):
        apply(state, fact)
    return view(state, now)


def raised(kind: Trouble, group: Group, since: Micros, episode: int = 1, gateway: str = "g1") -> Raised:
    """A trouble that lasts."""
    return Raised(number=1, at=since, episode=episode, trouble=kind, group=group, gateway=gateway, point=episode)


@given(st.lists(recent, max_size=30), st.integers(0, 50 * DAY))
def test_counts_follow_the_closed_formula(times: list[Micros], later: Micros) -> None:
    """A complaint counts half after 365 days."""
    now = NOW + later
    situation = seen([Recorded(number=1, at=at, what=RecordKind.COMPLAINT) for at in times], now)
    expected = sum(2.0 ** -((now - at) / (365 * DAY)) for at in times)
    assert situation.counts.complaints_365 == pytest.approx(expected, abs=1e-9)


@given(
    st.lists(st.integers(1, 1000), max_size=6, unique=True).flatmap(
        lambda keys: st.tuples(*(trouble_facts(key, recent) for key in keys))
    )
)
def test_shares_are_times_out_of_order(parts: tuple[list[VenueFact], ...]) -> None:
    """Each share is the integral over time of what was out, of what should work, weighted by age; never over 1."""
    shares = seen([fact for part in parts for fact in part]).shares
    faulty = shielded = pump = 0.0
    for begin, *end in parts:
        assert isinstance(begin, Raised)
        time = integral(begin.at, end[0].at if end else NOW, 30 * DAY)
        broken = begin.trouble in {Trouble.FAULT, Trouble.LINK_FAULT, Trouble.LINE_FAULT, Trouble.POWER_FAULT}
        faulty += time / 50 if begin.group is Group.DETECTOR and broken else 0
        shielded += time / 50 if begin.group is Group.DETECTOR and begin.trouble is Trouble.SHIELDED else 0
        out = broken or begin.trouble in {Trouble.MANUAL, Trouble.SHIELDED}
        pump += time if begin.group is Group.PUMP and out else 0
    assert shares.detectors_faulty_30 == pytest.approx(min(1, faulty), abs=1e-8)
    assert shares.detectors_shielded_30 == pytest.approx(min(1, shielded), abs=1e-8)
    assert shares.pump_30 == pytest.approx(min(1, pump), abs=1e-8)


def integral(since: Micros, until: Micros, half_life: Micros, steps: int = 800) -> float:
    """By Simpson's rule: the weight of each moment, all moments before NOW together weighing 1."""
    rate, width = log(2.0) / half_life, (until - since) / steps
    inner = sum((2 + 2 * (k % 2)) * 2 ** -((NOW - since - k * width) / half_life) for k in range(1, steps))
    ends = 2 ** -((NOW - since) / half_life) + 2 ** -((NOW - until) / half_life)
    return rate * width / 3 * (ends + inner)


def test_nothing_registered_is_not_nothing_wrong() -> None:
    """Where nobody registered detectors, one that is faulty is all there is."""
    state = VenueState()
    apply(state, raised(Trouble.FAULT, Group.DETECTOR, NOW - 30 * DAY))
    situation = view(state, NOW)
    assert situation.shares.detectors_faulty_30 == pytest.approx(0.5)
    assert situation.coverage.share == 0
    assert situation.coverage.register_missing == ("use", "area_m2", "height_m", "built_year", "key_unit")


def test_what_begins_in_the_future_begins_now() -> None:
    """A wrong clock neither hides a trouble nor makes it older, and takes nothing from the time of others."""
    now = seen([raised(Trouble.FAULT, Group.PUMP, NOW - 3 * DAY), raised(Trouble.FAULT, Group.PUMP, NOW + DAY, 2)])
    assert [o.since for o in now.troubles] == [NOW - 3 * DAY, NOW]
    assert now.shares.pump_30 == pytest.approx(1 - 2 ** (-3 / 30))
    ahead = [
        Signalled(number=1, at=NOW + DAY, incident=1),
        WaterBegan(number=1, at=NOW + DAY, finding="a", point=1, what=WaterKind.BELOW, quantity="level"),
        Recorded(number=1, at=NOW + 9999 * DAY, what=RecordKind.FIRE),
    ]
    situation = seen(ahead)
    assert (situation.fires[0].since, situation.findings[0].since) == (NOW, NOW)
    assert (situation.counts.fires_1095, situation.counts.signals_90, situation.shares.water_7) == (1.0, 1.0, 0.0)


def test_signals_and_judgements() -> None:
    """A signal is open until it is judged; tests count nowhere, a false alarm as false, repeats as signals."""
    signals = [Signalled(number=1, at=NOW, incident=k, manual=k == 2) for k in (1, 2, 3, 4)]
    verdicts = [
        Judged(number=1, at=NOW, incident=1, verdict=Verdict.FALSE_ALARM, judged_at=NOW, signals=5),
        Judged(number=1, at=NOW, incident=3, verdict=Verdict.TEST, judged_at=NOW, signals=9),
        Judged(number=1, at=NOW, incident=4, verdict=Verdict.REAL_FIRE, judged_at=NOW),
    ]
    situation = seen([*signals, *verdicts])
    assert [(f.incident, f.manual, f.fact) for f in situation.fires] == [(2, True, 3)]
    counts = situation.counts
    assert (counts.signals_90, counts.false_alarms_90, counts.fires_1095) == pytest.approx((7, 1, 1))
    assert (situation.false_ratio.a, situation.false_ratio.b) == pytest.approx((20.5, 1.5))
    assert situation.evidence["false_alarms_90"] == (6,)
    assert [past.fact for past in situation.fires_past] == [8]


def test_what_a_duty_check_says() -> None:
    """Old outcomes are forgotten by half in 30 days; the newest stand first."""
    checks = [DutyChecked(number=1, at=NOW - 30 * DAY, answered=False), DutyChecked(number=1, at=NOW, answered=True)]
    situation = seen(checks)
    assert (situation.duty.a, situation.duty.b) == pytest.approx((1.0, 5.5))
    assert [(d.answered, d.fact) for d in situation.duty_recent] == [(True, 3), (False, 2)]
    assert situation.evidence["duty"] == (3, 2)
    assert seen([]).duty.mean == pytest.approx(0.1)


def test_handling_is_a_mean_of_logarithms() -> None:
    """Of 10 s and, with half the weight, 40 s; never seen: None."""
    handled = [Handled(number=1, at=NOW, seconds=10), Handled(number=1, at=NOW - 30 * DAY, seconds=40)]
    assert seen(handled, NOW + 77 * DAY).handling_log_s == pytest.approx((log(10) + log(40) / 2) / 1.5, abs=1e-6)
    assert seen([]).handling_log_s is None


@pytest.mark.parametrize(
    ("trouble", "what", "suppressed"),
    [
        (raised(Trouble.STARTED, Group.PUMP, NOW - HOUR), WaterKind.BELOW, "pump_running"),
        (raised(Trouble.STARTED, Group.PUMP, NOW - 13 * HOUR), WaterKind.BELOW, None),
        (raised(Trouble.STARTED, Group.SMOKE_CONTROL, NOW - HOUR), WaterKind.BELOW, None),
        (raised(Trouble.TEST, Group.PANEL, NOW - HOUR), WaterKind.SHIFT, "test"),
        (raised(Trouble.TEST, Group.PANEL, NOW - 25 * HOUR), WaterKind.SHIFT, None),
        (raised(Trouble.STARTED, Group.PUMP, NOW - HOUR), WaterKind.STUCK, None),
    ],
)
def test_what_explains_a_water_finding(trouble: Raised, what: WaterKind, suppressed: str | None) -> None:
    """A pump that runs or a test, for as long as either may last; neither explains a sensor that is stuck."""
    finding = WaterBegan(number=1, at=NOW - HOUR, finding="a", point=3, what=what, quantity="pressure")
    assert seen([trouble, finding]).findings[0].suppressed == suppressed


def test_water_that_was_missing() -> None:
    """One of four sensors below its limit for the last 7 days: half of its time, an eighth of the water's."""
    began = WaterBegan(number=1, at=NOW - 7 * DAY, finding="a", point=3, what=WaterKind.BELOW, quantity="level")
    ended = WaterEnded(
        number=1, at=NOW, finding="a", point=3, what=WaterKind.BELOW, quantity="level", began_at=NOW - 7 * DAY
    )
    assert seen([began]).shares.water_7 == pytest.approx(1 / 8)
    assert seen([ended, began]).shares.water_7 == pytest.approx(1 / 8)
    assert seen([ended, began]).findings == ()


def test_orders_stand_until_they_are_closed() -> None:
    """The newest word on an order counts, given again or closed; one without a key cannot be followed."""
    given = Recorded(number=1, at=NOW - 9 * DAY, what=RecordKind.ORDER, order="a", due_at=NOW)
    closed = Recorded(number=1, at=NOW - 5 * DAY, what=RecordKind.ORDER_CLOSED, order="a")
    again = msgspec.structs.replace(given, at=NOW - DAY, due_at=None)
    assert [(o.order, o.since, o.due_at) for o in seen([given]).orders] == [("a", NOW - 9 * DAY, NOW)]
    assert seen([closed, given]).orders == ()
    assert [o.due_at for o in seen([again, closed, given]).orders] == [None]
    assert seen([msgspec.structs.replace(given, order=None)]).orders == ()
    assert len(seen([msgspec.structs.replace(given, order=None)]).orders_past) == 1


def test_coverage() -> None:
    """Silent: offline, cut off from its panel, or never heard; gateways that the register lacks do not count."""
    offline = raised(Trouble.OFFLINE, Group.GATEWAY, NOW - DAY)
    assert seen([offline]).coverage.gateways_silent == 1
    assert seen([raised(Trouble.LINE_FAULT, Group.GATEWAY, NOW)]).coverage.gateways_silent == 1
    assert seen([raised(Trouble.OFFLINE, Group.GATEWAY, NOW, gateway="g9")]).coverage.gateways_silent == 0
    unheard = msgspec.structs.replace(REGISTER, unheard=(("g1", NOW - DAY), ("g2", NOW - DAY)))
    situation = seen([offline, unheard])
    assert (situation.coverage.gateways_silent, situation.coverage.gateways_never_heard) == (2, 2)
    assert situation.shares.offline_14 == 1
    quiet = WaterBegan(number=1, at=NOW, finding="a", point=3, what=WaterKind.SILENT, quantity="level")
    coverage = seen([quiet]).coverage
    assert (coverage.sensors, coverage.sensors_silent) == (4, 1)
    assert coverage.share == pytest.approx((1 + 3 / 4 + 1 / 5) / 3)


def test_the_newest_register_and_override_hold() -> None:
    """By number, whichever comes first; an override ends at its time, or when it is taken back."""
    newer = msgspec.structs.replace(REGISTER, area_m2=70.0)
    state = VenueState()
    for fact in (msgspec.structs.replace(newer, number=2), REGISTER):
        apply(state, fact)
    assert view(state, NOW).register.area_m2 == 70
    calm = Overridden(number=1, at=NOW, override=4, grade="A", until=NOW + DAY)
    taken_back = Overridden(number=1, at=NOW, override=5, grade=None, until=NOW + DAY)
    override = seen([calm]).override
    assert override is not None
    assert (override.grade, override.override, override.fact) == ("A", 4, 2)
    assert seen([calm], NOW + DAY).override is None
    assert seen([calm, taken_back]).override is None
    assert seen([taken_back, calm]).override is not None


def test_evidence_is_the_newest_twenty() -> None:
    """By when it happened, not by when it was learnt."""
    complaints = [Recorded(number=1, at=NOW - k * DAY, what=RecordKind.COMPLAINT) for k in range(30)]
    assert seen(complaints).evidence["complaints_365"] == tuple(range(2, 22))


def test_a_cleared_trouble_is_gone_in_either_order() -> None:
    """Its end may be learnt first."""
    began = raised(Trouble.SHIELDED, Group.DETECTOR, NOW - 3 * DAY)
    end = Cleared(
        number=1,
        at=NOW - DAY,
        episode=1,
        trouble=began.trouble,
        group=began.group,
        gateway="g1",
        point=1,
        raised_at=began.at,
    )
    for facts in ([began, end], [end, began]):
        situation = seen(facts)
        assert situation.troubles == ()
        assert situation.shares.detectors_shielded_30 == pytest.approx((2 ** (-1 / 30) - 2 ** (-3 / 30)) / 50)

"""Does each rule hold exactly beyond its line, on the days of its standard, and say why?"""

import zlib
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from tests.unit.risk.venue_facts import NOW, histories, numbered

from firewarden.risk.facts import Use
from firewarden.risk.rules.book import RuleBookError, parse_rules
from firewarden.risk.rules.hits import RuleHit, floor, hits, remember
from firewarden.risk.rules.shipped import shipped_rules
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import (
    DutyChecked,
    Group,
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
from firewarden.risk.state.fold import VenueState, apply
from firewarden.risk.state.moments import iso, micros
from firewarden.risk.state.view import view

HOUR = DAY // 24
BOOK = shipped_rules()
HOTEL = Registered(number=1, at=NOW - 99 * DAY, use=Use.HOTEL, points=100, detectors=60, sensors=2, gateways=("g1",))


def found(facts: Sequence[VenueFact], now: Micros = NOW, register: Registered = HOTEL) -> dict[str, RuleHit]:
    """The hits of a venue of these facts, by code."""
    state = VenueState()
    for fact in numbered([register, *facts]):
        apply(state, fact)
    return {hit.rule: hit for hit in hits(view(state, now), {}, BOOK)}


def trouble(kind: Trouble, group: Group, since: Micros, point: int | None = 1) -> Raised:
    """A trouble that lasts."""
    key = zlib.crc32(f"{kind} {group} {since} {point}".encode())
    return Raised(number=1, at=since, episode=key, trouble=kind, group=group, gateway="g1", point=point)


@pytest.mark.parametrize(
    ("kind", "group", "codes"),
    [
        (Trouble.MANUAL, Group.PUMP, {"trigger-suppression-24h", "GB35181-2025-suppression"}),
        (Trouble.FAULT, Group.PUMP, {"trigger-suppression-24h", "GB35181-2025-suppression"}),
        (Trouble.SHIELDED, Group.PANEL, {"trigger-suppression-24h", "GB35181-2025-alarm"}),
        (Trouble.MANUAL, Group.PANEL, {"trigger-suppression-24h", "GB35181-2025-linkage"}),
        (Trouble.FAULT, Group.PANEL, {"GB35181-2025-alarm"}),
        (Trouble.SUPERVISE, Group.VALVE, {"GB35181-2025-suppression"}),
        (Trouble.BACKUP_POWER_FAULT, Group.PANEL, {"GB35181-2025-power"}),
        (Trouble.FAULT, Group.DETECTOR, set[str]()),
        (Trouble.FAULT, Group.SMOKE_CONTROL, set[str]()),
    ],
)
def test_what_is_out_is_a_hit_after_a_day(kind: Trouble, group: Group, codes: set[str]) -> None:
    """At exactly 24 h nothing is suspected, a moment later it is, with the fact and since when."""
    assert found([trouble(kind, group, NOW - DAY)]) == {}
    after = found([trouble(kind, group, NOW - DAY - 1)])
    assert set(after) == codes
    for hit in after.values():
        assert hit.facts == (2,)
        assert hit.first_seen == NOW - 1
        assert hit.evidence["since"] == iso(NOW - DAY - 1)
        assert hit.needs_onsite_check


def test_one_damper_is_not_smoke_control() -> None:
    """Two parts of the smoke control have to be out."""
    facts = [trouble(Trouble.FAULT, Group.SMOKE_CONTROL, NOW - 2 * DAY, point) for point in (1, 2)]
    assert set(found(facts)) == {"GB35181-2025-smoke"}


@pytest.mark.parametrize(("points", "expected"), [(20, False), (21, True)])
def test_over_a_fifth_of_the_points(points: int, expected: bool) -> None:  # noqa: FBT001
    """20 of 100 points shielded or faulty are not over 20 %; 21 are. A point with both counts once."""
    facts = [trouble(Trouble.FAULT, Group.OTHER, NOW - 2 * DAY, point) for point in range(points)]
    facts += [trouble(Trouble.SHIELDED, Group.OTHER, NOW - 2 * DAY, 1)]
    assert ("trigger-points-24h" in found(facts)) is expected


@pytest.mark.parametrize(("points", "expected"), [(19, False), (20, True)])
def test_points_that_nobody_registered(points: int, expected: bool) -> None:  # noqa: FBT001
    """Where no points are registered a number decides, so that one fault is no fifth of nothing."""
    unknown = msgspec.structs.replace(HOTEL, points=0, detectors=0)
    facts = [trouble(Trouble.FAULT, Group.OTHER, NOW - 2 * DAY, point) for point in range(points)]
    assert ("trigger-points-24h" in found(facts, register=unknown)) is expected


def test_half_of_the_detectors() -> None:
    """30 of 60 detectors out are not over half, 31 are: the alarm system is suspected not to run."""
    facts = [trouble(Trouble.FAULT, Group.DETECTOR, NOW - 2 * DAY, point) for point in range(31)]
    assert "GB35181-2025-alarm" not in found(facts[1:])
    assert found(facts)["GB35181-2025-alarm"].evidence == {"points": 31, "registered": 60, "hours": 24.0}


def test_offline() -> None:
    """Over 72 h, not 72; a gateway that never spoke counts from when it should have; a retired one does not count."""
    assert "trigger-offline-72h" not in found([trouble(Trouble.OFFLINE, Group.GATEWAY, NOW - 3 * DAY)])
    assert "trigger-offline-72h" in found([trouble(Trouble.OFFLINE, Group.GATEWAY, NOW - 3 * DAY - 1)])
    assert "trigger-offline-72h" in found([trouble(Trouble.LINE_FAULT, Group.GATEWAY, NOW - 4 * DAY)])
    unheard = msgspec.structs.replace(HOTEL, unheard=(("g1", NOW - 4 * DAY),))
    assert found([], register=unheard)["trigger-offline-72h"].facts == (1,)
    retired = msgspec.structs.replace(HOTEL, gateways=("g9",))
    assert found([trouble(Trouble.OFFLINE, Group.GATEWAY, NOW - 9 * DAY)], register=retired) == {}


def test_three_unanswered_checks() -> None:
    """Two in a row are not enough, three are, and an answer ends it; the order of arrival does not matter."""
    missed = [DutyChecked(number=1, at=NOW - k * HOUR, answered=False) for k in (3, 2, 1)]
    assert found(missed[1:]) == {}
    hit = found(missed[::-1])["trigger-duty-3"]
    assert (hit.first_seen, hit.facts, hit.evidence["checks"]) == (NOW - HOUR, (2, 3, 4), 3)
    assert found([*missed, DutyChecked(number=1, at=NOW - 90 * HOUR, answered=True)]).keys() == {"trigger-duty-3"}
    assert found([*missed, DutyChecked(number=1, at=NOW, answered=True)]) == {}


def test_an_overdue_order() -> None:
    """At its due time an order is not overdue, a moment later it is, until it is closed."""
    order = Recorded(number=1, at=NOW - 30 * DAY, what=RecordKind.ORDER, order="a", due_at=NOW - DAY)
    assert found([order], NOW - DAY) == {}
    assert found([order], NOW - DAY + 1)["trigger-order-overdue"].grade == "D"
    assert found([order, Recorded(number=1, at=NOW - HOUR, what=RecordKind.ORDER_CLOSED, order="a")]) == {}
    assert found([msgspec.structs.replace(order, due_at=None)]) == {}


def test_water_that_is_missing() -> None:
    """Low water for over a day is a hit; while a pump runs it is explained; a silent sensor says nothing of water."""
    low = WaterBegan(number=1, at=NOW - DAY - 1, finding="a", point=5, what=WaterKind.BELOW, quantity="pressure")
    assert set(found([low])) == {"GB35181-2025-hydrants"}
    assert found([low], NOW - 1) == {}
    assert found([low, trouble(Trouble.STARTED, Group.PUMP, NOW - HOUR)]) == {}
    assert found([msgspec.structs.replace(low, what=WaterKind.SILENT)]) == {}


def test_two_fires_within_a_year() -> None:
    """One fire of the brigade and one of the desk make two; a year and a moment ago is too long ago."""
    desk = [
        Signalled(number=1, at=NOW - DAY, incident=1),
        Judged(number=1, at=NOW - DAY, incident=1, verdict=Verdict.REAL_FIRE, judged_at=NOW),
    ]
    recorded = Recorded(number=1, at=NOW - 365 * DAY, what=RecordKind.FIRE)
    hit = found([*desk, recorded])["60-fires"]
    assert (hit.effect, hit.grade, hit.first_seen, set(hit.facts)) == ("poor", "D", NOW - DAY, {3, 4})
    assert found([*desk, recorded], NOW + 1) == {}
    assert found(desk) == {}


def test_a_violation_after_an_order() -> None:
    """A violation counts for a year when an order came before it, and not when it came after."""
    order = Recorded(number=1, at=NOW - 100 * DAY, what=RecordKind.ORDER, order="a")
    violation = Recorded(number=1, at=NOW - 50 * DAY, what=RecordKind.VIOLATION)
    assert found([order, violation])["60-repeated"].grade == "C"
    assert found([order, msgspec.structs.replace(violation, at=NOW - 101 * DAY)]) == {}
    assert found([order, violation], NOW + 316 * DAY) == {}


def test_a_pump_out_for_a_week_no_longer_extinguishes() -> None:
    """A broken pump is 'poor' after a week; one on manual can be put right and is not."""
    assert "60-facilities" not in found([trouble(Trouble.FAULT, Group.PUMP, NOW - 7 * DAY)])
    assert "60-facilities" in found([trouble(Trouble.FAULT, Group.PUMP, NOW - 7 * DAY - 1)])
    assert "60-facilities" not in found([trouble(Trouble.MANUAL, Group.PUMP, NOW - 30 * DAY)])


def test_the_version_in_force_on_that_day() -> None:
    """Until the end of 31 October 2025 in China the edition of 2017 counts, then that of 2025, never both."""
    change = micros(datetime(2025, 10, 31, 16, tzinfo=UTC))
    valve = [trouble(Trouble.SUPERVISE, Group.VALVE, change - 9 * DAY)]
    before, after = found(valve, change - 1), found(valve, change)
    assert [(hit.rule, hit.version) for hit in before.values()] == [("GB35181-7.4.6", "2017")]
    assert [(hit.rule, hit.version) for hit in after.values()] == [("GB35181-2025-suppression", "2025")]


def elements(count: int) -> list[VenueFact]:
    """Facts for so many comprehensive elements, without a hard trigger among the first five."""
    long_ago = NOW - 3 * DAY
    facts: list[VenueFact] = [
        trouble(Trouble.SUPERVISE, Group.VALVE, long_ago, 1),
        trouble(Trouble.FAULT, Group.PANEL, long_ago, 2),
        trouble(Trouble.BACKUP_POWER_FAULT, Group.POWER, long_ago, 3),
        WaterBegan(number=1, at=long_ago, finding="a", point=4, what=WaterKind.BELOW, quantity="level"),
    ]
    return facts[:count]


def test_elements_are_counted_by_the_kind_of_venue() -> None:
    """A hotel: two elements call for nothing, three for C, four for D as a direct element. An office needs more."""
    assert floor(found(elements(2)).values()) is None
    three, four = found(elements(3)), found(elements(4))
    assert floor(three.values()) == "C"
    assert three["GB35181-2025-count-assembly"].evidence == {"elements": 3, "threshold": 4}
    assert floor(four.values()) == "D"
    office = msgspec.structs.replace(HOTEL, use=Use.OFFICE)
    assert floor(found(elements(4), register=office).values()) is None
    unknown = msgspec.structs.replace(HOTEL, use=None)
    assert floor(found(elements(4), register=unknown).values()) == "D"


def test_first_seen_is_remembered() -> None:
    """What was seen earlier and still holds keeps its first time; what ended is forgotten."""
    first = hits(situation([trouble(Trouble.MANUAL, Group.PUMP, NOW - 3 * DAY)], NOW), {}, BOOK)
    seen = remember(first)
    later = hits(situation([trouble(Trouble.MANUAL, Group.PUMP, NOW - 2 * DAY, 7)], NOW + HOUR), seen, BOOK)
    assert {hit.first_seen for hit in later} == {NOW - 2 * DAY}
    assert remember(hits(situation([], NOW), seen, BOOK)) == {}


def situation(facts: Sequence[VenueFact], now: Micros):
    """What these facts say."""
    state = VenueState()
    for fact in numbered([HOTEL, *facts]):
        apply(state, fact)
    return view(state, now)


@given(histories())
def test_no_history_breaks_a_rule(facts: list[VenueFact]) -> None:
    """Whatever happened, at whatever time: the rules answer, alike each time, with facts that the venue has."""
    state = VenueState()
    for fact in facts:
        apply(state, fact)
    once = hits(view(state, NOW), {}, BOOK)
    assert once == hits(view(state, NOW), {}, BOOK)
    for hit in once:
        assert all(0 <= fact <= len(facts) for fact in hit.facts)
        assert hit.first_seen <= NOW
        msgspec.json.encode(hit)


DIRECT = """
version = "t"
[classes]
assembly = ["mall", "complex", "hotel", "entertainment", "restaurant", "hospital", "elder_care", "school", "culture"]
flammable = ["explosive"]
other = ["office", "housing", "factory", "warehouse", "heritage", "government"]
unknown = "assembly"
[[standards]]
code = "S"
version = "1"
title_zh = "甲"
title_en = "S"
numbering = "own"
[[rules]]
code = "S-1"
standard = "S"
version = "1"
effect = "direct"
classes = ["flammable"]
title_zh = "乙"
title_en = "One"
tests = [{ test = "silent", hours = 1 }]
"""


def test_a_direct_element_calls_for_d_where_it_applies() -> None:
    """Direct always means D, and only at the venues that the rule is of."""
    now = situation([trouble(Trouble.OFFLINE, Group.GATEWAY, NOW - DAY)], NOW)
    assert hits(now, {}, parse_rules(DIRECT)) == ()
    explosive = msgspec.structs.replace(now, register=msgspec.structs.replace(now.register, use=Use.EXPLOSIVE))
    assert floor(hits(explosive, {}, parse_rules(DIRECT))) == "D"


@pytest.mark.parametrize(
    ("old", "new", "problem"),
    [
        ('version = "t"', "version =", "not TOML"),
        ('version = "t"', 'version = ""', "version: it must say something"),
        ('effect = "direct"', 'effect = "bad"', "rules S-1"),
        ('effect = "direct"', 'effect = "poor"', "S-1: say which grade it calls for"),
        ('effect = "direct"', 'effect = "comprehensive"\ngrade = "C"', "S-1: a comprehensive element calls for no"),
        ('effect = "direct"', 'effect = "direct"\ngrade = "C"', "S-1: a direct element always calls for grade D"),
        ('title_zh = "乙"', 'title_zh = " "', "S-1: code, version and both titles"),
        ('standard = "S"', 'standard = "T"', "S-1: there is no standard T 1"),
        ("hours = 1 ", "hours = -1 ", "rules S-1"),
        ("hours = 1 ", "hours = 1, days = 2 ", "rules S-1"),
        ('test = "silent"', 'test = "gone"', "rules S-1"),
        ('{ test = "silent", hours = 1 }', "", "S-1: a rule without a test never holds"),
        (
            '{ test = "silent", hours = 1 }',
            '{ test = "out", groups = [], troubles = ["fault"], hours = 1 }',
            "S-1: it names no groups",
        ),
        (
            '{ test = "silent", hours = 1 }',
            '{ test = "points", groups = ["pump"], share = 0.5, hours = 1, unregistered = 1 }',
            "S-1: a share is of all points",
        ),
        ('"mall", ', "", "classes: mall must stand in one class, it stands in 0"),
        ('["explosive"]', '["explosive", "mall"]', "classes: mall must stand in one class, it stands in 2"),
        ('["explosive"]', '["castle"]', "castle"),
        ('numbering = "own"', 'numbering = "own"\nvalid_from = 2020-01-02\nvalid_to = 2020-01-01', "ends before"),
        ("[[rules]]", "[rules]", "rules: expected a list of tables"),
    ],
)
def test_a_file_with_a_mistake_is_refused_and_says_why(old: str, new: str, problem: str) -> None:
    """Each mistake is named."""
    assert old in DIRECT
    with pytest.raises(RuleBookError) as told:
        parse_rules(DIRECT.replace(old, new, 1))
    assert any(problem in line for line in told.value.problems), told.value.problems


def test_every_problem_is_named_at_once() -> None:
    """Whoever edits the file does not find one mistake after the other."""
    text = DIRECT + DIRECT[DIRECT.index("[[standards]]") :].replace('version = "1"', 'version = "2"')
    text += '[[counts]]\ncode = "c"\nstandard = "S"\nversion = "1"\nclasses = []\nof = ["S-1"]\nthreshold = 1\n'
    text += 'title_zh = "丙"\ntitle_en = "C"\n'
    with pytest.raises(RuleBookError) as told:
        parse_rules(text)
    assert told.value.problems == (
        "S-1 stands there twice",
        "standard S: 1 and 2 are in force on the same days",
        "c: a threshold of 1 would make every element a direct one",
        "c: it names no venues or no elements",
        "c: S-1 is no comprehensive element of S 1",
    )


def test_what_ships_has_titles_in_both_languages() -> None:
    """A page can name every rule and count; an unknown code is shown as it is."""
    for entry in (*BOOK.rules, *BOOK.counts):
        assert BOOK.title(entry.code, "zh") != BOOK.title(entry.code, "en")
    assert BOOK.title("gone", "en") == "gone"

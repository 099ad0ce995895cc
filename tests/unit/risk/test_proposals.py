"""Does each grade call for what the table of differentiated supervision says, once, and no longer than it lasts?"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.risk.catalogue import Grade
from firewarden.risk.proposals import (
    DAY,
    HOUR,
    Call,
    Earlier,
    Kind,
    Standing,
    State,
    called_for,
    due_after,
    moment,
    step,
)
from firewarden.risk.state.facts import Group, Micros, Trouble
from firewarden.risk.state.situation import Open

MONDAY: Micros = 1_796_011_200_000_000
"""2026-11-30T04:00Z, noon of a Monday in the city."""


def fault(since: Micros, *, fact: int = 1, trouble: Trouble = Trouble.FAULT) -> Open:
    """A trouble that holds."""
    return Open(episode=fact, trouble=trouble, group=Group.DETECTOR, gateway="G", point=fact, since=since, fact=fact)


def standing(grade: Grade, *troubles: Open, age: Micros = 0, hits: tuple[str, ...] = (), closed: int = 0) -> Standing:
    """A venue that has had its grade since MONDAY, `age` later."""
    return Standing(
        venue_id=1,
        at=MONDAY + age,
        troubles=troubles,
        score=50.0,
        grade=grade,
        grade_since=MONDAY,
        hits=hits,
        overdue_closed=closed,
    )


def kinds(calls: Iterable[Call]) -> list[Kind]:
    """What is called for."""
    return [call.kind for call in calls]


def made(call: Call, *, state: State = State.OPEN, number: int = 1, at: datetime | None = None) -> Earlier:
    """That call as a proposal of the database."""
    proposed_at = at or moment(MONDAY)
    return Earlier(id=number, kind=call.kind, grade=call.grade, about=call.about, state=state, proposed_at=proposed_at)


@pytest.mark.parametrize(
    ("grade", "expected"),
    [
        (Grade.A, []),
        (Grade.B, [Kind.DUTY_CHECKS]),
        (Grade.C, [Kind.DUTY_CHECKS, Kind.INTERVIEW, Kind.VISIT]),
        (Grade.D, [Kind.DUTY_CHECKS, Kind.VISIT]),
    ],
)
def test_what_a_grade_alone_calls_for(grade: Grade, expected: list[Kind]) -> None:
    """The worse, the more; grade A calls for nothing."""
    assert kinds(called_for(standing(grade))) == expected


@pytest.mark.parametrize(
    ("grade", "hours", "expected"),
    [
        (Grade.A, 500, None),
        (Grade.B, 23, None),
        (Grade.B, 24, "reminder"),
        (Grade.C, 11, None),
        (Grade.C, 12, "reminder"),
        (Grade.C, 48, "brigade_copy"),
        (Grade.D, 0, "brigade_copy"),
    ],
)
def test_a_fault_is_followed_up_by_its_age_and_the_grade(grade: Grade, hours: int, expected: str | None) -> None:
    """At 24 hours in B, at 12 and 48 in C, at once in D."""
    calls = called_for(standing(grade, fault(MONDAY), age=hours * HOUR))
    found = [call.because["step"] for call in calls if call.kind is Kind.FAULT_FOLLOW_UP]
    assert found == ([] if expected is None else [expected])


def test_a_shield_is_no_fault() -> None:
    """What somebody put out of service is not followed up as a fault."""
    calls = called_for(standing(Grade.D, fault(MONDAY, trouble=Trouble.SHIELDED)))
    assert Kind.FAULT_FOLLOW_UP not in kinds(calls)


@pytest.mark.parametrize(("open_", "closed", "expected"), [(1, 0, False), (1, 1, True), (2, 0, True), (0, 2, True)])
def test_two_overdue_faults_call_for_a_letter(open_: int, closed: int, *, expected: bool) -> None:
    """In grade B, whether they are still open or ended within thirty days."""
    faults = [fault(MONDAY, fact=number + 1) for number in range(open_)]
    calls = called_for(standing(Grade.B, *faults, age=25 * HOUR, closed=closed))
    assert (Kind.REMINDER in kinds(calls)) is expected


def test_a_rule_that_holds_calls_for_a_determination() -> None:
    """In grade D, naming the rules; without one nobody is called to determine anything."""
    calls = called_for(standing(Grade.D, hits=("b", "a", "b")))
    found = [call.because["rules"] for call in calls if call.kind is Kind.HAZARD_DETERMINATION]
    assert found == ["a, b"]


def test_an_admonition_comes_last() -> None:
    """Only where grade D has outlasted the three working days of the visit."""
    assert Kind.ADMONITION not in kinds(called_for(standing(Grade.D, age=3 * DAY)))
    assert Kind.ADMONITION in kinds(called_for(standing(Grade.D, age=4 * DAY)))


def test_working_days_leave_out_weekends() -> None:
    """Three working days after a Friday end with Wednesday, in the time of the city."""
    friday = MONDAY + 4 * DAY
    assert due_after(friday, 3) == datetime(2026, 12, 9, 16, tzinfo=UTC)
    assert due_after(friday + DAY, 3) == datetime(2026, 12, 9, 16, tzinfo=UTC)
    assert due_after(MONDAY, 10) == datetime(2026, 12, 14, 16, tzinfo=UTC)


def test_the_same_is_proposed_once_in_a_stay() -> None:
    """Open, accepted or declined: it does not come again; lapsed, or of an earlier stay, it does."""
    now = standing(Grade.B)
    (call,) = called_for(now)
    for state in (State.OPEN, State.ACCEPTED, State.DECLINED):
        assert step(now, [made(call, state=state)]).propose == ()
    assert step(now, [made(call, state=State.LAPSED)]).propose == (call,)
    before = moment(MONDAY) - timedelta(seconds=1)
    assert step(now, [made(call, state=State.DECLINED, at=before)]).propose == (call,)


def test_a_better_grade_lets_proposals_lapse() -> None:
    """And a worse one replaces them: a visit of grade C is none of grade D."""
    of_c = called_for(standing(Grade.C))
    rows = [made(call, number=number) for number, call in enumerate(of_c, start=1)]
    assert step(standing(Grade.A), rows).lapse == (1, 2, 3)
    worse = step(standing(Grade.D), rows)
    assert (worse.lapse, kinds(worse.propose)) == ((1, 2, 3), [Kind.DUTY_CHECKS, Kind.VISIT])


def test_a_letter_may_come_again_after_a_month() -> None:
    """A venue that stays in grade B is reminded at most once in thirty days."""
    later = standing(Grade.B, fault(MONDAY), fault(MONDAY, fact=2), age=31 * DAY)
    (letter,) = [call for call in called_for(later) if call.kind is Kind.REMINDER]
    recent, old = moment(MONDAY + 20 * DAY), moment(MONDAY)
    assert letter not in step(later, [made(letter, state=State.ACCEPTED, at=recent)]).propose
    assert letter in step(later, [made(letter, state=State.ACCEPTED, at=old)]).propose


@given(
    st.lists(st.sampled_from(list(Grade)), min_size=1, max_size=12),
    st.lists(st.integers(0, 200), max_size=3),
    st.data(),
)
def test_there_is_never_more_than_one_open_proposal_of_a_kind(
    grades: list[Grade], fault_hours: list[int], data: st.DataObject
) -> None:
    """Whatever the history of grades and decisions, and a second look changes nothing."""
    rows: list[Earlier] = []
    for day, grade in enumerate(grades):
        at = MONDAY + day * DAY
        faults = [fault(at - hours * HOUR, fact=n + 1) for n, hours in enumerate(fault_hours)]
        now = Standing(venue_id=1, at=at, troubles=tuple(faults), score=1.0, grade=grade, grade_since=at)
        done = step(now, rows)
        rows = [row if row.id not in done.lapse else _with(row, State.LAPSED) for row in rows]
        rows += [made(call, number=len(rows) + n, at=moment(at)) for n, call in enumerate(done.propose)]
        open_kinds = [row.kind for row in rows if row.state is State.OPEN]
        assert len(open_kinds) == len(set(open_kinds))
        again = step(now, rows)
        assert (again.lapse, again.propose) == ((), ())
        states = [State.OPEN, State.ACCEPTED, State.DECLINED]
        rows = [_with(row, data.draw(st.sampled_from(states))) if row.state is State.OPEN else row for row in rows]


def _with(row: Earlier, state: State) -> Earlier:
    return Earlier(id=row.id, kind=row.kind, grade=row.grade, about=row.about, state=state, proposed_at=row.proposed_at)

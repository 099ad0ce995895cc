"""Do grades rise at once and fall only after their waiting time?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace
from tests.unit.risk.venue_facts import NOW
from tests.unit.risk.venue_situations import hotel, scored

from firewarden.risk.catalogue import Grade
from firewarden.risk.scoring.grade import GRADES, GradeMemory, band, falls_at, remember
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import DutyChecked, Group, Micros, Overridden, Raised, Trouble

A, B, C, D = GRADES


@pytest.mark.parametrize(
    ("tenths", "grade"),
    [(0, A), (299, A), (300, B), (549, B), (550, C), (749, C), (750, D), (1000, D)],
)
def test_the_lines(tenths: int, grade: Grade) -> None:
    """30, 55 and 75 points are the lines; who stands on one has reached it."""
    assert band(tenths) is grade


def run(*steps: tuple[float, Grade]) -> list[Grade]:
    """The grades that hold when these were called for, each so many days after NOW."""
    memory, held = GradeMemory(), list[Grade]()
    for days, reached in steps:
        memory = remember(memory, reached, NOW + round(days * DAY))
        assert memory.grade is not None
        held.append(memory.grade)
    return held


def test_up_at_once() -> None:
    """A grade rises in the moment that calls for it, over more than one line too."""
    assert run((0, A), (0.1, D)) == [A, D]


def test_down_after_thirty_days_below() -> None:
    """Thirty days below the line, not counted from when it was reached."""
    assert run((0, C), (50, C), (50.1, A), (80, A), (80.2, A)) == [C, C, C, C, A]


def test_from_d_after_sixty_days() -> None:
    """From D after sixty days, and then as far as the lines below have been left for long enough."""
    assert run((0, D), (1, C), (60.9, C), (61.1, C)) == [D, D, D, C]
    assert run((0, D), (1, A), (40, A), (61.1, A)) == [D, D, D, A]


def test_a_day_above_begins_the_wait_again() -> None:
    """Days below must follow each other."""
    assert run((0, B), (1, A), (30, B), (31, A), (60, A), (61.1, A)) == [B, B, B, B, B, A]


@given(st.lists(st.tuples(st.integers(0, 20 * DAY), st.sampled_from(GRADES)), min_size=1, max_size=20))
def test_never_below_what_is_called_for(steps: list[tuple[Micros, Grade]]) -> None:
    """The grade never lies below what score and rules call for; memory survives being kept; grades last since then."""
    memory, now, before = GradeMemory(), NOW, None
    for wait, reached in steps:
        now += wait
        memory = remember(memory, reached, now)
        assert memory.grade is not None
        assert GRADES.index(memory.grade) >= GRADES.index(reached)
        assert GradeMemory.of(memory.lines()) == memory
        if memory.grade is not before:
            assert memory.since == now
        before = memory.grade


@given(st.lists(st.sampled_from(GRADES), min_size=1, max_size=8), st.integers(1, 40))
def test_memory_changes_only_at_crossings(grades: list[Grade], times: int) -> None:
    """Being scored again with the same result leaves the memory as it is, so that nothing needs to be saved."""
    memory, now = GradeMemory(), NOW
    for reached in grades:
        now += DAY
        memory = remember(memory, reached, now)
        for n in range(times):
            assert remember(memory, reached, now + n) is memory


def test_when_a_grade_falls_is_known() -> None:
    """A page can say on which day the grade falls if nothing else happens."""
    memory = remember(GradeMemory(), D, NOW)
    assert falls_at(memory) is None
    memory = remember(memory, A, NOW + DAY)
    assert falls_at(memory) == NOW + 61 * DAY
    assert falls_at(GradeMemory()) is None


def test_nothing_kept_is_nothing_remembered() -> None:
    """A state that was never graded begins with an empty memory."""
    assert GradeMemory.of({}) == GradeMemory()
    assert GradeMemory().lines() == {}


def test_a_hard_trigger_is_grade_d_whatever_the_score() -> None:
    """Three missed duty checks make grade D; the band by the score alone is shown beside it."""
    result = scored(hotel(*(DutyChecked(number=1, at=NOW - n, answered=False) for n in range(3))), k=1.0)
    assert (result.band, result.reached, result.grade) == (A, D, D)
    assert [hit.effect for hit in result.hits] == ["trigger"]


def test_a_repair_shows_the_grade_that_is_called_for_then() -> None:
    """With the pump back the trigger is gone; the grade of a counterfactual is by score and rules, without waiting."""
    pump = Raised(
        number=1, at=NOW - 2 * DAY, episode=1, trouble=Trouble.MANUAL, group=Group.PUMP, gateway="g1", point=1
    )
    result = scored(hotel(pump), k=1.0)
    assert (result.band, result.grade) == (A, D)
    assert [each.grade for each in result.counterfactuals] == [A]
    repaired = scored(hotel(now=NOW + DAY), k=1.0, memory=result.memory)
    assert (repaired.reached, repaired.grade) == (A, D)


def test_an_override_wins_and_is_named() -> None:
    """An officer's grade is the one that counts while it lasts; what would hold without it goes on being remembered."""
    override = Overridden(number=1, at=NOW, override=7, grade="B", until=NOW + DAY)
    checks = [DutyChecked(number=1, at=NOW - n, answered=False) for n in range(3)]
    result = scored(hotel(*checks, override), k=1.0)
    assert (result.grade, result.override, result.memory.grade) == (B, 7, D)
    later = scored(replace(hotel(*checks), at=NOW + DAY), k=1.0, memory=result.memory)
    assert (later.grade, later.override) == (D, None)

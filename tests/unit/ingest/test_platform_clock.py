"""Does the platform's clock follow the database's, whatever the machine's does?"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.platform_clock import NOTICED, PlatformClock

START = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)


@dataclass(slots=True)
class Machine:
    """A machine's two clocks: one can be set, the other only goes on."""

    wall: datetime = START
    steady_s: float = 100.0

    def passes(self, seconds: float) -> None:
        """Let time pass."""
        self.wall += timedelta(seconds=seconds)
        self.steady_s += seconds

    def clock(self) -> PlatformClock:
        """A clock on this machine."""
        return PlatformClock(machine=lambda: self.wall, steady=lambda: self.steady_s)


def test_the_machine_s_clock_is_not_followed() -> None:
    """Set forward or back, it changes nothing: time passes as it did."""
    machine = Machine()
    clock = machine.clock()
    machine.passes(5)
    machine.wall += timedelta(days=400)
    assert clock.now() == START + timedelta(seconds=5)
    machine.wall -= timedelta(days=800)
    machine.passes(5)
    assert clock.now() == START + timedelta(seconds=10)


def test_a_jump_of_the_database_is_followed_and_remembered() -> None:
    """The difference is returned once; since then time passes evenly."""
    machine = Machine()
    clock = machine.clock()
    assert clock.even_for_s() == float("inf")
    machine.passes(60)
    hour = timedelta(hours=1)
    wrong = clock.hear(machine.wall + hour, machine.steady_s)
    assert wrong == hour
    assert clock.now() == machine.wall + hour
    machine.passes(7)
    assert clock.hear(machine.wall + hour, machine.steady_s) is None
    assert clock.even_for_s() == 7
    back = clock.hear(machine.wall, machine.steady_s)
    assert back == -hour
    assert clock.even_for_s() == 0


@given(
    asked_after=st.floats(0, 1e6),
    way_there=st.floats(0, 600),
    way_back=st.floats(0, 600),
)
def test_a_slow_answer_is_no_jump(asked_after: float, way_there: float, way_back: float) -> None:
    """However long question and answer took, a database whose clock agrees is never taken for one that was set."""
    machine = Machine()
    clock = machine.clock()
    machine.passes(asked_after)
    asked_s = machine.steady_s
    machine.passes(way_there)
    said = machine.wall
    machine.passes(way_back)
    assert clock.hear(said, asked_s) is None


@given(jump=st.floats(-1e8, 1e8), way=st.floats(0, 60))
def test_after_hearing_the_clock_is_right(jump: float, way: float) -> None:
    """What was heard is never further off than the way took, and what is tolerated."""
    machine = Machine()
    clock = machine.clock()
    asked_s = machine.steady_s
    machine.passes(way)
    database = machine.wall + timedelta(seconds=jump)
    clock.hear(database, asked_s)
    assert abs(clock.now() - database) <= NOTICED + timedelta(seconds=way)

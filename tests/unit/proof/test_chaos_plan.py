"""The plan of a round follows from seed and number alone, and keeps within its round."""

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from firewarden.proof.chaos_plan import (
    DEVICE_LINES,
    FAULTS_MAX,
    FAULTS_MIN,
    LINES,
    PROCESSES,
    Fault,
    Kind,
    lines_of,
    plan,
)

SEEDS = st.integers(-(2**63), 2**63)
ROUNDS = st.integers(1, 10_000)
SECONDS = st.floats(2.0, 600.0)


@given(seed=SEEDS, number=ROUNDS, seconds=SECONDS)
def test_a_round_can_be_replayed(seed: int, number: int, seconds: float) -> None:
    """The same seed, round and length give the same faults, whatever was drawn before."""
    first = plan(seed, number, seconds=seconds)
    plan(seed, number + 1, seconds=seconds)
    assert plan(seed, number, seconds=seconds) == first


@given(seed=SEEDS, number=ROUNDS, seconds=SECONDS)
def test_all_faults_are_over_before_the_city_ends(seed: int, number: int, seconds: float) -> None:
    """A few faults, in order of time, none of which outlasts the city's life."""
    faults = plan(seed, number, seconds=seconds)
    assert FAULTS_MIN <= len(faults) <= FAULTS_MAX
    assert [fault.at_s for fault in faults] == sorted(fault.at_s for fault in faults)
    for fault in faults:
        assert fault.at_s > 0
        assert fault.lasts_s >= 0
        assert fault.at_s + fault.lasts_s <= seconds + 0.01


@given(seed=SEEDS)
def test_every_kind_strikes_before_long(seed: int) -> None:
    """In two hundred rounds nothing of the list is left out, and every process and every line is struck."""
    faults = [fault for number in range(200) for fault in plan(seed, number, seconds=15)]
    assert {fault.kind for fault in faults} == set(Kind)
    assert {fault.target for fault in faults} >= {*PROCESSES, *LINES}


@given(seed=SEEDS, number=ROUNDS)
def test_a_plan_can_be_read_back_from_a_report(seed: int, number: int) -> None:
    """The report's JSON holds the plan exactly."""
    faults = plan(seed, number, seconds=15)
    assert msgspec.json.decode(msgspec.json.encode(faults), type=tuple[Fault, ...]) == faults


def test_a_fault_says_what_it_does() -> None:
    """Time, kind, target, duration and amount stand in the line that is printed."""
    fault = Fault(at_s=2.5, kind=Kind.SLOW, target="ingest-broker", lasts_s=3.0, amount=4_000)
    assert str(fault) == "  2.5 s  line slow: ingest-broker for 3.0 s (4,000 bytes/s)"
    assert str(Fault(at_s=11, kind=Kind.BROKER_WIPE)) == " 11.0 s  broker SIGKILL and its memory lost"


@given(seed=SEEDS)
def test_a_city_with_devices_has_their_line_struck_too(seed: int) -> None:
    """It is one of the lines; without devices nothing is aimed at it."""
    mixed = [fault.target for number in range(200) for fault in plan(seed, number, seconds=15, lines=lines_of("mixed"))]
    assert {*DEVICE_LINES} <= {*mixed}
    assert lines_of("mqtt") == LINES
    assert "sim-ingest" not in {fault.target for number in range(50) for fault in plan(seed, number, seconds=15)}

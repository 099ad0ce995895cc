"""Do the devices of `bench gateways` send what they are told to, and is what came of it judged rightly?"""

import resource
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.bench.descriptors import OTHER_FILES, soft_limit
from firewarden.bench.gateways import rank
from firewarden.bench.gb_plan import FIRST_ADDRESS, DevicePlan, DeviceResult, Kind, result_file, sendings
from firewarden.bench.options import GatewaysSize, gateways_size
from firewarden.deploy.errors import DeployError
from firewarden.ingest.facts import Lane, State, StateChange
from firewarden.ingest.wire.gb26875.facts import tell
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.units import decode_unit

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)


def plan_of(
    *, devices: int = 20, seconds: float = 60, storm_per_min: float = 300, fires_per_s: float = 0.5
) -> DevicePlan:
    """A round that nobody plays."""
    return DevicePlan(
        host="127.0.0.1",
        port=1,
        devices=devices,
        seconds=seconds,
        heartbeat_s=30,
        storm_per_min=storm_per_min,
        fires_per_s=fires_per_s,
        seed=1,
    )


@given(st.integers(1, 40), st.floats(1, 90), st.floats(0, 600), st.floats(0, 5))
def test_frames_come_in_order_with_serials_of_their_own(
    devices: int, seconds: float, storm: float, fires: float
) -> None:
    """By time; each device counts from 0 without a gap; all within the round."""
    plan = plan_of(devices=devices, seconds=seconds, storm_per_min=storm, fires_per_s=fires)
    made = sendings(plan, AT)
    assert [one.at_s for one in made] == sorted(one.at_s for one in made)
    assert all(0 <= one.at_s <= seconds for one in made)
    for device in range(devices):
        serials = [one.serial for one in made if one.device == device]
        assert serials == list(range(len(serials)))


def test_every_frame_is_what_it_is_counted_as() -> None:
    """Heartbeats without facts, a storm of one device that changes states, fires of the others on the alarm lane."""
    made = sendings(plan_of(), AT)
    kinds = Counter(one.kind for one in made)
    assert kinds == {Kind.HEARTBEAT: kinds[Kind.HEARTBEAT], Kind.STORM: 300, Kind.FIRE: 30}
    assert 20 <= kinds[Kind.HEARTBEAT] <= 2 * 20 + 20
    changed: set[tuple[str, bool]] = set()
    for one in made:
        (frame,) = FrameReader().feed(one.frame)
        assert isinstance(frame, Frame)
        assert (frame.source, frame.serial) == (FIRST_ADDRESS + one.device, one.serial)
        told = tell(frame, decode_unit(frame.command, frame.unit, STANDARD), STANDARD, AT)
        assert told.undecoded is None
        assert told.lane is {Kind.HEARTBEAT: Lane.STATUS, Kind.STORM: Lane.STATE, Kind.FIRE: Lane.ALARM}[one.kind]
        assert (one.device == 0) is (one.kind is Kind.STORM) or one.kind is Kind.HEARTBEAT
        for fact in told.facts:
            if isinstance(fact, StateChange) and one.kind is Kind.STORM:
                changed.add((fact.point, State.FAULT in fact.set))
    assert len({point for point, _ in changed}) > 100, "a storm is about many components"
    assert {raised for _, raised in changed} == {True, False}, "which fail and recover"


def test_a_storm_without_end_does_not_reuse_serials() -> None:
    """A confirm must belong to one frame: more than a serial can number is refused before anything is sent."""
    with pytest.raises(AssertionError, match="serials of a round differ"):
        sendings(plan_of(devices=1, seconds=3_600, storm_per_min=6_000 / 5 * 60, fires_per_s=0), AT)


def test_what_was_neither_confirmed_nor_denied_is_unanswered() -> None:
    """Every frame that was sent is one of the three."""
    result = DeviceResult(
        connected=2,
        opening_s=1,
        seconds=1,
        sent={Kind.HEARTBEAT: 3, Kind.STORM: 2},
        latencies_ms={Kind.HEARTBEAT: [1.0, 2.0], Kind.STORM: [1.0]},
        denied=1,
        closed=0,
        confirmed=[(0, 1)],
        cpu_s=0,
    )
    assert result.unanswered == 1


@given(st.lists(st.floats(0, 1e6), min_size=1), st.sampled_from([0.5, 0.99, 1.0]))
def test_percentiles_are_values_that_occurred(values: list[float], share: float) -> None:
    """By nearest rank: at least that share is not larger, and the last one is the largest."""
    ordered = sorted(values)
    found = rank(ordered, share)
    assert found in ordered
    assert sum(value <= found for value in ordered) >= share * len(ordered)
    assert rank(ordered, 1.0) == ordered[-1]


@pytest.mark.parametrize(
    ("soft", "hard", "wanted"),
    [
        (1_024, 524_288, 1_000 + OTHER_FILES),
        (4_096, 4_096, 4_096),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, resource.RLIM_INFINITY),
        (1_024, resource.RLIM_INFINITY, 1_000 + OTHER_FILES),
    ],
)
def test_the_soft_limit_is_raised_as_far_as_needed(soft: int, hard: int, wanted: int) -> None:
    """And no further; where it is enough it stays."""
    assert soft_limit(1_000, soft, hard) == wanted


def test_more_connections_than_the_account_may_have_are_refused_with_what_to_do() -> None:
    """Before anything starts."""
    with pytest.raises(DeployError, match="1,000 connections need 1,200 open files; this account may have 1,024"):
        soft_limit(1_000, 256, 1_024)


def test_the_result_lies_beside_the_plan() -> None:
    """Each round has its own."""
    assert result_file(Path("/x/devices-bare-1.json")) == Path("/x/devices-bare-1.result.json")


def test_the_options_are_what_was_asked_for() -> None:
    """The quick form is small whatever else is said."""
    size = gateways_size(5_000, 60, 600, quick=False)
    assert (size.devices, size.seconds, size.storm_per_min) == (5_000, 60, 600)
    assert gateways_size(5_000, 60, 600, quick=True).devices < GatewaysSize().devices

"""Do overload, fires and memory keep to their bounds?"""

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.bench.firing import endless_moments, fire_gateways, some_moments
from firewarden.bench.memory import growth_mb_per_min
from firewarden.bench.options import OverloadSize, memory_size
from firewarden.bench.overload import flood_seconds

BROKER_QUEUE = 1_000_000


@given(st.floats(min_value=100, max_value=1e6), st.floats(min_value=0.75, max_value=1.5))
def test_a_flood_does_not_overflow_the_broker(taken_per_s: float, share: float) -> None:
    """Also when ingest takes a quarter less than it did before the flood."""
    size = OverloadSize()
    seconds = flood_seconds(size, taken_per_s)
    assert seconds <= size.seconds
    assert (size.factor - share) * taken_per_s * seconds < 0.9 * BROKER_QUEUE


@pytest.mark.parametrize("quick", [True, False])
def test_an_outage_does_not_overflow_the_broker(*, quick: bool) -> None:
    """What waits at its end, the large messages included, is less than the broker's bound."""
    size = memory_size(10, quick=quick)
    assert size.queued < size.queue_max
    assert size.queue_max + size.gateways * size.held_per_gateway < BROKER_QUEUE


def test_moments_are_in_order_and_within_their_time() -> None:
    """As many as asked for; or without end, so many a second."""
    some = some_moments(random.Random(1), 20, 5.0)
    listed = list(some.after_s)
    assert listed == sorted(listed)
    assert len(listed) == 20
    assert 0 <= listed[0] <= listed[-1] <= 5
    assert not some.endless
    endless = endless_moments(random.Random(1), 10.0)
    first = list(itertools.islice(endless.after_s, 1_000))
    assert first == sorted(first)
    assert 80 < first[-1] < 120
    assert endless.endless


def test_fires_break_out_at_few_gateways() -> None:
    """Each has a connection of its own."""
    gateways = [(f"g{n}", "secret") for n in range(500)]
    assert len(fire_gateways(random.Random(1), gateways, 500)) == 100
    assert len(fire_gateways(random.Random(1), gateways[:7], 500)) == 7
    assert len(set(fire_gateways(random.Random(1), gateways, 3))) == 3


def test_growth_is_the_slope_of_the_samples() -> None:
    """Flat is 0; a megabyte a second is 60 a minute; one sample says nothing."""
    assert growth_mb_per_min([(float(n), 100.0) for n in range(10)]) == pytest.approx(0)
    assert growth_mb_per_min([(float(n), 100.0 + n) for n in range(10)]) == pytest.approx(60)
    assert growth_mb_per_min([(0.0, 100.0)]) == 0

"""Does the histogram for whole batches count as the library's own does?"""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Histogram

from firewarden.figures.histogram import BatchHistogram
from firewarden.figures.series import table

BOUNDS = (0.1, 0.5, 1.0, 2.5)
SECONDS = st.sampled_from([0.0, *BOUNDS]) | st.floats(min_value=0, max_value=10)


@given(batches=st.lists(st.lists(SECONDS, max_size=20), max_size=5))
def test_it_counts_as_the_library_does(batches: list[list[float]]) -> None:
    """Any batches, values on the bounds included: the same buckets, count and sum."""
    ours, theirs = CollectorRegistry(), CollectorRegistry()
    histogram = BatchHistogram("h", "…", label="l", values=["v"], buckets=BOUNDS, registry=ours)
    reference = Histogram("h", "…", ["l"], buckets=BOUNDS, registry=theirs).labels("v")
    for batch in batches:
        histogram.add("v", np.array(batch, dtype=np.float64))
        for value in batch:
            reference.observe(value)
    told = {name: value for name, value in table(theirs.collect()).items() if not name.startswith("h_created")}
    assert table(ours.collect()) == pytest.approx(told)


def test_a_negative_delay_counts_as_none() -> None:
    """Clocks differ: what seems to come before it was sent is in the first bucket, and takes nothing from the sum."""
    registry = CollectorRegistry()
    histogram = BatchHistogram("h", "…", label="l", values=["v"], buckets=BOUNDS, registry=registry)
    histogram.add("v", np.array([-5.0]))
    figures = table(registry.collect())
    assert (figures['h_bucket{l="v",le="0.1"}'], figures['h_sum{l="v"}']) == (1.0, 0.0)

"""Is the table in the database the same as what stands on /metrics?"""

import json

from hypothesis import given
from hypothesis import strategies as st
from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest
from prometheus_client.parser import text_string_to_metric_families

from firewarden.figures.series import label_of, series, table, total, without_buckets

HOSTILE = st.text(max_size=40) | st.sampled_from(['"', "\\", "\n", '\\"', 'a",b="c'])


def scraped(registry: CollectorRegistry) -> dict[str, float]:
    """What a Prometheus server reads from /metrics."""
    return table(text_string_to_metric_families(generate_latest(registry).decode()))


@given(label=HOSTILE, value=st.floats(allow_nan=False, allow_infinity=False))
def test_the_table_is_what_is_scraped(label: str, value: float) -> None:
    """Whatever stands in a label, both name the same series and give it the same value."""
    registry = CollectorRegistry()
    Gauge("g", "a gauge", ["b", "a"], registry=registry).labels(label, "x").set(value)
    Counter("c", "a counter", registry=registry).inc()
    Histogram("h", "a histogram", ["l"], registry=registry).labels("v").observe(0.2)
    assert table(registry.collect()) == scraped(registry)


@given(value=st.sampled_from([float("nan"), float("inf"), float("-inf")]))
def test_what_json_cannot_hold_is_left_out(value: float) -> None:
    """A figure that is no finite number does not keep the others from the database."""
    registry = CollectorRegistry()
    Gauge("wild", "a gauge", registry=registry).set(value)
    Gauge("tame", "a gauge", registry=registry).set(1)
    assert json.dumps(table(registry.collect()), allow_nan=False) == '{"tame": 1.0}'


def test_series_are_named_and_summed() -> None:
    """A name alone means all its series, and no others whose names begin alike."""
    figures = {'a_total{k="x"}': 1.0, 'a_total{k="y"}': 2.0, "a_total_more": 8.0, "b": 4.0}
    assert (total(figures, "a_total"), total(figures, "b"), total(figures, "c")) == (3.0, 4.0, 0.0)
    assert label_of('a_total{k="x"}', "k") == "x"
    assert label_of("b", "k") is None
    assert series("a_total", {"k": "x"}) in figures


def test_minutes_are_kept_without_buckets() -> None:
    """Sum and count of a histogram stay, its buckets do not."""
    figures = {'h_bucket{le="1"}': 1.0, "h_sum": 0.5, "h_count": 1.0}
    assert without_buckets(figures) == {"h_sum": 0.5, "h_count": 1.0}

"""A histogram that takes in a whole batch at once, so that a message costs next to nothing."""

from collections.abc import Iterator, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray
from prometheus_client import CollectorRegistry
from prometheus_client.core import HistogramMetricFamily
from prometheus_client.registry import Collector
from prometheus_client.utils import floatToGoString


class BatchHistogram(Collector):
    """Counts by bucket, for each value of one label. The values of the label are fixed, so that they stay few."""

    def __init__(
        self,
        name: str,
        documentation: str,
        *,
        label: str,
        values: Sequence[str],
        buckets: Sequence[float],
        registry: CollectorRegistry,
    ) -> None:
        assert list(buckets) == sorted(set(buckets)), "bounds grow"
        self._name, self._documentation, self._label = name, documentation, label
        self._bounds = np.array(buckets, dtype=np.float64)
        self._texts = [*(floatToGoString(bound) for bound in buckets), "+Inf"]
        self._counts = {value: np.zeros(len(buckets) + 1, dtype=np.int64) for value in values}
        self._sums = dict.fromkeys(values, 0.0)
        self._lock = Lock()  # /metrics is answered by another thread
        registry.register(self)

    def add(self, value: str, observed: NDArray[np.float64], times: NDArray[np.int64] | None = None) -> None:
        """Take in every number of `observed`, each so many `times`; one below zero (clocks differ) counts as zero."""
        known = np.maximum(observed, 0.0)
        weights = np.ones(len(known), dtype=np.int64) if times is None else times
        # A number belongs to the first bucket whose bound is not below it.
        places = np.searchsorted(self._bounds, known, side="left")
        with self._lock:
            np.add.at(self._counts[value], places, weights)
            self._sums[value] += float((known * weights).sum())

    def collect(self) -> Iterator[HistogramMetricFamily]:
        """What Prometheus asks for."""
        family = HistogramMetricFamily(self._name, self._documentation, labels=[self._label])
        with self._lock:
            taken = {value: (counts.cumsum(), self._sums[value]) for value, counts in self._counts.items()}
        for value, (counts, summed) in taken.items():
            buckets = [(text, float(count)) for text, count in zip(self._texts, counts, strict=True)]
            family.add_metric([value], buckets=buckets, sum_value=summed)
        yield family

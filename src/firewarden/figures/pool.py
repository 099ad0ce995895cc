"""Do requests wait for a connection of the pool? The pool counts that itself; here it is asked."""

from collections.abc import Iterator

from prometheus_client import CollectorRegistry
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from psycopg_pool import AsyncConnectionPool

_GAUGES = {
    "firewarden_pool_connections": ("pool_size", "Connections that the pool has"),
    "firewarden_pool_connections_max": ("pool_max", "Connections that it may have"),
    "firewarden_pool_connections_idle": ("pool_available", "Connections that nobody uses at this moment"),
    "firewarden_pool_waiting": ("requests_waiting", "Whoever waits for a connection at this moment"),
}
_COUNTERS = {
    "firewarden_pool_requests": ("requests_num", "How often a connection was asked for"),
    "firewarden_pool_queued": ("requests_queued", "How often none was idle, so that the asker waited"),
    "firewarden_pool_refused": ("requests_errors", "How often the asker waited in vain"),
    "firewarden_pool_lost": ("connections_lost", "Connections that had broken when they were to be used"),
}
_MS = 1_000


class PoolFigures(Collector):
    """Asks one pool whenever somebody asks for its figures."""

    def __init__(self, pool: AsyncConnectionPool, registry: CollectorRegistry) -> None:
        self._pool = pool
        registry.register(self)

    def collect(self) -> Iterator[Metric]:
        """What Prometheus asks for. What never happened the pool does not name: it counts as 0."""
        stats = self._pool.get_stats()
        for name, (key, documentation) in _GAUGES.items():
            yield GaugeMetricFamily(name, documentation, value=float(stats.get(key, 0)))
        for name, (key, documentation) in _COUNTERS.items():
            yield CounterMetricFamily(name, documentation, value=float(stats.get(key, 0)))
        yield CounterMetricFamily(
            "firewarden_pool_wait_seconds",
            "How long askers have waited for a connection, all together",
            value=stats.get("requests_wait_ms", 0) / _MS,
        )

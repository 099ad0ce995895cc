"""How were the processes of the simulated month? Their figures now, a minute ago and every minute of a day; jobs.

The series are those of docs/metrics.md.
"""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import msgspec

from firewarden.dashboards.grafana.month.tables import Table, random_of
from firewarden.figures.series import series

VERSION = "0.1.0"
EVERY_S = 5.0
MINUTES = 24 * 60
BUCKETS = ("0.005", "0.01", "0.025", "0.05", "0.1", "0.25", "0.5", "1.0", "2.5", "5.0", "10.0", "+Inf")
_SHARES = (0.3, 0.55, 0.8, 0.92, 0.97, 0.99, 0.995, 0.998, 0.999, 1.0, 1.0, 1.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gauge:
    """Around `mean`, up and down by `swing` over the day."""

    name: str
    labels: Mapping[str, str]
    mean: float
    swing: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counter:
    """Grows by `a_second`, more by day. `name` with its `_total`."""

    name: str
    labels: Mapping[str, str]
    a_second: float


@dataclass(frozen=True, slots=True, kw_only=True)
class _Histogram:
    """So many observations in a second, of so many seconds on average."""

    name: str
    labels: Mapping[str, str]
    a_second: float
    mean_s: float


_Series = _Gauge | _Counter | _Histogram


@dataclass(frozen=True, slots=True, kw_only=True)
class _Process:
    """`silent_s`: how long ago it was last heard; `ended`: it was asked to end then."""

    name: str
    worker: str
    figures: tuple[_Series, ...]
    standby: bool = False
    silent_s: float = 2.0
    ended: bool = False
    error: str | None = None


def _g(name: str, mean: float, swing: float = 0.0, **labels: str) -> _Gauge:
    return _Gauge(name=name, labels=labels, mean=mean, swing=swing)


def _c(name: str, a_second: float, **labels: str) -> _Counter:
    return _Counter(name=name, labels=labels, a_second=a_second)


def _h(name: str, a_second: float, mean_s: float, **labels: str) -> _Histogram:
    return _Histogram(name=name, labels=labels, a_second=a_second, mean_s=mean_s)


def _every(*, follows: tuple[str, ...], standby: bool = False) -> tuple[_Series, ...]:
    return (
        *(_g("firewarden_lag_seconds", 0.12, 0.08, of=of) for of in follows),
        _g("firewarden_standby", float(standby)),
        _c("firewarden_retries_total", 0.0002, error="SerializationFailure"),
        _c("firewarden_retries_total", 0.00002, error="OperationalError"),
        _c("firewarden_log_events_total", 0.0004, level="warning"),
        _c("firewarden_log_events_total", 0.00005, level="error"),
        _g("firewarden_last_error_timestamp_seconds", 0.0),
        _h("firewarden_database_connect_seconds", 0.001, 0.02),
        _g("firewarden_event_loop_lag_seconds", 0.02, 0.015),
        _c("process_cpu_seconds_total", 0.06),
        _g("process_resident_memory_bytes", 96e6, 8e6),
        _g("process_open_fds", 24, 2),
    )


def _disks() -> tuple[_Series, ...]:
    """Two disks, one of them nearly full by night."""
    return tuple(
        _g(name, mean, swing, of=of)
        for of, size, free in (("state", 100e9, 61e9), ("database", 500e9, 90e9))
        for name, mean, swing in (
            ("firewarden_disk_free_bytes", free, size / 50),
            ("firewarden_disk_size_bytes", size, 0.0),
        )
    )


def _ingest() -> tuple[_Series, ...]:
    lines = tuple(
        each
        for connection, a_second in (("alarm", 0.05), ("bulk", 12.0))
        for each in (
            _c("firewarden_ingest_messages_total", a_second, connection=connection, result="new"),
            _c("firewarden_ingest_messages_total", a_second / 80, connection=connection, result="duplicate"),
            _c("firewarden_ingest_facts_total", a_second * 4, connection=connection),
            _h("firewarden_ingest_ack_delay_seconds", a_second, 0.03, connection=connection),
            _g("firewarden_ingest_connected", 1.0, connection=connection),
            _g("firewarden_ingest_waiting_messages", a_second / 4, a_second / 5, connection=connection),
            _g("firewarden_ingest_waiting_bytes", 400 * a_second, 200 * a_second, connection=connection),
            _g("firewarden_ingest_unacknowledged", a_second / 3, a_second / 4, connection=connection),
            _c("firewarden_ingest_broker_connects_total", 0.00001, connection=connection, session="kept"),
            _h("firewarden_ingest_batch_messages", a_second / 6, 5.0, connection=connection),
            *(
                _h("firewarden_ingest_batch_seconds", a_second / 6, took_s, connection=connection, stage=stage)
                for stage, took_s in (("read", 0.002), ("write", 0.011), ("commit", 0.006), ("whole", 0.02))
            ),
        )
    )
    lanes = tuple(
        each
        for lane, a_second in (("alarm", 0.05), ("state", 0.4), ("reading", 12.0), ("reply", 0.1))
        for each in (
            _h("firewarden_ingest_commit_delay_seconds", a_second, 0.035, lane=lane),
            _h("firewarden_ingest_sent_lag_seconds", a_second, 0.25, lane=lane),
        )
    )
    return (
        *_every(follows=("alarm", "bulk")),
        *lines,
        *lanes,
        _c("firewarden_ingest_quarantined_total", 0.0001, reason="bad_json"),
        _g("firewarden_certificate_expires_timestamp_seconds", 1.84e9, of="broker"),
        *(
            _c("firewarden_ingest_gaps_total", a_second, change=change)
            for change, a_second in (("opened", 0.0004), ("filled", 0.0003), ("given_up", 0.0001))
        ),
        _c("firewarden_device_frames_total", 3.0, result="stored"),
        _c("firewarden_device_frames_total", 9.0, result="heartbeat"),
        _c("firewarden_device_denied_total", 0.001, reason="unknown_device"),
        _c("firewarden_device_connects_total", 0.003, transport="tcp"),
        _c("firewarden_device_disconnects_total", 0.003, reason="silent"),
        _g("firewarden_device_connections", 240.0, 3.0),
        _h("firewarden_device_confirm_delay_seconds", 3.0, 0.04),
    )


def _desk(*, standby: bool = False) -> tuple[_Series, ...]:
    return (
        *_every(follows=("desk.alarm", "desk.bulk"), standby=standby),
        *(
            each
            for reader in ("desk.alarm", "desk.bulk")
            for each in (
                _h("firewarden_desk_step_seconds", 0.5, 0.008, reader=reader),
                _h("firewarden_desk_fact_delay_seconds", 0.3, 0.04, reader=reader),
                _c("firewarden_desk_facts_total", 0.4, reader=reader),
            )
        ),
        *(_c("firewarden_desk_changes_total", 0.1, step=step) for step in ("open", "close", "raise_again")),
        _h("firewarden_desk_silence_seconds", 0.1, 0.02),
        _c("firewarden_desk_silence_changes_total", 0.002),
        *(
            _g("firewarden_desk_incidents_open", mean, mean / 4, kind=kind)
            for kind, mean in (("fire", 2.0), ("fault", 40.0), ("offline", 25.0), ("supervise", 3.0))
        ),
    )


def _risk() -> tuple[_Series, ...]:
    return (
        *_every(follows=("risk",)),
        _h("firewarden_risk_step_seconds", 0.3, 0.12),
        _c("firewarden_risk_venues_scored_total", 0.28, cause="sweep"),
        _c("firewarden_risk_venues_scored_total", 0.05, cause="news"),
        _c("firewarden_risk_facts_folded_total", 0.2),
        _c("firewarden_risk_scores_changed_total", 0.06),
    )


def _api() -> tuple[_Series, ...]:
    pool = ("connections", 4.0), ("connections_max", 8.0), ("connections_idle", 3.0), ("waiting", 0.0)
    return (
        *_every(follows=("events",)),
        _c("firewarden_http_requests_total", 0.8, method="GET", route="/api/v1/incidents", status="200"),
        _c("firewarden_http_requests_total", 0.002, method="GET", route="/api/v1/incidents", status="401"),
        _c("firewarden_http_requests_total", 0.0001, method="GET", route="/api/v1/incidents", status="500"),
        _h("firewarden_http_request_seconds", 0.8, 0.03, route="/api/v1/incidents"),
        _c("firewarden_events_handed_total", 0.3),
        _h("firewarden_event_delay_seconds", 0.3, 0.05),
        _c("firewarden_streams_ended_total", 0.001, reason="gone"),
        _g("firewarden_stream_clients", 5.0, 2.0),
        _g("firewarden_console_pages", 9.0, 4.0),
        *(_g(f"firewarden_pool_{name}", mean) for name, mean in pool),
        _c("firewarden_pool_requests_total", 3.0),
        _c("firewarden_pool_queued_total", 0.01),
        _c("firewarden_pool_refused_total", 0.0),
        _c("firewarden_pool_lost_total", 0.00001),
        _c("firewarden_pool_wait_seconds_total", 0.0005),
    )


PROCESSES = (
    _Process(name="ingest", worker="ingest-1", figures=_ingest()),
    _Process(name="ingest", worker="ingest-2", figures=_ingest(), silent_s=7_200, ended=True),
    _Process(name="desk", worker="desk-1", figures=_desk(), error="database_trouble: deadlock detected"),
    _Process(name="desk", worker="desk-2", figures=_desk(standby=True), standby=True),
    _Process(name="risk", worker="risk-1", figures=_risk()),
    _Process(name="upkeep", worker="upkeep-1", figures=(*_every(follows=()), *_disks())),
    _Process(name="api", worker="api-1", figures=_api()),
    _Process(name="api", worker="api-2", figures=_api(), silent_s=640, error="event_loop_late: 3.2 s"),
)
"""One of each works, one stands by, one ended in good order, and one has fallen silent."""


def tables(now: datetime, seed: int) -> list[Table]:
    """Figures and jobs."""
    return [
        Table(
            name="process_figures",
            columns=(
                "process worker standby version started_at at every_s ended_at last_error last_error_at figures before "
                "before_at"
            ),
            rows=[_now(process, now, seed) for process in PROCESSES],
        ),
        Table(
            name="process_figures_minute",
            columns="process worker at figures",
            rows=[row for process in PROCESSES if not process.standby for row in _minutes(process, now, seed)],
        ),
        Table(
            name="upkeep_job",
            columns="name period_s started_at finished_at outcome rows duration_s detail done_at",
            rows=list(_jobs(now)),
        ),
        Table(
            name="link_test",
            columns="at outcome by",
            rows=[
                (now - timedelta(days=day, hours=3), "ok" if day % 11 or not day else "failed", "duty1")
                for day in range(32, -1, -1)
            ],
        ),
    ]


def _now(process: _Process, now: datetime, seed: int) -> tuple[object, ...]:
    at = now - timedelta(seconds=process.silent_s)
    before = at - timedelta(seconds=60)
    failed_at = at - timedelta(hours=2) if process.error else None
    return (
        process.name, process.worker, process.standby, VERSION, _started(now), at, EVERY_S,
        at if process.ended else None, process.error, failed_at, _figures(process, at, now, seed, buckets=True),
        _figures(process, before, now, seed, buckets=True), before,
    )  # fmt: skip


def _minutes(process: _Process, now: datetime, seed: int) -> Iterator[tuple[object, ...]]:
    minute = now.replace(second=0, microsecond=0)
    for ago in range(MINUTES - 1, -1, -1):
        at = minute - timedelta(minutes=ago)
        if at <= now - timedelta(seconds=process.silent_s):
            yield process.name, process.worker, at, _figures(process, at, now, seed, buckets=False)


def _started(now: datetime) -> datetime:
    return now - timedelta(days=6)


def _figures(process: _Process, at: datetime, now: datetime, seed: int, *, buckets: bool) -> str:
    """All series of a moment. Counters are integrals, so that they never fall."""
    run_s = (at - _started(now)).total_seconds()
    turn = 2 * math.pi * run_s / 86_400
    work_s = run_s - 0.5 * 86_400 / (2 * math.pi) * (math.cos(turn) - 1)
    rng = random_of(seed, "figures", process.name, process.worker, int(run_s))
    table: dict[str, float] = {}
    for each in process.figures:
        if isinstance(each, _Gauge):
            swing = each.swing * (0.6 * math.sin(turn) + rng.gauss(0, 0.3))
            table[series(each.name, each.labels)] = round(max(0.0, each.mean + swing), 6)
        elif isinstance(each, _Counter):
            table[series(each.name, each.labels)] = round(each.a_second * work_s, 3)
        else:
            count = math.floor(each.a_second * work_s)
            table[series(f"{each.name}_count", each.labels)] = float(count)
            table[series(f"{each.name}_sum", each.labels)] = round(count * each.mean_s, 6)
            if buckets:
                for bound, share in zip(BUCKETS, _SHARES, strict=True):
                    table[series(f"{each.name}_bucket", {**each.labels, "le": bound})] = float(
                        math.floor(count * share)
                    )
    return msgspec.json.encode(table).decode()


def _jobs(now: datetime) -> Iterator[tuple[object, ...]]:
    """One failed last night, one has not ended well for days."""
    for name, period_s, ago_s, outcome, done_ago_s in (
        ("rollup", 300, 140, "done", 132),
        ("retention", 86_400, 30_000, "failed", 116_000),
        ("compression", 86_400, 260_000, "skipped", None),
        ("risk_guards", 86_400, 300_000, "done", 299_990),
    ):
        started = now - timedelta(seconds=ago_s)
        detail = {
            "failed": "could not obtain lock on relation reading",
            "skipped": "this edition of TimescaleDB has no compression",
        }.get(outcome, "")
        done = None if done_ago_s is None else now - timedelta(seconds=done_ago_s)
        yield name, period_s, started, started + timedelta(seconds=8), outcome, 4_200, 8.0, detail, done

"""Which figures of a process does a person want to see, how are they written, and which series draw their plots?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from itertools import pairwise

from firewarden.dashboards.console.formats import NOTHING, brief, grouped, percent
from firewarden.figures.names import LAG, RETRIES
from firewarden.figures.series import label_of, named, series
from firewarden.figures.spans import Span

Value = Callable[[Span], float | None]
Point = tuple[float, float]
"""Seconds since 1970, and a value."""

QUARANTINED = "firewarden_ingest_quarantined_total"
_FRAMES = "firewarden_device_frames_total"
_DENIED = "firewarden_device_denied_total"
HOLE_S = 150.0
"""A plot kept once a minute is broken where a minute is missing, and where a counter began anew."""


class Unit(StrEnum):
    """How a value is written."""

    SECONDS = "seconds"
    RATE = "rate"
    COUNT = "count"
    SHARE = "share"
    BYTES = "bytes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One figure: its name in the catalogue, its value now, and the one series that draws it (None: no plot).

    `growing` series are counters, drawn as their growth in a second. `of` completes the name where there are several.
    """

    key: str
    value: Value
    unit: Unit
    drawn: str | None = None
    growing: bool = False
    of: str | None = None


def lines_of(process: str, span: Span) -> list[Line]:
    """What to show of a process; one of a kind that is newer than this page shows what every process has."""
    own = _OWN.get(process, ())
    return [*_lags(span), *own, *_reasons(span), *_devices(span), *_EVERY]


def _lags(span: Span) -> list[Line]:
    found = sorted(label_of(key, "of") or "" for key, _ in named(span.after, LAG))
    return [_gauge("lag", LAG, {"of": of}, Unit.SECONDS, of=of) for of in found]


def _reasons(span: Span) -> list[Line]:
    """What went to quarantine, by reason; reasons that never occurred in this process's life are left out."""
    reasons = sorted({label_of(key, "reason") or "" for key, total in named(span.after, QUARANTINED) if total > 0})
    return [_grown("quarantined", QUARANTINED, {"reason": reason}, of=f"reason.{reason}") for reason in reasons]


def _devices(span: Span) -> list[Line]:
    """Of devices that speak GB/T 26875.3; nothing where none ever did. Reasons that never occurred are left out."""
    if not any(total > 0 for name in (_FRAMES, _DENIED) for _, total in named(span.after, name)):
        return []
    return [
        _gauge("device_connections", "firewarden_device_connections"),
        _rate("device_frames", _FRAMES, {"result": "stored"}),
        _rate("device_heartbeats", _FRAMES, {"result": "heartbeat"}),
        _slowest("device_confirm", "firewarden_device_confirm_delay_seconds", {}),
        _grown("device_repeats", _FRAMES, {"result": "repeated"}),
        *_by_reason(span, "device_denied", _DENIED, "denied"),
        *_by_reason(span, "device_ended", "firewarden_device_disconnects_total", "ended"),
    ]


def _by_reason(span: Span, key: str, name: str, group: str) -> list[Line]:
    reasons = sorted({label_of(each, "reason") or "" for each, total in named(span.after, name) if total > 0})
    return [_grown(key, name, {"reason": reason}, of=f"{group}.{reason}") for reason in reasons]


def _gauge(
    key: str, name: str, labels: Mapping[str, str] | None = None, unit: Unit = Unit.COUNT, of: str | None = None
) -> Line:
    return Line(key=key, value=lambda span: span.value(name, labels), unit=unit, drawn=series(name, labels), of=of)


def _rate(key: str, name: str, labels: Mapping[str, str] | None = None, of: str | None = None) -> Line:
    drawn = series(name, labels)
    return Line(
        key=key,
        value=lambda span: span.rate(name, labels) if drawn in span.after else None,
        unit=Unit.RATE,
        drawn=drawn,
        growing=True,
        of=of,
    )


def _grown(key: str, name: str, part: Mapping[str, str] | None = None, of: str | None = None) -> Line:
    """Growth in the last minute of all series of that name which have the labels of `part`."""
    wanted = (part or {}).items()

    def value(span: Span) -> float:
        keys = [key for key, _ in named(span.after, name)]
        chosen = [key for key in keys if all(label_of(key, label) == text for label, text in wanted)]
        return sum(max(0.0, span.after[key] - span.before.get(key, 0.0)) for key in chosen)

    return Line(key=key, value=value, unit=Unit.COUNT, of=of)


def _mean(
    key: str,
    name: str,
    labels: Mapping[str, str] | None = None,
    of: str | None = None,
    unit: Unit = Unit.SECONDS,
) -> Line:
    return Line(key=key, value=lambda span: span.mean(name, labels), unit=unit, of=of)


def _slowest(key: str, name: str, labels: Mapping[str, str], of: str | None = None) -> Line:
    return Line(key=key, value=lambda span: span.quantile(0.99, name, labels), unit=Unit.SECONDS, of=of)


def _failed(span: Span) -> float:
    name = "firewarden_http_requests_total"
    keys = (key for key, _ in named(span.after, name) if (label_of(key, "status") or "").startswith("5"))
    return sum(max(0.0, span.after[key] - span.before.get(key, 0.0)) for key in keys)


def _pool_used(span: Span) -> float | None:
    size, idle = span.value("firewarden_pool_connections"), span.value("firewarden_pool_connections_idle")
    return None if size is None or idle is None else size - idle


_EVERY: Sequence[Line] = (
    _grown("retries", RETRIES),
    _gauge("loop", "firewarden_event_loop_lag_seconds", None, Unit.SECONDS),
    Line(
        key="processor",
        value=lambda span: span.rate("process_cpu_seconds_total"),
        unit=Unit.SHARE,
        drawn="process_cpu_seconds_total",
        growing=True,
    ),
    _gauge("memory", "process_resident_memory_bytes", None, Unit.BYTES),
)

_CONNECTIONS = ("alarm", "bulk")


def _of_connections(make: Callable[[str], Line]) -> Sequence[Line]:
    return tuple(make(connection) for connection in _CONNECTIONS)


def _ingest() -> Sequence[Line]:
    stage = "firewarden_ingest_batch_seconds"
    return (
        *_of_connections(
            lambda c: _rate("messages", "firewarden_ingest_messages_total", {"connection": c, "result": "new"}, of=c)
        ),
        *_of_connections(lambda c: _rate("facts", "firewarden_ingest_facts_total", {"connection": c}, of=c)),
        *_of_connections(
            lambda c: _slowest("ack_delay", "firewarden_ingest_ack_delay_seconds", {"connection": c}, of=c)
        ),
        *_of_connections(
            lambda c: _mean("batch_size", "firewarden_ingest_batch_messages", {"connection": c}, c, Unit.COUNT)
        ),
        *_of_connections(lambda c: _mean("batch_time", stage, {"connection": c, "stage": "whole"}, of=c)),
        *_of_connections(lambda c: _gauge("waiting", "firewarden_ingest_waiting_messages", {"connection": c}, of=c)),
        *_of_connections(
            lambda c: _gauge("unacknowledged", "firewarden_ingest_unacknowledged", {"connection": c}, of=c)
        ),
        _grown("duplicates", "firewarden_ingest_messages_total", {"result": "duplicate"}),
        _grown("gaps", "firewarden_ingest_gaps_total", {"change": "opened"}),
        _grown("gaps_filled", "firewarden_ingest_gaps_total", {"change": "filled"}),
        _grown("gaps_given_up", "firewarden_ingest_gaps_total", {"change": "given_up"}),
        _grown("quarantined", QUARANTINED),
    )


_OWN: Mapping[str, Sequence[Line]] = {
    "ingest": _ingest(),
    "desk": (
        _rate("facts", "firewarden_desk_facts_total", {"reader": "desk.alarm"}, of="desk.alarm"),
        _rate("facts", "firewarden_desk_facts_total", {"reader": "desk.bulk"}, of="desk.bulk"),
        _slowest("fact_delay", "firewarden_desk_fact_delay_seconds", {"reader": "desk.alarm"}, of="desk.alarm"),
        _mean("step", "firewarden_desk_step_seconds", {"reader": "desk.alarm"}, of="desk.alarm"),
        _mean("step", "firewarden_desk_step_seconds", {"reader": "desk.bulk"}, of="desk.bulk"),
    ),
    "risk": (
        _rate("venues", "firewarden_risk_venues_scored_total", {"cause": "news"}),
        _rate("venues_sweep", "firewarden_risk_venues_scored_total", {"cause": "sweep"}),
        _mean("step", "firewarden_risk_step_seconds"),
    ),
    "api": (
        Line(
            key="requests",
            value=lambda span: span.rate("firewarden_http_requests_total"),
            unit=Unit.RATE,
        ),
        _mean("answer", "firewarden_http_request_seconds"),
        Line(key="failed", value=_failed, unit=Unit.COUNT),
        _gauge("pages", "firewarden_console_pages"),
        _gauge("streams", "firewarden_stream_clients"),
        Line(key="pool_used", value=_pool_used, unit=Unit.COUNT),
        _gauge("pool_waiting", "firewarden_pool_waiting"),
        _grown("pool_queued", "firewarden_pool_queued_total"),
    ),
}


def written(value: float | None, unit: Unit, units: Mapping[str, str]) -> str:
    """A value with its unit; `units` are the catalogue's names of seconds, minutes and so on."""
    if value is None:
        return NOTHING
    match unit:
        case Unit.SECONDS:
            return brief(value, units)
        case Unit.RATE:
            return f"{_number(value)}{units['per_s']}"
        case Unit.SHARE:
            return percent(value)
        case Unit.BYTES:
            return f"{value / 1024 / 1024:,.0f} MB"
        case Unit.COUNT:
            return grouped(value)


def _number(value: float) -> str:
    decimals = next((decimals for limit, decimals in _DECIMALS if value < limit), 0)
    return "0" if value == 0 else f"{value:,.{decimals}f}"


_DECIMALS = ((1, 2), (100, 1))
"""Below 1 two of them, below 100 one."""


def drawn_series(processes: Sequence[tuple[str, Span]]) -> list[str]:
    """Every series that a plot of these processes needs."""
    wanted = (line.drawn for process, span in processes for line in lines_of(process, span))
    return sorted({name for name in wanted if name is not None})


def points_of(line: Line, minutes: Sequence[tuple[datetime, float | None]]) -> list[list[Point]]:
    """The plot of a line as stretches without a hole, from the values kept of each minute, oldest first."""
    known = [(at.timestamp(), value) for at, value in minutes if value is not None]
    stretches: list[list[Point]] = []
    if line.growing:
        for (begin, low), (end, high) in pairwise(known):
            if high < low or end - begin > HOLE_S:
                stretches.append([])
            else:
                _extend(stretches, (end, (high - low) / (end - begin)))
        return [stretch for stretch in stretches if stretch]
    last = None
    for at, value in known:
        if last is not None and at - last > HOLE_S:
            stretches.append([])
        _extend(stretches, (at, value))
        last = at
    return [stretch for stretch in stretches if stretch]


def _extend(stretches: list[list[Point]], point: Point) -> None:
    if not stretches:
        stretches.append([])
    stretches[-1].append(point)


WIDTH, HEIGHT = 120.0, 22.0


def sparkline(stretches: Sequence[Sequence[Point]], *, since_s: float, until_s: float) -> str:
    """The plot as an SVG; empty where there is nothing to draw. Zero is at the bottom, the highest value at the top."""
    values = [value for stretch in stretches for _, value in stretch]
    if len(values) <= 1:
        return ""
    top = max(*values, 0.0) or 1.0

    def place(point: Point) -> str:
        x = (point[0] - since_s) / (until_s - since_s) * WIDTH
        y = HEIGHT - 1 - max(0.0, point[1]) / top * (HEIGHT - 2)
        return f"{x:.1f},{y:.1f}"

    drawn = "".join(f'<polyline points="{" ".join(map(place, stretch))}"/>' for stretch in stretches)
    return f'<svg class="spark" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" preserveAspectRatio="none">{drawn}</svg>'

"""How long from publish to commit to the event stream? Percentiles in milliseconds."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil


@dataclass(frozen=True, slots=True, kw_only=True)
class Percentiles:
    """Of `count` durations, in milliseconds; all 0 where there is none."""

    count: int
    p50_ms: float
    p99_ms: float
    max_ms: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Latency:
    """Of the incidents that a message raised, and of the frames that were confirmed."""

    publish_to_commit: Percentiles
    commit_to_visible: Percentiles
    publish_to_visible: Percentiles
    frame_to_confirm: Percentiles


def latency_of(
    samples: Iterable[tuple[datetime, datetime, datetime | None]], confirms: Iterable[tuple[datetime, datetime]] = ()
) -> Latency:
    """From (published, committed, visible or None) of each incident, and (said first, confirmed) of each frame."""
    known = list(samples)
    seen = [(published, committed, visible) for published, committed, visible in known if visible is not None]
    return Latency(
        publish_to_commit=percentiles(_ms(committed, published) for published, committed, _ in known),
        commit_to_visible=percentiles(_ms(visible, committed) for _, committed, visible in seen),
        publish_to_visible=percentiles(_ms(visible, published) for published, _, visible in seen),
        frame_to_confirm=percentiles(_ms(confirmed, said) for said, confirmed in confirms),
    )


def percentiles(durations_ms: Iterable[float]) -> Percentiles:
    """By nearest rank: every figure is one that occurred."""
    ordered = sorted(durations_ms)
    if not ordered:
        return Percentiles(count=0, p50_ms=0.0, p99_ms=0.0, max_ms=0.0)
    return Percentiles(
        count=len(ordered),
        p50_ms=round(_rank(ordered, 0.50), 1),
        p99_ms=round(_rank(ordered, 0.99), 1),
        max_ms=round(ordered[-1], 1),
    )


def _rank(ordered: list[float], share: float) -> float:
    return ordered[max(0, ceil(share * len(ordered)) - 1)]


def _ms(later: datetime, earlier: datetime) -> float:
    return (later - earlier).total_seconds() * 1000

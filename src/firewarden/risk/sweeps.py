"""When is every venue scored at once, with which model and which scale? (docs/adr/0146)"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum

from firewarden.risk.state.facts import Micros
from firewarden.risk.state.moments import day_in_china

HOUR: Micros = 3_600_000_000
SCALE_VENUES_MIN = 200
"""Of fewer venues no percentile is taken: the model's own scale holds."""
SCALE_AFTER: Micros = 24 * HOUR
"""Nor of a city that has just begun to report: what most venues lack in their first minutes is not their risk."""


class Cause(StrEnum):
    """Why all venues are scored."""

    FIRST = "first"
    HOUR = "hour"
    MODEL = "model"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Every venue was scored as of `at`, with this model and scale, which hold until the next sweep."""

    at: Micros
    cause: Cause
    model: str
    k: float


Scales = Mapping[tuple[date, str], float]
"""What was fixed, by quarter and model."""


def hour_mark(now: Micros) -> Micros:
    """The last full hour."""
    return now - now % HOUR


def quarter_of(at: Micros) -> date:
    """The first day of the quarter, in China."""
    day = day_in_china(at)
    return date(day.year, (day.month - 1) // 3 * 3 + 1, 1)


def wanted(last: Sweep | None, *, model: str, now: Micros) -> Cause | None:
    """Why a sweep is due, None where none is. One that was missed is not made up for: the newest hour is enough."""
    if last is None:
        return Cause.FIRST
    if last.model != model:
        return Cause.MODEL
    return Cause.HOUR if hour_mark(now) > last.at else None


def begins_at(cause: Cause, *, now: Micros, stepped: Micros) -> Micros:
    """As of when the sweep scores: the full hour, unless a step after it has been made; then now.

    `stepped`: the latest moment as of which anything was scored.
    """
    mark = hour_mark(now)
    return mark if cause is Cause.HOUR and stepped < mark else max(now, stepped + 1)


def is_measurable(*, venues: int, first: Micros | None, now: Micros) -> bool:
    """Whether the scale of a quarter can be measured; `first`: the first sweep ever."""
    return venues >= SCALE_VENUES_MIN and first is not None and now - first >= SCALE_AFTER


def keeps_baseline(cause: Cause, last: Sweep | None, at: Micros) -> bool:
    """Whether all states are kept as they are before it: once a month, and when what scores is another."""
    if cause is not Cause.HOUR or last is None:
        return True
    return day_in_china(at).replace(day=1) != day_in_china(last.at).replace(day=1)


def missed(last: datetime, now: datetime, *, kept: timedelta) -> bool:
    """Whether a reader that last read at `last` may have missed events, which are kept for `kept`."""
    return now.astimezone(UTC) - last.astimezone(UTC) > kept

"""Which hours are to be rolled up now, and which later?"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

GRACE = timedelta(minutes=2)
"""An hour is closed so long after its end: then most of what belongs to it has come, and it is made once, not twice."""

HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """Hours of one day, from `from_at` to before `to_at`; `point_ids` None means every point."""

    from_at: datetime
    to_at: datetime
    point_ids: list[int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Split:
    """What to make now, and what is left for when its hours are over; None where there is nothing."""

    now: Stretch | None
    later: Stretch | None


def closed_before(now: datetime) -> datetime:
    """The end of the newest hour that is over. Hours start alike in UTC and Shanghai."""
    return (now.astimezone(UTC) - GRACE).replace(minute=0, second=0, microsecond=0)


def split(stretches: Sequence[Stretch], *, begin: datetime | None, closed: datetime) -> Split:
    """All stretches of a day as one, cut at `closed`; nothing before `begin`, whose readings exist no more."""
    assert stretches, "a day is taken because something is due of it"
    point_ids = _union(stretches)
    from_at = min(stretch.from_at for stretch in stretches)
    to_at = max(stretch.to_at for stretch in stretches)
    if begin is not None:
        from_at = max(from_at, _next_hour(begin))
    now = Stretch(from_at=from_at, to_at=min(to_at, closed), point_ids=point_ids)
    later = Stretch(from_at=max(from_at, closed), to_at=to_at, point_ids=point_ids)
    return Split(now=now if now.from_at < now.to_at else None, later=later if later.from_at < later.to_at else None)


def _union(stretches: Sequence[Stretch]) -> list[int] | None:
    found: set[int] = set()
    for stretch in stretches:
        if stretch.point_ids is None:
            return None
        found.update(stretch.point_ids)
    return sorted(found)


def _next_hour(at: datetime) -> datetime:
    """The first full hour not before `at`."""
    start = at.replace(minute=0, second=0, microsecond=0)
    return start if start == at else start + HOUR

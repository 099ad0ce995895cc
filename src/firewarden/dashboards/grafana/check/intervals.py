"""How long is `5m`, and how finely does Grafana draw a time range?"""

import re
from datetime import timedelta

_INTERVAL = re.compile(r"(\d+)(ms|s|m|h|d|w|M|y)")
_UNITS = {
    "ms": timedelta(milliseconds=1),
    "s": timedelta(seconds=1),
    "m": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": timedelta(days=1),
    "w": timedelta(weeks=1),
    "M": timedelta(days=30),
    "y": timedelta(days=365),
}
_SECOND, _MINUTE, _HOUR, _DAY = 1.0, 60.0, 3_600.0, 86_400.0
# Below so many seconds the interval is so long.
_SHORT = ((1.5, 1), (3.5, 2), (7.5, 5), (12.5, 10), (17.5, 15), (25, 20), (45, 30))
_HOURS = ((1.5, 1), (2.5, 2), (4.5, 3), (9, 6), (24, 12))
_DAYS = ((7, 1), (21, 7), (42, 30))
_STEPS = tuple(
    (limit * unit, step * unit)
    for unit, steps in ((_SECOND, _SHORT), (_MINUTE, _SHORT), (_HOUR, _HOURS), (_DAY, _DAYS))
    for limit, step in steps
)
_LONGEST = timedelta(days=365)
_RELATIVE = re.compile(r"now(?:-(\d+)(s|m|h|d|w|M|y))?(?:/[smhdwMy])?")


def parse_interval(text: str) -> timedelta | None:
    """An interval such as `30s`, `5m` or `1d`; None where it is none."""
    found = _INTERVAL.fullmatch(text.strip())
    return int(found[1]) * _UNITS[found[2]] if found and int(found[1]) > 0 else None


def interval_of(span: timedelta, points: int, least: timedelta) -> timedelta:
    """How far apart the points of a plot of that many points lie: a round number, and at least `least`."""
    wanted = span.total_seconds() / max(1, points)
    rounded = next((timedelta(seconds=step) for limit, step in _STEPS if wanted < limit), _LONGEST)
    return max(rounded, least)


def shown(interval: timedelta) -> str:
    """As `$__interval` says it: in the largest unit of which it is a whole number."""
    for unit in ("y", "w", "d", "h", "m", "s"):
        if interval % _UNITS[unit] == timedelta(0):
            return f"{interval // _UNITS[unit]}{unit}"
    return f"{interval // _UNITS['ms']}ms"


def ago(text: str) -> timedelta | None:
    """How long ago a moment such as `now-6h` is; `now/d` counts as now. None where it is none."""
    found = _RELATIVE.fullmatch(text.strip())
    if not found:
        return None
    return int(found[1]) * _UNITS[found[2]] if found[1] else timedelta(0)

"""How are a time, a share or a measured value written for a person? (Ages tick in the browser: static/console.js.)"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")
"""Days of the console begin and end here, wherever the server stands."""

NOTHING = "—"


def moment(at: datetime) -> str:
    """Month, day and second in local time; `at` is aware."""
    return at.astimezone(LOCAL_ZONE).strftime("%m-%d %H:%M:%S")


def full_moment(at: datetime | None) -> str:
    """Year to second in local time, or a dash where there is none."""
    return NOTHING if at is None else at.astimezone(LOCAL_ZONE).strftime("%Y-%m-%d %H:%M:%S")


def epoch_ms(at: datetime | None) -> int | None:
    """Milliseconds since 1970, as a browser counts."""
    return None if at is None else int(at.timestamp() * 1000)


def day_start(now: datetime) -> datetime:
    """The midnight in local time with which the day of `now` began."""
    return now.astimezone(LOCAL_ZONE).replace(hour=0, minute=0, second=0, microsecond=0)


def percent(share: float | Decimal) -> str:
    """A share of one as whole percent; never rounded up to 100."""
    whole = f"{float(share):.0%}"
    return "99%" if whole == "100%" and share < 1 else whole


def points(value: float | Decimal) -> str:
    """Points of a score, with the one decimal in which they are stored."""
    return f"{value:.1f}"


def signed_points(value: float | Decimal) -> str:
    """Points of a factor with their sign."""
    return f"{value:+.1f}"


def measured(value: float, unit: str) -> str:
    """A measured value with as many decimals as its unit deserves."""
    decimals = 3 if unit == "MPa" else 1
    return f"{value:.{decimals}f} {unit}"


def grouped(value: float) -> str:
    """A count or an area with its thousands set apart."""
    return f"{value:,.0f}"


def brief(seconds: float, units: Mapping[str, str]) -> str:
    """A short length of time, to about two digits; `units` are the catalogue's names."""
    if seconds == 0:
        return f"0 {units['s']}"
    if seconds < 1:
        return f"{_two_digits(seconds * 1000)} {units['ms']}"
    if seconds < timedelta(minutes=10).total_seconds():
        return f"{_two_digits(seconds)} {units['s']}"
    if seconds < timedelta(hours=10).total_seconds():
        return f"{seconds / 60:.0f} {units['min']}"
    return f"{seconds / 3600:.0f} {units['h']}"


def _two_digits(value: float) -> str:
    return f"{value:.0f}" if value >= 10 else f"{value:.1f}"  # noqa: PLR2004 - ten has two digits


def skew(seconds: float) -> str:
    """How far a gateway's clock is ahead (+) or behind (-), in s up to ten minutes, then in min, h and d."""
    if round(seconds) == 0:
        return "0 s"
    if abs(seconds) < timedelta(minutes=10).total_seconds():
        return f"{seconds:+.0f} s"
    if abs(seconds) < timedelta(hours=10).total_seconds():
        return f"{seconds / 60:+.0f} min"
    if abs(seconds) < timedelta(days=10).total_seconds():
        return f"{seconds / 3600:+.0f} h"
    return f"{seconds / 86400:+,.0f} d"

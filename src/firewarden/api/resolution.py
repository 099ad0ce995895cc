"""How fine is the picture of a stretch of time: single readings, hours or days?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import ceil
from zoneinfo import ZoneInfo

CHINA = ZoneInfo("Asia/Shanghai")
READINGS_SPAN_MAX = timedelta(days=2)
HOURS_SPAN_MAX = timedelta(days=60)
STEP_MIN = timedelta(seconds=1)


class Resolution(StrEnum):
    """What a sample is made of."""

    READING = "reading"
    HOUR = "hour"
    DAY = "day"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """How a stretch is sampled: from `since`, which begins an hour or a day where samples are made of those."""

    resolution: Resolution
    since: datetime
    step: timedelta


def picture(since: datetime, until: datetime, samples_max: int) -> Picture:
    """Sample from `since` to before `until` in at most `samples_max` steps."""
    span = until - since
    if span <= READINGS_SPAN_MAX:
        return Picture(resolution=Resolution.READING, since=since, step=max(STEP_MIN, -(-span // samples_max)))
    resolution = Resolution.HOUR if span <= HOURS_SPAN_MAX else Resolution.DAY
    unit = timedelta(hours=1) if resolution is Resolution.HOUR else timedelta(days=1)
    begin = floor(since, resolution)
    return Picture(resolution=resolution, since=begin, step=unit * ceil((until - begin) / unit / samples_max))


def floor(at: datetime, resolution: Resolution) -> datetime:
    """The start of the hour or of the Shanghai day that holds `at`; `at` itself for single readings."""
    match resolution:
        case Resolution.READING:
            return at
        case Resolution.HOUR:
            return at.replace(minute=0, second=0, microsecond=0)
        case Resolution.DAY:
            local = at.astimezone(CHINA).replace(hour=0, minute=0, second=0, microsecond=0)
            return local.astimezone(at.tzinfo)

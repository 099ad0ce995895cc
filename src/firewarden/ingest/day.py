"""On which day was a message counted? Days begin and end at midnight in Asia/Shanghai, wherever a server stands."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

LOCAL_ZONE = ZoneInfo("Asia/Shanghai")


def day_of(at: datetime) -> date:
    """The local day of a moment; `at` is aware."""
    return at.astimezone(LOCAL_ZONE).date()


def day_begins(day: date) -> datetime:
    """The midnight with which a day begins. Raises OverflowError at the end of the calendar."""
    return datetime.combine(day, time(), tzinfo=LOCAL_ZONE)


def day_ends(day: date) -> datetime:
    """The midnight with which a day ends. Raises OverflowError at the end of the calendar."""
    return day_begins(day + timedelta(days=1))

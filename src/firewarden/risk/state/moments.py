"""How are moments written? As microseconds since 1970 inside, as datetimes and ISO 8601 in UTC outside."""

from datetime import UTC, date, datetime, timedelta

from firewarden.risk.state.facts import Micros

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICRO = timedelta(microseconds=1)
_FIRST = (datetime(1, 1, 1, tzinfo=UTC) - _EPOCH) // _MICRO
_LAST = (datetime(9999, 12, 30, tzinfo=UTC) - _EPOCH) // _MICRO
_CHINA = timedelta(hours=8)
"""China has one time zone and no summer time, and had none in the years that matter here."""


def micros(at: datetime) -> Micros:
    """An aware datetime as microseconds."""
    return (at - _EPOCH) // _MICRO


def moment(at: Micros) -> datetime:
    """Microseconds as a datetime in UTC; what no calendar holds becomes its edge."""
    return _EPOCH + timedelta(microseconds=min(max(at, _FIRST), _LAST))


def iso(at: Micros) -> str:
    """ISO 8601 in UTC with a Z, to the second or, where there are any, to the microsecond."""
    return moment(at).isoformat().replace("+00:00", "Z")


def day_in_china(at: Micros) -> date:
    """The day that it is there."""
    return (moment(at) + _CHINA).date()

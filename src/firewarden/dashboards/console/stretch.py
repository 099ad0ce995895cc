"""Which stretch of time does the address of a page name? Dashboards link with `from` and `to`."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from firewarden.dashboards.console.formats import full_moment
from firewarden.dashboards.console.risk_moment import parse_picked

LENGTH_MAX = timedelta(days=5 * 366)
_FIRST, _LAST = datetime(2000, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
_DIGITS_MAX = 14  # up to the year 5138; more would be beyond what a datetime holds


@dataclass(frozen=True, slots=True, kw_only=True)
class Stretch:
    """From `since` to before `until`."""

    since: datetime
    until: datetime

    @property
    def text(self) -> str:
        """For people, in local time."""
        return f"{full_moment(self.since)} – {full_moment(self.until)}"


def parse_stretch(query: Mapping[str, str]) -> Stretch | None:
    """What `from` and `to` of an address name, in ISO 8601 or in milliseconds since 1970; None for anything else."""
    since, until = (_moment(query.get(name, "")) for name in ("from", "to"))
    if since is None or until is None or not since < until <= since + LENGTH_MAX:
        return None
    return Stretch(since=since, until=until)


def _moment(text: str) -> datetime | None:
    if text.isascii() and text.isdigit() and len(text) <= _DIGITS_MAX:
        at = datetime.fromtimestamp(0, tz=UTC) + timedelta(milliseconds=int(text))
    else:
        at = parse_picked(text.replace(" ", "+") if "T" in text else text)  # an address turns a + into a space
    return at if at is not None and _FIRST <= at <= _LAST else None

"""Rows for the tables of the database, and chances that are the same for the same seed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from random import Random

CITY = timezone(timedelta(hours=8))  # Asia/Shanghai has no summer time
DAYS = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Rows of one table; `columns` are names with spaces between.

    `identity`: the column whose numbers were given out here, so that its sequence must go on.
    """

    name: str
    columns: str
    rows: Sequence[Sequence[object]]
    identity: str | None = None


def random_of(seed: int, *of: object) -> Random:
    """A stream of chances of its own, so that one part of the month can change without the others."""
    return Random("/".join(str(each) for each in ("month", seed, *of)))


def midnight(now: datetime, days_ago: int) -> datetime:
    """When a day of the city began."""
    today = now.astimezone(CITY).replace(hour=0, minute=0, second=0, microsecond=0)
    return today - timedelta(days=days_ago)

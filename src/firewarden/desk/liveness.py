"""Is a gateway silent, or is it only us who do not hear?"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

BEAT_FRESH = timedelta(seconds=5)
"""Ingest writes its beat every second; without one for this long nobody listens, and silence proves nothing."""


class Verdict(StrEnum):
    """What can be said of a gateway; the value is the reason."""

    HEARD = "heard_within_deadline"
    SILENT = "silent_past_deadline"
    NEVER_HEARD = "never_heard"
    NOBODY_LISTENS = "ingest_is_not_listening"


@dataclass(frozen=True, slots=True, kw_only=True)
class Listening:
    """Since when ingest has listened without a break, and when it last said so; None: never."""

    since: datetime | None
    beat_at: datetime | None


NOBODY = Listening(since=None, beat_at=None)
"""No process of ingest is heard."""


def judge(heard_at: datetime | None, deadline_s: float, listening: Listening, now: datetime) -> Verdict:
    """Whether a gateway with this deadline (seconds) is silent. A break in our own listening starts it anew."""
    if heard_at is None:
        return Verdict.NEVER_HEARD
    deadline = timedelta(seconds=deadline_s)
    if now - heard_at <= deadline:
        return Verdict.HEARD
    if listening.since is None or listening.beat_at is None or now - listening.beat_at > BEAT_FRESH:
        return Verdict.NOBODY_LISTENS
    return Verdict.SILENT if now - max(heard_at, listening.since) > deadline else Verdict.NOBODY_LISTENS

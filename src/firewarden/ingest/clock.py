"""Can the time that a device claims be true? Kept in any case; used only where it can."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from firewarden.ingest.facts import Reason, Rejection

FUTURE_MAX = timedelta(minutes=5)
"""How far a device clock may run ahead; GB 50440 allows 5 s, real gateways reach minutes."""
PAST_MAX = timedelta(days=400)
"""Older than a year and a bit is no buffered fact but a clock that lost its battery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The time to use, and what is wrong with the claimed one."""

    at: datetime
    wrong: Rejection | None


def judge(claimed: datetime, received_at: datetime) -> Judged:
    """The claimed time, or the receive time where the claim cannot be true."""
    ahead = (claimed - received_at).total_seconds()
    if ahead > FUTURE_MAX.total_seconds():
        detail = f"{claimed.isoformat()} is {ahead:.0f} s after it was received"
        return Judged(at=received_at, wrong=Rejection(reason=Reason.FUTURE_TIME, detail=detail))
    if ahead < -PAST_MAX.total_seconds():
        detail = f"{claimed.isoformat()} is {-ahead / 86400:.0f} days before it was received"
        return Judged(at=received_at, wrong=Rejection(reason=Reason.ANCIENT_TIME, detail=detail))
    return Judged(at=claimed, wrong=None)

"""Can the time that a device claims be true? Kept in any case; used only where it can."""

from dataclasses import dataclass
from datetime import datetime

from firewarden.ingest.facts import Reason, Rejection

FUTURE_MAX_S = 300.0
"""How far a device clock may run ahead; GB 50440 allows 5 s, real gateways reach minutes."""
PAST_MAX_S = 400 * 86_400.0
"""Older than a year and a bit is no buffered fact but a clock that lost its battery."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """The time to use, and what is wrong with the claimed one."""

    at: datetime
    wrong: Rejection | None


def believable(claimed_s: float, received_s: float) -> bool:
    """Whether a claimed time can be true, given when it was received; both in seconds since 1970."""
    return -PAST_MAX_S <= claimed_s - received_s <= FUTURE_MAX_S


def all_believable(claimed_s: list[float], received_s: float) -> bool:
    """Whether each of some claimed times can be true; all in seconds since 1970."""
    if len(claimed_s) == 1:
        return -PAST_MAX_S <= claimed_s[0] - received_s <= FUTURE_MAX_S
    return min(claimed_s) - received_s >= -PAST_MAX_S and max(claimed_s) - received_s <= FUTURE_MAX_S


def judge(claimed: datetime, received_at: datetime) -> Judged:
    """The claimed time, or the receive time where the claim cannot be true."""
    ahead_s = claimed.timestamp() - received_at.timestamp()
    if believable(ahead_s, 0.0):
        return Judged(at=claimed, wrong=None)
    if ahead_s > 0:
        detail = f"{claimed.isoformat()} is {ahead_s:.0f} s after it was received"
        return Judged(at=received_at, wrong=Rejection(reason=Reason.FUTURE_TIME, detail=detail))
    detail = f"{claimed.isoformat()} is {-ahead_s / 86400:.0f} days before it was received"
    return Judged(at=received_at, wrong=Rejection(reason=Reason.ANCIENT_TIME, detail=detail))

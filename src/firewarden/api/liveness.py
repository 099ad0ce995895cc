"""What do we show of a gateway: heard, silent since when, or that we cannot know?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from firewarden.api.rows import GatewayState
from firewarden.desk.liveness import Listening, Verdict, judge

IN_SERVICE = frozenset({"trial", "in_service"})
"""Only these connections are expected to speak."""

_STATES = {
    Verdict.HEARD: GatewayState.ONLINE,
    Verdict.SILENT: GatewayState.SILENT,
    Verdict.NEVER_HEARD: GatewayState.NEVER_HEARD,
    Verdict.NOBODY_LISTENS: GatewayState.UNKNOWN,
}


CLOCK_WRONG_S = 5.0
"""The accumulated error that GB 50440 allows the clocks of a system."""


def clock_wrong(skew_s: float | None) -> bool:
    """Whether a gateway's clock is too far off; one that is not known is not wrong."""
    return skew_s is not None and abs(skew_s) > CLOCK_WRONG_S


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """What is stored about hearing one gateway; without `heard_at` nothing ever was."""

    heard_at: datetime | None
    online: bool | None
    changed_at: datetime | None
    connection: str
    silence_deadline_s: float


def gateway_state(heard: Heard, listening: Listening, now: datetime) -> tuple[GatewayState, datetime | None]:
    """The state, and since when it holds (None: not known). The last will counts more than what we heard."""
    verdict = judge(heard.heard_at, heard.silence_deadline_s, listening, now)
    if heard.connection not in IN_SERVICE:
        return GatewayState.NOT_IN_SERVICE, None
    if heard.online is False:
        return GatewayState.OFFLINE, heard.changed_at
    state = _STATES[verdict]
    if state is GatewayState.SILENT and heard.heard_at is not None:
        return state, heard.heard_at + timedelta(seconds=heard.silence_deadline_s)
    return state, heard.changed_at if state is GatewayState.ONLINE else None

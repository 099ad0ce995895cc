"""What is said of a gateway, from what was heard of it and of ourselves?"""

from datetime import UTC, datetime, timedelta

import pytest

from firewarden.api.liveness import Heard, clock_wrong, gateway_state
from firewarden.api.rows import GatewayState
from firewarden.desk.liveness import Listening

NOW = datetime(2026, 11, 23, tzinfo=UTC)
LISTENING = Listening(since=NOW - timedelta(days=1), beat_at=NOW)
DEAF = Listening(since=None, beat_at=None)


def heard(ago_s: float | None, *, online: bool = True, connection: str = "in_service") -> Heard:
    """A gateway with a deadline of three minutes, heard so many seconds ago."""
    return Heard(
        heard_at=None if ago_s is None else NOW - timedelta(seconds=ago_s),
        online=None if ago_s is None else online,
        changed_at=None if ago_s is None else NOW - timedelta(hours=1),
        connection=connection,
        silence_deadline_s=180,
    )


@pytest.mark.parametrize(
    ("gateway", "listening", "state", "since"),
    [
        (heard(10), LISTENING, GatewayState.ONLINE, NOW - timedelta(hours=1)),
        (heard(200), LISTENING, GatewayState.SILENT, NOW - timedelta(seconds=20)),
        (heard(200), DEAF, GatewayState.UNKNOWN, None),
        (heard(10), DEAF, GatewayState.ONLINE, NOW - timedelta(hours=1)),
        (heard(10, online=False), LISTENING, GatewayState.OFFLINE, NOW - timedelta(hours=1)),
        (heard(None), LISTENING, GatewayState.NEVER_HEARD, None),
        (heard(10, connection="retired"), LISTENING, GatewayState.NOT_IN_SERVICE, None),
        (heard(None, connection="contracted"), LISTENING, GatewayState.NOT_IN_SERVICE, None),
    ],
)
def test_states(gateway: Heard, listening: Listening, state: GatewayState, since: datetime | None) -> None:
    """Silence counts from the deadline on and only while we listen; a gateway out of service owes nothing."""
    assert gateway_state(gateway, listening, NOW) == (state, since)


def test_a_clock_is_wrong_beyond_five_seconds() -> None:
    """In either direction; one of which nothing is known is not."""
    wrong = {skew_s: clock_wrong(skew_s) for skew_s in (-5.1, -5.0, 0.0, 5.0, 5.1, None)}
    assert [skew_s for skew_s, is_wrong in wrong.items() if is_wrong] == [-5.1, 5.1]

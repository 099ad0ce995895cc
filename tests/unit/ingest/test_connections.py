"""Does every worker take the alarms and heartbeats itself, whatever the workers share?"""

import pytest

from firewarden.ingest.connections import ALARM, BULK, PipelineConfig, leaving_config, session_config
from firewarden.ingest.facts import Lane
from firewarden.ingest.mqtt import Broker
from firewarden.ingest.worker_name import WorkerName, lock_key

BROKER = Broker(host="127.0.0.1", port=1883, tls=False, username="u", password=b"p")
BOTH = pytest.mark.parametrize("config", [ALARM, BULK], ids=["alarm", "bulk"])


@BOTH
@pytest.mark.parametrize("shared", [False, True])
def test_every_lane_is_taken_once(config: PipelineConfig, *, shared: bool) -> None:
    """Each lane of a connection is subscribed to in one way, and only the shareable ones in turns."""
    session = session_config(config, BROKER, "w", shared=shared)
    assert len(session.filters) == len(config.lanes)
    for lane in config.lanes:
        in_turns = f"$share/firewarden/fire/v1/+/{lane.value}" in session.filters
        assert in_turns is (shared and lane in config.shareable)
        assert in_turns is not (f"fire/v1/+/{lane.value}" in session.filters)
    assert not set(session.filters) & set(session.left)


def test_alarms_and_heartbeats_are_never_shared() -> None:
    """A worker that is away holds back no alarm, and makes no gateway seem silent."""
    assert not {Lane.ALARM, Lane.STATUS} & {*ALARM.shareable, *BULK.shareable}
    assert {*ALARM.lanes, *BULK.lanes} == set(Lane)


@BOTH
def test_both_settings_use_one_session(config: PipelineConfig) -> None:
    """Whoever changes the setting finds what was queued, and leaves what the other setting had subscribed to."""
    alone, together = (session_config(config, BROKER, "w", shared=shared) for shared in (False, True))
    assert alone.client_id == together.client_id
    assert set(together.filters) - set(alone.filters) == set(alone.left)
    assert set(alone.filters) - set(together.filters) == set(together.left)


@BOTH
def test_a_leaving_session_takes_nothing_new(config: PipelineConfig) -> None:
    """It leaves whatever either setting may have subscribed to."""
    leaving = leaving_config(config, BROKER, "w")
    assert leaving.filters == ()
    for shared in (False, True):
        assert set(session_config(config, BROKER, "w", shared=shared).filters) <= set(leaving.left)


def test_names_have_locks_of_their_own() -> None:
    """Two workers do not wait for each other, and no other kind of lock is met; it fits the database's number."""
    keys = {lock_key(str(number)) for number in range(1_000)}
    assert len(keys) == 1_000
    assert all(2**32 <= key < 2**63 for key in keys)


def test_a_name_shows_no_password() -> None:
    """Retries are logged with what was retried."""
    assert "hunter2" not in repr(WorkerName("postgresql://u:hunter2@h/d", "w"))

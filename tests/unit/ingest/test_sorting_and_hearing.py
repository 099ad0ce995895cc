"""Is each message of a batch looked at once, and remembered for who sent it?"""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.batch import Received
from firewarden.ingest.facts import Envelope, Heartbeat, Lane, Reason, Rejection
from firewarden.ingest.hearing import Heard, Hearing
from firewarden.ingest.ledger import Stream
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.sorting import is_counted, sort_out

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


def received(
    lane: Lane | None, *, gateway: str = "g", boot: str = "b", seq: int = 1, online: bool = True, late_s: float = 0.0
) -> Received:
    """A message of a lane; without one it could not be read."""
    at = NOW + timedelta(seconds=late_s)
    facts = (Heartbeat(at=at, online=online),) if lane is Lane.STATUS else ()
    envelope = None
    if lane is not None:
        envelope = Envelope(gateway=gateway, lane=lane, boot=boot, seq=seq, sent_at=at, facts=facts)
    rejections = () if lane else (Rejection(reason=Reason.BAD_JSON, detail="x"),)
    message = Message(f"fire/v1/{gateway}/{lane or 'state'}", b"", seq, 1)
    return Received(message=message, received_at=at, size=0, envelope=envelope, rejections=rejections)


messages = st.builds(
    received, st.sampled_from([*Lane, None]), gateway=st.sampled_from("gh"), boot=st.sampled_from("bc"), seq=st.just(1)
)


@given(st.lists(messages))
def test_every_counted_message_is_in_its_stream(batch: list[Received]) -> None:
    """The streams hold each message that is counted once, in order, and say whether others came too."""
    found = sort_out(batch)
    counted = [one for one in batch if is_counted(one)]
    assert sorted(map(id, counted)) == sorted(id(one) for group in found.streams.values() for one in group)
    for stream, group in found.streams.items():
        envelopes = [one.envelope for one in group if one.envelope is not None]
        assert all(stream == Stream(e.gateway, e.boot, e.lane) for e in envelopes)
        assert group == [one for one in counted if one in group]
    assert found.uncounted is (len(counted) < len(batch))
    assert found.flawed is any(one.envelope is None for one in batch)
    assert found.gateways == {one.envelope.gateway for one in batch if one.envelope is not None}


def test_the_newest_word_counts_and_keeps_what_it_does_not_speak_of() -> None:
    """A reading after a heartbeat says nothing of the clock, and a last will nothing of the boot."""
    hearing = Hearing()
    assert not hearing
    hearing.add([received(Lane.STATUS, boot="b1")])
    hearing.add([received(Lane.READING, boot="b1", late_s=1.0)])
    hearing.add([received(Lane.STATUS, boot="b1", online=False, late_s=2.0), received(None)])
    assert hearing
    gone_at = NOW + timedelta(seconds=2)
    assert hearing.take() == {"g": Heard(heard_at=gone_at, boot="b1", online=False, skew_s=0.0)}
    assert not hearing
    assert hearing.take() == {}

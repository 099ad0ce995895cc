"""Are batches bounded and in order, times judged, and watermarks told when they are due?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest import clock
from firewarden.ingest.batch import Batcher, BatchLimits, Received
from firewarden.ingest.facts import Envelope, Heartbeat, Lane, Reason
from firewarden.ingest.ledger import Stream
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.watermark import Watermarks
from firewarden.ingest.wire.json_v1 import Stored

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
LIMITS = BatchLimits(facts_max=10, linger_s=0.05, waiting_max=20)


def received(facts: int, number: int = 0) -> Received:
    """A message with so many facts."""
    envelope = Envelope(
        gateway="g", lane=Lane.READING, boot="b", seq=number + 1, sent_at=NOW, facts=(Heartbeat(at=NOW),) * facts
    )
    message = Message("fire/v1/g/reading", b"", number + 1, 1)
    return Received(message=message, received_at=NOW, size=0, envelope=envelope, rejections=())


@given(st.lists(st.integers(0, 25), max_size=40))
def test_batches_hold_every_message_once_and_in_order(sizes: list[int]) -> None:
    """Nothing is lost or turned round between batches, and none is larger than one message has to be."""
    batcher = Batcher(LIMITS)
    messages = [received(size, number) for number, size in enumerate(sizes)]
    for message in messages:
        batcher.add(message, 0.0)
    taken: list[Received] = []
    while batch := batcher.take():
        weight = sum(max(1, len(r.envelope.facts)) for r in batch if r.envelope)
        assert weight <= LIMITS.facts_max or len(batch) == 1
        taken += batch
    assert taken == messages
    assert len(batcher) == 0


def test_a_batch_is_due_by_age_or_by_size() -> None:
    """A lonely message waits for others no longer than it may; a full batch does not wait at all."""
    batcher = Batcher(LIMITS)
    assert batcher.due_in(0.0) is None
    batcher.add(received(1), 100.0)
    assert batcher.due_in(100.02) == pytest.approx(0.03)
    assert batcher.due_in(101.0) == 0.0
    batcher.add(received(9, 1), 100.0)
    assert batcher.due_in(100.0) == 0.0


def test_a_full_batcher_says_so() -> None:
    """At the limit of waiting messages the network is not read any more."""
    batcher = Batcher(LIMITS)
    for number in range(LIMITS.waiting_max):
        assert not batcher.full
        batcher.add(received(1, number), 0.0)
    assert batcher.full


def test_large_messages_fill_the_batcher_by_their_bytes() -> None:
    """A few messages of a megabyte stop the reading as surely as many small ones."""
    batcher = Batcher(BatchLimits(facts_max=10, linger_s=0.05, waiting_max=1_000, waiting_bytes_max=3_000))
    for number in range(3):
        assert not batcher.full
        large = received(1, number)
        large.message.payload = bytes(1_000)
        batcher.add(large, 0.0)
    assert batcher.full
    batcher.take()
    assert not batcher.full


def test_a_believable_time_is_used() -> None:
    """Five minutes ahead and a year behind are what real clocks and buffers do."""
    for claimed in (NOW, NOW + timedelta(minutes=5), NOW - timedelta(days=365)):
        assert clock.judge(claimed, NOW) == clock.Judged(at=claimed, wrong=None)


def test_an_impossible_time_is_replaced_and_named() -> None:
    """The receive time stands in for a clock that cannot be right, with the reason."""
    for claimed, reason in (
        (NOW + timedelta(minutes=6), Reason.FUTURE_TIME),
        (datetime(9999, 12, 31, 23, 59, 59, tzinfo=UTC), Reason.FUTURE_TIME),
        (datetime(2000, 1, 1, tzinfo=UTC), Reason.ANCIENT_TIME),
    ):
        judged = clock.judge(claimed, NOW)
        assert judged.at == NOW
        assert judged.wrong is not None
        assert judged.wrong.reason is reason


def test_alarms_are_told_at_once_and_others_once_a_second() -> None:
    """A gateway hears of its alarms immediately, and of its readings at most once a second."""
    marks = Watermarks()
    reading, alarm = Stream("g", "b", Lane.READING), Stream("g", "b", Lane.ALARM)
    marks.stored(reading, 1)
    assert marks.due(0.0) == [("g", Stored(boot="b", reading=1))]
    marks.stored(reading, 2)
    assert marks.due(0.5) == []
    marks.stored(alarm, 1)
    assert marks.due(0.6) == [("g", Stored(boot="b", reading=2, alarm=1))]
    marks.stored(reading, 3)
    assert marks.due(1.7) == [("g", Stored(boot="b", reading=3))]
    assert marks.due(9.0) == []


def test_two_lives_of_a_gateway_are_told_apart() -> None:
    """What was buffered before a restart is confirmed under its own boot."""
    marks = Watermarks()
    marks.stored(Stream("g", "old", Lane.STATE), 9)
    marks.stored(Stream("g", "new", Lane.STATE), 1)
    assert marks.due(0.0) == [("g", Stored(boot="old", state=9)), ("g", Stored(boot="new", state=1))]

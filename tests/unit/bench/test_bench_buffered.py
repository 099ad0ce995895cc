"""Does a gateway that was away for a day come back with what such a gateway keeps?"""

from collections import Counter
from datetime import UTC, datetime, timedelta

from tests.unit.bench.test_bench_frames import read

from firewarden.bench.buffered import Buffered, buffered_frames
from firewarden.ingest.facts import Envelope, Lane, Reading, StateChange

UNTIL = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
DAY = Buffered(boot="b1", until=UNTIL)


def messages(buffered: Buffered = DAY) -> list[Envelope]:
    """What the gateway sends, as ingest reads it."""
    return [read(frame)[1] for frame in buffered_frames(buffered, "bench-00001")]


def test_a_day_is_1728_readings_in_35_messages_and_ten_states() -> None:
    """Six sensors every five minutes, up to 50 readings a message; five faults come and go."""
    sent = messages()
    assert Counter(one.lane for one in sent) == {Lane.READING: 35, Lane.STATE: 10}
    sizes = [len(one.facts) for one in sent if one.lane is Lane.READING]
    assert (sum(sizes), max(sizes)) == (1_728, 50)
    assert (DAY.readings, DAY.reading_messages, DAY.state_messages, DAY.messages) == (1_728, 35, 10, 45)


def test_each_lane_is_numbered_from_one_and_states_go_first() -> None:
    """A hole in the numbers would be a gap in the ledger."""
    sent = messages()
    for lane in (Lane.STATE, Lane.READING):
        numbers = [one.seq for one in sent if one.lane is lane]
        assert numbers == list(range(1, len(numbers) + 1))
    assert [one.lane for one in sent] == sorted((one.lane for one in sent), reverse=True)
    packets = [read(frame)[0].packet_id for frame in buffered_frames(DAY, "bench-00001")]
    assert len(set(packets)) == len(packets)


def test_all_of_it_happened_while_the_gateway_was_away() -> None:
    """In order, within the day, and no two readings of a point at the same time."""
    facts = [fact for one in messages() for fact in one.facts]
    readings = [fact for fact in facts if isinstance(fact, Reading)]
    assert [fact.at for fact in readings] == sorted(fact.at for fact in readings)
    assert all(UNTIL - timedelta(hours=24) <= fact.at <= UNTIL for fact in readings)
    assert len({(fact.point, fact.at) for fact in readings}) == len(readings)


def test_a_fault_goes_after_it_came() -> None:
    """Each point's fault is one episode for the desk."""
    changes = [fact for one in messages() for fact in one.facts if isinstance(fact, StateChange)]
    for came, went in zip(changes[::2], changes[1::2], strict=True):
        assert came.point == went.point
        assert came.at < went.at
        assert came.set == went.clear

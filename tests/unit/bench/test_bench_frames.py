"""Are the frames made beforehand messages that ingest takes, and the rows those that it would store?"""

from datetime import UTC, datetime

import mqtt5
import pytest

from firewarden.bench.frames import PACKET_ID_MAX, Traffic, address, fault, fire, packet_id, telemetry, time_of_message
from firewarden.bench.rows import columns, packed, rows_of
from firewarden.ingest import batch
from firewarden.ingest.facts import Envelope, Lane, Reading, State, StateChange
from firewarden.ingest.mqtt_session import Message
from firewarden.ingest.rows import Rows, add_message, pack_readings
from firewarden.ingest.wire import json_v1

NOW = datetime(2026, 11, 23, 9, 0, tzinfo=UTC)
GATEWAYS = ("bench-00001", "bench-00002")
POINTS = 7
IDS = {(gateway, point): 100 * index + point for index, gateway in enumerate(GATEWAYS) for point in range(POINTS)}


def traffic(points: int = 3, messages: int = 5) -> Traffic:
    """A small round."""
    return Traffic(boot="b1", first_at=NOW, messages_per_gateway=messages, points=points, points_of_gateway=POINTS)


def read(frame: bytes) -> tuple[mqtt5.PublishPacket, Envelope]:
    """A frame as the broker and ingest read it."""
    packet, size = mqtt5.read(memoryview(frame))
    assert size == len(frame)
    assert isinstance(packet, mqtt5.PublishPacket)
    decoded = json_v1.decode(packet.topic, packet.payload)
    assert decoded.rejections == ()
    assert decoded.envelope is not None
    return packet, decoded.envelope


def test_frames_are_numbered_messages_of_quality_one() -> None:
    """Each frame is one sound message, numbered from 1, with a packet id to acknowledge."""
    frames = [read(frame) for frame in telemetry(traffic(), GATEWAYS[0])]
    assert [envelope.seq for _, envelope in frames] == [1, 2, 3, 4, 5]
    assert [packet.packet_id for packet, _ in frames] == [1, 2, 3, 4, 5]
    assert all(packet.qos is mqtt5.QoS.AT_LEAST_ONCE for packet, _ in frames)
    assert {len(envelope.facts) for _, envelope in frames} == {3}
    assert {envelope.lane for _, envelope in frames} == {Lane.READING}


def test_no_two_readings_of_a_gateway_share_point_and_time() -> None:
    """Else a doubled row could not be told from an honest one."""
    facts = [fact for frame in telemetry(traffic(), GATEWAYS[0]) for fact in read(frame)[1].facts]
    keys = {(fact.point, fact.at) for fact in facts if isinstance(fact, Reading)}
    assert len(keys) == len(facts) == 15


def test_all_points_of_a_gateway_take_part() -> None:
    """A few points that are written again and again would make the index's work too easy."""
    facts = [fact for frame in telemetry(traffic(), GATEWAYS[0]) for fact in read(frame)[1].facts]
    assert {fact.point for fact in facts if isinstance(fact, Reading)} == {address(point) for point in range(POINTS)}


def test_the_copied_rows_are_those_that_ingest_stores() -> None:
    """The limit is measured with the rows that the messages become (all but when they were received)."""
    stored = Rows()
    frames = {gateway: telemetry(traffic(), gateway) for gateway in GATEWAYS}
    for seq in range(5):
        for gateway in GATEWAYS:
            packet, _ = read(frames[gateway][seq])
            message = Message(packet.topic, packet.payload, packet.packet_id, 1)
            received = batch.read(message, time_of_message(traffic(), seq + 1))
            ids = {address(point): number for (name, point), number in IDS.items() if name == gateway}
            add_message(stored, received, 1, ids)
    assert pack_readings(columns(list(rows_of(traffic(), GATEWAYS, IDS)))) == pack_readings(stored.readings)


def test_rows_are_packed_in_batches() -> None:
    """Nothing is left out at the edges of the batches."""
    rows = list(rows_of(traffic(), GATEWAYS, IDS))
    batches = list(packed(iter(rows), 8))
    assert len(batches) == 4
    assert batches[-1] == pack_readings(columns(rows[24:]))
    assert sum(len(one) for one in batches) == sum(len(pack_readings(columns(rows[i : i + 8]))) for i in (0, 8, 16, 24))


def test_a_fire_is_a_fire() -> None:
    """It travels in the alarm lane and raises the state of its point."""
    packet, envelope = read(fire(GATEWAYS[0], "fires-1", 2, 5, NOW))
    assert packet.topic == json_v1.topic(GATEWAYS[0], "alarm")
    assert (envelope.lane, envelope.boot, envelope.seq) == (Lane.ALARM, "fires-1", 2)
    (change,) = envelope.facts
    assert isinstance(change, StateChange)
    assert (change.point, change.set, change.at) == (address(5), (State.FIRE,), NOW)


def test_a_fault_is_a_fault() -> None:
    """It travels in the lane of states, behind every fire."""
    packet, envelope = read(fault(GATEWAYS[0], "marks-1", 1, 49, NOW))
    assert packet.topic == json_v1.topic(GATEWAYS[0], "state")
    (change,) = envelope.facts
    assert isinstance(change, StateChange)
    assert (change.point, change.set) == (address(49), (State.FAULT,))


@pytest.mark.parametrize(("seq", "expected"), [(1, 1), (PACKET_ID_MAX, PACKET_ID_MAX), (PACKET_ID_MAX + 1, 1)])
def test_packet_ids_come_round(seq: int, expected: int) -> None:
    """MQTT allows 1 to 65,535."""
    assert packet_id(seq) == expected

"""Does the session speak MQTT 5, and acknowledge nothing too early, too late or out of order?"""

import asyncio

import mqtt5
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.mqtt_session import (
    BrokenError,
    Message,
    MqttSession,
    Ready,
    RefusedError,
    SessionConfig,
    TakenOverError,
    is_panic,
)

CONFIG = SessionConfig(
    client_id="ingest-1", username="firewarden", password=b"secret", filters=("fire/v1/+/alarm",), receive_max=10
)
GRANTED = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE


def packets(data: bytes) -> list[mqtt5.Packet]:
    """What the session wants to send, as packets."""
    found: list[mqtt5.Packet] = []
    view = memoryview(data)
    while view:
        packet, size = mqtt5.read(view)
        found.append(packet)
        view = view[size:]
    return found


def ready_session(*, session_present: bool = False) -> MqttSession:
    """A session whose subscription stands, with nothing left to send."""
    session = MqttSession(CONFIG)
    session.connect()
    session.receive(mqtt5.ConnAckPacket(session_present=session_present).write())
    events = session.receive(mqtt5.SubAckPacket(1, [GRANTED]).write())
    assert events == [Ready(resumed=session_present)]
    session.data_to_send()
    return session


def publish(packet_id: int | None, payload: bytes = b"x") -> bytes:
    """A message from the broker; without a packet id at QoS 0."""
    qos = mqtt5.QoS.AT_MOST_ONCE if packet_id is None else mqtt5.QoS.AT_LEAST_ONCE
    return mqtt5.PublishPacket("fire/v1/g/alarm", payload, qos=qos, packet_id=packet_id).write()


def receive(session: MqttSession, *packet_ids: int | None) -> list[Message]:
    """The messages of these packet ids, delivered together."""
    events = session.receive(b"".join(publish(packet_id) for packet_id in packet_ids))
    return [event for event in events if isinstance(event, Message)]


def acknowledged(session: MqttSession) -> list[int]:
    """The packet ids of the PUBACKs that leave now."""
    return [p.packet_id for p in packets(session.data_to_send()) if isinstance(p, mqtt5.PubAckPacket)]


def test_a_connection_asks_for_the_kept_session() -> None:
    """The first packet resumes the session, and bounds what may be in flight."""
    session = MqttSession(CONFIG)
    session.connect()
    [packet] = packets(session.data_to_send())
    assert isinstance(packet, mqtt5.ConnectPacket)
    assert (packet.clean_start, packet.receive_max, packet.session_expiry_interval) == (False, 10, 7 * 24 * 3600)


def test_nothing_is_acknowledged_before_it_is_settled() -> None:
    """Receiving alone sends no PUBACK."""
    session = ready_session()
    receive(session, 1, 2, 3)
    assert acknowledged(session) == []
    assert session.unsettled == 3


@given(st.permutations([1, 2, 3, 4, 5, 6, 7, 8]))
def test_acknowledgements_keep_the_order_of_arrival(order: list[int]) -> None:
    """In whatever order messages are settled, PUBACKs leave in order, each only after all before it."""
    session = ready_session()
    messages = {m.packet_id: m for m in receive(session, *range(1, 9))}
    settled, sent = set[int](), list[int]()
    for packet_id in order:
        session.settle([messages[packet_id]])
        settled.add(packet_id)
        sent += acknowledged(session)
        assert all(previous in settled for last in sent for previous in range(1, last + 1))
    assert sent == list(range(1, 9))


def test_messages_of_an_earlier_connection_are_not_acknowledged() -> None:
    """A packet id belongs to its connection: settled late, a message is let be, and the broker sends it again."""
    session = ready_session()
    [old] = receive(session, 1)
    session.connect()
    session.receive(mqtt5.ConnAckPacket(session_present=True).write())
    session.receive(mqtt5.SubAckPacket(1, [GRANTED]).write())
    session.data_to_send()
    [new] = receive(session, 1)
    session.settle([old])
    assert acknowledged(session) == []
    session.settle([new])
    assert acknowledged(session) == [1]


@given(st.lists(st.integers(min_value=1, max_value=40), max_size=20))
def test_packets_may_come_in_any_pieces(cuts: list[int]) -> None:
    """However the network cuts the bytes, the same messages come out in the same order."""
    session = ready_session()
    data = b"".join(publish(n, bytes([n]) * n) for n in range(1, 6))
    received: list[bytes] = []
    start = 0
    for cut in [*cuts, len(data)]:
        events = session.receive(data[start : start + cut])
        received += [event.payload for event in events if isinstance(event, Message)]
        start += cut
    assert received == [bytes([n]) * n for n in range(1, 6)]


def test_messages_without_acknowledgement_do_not_wait() -> None:
    """A QoS 0 message is handed on and holds up no PUBACK."""
    session = ready_session()
    first, second = receive(session, None, 7)
    assert first.packet_id is None
    session.settle([first, second])
    assert acknowledged(session) == [7]


def test_a_refused_connection_says_why() -> None:
    """Wrong credentials are an operator's business, with the reason in words."""
    session = MqttSession(CONFIG)
    session.connect()
    refusal = mqtt5.ConnAckPacket(reason_code=mqtt5.ConnAckReasonCode.BAD_USER_NAME_OR_PASSWORD)
    with pytest.raises(RefusedError, match="BAD_USER_NAME_OR_PASSWORD"):
        session.receive(refusal.write())


def test_a_refused_subscription_is_not_ready() -> None:
    """A subscription that the broker denies is an error, not a silent wait."""
    session = MqttSession(CONFIG)
    session.connect()
    session.receive(mqtt5.ConnAckPacket().write())
    with pytest.raises(RefusedError, match="NOT_AUTHORIZED"):
        session.receive(mqtt5.SubAckPacket(1, [mqtt5.SubAckReasonCode.NOT_AUTHORIZED]).write())
    assert not session.ready


def test_a_dead_broker_is_noticed() -> None:
    """A ping that is not answered until the next one is due ends the connection."""
    session = ready_session()
    session.keep_alive()
    session.receive(mqtt5.PingRespPacket().write())
    session.keep_alive()
    with pytest.raises(BrokenError, match="ping"):
        session.keep_alive()


def test_more_in_flight_than_allowed_is_an_error() -> None:
    """A broker that ignores receive-maximum cannot fill our memory."""
    session = ready_session()
    with pytest.raises(BrokenError, match="in flight"):
        receive(session, *range(1, 12))


def test_what_is_not_mqtt_ends_the_connection() -> None:
    """Bytes of another protocol raise our own error."""
    session = ready_session()
    with pytest.raises(BrokenError, match="not MQTT"):
        session.receive(b"\x00\x00")


CODEC_PANICS = bytes.fromhex("320b0002ffff000102fe000000")  # a topic that is not UTF-8, then a malformed property


@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")  # what the codec says while it panics
def test_a_defect_of_the_codec_ends_the_connection_only() -> None:
    """Bytes on which the codec panics are an error like any other, and the session reads on over a new connection."""
    session = ready_session()
    before = receive(session, 1)
    for _ in range(3):
        with pytest.raises(BrokenError):
            session.receive(publish(2) + CODEC_PANICS)
        session.connect()
        session.receive(mqtt5.ConnAckPacket(session_present=True).write())
        session.receive(mqtt5.SubAckPacket(1, [GRANTED]).write())
        session.data_to_send()
    session.settle(before)
    session.settle(receive(session, 1, 2))
    assert acknowledged(session) == [1, 2]


@pytest.mark.parametrize("error", [KeyboardInterrupt(), SystemExit(1), GeneratorExit(), asyncio.CancelledError()])
def test_whoever_ends_the_process_is_not_a_defect_of_the_codec(error: BaseException) -> None:
    """Only the codec's own panic becomes an error of the connection."""
    assert not is_panic(error)


def test_nothing_is_published_without_a_connection() -> None:
    """A watermark that cannot be sent now is dropped: the next one says more."""
    session = MqttSession(CONFIG)
    session.publish("fire/v1/g/stored", b"{}")
    assert session.data_to_send() == b""


def leaving_session(*filters: str) -> MqttSession:
    """A session that leaves a subscription of an earlier life, connected so far."""
    session = MqttSession(
        SessionConfig(client_id="i", username=None, password=None, filters=filters, left=("b/#",), receive_max=10)
    )
    session.connect()
    session.data_to_send()
    session.receive(mqtt5.ConnAckPacket(session_present=True).write())
    return session


def test_an_earlier_life_s_subscription_is_left_after_the_new_one() -> None:
    """No message falls between the two, and the session is ready when both stand."""
    session = leaving_session("a/#")
    subscribed, left = packets(session.data_to_send())
    assert isinstance(subscribed, mqtt5.SubscribePacket)
    assert isinstance(left, mqtt5.UnsubscribePacket)
    assert left.patterns == ["b/#"]
    assert session.receive(mqtt5.SubAckPacket(1, [GRANTED]).write()) == []
    none_there = mqtt5.UnsubAckPacket(2, [mqtt5.UnsubAckReasonCode.NO_SUBSCRIPTION_EXISTED])
    assert session.receive(none_there.write()) == [Ready(resumed=True)]


def test_a_session_that_is_only_emptied_subscribes_to_nothing() -> None:
    """What it holds still comes, and is acknowledged; then the broker is told to forget it."""
    session = leaving_session()
    [left] = packets(session.data_to_send())
    assert isinstance(left, mqtt5.UnsubscribePacket)
    [message] = receive(session, 3)
    assert session.receive(mqtt5.UnsubAckPacket(2, [mqtt5.UnsubAckReasonCode.SUCCESS]).write()) == [Ready(resumed=True)]
    session.settle([message])
    assert acknowledged(session) == [3]
    session.end()
    [goodbye] = packets(session.data_to_send())
    assert isinstance(goodbye, mqtt5.DisconnectPacket)
    assert goodbye.session_expiry_interval == 0
    session.disconnect()
    assert session.data_to_send() == b""


def test_a_session_taken_over_says_so() -> None:
    """Whoever reconnects at once would only take it back."""
    session = ready_session()
    taken = mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER)
    with pytest.raises(TakenOverError, match="ingest-1"):
        session.receive(taken.write())

"""What must hold for any bytes? Each target takes an input as the fuzzers make it, and raises where it does not."""

import math
from datetime import UTC, datetime

import mqtt5

from firewarden.ingest.batch import Received, read
from firewarden.ingest.mqtt_session import (
    Message,
    MqttError,
    MqttSession,
    SessionConfig,
)
from firewarden.ingest.rows import pack_readings, points_named, quarantined, rows_of
from firewarden.ingest.wire import json_v1
from tests.fuzz.gb_targets import frames, units

__all__ = ["frames", "payload", "session", "units"]

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
TOPICS = (
    "fire/v1/g/alarm",
    "fire/v1/g/state",
    "fire/v1/g/reading",
    "fire/v1/g/reply",
    "fire/v1/g/status",
    "fire/v1/g/stored",
    "fire/v1/" + "g" * 65 + "/alarm",
    "somewhere/else",
)
RECEIVE_MAX = 20
GRANTED = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE
CONFIG = SessionConfig(
    client_id="fuzz", username=None, password=None, filters=("fire/v1/+/alarm",), receive_max=RECEIVE_MAX
)


def payload(data: bytes) -> None:
    """The first byte picks the topic, the rest is a payload: from the wire to what is written, nothing raises."""
    if not data:
        return
    topic = TOPICS[data[0] % len(TOPICS)]
    received = read(Message(topic, data[1:], 1, 1), NOW)
    assert received.envelope is not None or received.rejections, "neither read nor refused"
    assert all(len(rejection.detail) <= 2_000 for rejection in received.rejections), "an endless reason"
    quarantined(received, received.rejections)
    if received.envelope is not None:
        _rows(received)
        _comes_back(topic, data[1:])


def _rows(received: Received) -> None:
    named = points_named([received])
    assert all("\0" not in address for _, address in named), "a NUL, which the database cannot hold"
    addresses = dict.fromkeys((address for _, address in named), 7)
    rows = rows_of([received], {"g": 1}, {"g": addresses})
    numbers = (*rows.readings.values, *rows.readings.times_s, *rows.readings.sent_s, *rows.readings.received_s)
    assert all(math.isfinite(number) for number in numbers), "a number that is none"
    if len(rows.readings):
        pack_readings(rows.readings)


def _comes_back(topic: str, text: bytes) -> None:
    """What was read can be said again, and is then read alike."""
    envelope = json_v1.decode(topic, text).envelope
    assert envelope is not None, "read by the short way only"
    again = json_v1.decode(topic, json_v1.encode(envelope))
    assert again.envelope == envelope, "read differently the second time"


def session(data: bytes) -> None:
    """The first byte picks piece size and phase, the rest is what a broker sends: only MqttError comes out."""
    if not data:
        return
    client = MqttSession(CONFIG)
    client.connect()
    greetings = (mqtt5.ConnAckPacket().write(), mqtt5.SubAckPacket(1, [GRANTED]).write())
    for greeting in greetings[: data[0] & 3]:
        client.receive(greeting)
    size = (data[0] >> 2) + 1
    rest = data[1:]
    try:
        for start in range(0, len(rest), size):
            _take(client, rest[start : start + size])
    except MqttError:
        pass
    client.disconnect()
    client.data_to_send()
    client.connect()  # whatever came, the next connection begins as if nothing had been
    client.receive(mqtt5.ConnAckPacket().write())
    assert client.unsettled == 0


def _take(client: MqttSession, piece: bytes) -> None:
    events = client.receive(piece)
    assert client.unsettled <= RECEIVE_MAX, "more in flight than allowed"
    client.settle(event for event in events[::2] if isinstance(event, Message))
    _readable(client.data_to_send())


def _readable(data: bytes) -> None:
    """What the session sends is MQTT."""
    view = memoryview(data)
    while view:
        _, size = mqtt5.read(view)
        view = view[size:]

"""What do the bench's gateways send? Every byte of it, made before the clock starts."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import mqtt5

from firewarden.ingest.facts import Envelope, Lane, Quantity, Reading, State, StateChange
from firewarden.ingest.wire import json_v1

PACKET_ID_MAX = 65_535
STEP = timedelta(milliseconds=1)
"""Between one message of a gateway and its next, unless a round says otherwise: every row of a round has a point and
time of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """A round of telemetry. The gateways take turns; a point is read `points` at a time, in rotation."""

    boot: str
    first_at: datetime
    messages_per_gateway: int
    points: int
    points_of_gateway: int
    step: timedelta = STEP

    def __post_init__(self) -> None:
        assert 1 <= self.points <= self.points_of_gateway
        assert self.messages_per_gateway >= 1


def address(point: int) -> str:
    """The address of a gateway's point; the first is 0."""
    return f"11.1/99.{point:08x}"


def points_of_message(traffic: Traffic, seq: int) -> Iterator[int]:
    """Which points the message of that number reads."""
    first = (seq - 1) * traffic.points
    return ((first + index) % traffic.points_of_gateway for index in range(traffic.points))


def time_of_message(traffic: Traffic, seq: int) -> datetime:
    """When the message of that number was measured and sent."""
    return traffic.first_at + seq * traffic.step


def value_of(point: int, seq: int) -> float:
    """A pressure in MPa that a hydrant could have."""
    return 0.2 + (point * 7 + seq) % 100 / 1_000


def telemetry(traffic: Traffic, gateway: str) -> list[bytes]:
    """The MQTT packets of one gateway's round, in order."""
    return [_packet(traffic, gateway, seq) for seq in range(1, traffic.messages_per_gateway + 1)]


def _packet(traffic: Traffic, gateway: str, seq: int) -> bytes:
    at = time_of_message(traffic, seq)
    facts = tuple(
        Reading(
            point=address(point), at=at, quantity=Quantity.PRESSURE.name.lower(), value=value_of(point, seq), unit="MPa"
        )
        for point in points_of_message(traffic, seq)
    )
    envelope = Envelope(gateway=gateway, lane=Lane.READING, boot=traffic.boot, seq=seq, sent_at=at, facts=facts)
    return publish(envelope, packet_id(seq))


def fire(gateway: str, boot: str, seq: int, point: int, at: datetime) -> bytes:
    """The MQTT packet of one fire alarm."""
    return _began(State.FIRE, Lane.ALARM, (gateway, boot, seq), point, at)


def fault(gateway: str, boot: str, seq: int, point: int, at: datetime) -> bytes:
    """The MQTT packet of one fault."""
    return _began(State.FAULT, Lane.STATE, (gateway, boot, seq), point, at)


def _began(state: State, lane: Lane, message: tuple[str, str, int], point: int, at: datetime) -> bytes:
    gateway, boot, seq = message
    change = StateChange(point=address(point), at=at.astimezone(UTC), set=(state,))
    envelope = Envelope(gateway=gateway, lane=lane, boot=boot, seq=seq, sent_at=at, facts=(change,))
    return publish(envelope, packet_id(seq))


def packet_id(seq: int) -> int:
    """The packet id of a message: they come round again, long after the broker acknowledged the last use."""
    return (seq - 1) % PACKET_ID_MAX + 1


def publish(envelope: Envelope, identifier: int) -> bytes:
    """The MQTT packet of one message, QoS 1."""
    topic = json_v1.topic(envelope.gateway, envelope.lane.value)
    payload = json_v1.encode(envelope)
    return mqtt5.PublishPacket(topic, payload, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=identifier).write()

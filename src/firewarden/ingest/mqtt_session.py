"""An MQTT 5 client session without any I/O: bytes in, events out, and acknowledgements that wait for the commit.

Two rules. A PUBACK leaves only for a message that was settled, and only when every message that came before it on
this connection was settled too (MQTT 5, 4.6: acknowledgements keep the order of arrival). What is not settled when a
connection ends is forgotten here, because the broker sends it again.
"""

import struct
from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from enum import Enum, auto

import mqtt5
import msgspec

_RECEIVE_MAX_LIMIT = 65_535  # of MQTT 5
_PUBACK = struct.Struct(">HH").pack  # of success, which needs neither reason nor properties
_PUBACK_HEAD = 0x4002
RECEIVE_BUFFER_MAX = 8 * 1024 * 1024


class MqttError(Exception):
    """The connection cannot go on."""


class RefusedError(MqttError):
    """The broker does not let this session in, or does not let it subscribe; trying again as it is will not help."""


class BrokenError(MqttError):
    """The connection ended, or what came over it is not MQTT; a new connection may help."""


class TakenOverError(BrokenError):
    """Another client came with our client id; a new connection would take the session away from it again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionConfig:
    """How a session presents itself. Times in seconds."""

    client_id: str
    username: str | None
    password: bytes | None
    filters: tuple[str, ...]
    """What to subscribe to; nothing where the session is only to be emptied."""
    left: tuple[str, ...] = ()
    """What an earlier life may have subscribed to, and this one must not be."""
    receive_max: int
    keep_alive_s: int = 20
    expiry_s: int = 7 * 24 * 3600
    packet_bytes_max: int = 1024 * 1024

    def __post_init__(self) -> None:
        assert 1 <= self.receive_max <= _RECEIVE_MAX_LIMIT
        assert self.keep_alive_s >= 1
        assert self.filters or self.left


class Message(msgspec.Struct, eq=False, gc=False):
    """One PUBLISH as it came. `packet_id` is None at QoS 0: nobody waits for an acknowledgement."""

    topic: str
    payload: bytes
    packet_id: int | None
    connection: int
    settled: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Ready:
    """The broker accepted the subscriptions. `resumed`: it still had our session, with what it queued for us."""

    resumed: bool


Event = Message | Ready


class _Phase(Enum):
    CLOSED = auto()
    CONNECTING = auto()
    SUBSCRIBING = auto()
    READY = auto()


@dataclass(slots=True)
class MqttSession:
    """A persistent session over one connection after the other. Call `connect` at the start of each."""

    config: SessionConfig
    _phase: _Phase = _Phase.CLOSED
    _connection: int = 0
    _buffer: bytearray = field(default_factory=bytearray)
    _unsettled: deque[Message] = field(default_factory=deque[Message])
    _out: list[bytes] = field(default_factory=list[bytes])
    _resumed: bool = False
    _awaited: int = 0  # answers without which the subscriptions do not stand
    _ping_unanswered: bool = False

    @property
    def ready(self) -> bool:
        """Whether messages can come."""
        return self._phase is _Phase.READY

    @property
    def ping_unanswered(self) -> bool:
        """Whether the broker has not yet seen all that was sent before the last ping."""
        return self._ping_unanswered

    @property
    def unsettled(self) -> int:
        """How many messages wait for their commit; the broker sends no more than receive_max of them."""
        return len(self._unsettled)

    def connect(self) -> None:
        """A new network connection stands: forget the old one's, and introduce ourselves."""
        config = self.config
        self._phase = _Phase.CONNECTING
        self._connection += 1
        self._buffer = bytearray()  # an error of the codec may still hold a view of the old one
        self._unsettled.clear()
        self._ping_unanswered = False
        packet = mqtt5.ConnectPacket(
            config.client_id,
            username=config.username,
            password=config.password,
            clean_start=False,
            keep_alive=config.keep_alive_s,
            session_expiry_interval=config.expiry_s,
            receive_max=config.receive_max,
            max_packet_size=config.packet_bytes_max,
        )
        self._out = [packet.write()]

    def receive(self, data: bytes) -> list[Event]:
        """Read what the broker sent, in pieces of any size. Raises BrokenError, RefusedError."""
        if len(self._buffer) + len(data) > RECEIVE_BUFFER_MAX:
            raise BrokenError(f"over {RECEIVE_BUFFER_MAX} bytes without a whole packet")
        self._buffer += data
        events: list[Event] = []
        done = 0
        with memoryview(self._buffer) as view:
            while done < len(self._buffer):
                try:
                    packet, size = _read(view[done:])
                except IndexError:
                    break
                done += size
                if type(packet) is mqtt5.PublishPacket:
                    events.append(self._on_publish(packet))
                elif (event := self._on_packet(packet)) is not None:
                    events.append(event)
        del self._buffer[:done]
        return events

    def settle(self, messages: Iterable[Message]) -> None:
        """These are committed. Acknowledges every message that has none unsettled before it.

        Messages of an earlier connection are let be: the broker sends them again under other packet ids.
        """
        for message in messages:
            message.settled = True
        unsettled = self._unsettled
        while unsettled and unsettled[0].settled:
            message = unsettled.popleft()
            assert message.connection == self._connection, "unsettled messages are forgotten with their connection"
            assert message.packet_id is not None
            self._out.append(_PUBACK(_PUBACK_HEAD, message.packet_id))

    def publish(self, topic: str, payload: bytes) -> None:
        """Send at QoS 0; dropped while there is no connection."""
        if self.ready:
            self._out.append(mqtt5.PublishPacket(topic, payload).write())

    def keep_alive(self) -> None:
        """To be called every keep_alive_s / 2. Raises BrokenError where the last ping was not answered."""
        if self._ping_unanswered:
            raise BrokenError(f"the broker answered no ping for {self.config.keep_alive_s / 2:.0f} s")
        if self.ready:
            self._ping_unanswered = True
            self._out.append(mqtt5.PingReqPacket().write())

    def disconnect(self) -> None:
        """Leave without ending the session: the broker goes on queueing for it."""
        if self._phase is not _Phase.CLOSED:
            self._out.append(mqtt5.DisconnectPacket(session_expiry_interval=self.config.expiry_s).write())
            self._phase = _Phase.CLOSED

    def end(self) -> None:
        """Leave for good: the broker forgets the session, and what it queued for it."""
        if self._phase is not _Phase.CLOSED:
            self._out.append(mqtt5.DisconnectPacket(session_expiry_interval=0).write())
            self._phase = _Phase.CLOSED

    def data_to_send(self) -> bytes:
        """Everything that must go to the broker now."""
        data = b"".join(self._out)
        self._out.clear()
        return data

    def _on_packet(self, packet: mqtt5.Packet) -> Event | None:
        match packet:
            case mqtt5.ConnAckPacket():
                self._on_connack(packet)
            case mqtt5.SubAckPacket():
                return self._on_suback(packet)
            case mqtt5.UnsubAckPacket():
                return self._on_answer()
            case mqtt5.PingRespPacket():
                self._ping_unanswered = False
            case mqtt5.DisconnectPacket(reason_code=mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER):
                raise TakenOverError(f"another client calls itself {self.config.client_id!r}")
            case mqtt5.DisconnectPacket():
                raise BrokenError(f"the broker ended the connection: {packet.reason_code.name}")
            case _:
                raise BrokenError(f"unexpected {type(packet).__name__}")
        return None

    def _on_publish(self, packet: mqtt5.PublishPacket) -> Message:
        if self._phase is not _Phase.READY and self._phase is not _Phase.SUBSCRIBING:
            raise BrokenError("a message came before the connection was accepted")
        if packet.qos is mqtt5.QoS.EXACTLY_ONCE:
            raise BrokenError("the broker sent QoS 2, at most 1 was subscribed")
        identifier = packet.packet_id
        message = Message(packet.topic, packet.payload, identifier, self._connection)
        if identifier is not None:
            self._unsettled.append(message)
            if len(self._unsettled) > self.config.receive_max:
                raise BrokenError(f"over {self.config.receive_max} messages in flight")
        return message

    def _on_connack(self, packet: mqtt5.ConnAckPacket) -> None:
        if self._phase is not _Phase.CONNECTING:
            raise BrokenError("the broker accepted the connection twice")
        if packet.reason_code is not mqtt5.ConnAckReasonCode.SUCCESS:
            raise RefusedError(f"the broker refused {self.config.client_id!r}: {packet.reason_code.name}")
        self._resumed = packet.session_present
        self._phase = _Phase.SUBSCRIBING
        filters = [
            mqtt5.TopicFilter(
                pattern,
                max_qos=mqtt5.QoS.AT_LEAST_ONCE,
                # A retained status tells of the past; only what is said now proves that a gateway lives.
                retain_handling=mqtt5.RetainHandling.SEND_NEVER,
            )
            for pattern in self.config.filters
        ]
        self._awaited = 0
        if filters:
            self._out.append(mqtt5.SubscribePacket(1, filters).write())
            self._awaited += 1
        if self.config.left:  # after the subscription, so that no message falls between them
            self._out.append(mqtt5.UnsubscribePacket(2, list(self.config.left)).write())
            self._awaited += 1

    def _on_suback(self, packet: mqtt5.SubAckPacket) -> Ready | None:
        for pattern, code in zip(self.config.filters, packet.reason_codes, strict=False):
            if code is not mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE:
                raise RefusedError(f"the broker refused the subscription to {pattern!r}: {code.name}")
        return self._on_answer()

    def _on_answer(self) -> Ready | None:
        if self._phase is not _Phase.SUBSCRIBING:
            raise BrokenError("the broker acknowledged a subscription that was not asked for")
        self._awaited -= 1
        if self._awaited:
            return None
        self._phase = _Phase.READY
        return Ready(resumed=self._resumed)


def _read(view: memoryview) -> tuple[mqtt5.Packet, int]:
    """The first packet and its size. Raises IndexError where it is not whole yet, BrokenError where it is none."""
    try:
        return mqtt5.read(view)
    except ValueError as error:
        raise BrokenError(f"the broker sent what is not MQTT 5: {error}") from error
    except BaseException as error:
        if not is_panic(error):
            raise
        # The codec keeps nothing between packets, so the connection is all that has to go.
        raise BrokenError(f"the codec could not read what the broker sent: {error}") from error


def is_panic(error: BaseException) -> bool:
    """Whether this is a defect in the codec's Rust: a class that no module exports and that is no Exception."""
    return (type(error).__module__, type(error).__name__) == ("pyo3_runtime", "PanicException")

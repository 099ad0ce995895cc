"""A broker in memory that speaks MQTT 5 in bytes: sessions, QoS 1, receive maximum, redelivery, shared groups.

It does what tests/contract shows of Mosquitto, and can lose its memory. Times come from whoever made it.
"""

from collections import deque
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass, field
from random import Random
from typing import NamedTuple, Protocol

import mqtt5


class Publication(NamedTuple):
    """One message as it was published."""

    topic: str
    payload: bytes


class Watch(Protocol):
    """Whoever wants to know what a broker sees of a subscriber."""

    def delivered(self, connection: int, packet_id: int, publication: Publication) -> None:
        """A message went out."""
        ...

    def acknowledged(self, connection: int, packet_id: int) -> None:
        """A PUBACK came in."""
        ...


class Unwatched:
    """Nobody wants to know."""

    def delivered(self, connection: int, packet_id: int, publication: Publication) -> None:
        """Not interesting."""

    def acknowledged(self, connection: int, packet_id: int) -> None:
        """Not interesting."""


@dataclass(slots=True)
class _Session:
    client_id: str
    expiry_s: float
    receive_max: int
    filters: list[str] = field(default_factory=list[str])
    queue: deque[Publication] = field(default_factory=deque[Publication])
    inflight: dict[int, Publication] = field(default_factory=dict[int, Publication])
    last_id: int = 0
    ends_at_s: float | None = None  # None while connected


class Connection:
    """The broker's end of one client's connection: give it bytes, and tell it when there will be no more."""

    def __init__(
        self, broker: "MemoryBroker", number: int, send: Callable[[bytes], None], close: Callable[[], None]
    ) -> None:
        self._broker = broker
        self.number = number
        self.send = send
        self.close = close
        self.session: _Session | None = None
        self.alive = True
        self._buffer = b""

    def feed(self, data: bytes) -> None:
        """Bytes of the client."""
        self._buffer += data
        while self.alive and self._buffer:
            try:
                packet, size = mqtt5.read(memoryview(self._buffer))
            except IndexError:
                return
            self._buffer = self._buffer[size:]
            self._broker.on_packet(self, packet)

    def closed(self) -> None:
        """The client is gone."""
        self._broker.drop(self)


class MemoryBroker:
    """All sessions, and the connections to them."""

    def __init__(
        self,
        now_s: Callable[[], float],
        *,
        rng: Random,
        overtaking: float = 0.0,
        queue_max: int = 1_000_000,
        watch: Watch | None = None,
    ) -> None:
        self._now_s = now_s
        self._rng = rng
        self._overtaking = overtaking
        self._queue_max = queue_max
        self._watch: Watch = watch or Unwatched()
        self._sessions: dict[str, _Session] = {}
        self._connections: dict[str, Connection] = {}
        self._saved: dict[str, _Session] = {}
        self._turn = 0
        self._numbers = 0
        self.dropped = 0
        self.on_published: Callable[[Publication], None] = lambda _: None

    def open(self, send: Callable[[bytes], None], close: Callable[[], None]) -> Connection:
        """A client connects; what follows for it goes to `send`, and `close` ends its connection."""
        self._numbers += 1
        return Connection(self, self._numbers, send, close)

    def publish(self, topic: str, payload: bytes, *, qos: int = 1) -> None:
        """Route one message to every session that asked for it, and to one of each shared group."""
        publication = Publication(topic, payload)
        self.on_published(publication)
        for session in self._addressees(topic):
            connection = self._connections.get(session.client_id)
            if qos == 0:
                if connection is not None:
                    connection.send(mqtt5.PublishPacket(topic, payload).write())
            elif len(session.queue) < self._queue_max:
                session.queue.append(publication)
                self._push(session)
            else:
                self.dropped += 1

    def save(self) -> None:
        """Write everything down, as autosave does."""
        self._saved = deepcopy(self._sessions)

    def restart(self, *, memory: str) -> None:
        """End all connections, and come back with what was `kept`, what was last `saved`, or with all `lost`."""
        for connection in list(self._connections.values()):
            self.drop(connection)
            connection.close()
        if memory != "kept":
            self._sessions = deepcopy(self._saved) if memory == "saved" else {}
            self._saved = {} if memory == "lost" else self._saved
            for session in self._sessions.values():
                session.ends_at_s = self._now_s() + session.expiry_s

    def drop(self, connection: Connection) -> None:
        """This connection is over; its session goes on for as long as it asked."""
        connection.alive = False
        session = connection.session
        if session is not None and self._connections.get(session.client_id) is connection:
            del self._connections[session.client_id]
            session.ends_at_s = self._now_s() + session.expiry_s

    def on_packet(self, connection: Connection, packet: mqtt5.Packet) -> None:
        """Do what the client asks."""
        match packet:
            case mqtt5.ConnectPacket():
                self._on_connect(connection, packet)
            case mqtt5.SubscribePacket():
                self._on_subscribe(connection, packet)
            case mqtt5.PublishPacket():
                self.publish(packet.topic, packet.payload, qos=packet.qos.value)
                if packet.packet_id is not None:
                    connection.send(mqtt5.PubAckPacket(packet.packet_id).write())
            case mqtt5.PubAckPacket():
                self._on_puback(connection, packet)
            case mqtt5.PingReqPacket():
                connection.send(mqtt5.PingRespPacket().write())
            case mqtt5.DisconnectPacket():
                self._on_disconnect(connection, packet)
            case _:
                raise AssertionError(f"no client of ours sends {packet!r}")

    def _on_connect(self, connection: Connection, packet: mqtt5.ConnectPacket) -> None:
        older = self._connections.get(packet.client_id)
        if older is not None:
            reason = mqtt5.DisconnectReasonCode.SESSION_TAKEN_OVER
            older.send(mqtt5.DisconnectPacket(reason_code=reason).write())
            self.drop(older)
            older.close()
        self._forget_ended()
        kept = None if packet.clean_start else self._sessions.get(packet.client_id)
        session = kept or _Session(packet.client_id, packet.session_expiry_interval, packet.receive_max)
        session.expiry_s = packet.session_expiry_interval
        session.receive_max = packet.receive_max
        session.ends_at_s = None
        self._sessions[packet.client_id] = session
        self._connections[packet.client_id] = connection
        connection.session = session
        connection.send(mqtt5.ConnAckPacket(session_present=kept is not None).write())
        for packet_id, publication in session.inflight.items():
            self._send(connection, packet_id, publication, again=True)
        self._push(session)

    def _on_subscribe(self, connection: Connection, packet: mqtt5.SubscribePacket) -> None:
        assert connection.session is not None
        for wanted in packet.topic_filters:
            if wanted.pattern not in connection.session.filters:
                connection.session.filters.append(wanted.pattern)
        granted = mqtt5.SubAckReasonCode.GRANTED_QOS_AT_LEAST_ONCE
        connection.send(mqtt5.SubAckPacket(packet.packet_id, [granted] * len(packet.topic_filters)).write())

    def _on_puback(self, connection: Connection, packet: mqtt5.PubAckPacket) -> None:
        assert connection.session is not None
        self._watch.acknowledged(connection.number, packet.packet_id)
        connection.session.inflight.pop(packet.packet_id, None)
        self._push(connection.session)

    def _on_disconnect(self, connection: Connection, packet: mqtt5.DisconnectPacket) -> None:
        assert connection.session is not None
        if packet.session_expiry_interval is not None:
            connection.session.expiry_s = packet.session_expiry_interval
        self.drop(connection)

    def _push(self, session: _Session) -> None:
        connection = self._connections.get(session.client_id)
        while connection is not None and session.queue and len(session.inflight) < session.receive_max:
            publication = self._pick(session.queue)
            session.last_id = session.last_id % 65_535 + 1
            while session.last_id in session.inflight:
                session.last_id = session.last_id % 65_535 + 1
            session.inflight[session.last_id] = publication
            self._send(connection, session.last_id, publication, again=False)

    def _pick(self, queue: deque[Publication]) -> Publication:
        """The oldest, or the oldest of another topic: only messages of one topic keep their order."""
        if len(queue) > 1 and self._rng.random() < self._overtaking:
            topic = self._rng.choice(queue).topic
            publication = next(waiting for waiting in queue if waiting.topic == topic)
            queue.remove(publication)
            return publication
        return queue.popleft()

    def _send(self, connection: Connection, packet_id: int, publication: Publication, *, again: bool) -> None:
        self._watch.delivered(connection.number, packet_id, publication)
        packet = mqtt5.PublishPacket(
            publication.topic,
            publication.payload,
            qos=mqtt5.QoS.AT_LEAST_ONCE,
            packet_id=packet_id,
            duplicate=again,
        )
        connection.send(packet.write())

    def _addressees(self, topic: str) -> list[_Session]:
        self._forget_ended()
        found: list[_Session] = []
        groups: dict[str, list[_Session]] = {}
        for session in self._sessions.values():
            for pattern in session.filters:
                if pattern.startswith("$share/"):
                    _, _, plain = pattern.split("/", 2)
                    if _matches(plain, topic):
                        groups.setdefault(pattern, []).append(session)
                elif _matches(pattern, topic):
                    found.append(session)
                    break
        for members in groups.values():
            # A member that is away keeps its share: Mosquitto does so until the member's session ends.
            self._turn += 1
            found.append(members[self._turn % len(members)])
        return found

    def _forget_ended(self) -> None:
        now_s = self._now_s()
        ended = [s.client_id for s in self._sessions.values() if s.ends_at_s is not None and s.ends_at_s <= now_s]
        for client_id in ended:
            del self._sessions[client_id]


def _matches(pattern: str, topic: str) -> bool:
    wanted, given = pattern.split("/"), topic.split("/")
    return len(wanted) == len(given) and all(w in {"+", g} for w, g in zip(wanted, given, strict=True))

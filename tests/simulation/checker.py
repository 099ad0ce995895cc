"""What must hold in every schedule, whatever goes wrong? Each rule stands here once."""

from collections import deque
from collections.abc import Iterable
from enum import StrEnum

from firewarden.ingest.facts import Lane
from firewarden.ingest.intake import Intake
from firewarden.ingest.ledger import Stream
from firewarden.ingest.wire import json_v1
from tests.simulation.broker import Publication
from tests.simulation.gateway import SimGateway
from tests.simulation.store import MemoryStore, MessageKey


class Rule(StrEnum):
    """The promises."""

    STORED_FIRST = "nothing is acknowledged before it is stored"
    IN_ORDER = "acknowledgements are a contiguous prefix, in the order of arrival"
    ONE_EFFECT = "a message has one effect"
    MARK = "the stored mark passes nothing that is neither stored nor given up"
    BOUNDED = "what waits is bounded"
    NOT_LOST = "what a gateway keeps is stored in the end, or is on record as given up"
    AT_REST = "after the troubles everything is confirmed, and nothing waits"


class Violation(Exception):  # noqa: N818 - the name that the reports use
    """A rule does not hold; the run ends here."""

    def __init__(self, rule: Rule, detail: str) -> None:
        super().__init__(f"{rule}: {detail}")
        self.rule = rule


class Checker:
    """Watches broker and store from outside; it decides by what is committed, never by what the cores say."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self._unacknowledged: dict[int, deque[tuple[int, Publication]]] = {}
        self.acknowledgements = 0
        self.marks = 0

    def delivered(self, connection: int, packet_id: int, publication: Publication) -> None:
        """The broker sent a message to ingest."""
        self._unacknowledged.setdefault(connection, deque()).append((packet_id, publication))

    def acknowledged(self, connection: int, packet_id: int) -> None:
        """Ingest acknowledged a message."""
        waiting = self._unacknowledged.get(connection, deque())
        if not waiting or waiting[0][0] != packet_id:
            expected = waiting[0][0] if waiting else None
            raise Violation(Rule.IN_ORDER, f"connection {connection}: {packet_id} came, {expected} was next")
        _, publication = waiting.popleft()
        self.acknowledgements += 1
        if not self._is_kept(publication):
            raise Violation(Rule.STORED_FIRST, f"{publication.topic} {publication.payload[:120]!r}")

    def published(self, publication: Publication) -> None:
        """The broker was given a message; marks are compared with what is stored at this moment."""
        gateway, last = publication.topic.split("/")[2:]
        if last != "stored":
            return
        self.marks += 1
        stored = json_v1.decode_stored(publication.payload)
        for lane in (Lane.ALARM, Lane.STATE, Lane.READING, Lane.REPLY):
            for seq in range(1, (getattr(stored, lane.value) or 0) + 1):
                key = MessageKey(gateway, stored.boot, lane, seq)
                if not self._is_stored(key) and not self._is_given_up(key):
                    raise Violation(Rule.MARK, f"{publication.payload!r} passes {key}")

    def committed(self, keys: Iterable[MessageKey]) -> None:
        """A transaction is committed that held these messages."""
        for key in keys:
            if self._store.effects[key] + (key in self._store.refused) > 1:
                raise Violation(Rule.ONE_EFFECT, f"{key} has {self._store.effects[key]} effects")

    def bounded(self, intake: Intake) -> None:
        """How much waits in one line."""
        session, limits = intake.session, intake.batcher.limits
        if session.unsettled > session.config.receive_max:
            raise Violation(Rule.BOUNDED, f"{session.unsettled} messages are in flight")
        if len(intake.batcher) > limits.waiting_max + session.config.receive_max:
            raise Violation(Rule.BOUNDED, f"{len(intake.batcher)} messages wait")

    def at_end(self, gateways: Iterable[SimGateway]) -> int:
        """Everything has had its time. Returns how many messages are on record as given up."""
        given_up = 0
        for gateway in gateways:
            if gateway.kept:
                raise Violation(Rule.AT_REST, f"{gateway.name} still keeps {gateway.kept[0]}")
            for key in sorted(gateway.made - gateway.forgotten):
                if self._is_stored(key):
                    continue
                if not self._is_given_up(key):
                    raise Violation(Rule.NOT_LOST, f"{key} is not stored, and its gateway has forgotten it")
                given_up += 1
        return given_up

    def _is_kept(self, publication: Publication) -> bool:
        if self._store.quarantine[publication]:
            return True
        envelope = json_v1.decode(*publication).envelope
        return envelope is not None and self._is_stored(
            MessageKey(envelope.gateway, envelope.boot, envelope.lane, envelope.seq)
        )

    def _is_stored(self, key: MessageKey) -> bool:
        return key in self._store.effects or key in self._store.refused

    def _is_given_up(self, key: MessageKey) -> bool:
        spans = self._store.given_up(Stream(key.gateway, key.boot, key.lane))
        return any(span.first <= key.seq <= span.last for span in spans)

"""A gateway that keeps what it says until it is stored: the simulator's outbox, over a connection that breaks."""

from random import Random

from firewarden.gateway_sim.journal import Message
from firewarden.gateway_sim.outbox import Outbox
from firewarden.ingest.facts import Envelope, Lane, State, StateChange
from firewarden.ingest.wire import json_v1
from tests.simulation.broker import MemoryBroker
from tests.simulation.faults import Faults
from tests.simulation.store import MessageKey
from tests.simulation.timeline import Timeline

LANES = (Lane.ALARM, Lane.STATE, Lane.READING, Lane.REPLY)
LATENCY_MAX_S = 0.05
REPEAT_LOOK_S = 5.0


class SimGateway:
    """Invents messages until it is told to be quiet, and sends each until the stored mark passes it."""

    def __init__(self, name: str, broker: MemoryBroker, timeline: Timeline, rng: Random, faults: Faults) -> None:
        self.name = name
        self._broker = broker
        self._timeline = timeline
        self._rng = rng
        self._faults = faults
        self._boots = 0
        self._outbox = Outbox(name, self._next_boot())
        self._connection = 0
        self._up = False
        self._free_at: dict[Lane, float] = {}
        self.made: set[MessageKey] = set()
        self.forgotten: set[MessageKey] = set()
        self._quiet = False
        timeline.after(rng.uniform(0, 1), self._connect)
        timeline.after(rng.uniform(0, 1), self._invent)
        timeline.every(REPEAT_LOOK_S, self._repeat)

    @property
    def kept(self) -> list[Message]:
        """What it still keeps."""
        return self._outbox.unconfirmed()

    @property
    def busy(self) -> bool:
        """Whether it still keeps anything, or may invent more."""
        return not self._quiet or len(self._outbox) > 0

    def calm(self) -> None:
        """The bad time is over: nothing new, and no more tricks."""
        self._quiet = True
        self._faults = Faults()

    def cut(self) -> None:
        """Its connection breaks: what is under way is gone."""
        if self._up:
            self._up = False
            self._timeline.after(self._rng.uniform(0.1, 10), self._connect)

    def restart(self, *, flash: bool) -> None:
        """It begins to count anew, with or without what it had kept."""
        self.forgotten |= {_key(message) for message in self._outbox.restart(self._next_boot(), flash=flash)}
        self.cut()

    def on_mark(self, payload: bytes) -> None:
        """The broker has a stored mark for it."""
        connection = self._connection
        if self._up and self._rng.random() >= self._faults.mark_lost:
            delay_s = self._rng.uniform(0, LATENCY_MAX_S)
            self._timeline.after(delay_s, lambda: self._confirm(connection, payload))

    def on_command(self, payload: bytes) -> None:
        """The broker has a command for it."""
        connection = self._connection
        if json_v1.decode_command(payload).command == "resend":
            self._timeline.after(self._rng.uniform(0, LATENCY_MAX_S), lambda: self._send_again(connection))

    def _send_again(self, connection: int) -> None:
        if self._up and connection == self._connection:
            self._outbox.requeue_all()
            self._send()

    def _confirm(self, connection: int, payload: bytes) -> None:
        if self._up and connection == self._connection:
            self._outbox.confirm(json_v1.decode_stored(payload))

    def _next_boot(self) -> str:
        self._boots += 1
        return f"b{self._boots}"

    def _connect(self) -> None:
        if not self._up:
            self._up = True
            self._connection += 1
            self._outbox.requeue_all()
            self._send()

    def _invent(self) -> None:
        if self._quiet:
            return
        lane = self._rng.choice(LANES)
        fact = StateChange(point="1.1/1", at=self._timeline.now, set=(State.FAULT,))
        now = self._timeline.now
        message = self._outbox.compose(lane, (fact,), created_at=now, published_at=now if self._up else None)
        self.made.add(_key(message))
        lost = self._outbox.keep(message)
        assert lost is None, "no schedule is long enough to fill a flash memory"
        if self._up and self._rng.random() < self._faults.garbage:
            self._broker.publish(json_v1.topic(self.name, lane.value), b"not JSON, but number %d" % len(self.made))
        self._send()
        self._timeline.after(self._rng.expovariate(0.5), self._invent)

    def _repeat(self) -> None:
        if self._up and self._outbox.requeue_overdue(self._timeline.now_s):
            self._send()

    def _send(self) -> None:
        while self._up and (entry := self._outbox.next()) is not None:
            entry.sent_s = self._timeline.now_s
            for _ in range(2 if self._rng.random() < self._faults.published_twice else 1):
                self._publish(entry.message)

    def _publish(self, message: Message) -> None:
        """Lanes overtake each other, messages of one lane do not."""
        at = max(self._timeline.now_s + self._rng.uniform(0, LATENCY_MAX_S), self._free_at.get(message.lane, 0.0))
        self._free_at[message.lane] = at
        connection = self._connection
        payload = json_v1.encode(
            Envelope(
                gateway=message.gateway,
                lane=message.lane,
                boot=message.boot,
                seq=message.seq,
                sent_at=self._timeline.now,
                facts=message.facts,
            )
        )

        def arrive() -> None:
            if self._up and connection == self._connection:
                self._broker.publish(json_v1.topic(message.gateway, message.lane.value), payload)

        self._timeline.at(at, arrive)


def _key(message: Message) -> MessageKey:
    return MessageKey(message.gateway, message.boot, message.lane, message.seq)

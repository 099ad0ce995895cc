"""An ingest worker in virtual time: the production cores, and around them what its shells do with bytes and waits."""

from collections import deque
from collections.abc import Coroutine
from dataclasses import dataclass
from random import Random
from typing import Any, TypeVar

from firewarden.ingest.batch import Batcher, BatchLimits, Received
from firewarden.ingest.facts import Lane
from firewarden.ingest.intake import Intake
from firewarden.ingest.mqtt_session import Message, MqttError, MqttSession, Ready, SessionConfig
from firewarden.ingest.resend import resend
from firewarden.ingest.wire import json_v1
from firewarden.ingest.writer import Written
from tests.simulation.broker import MemoryBroker
from tests.simulation.bugs import Bug, GreedyWriter, HastySession
from tests.simulation.checker import Checker
from tests.simulation.faults import Faults
from tests.simulation.network import Pipe
from tests.simulation.store import MemoryStore, MemoryWriter, PoisonError, StoreDownError, key_of
from tests.simulation.timeline import Act, Timeline

T = TypeVar("T")

SESSION_EXPIRY_S = 60
BEAT_S = 1.0
CONNECT_TIMEOUT_S = 10.0
RETRY_WAIT_MAX_S = 5.0
COMMIT_MAX_S = 0.03
COMMIT_SLOW_MAX_S = 6.0


@dataclass(slots=True)
class World:
    """What a worker lives in."""

    timeline: Timeline
    rng: Random
    faults: Faults
    broker: MemoryBroker
    store: MemoryStore
    checker: Checker
    bug: Bug | None = None
    store_away: bool = False
    poisonous: frozenset[bytes] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class LineConfig:
    """One connection of a worker; small limits, so that they are reached."""

    name: str
    lanes: tuple[Lane, ...]
    receive_max: int
    limits: BatchLimits
    group: str | None = None


class Line:
    """One life of one connection: the session, its batches, and the transactions that store them."""

    def __init__(self, config: LineConfig, client_id: str, world: World) -> None:
        self._world = world
        self._lanes = config.lanes
        prefix = f"$share/{config.group}/" if config.group else ""
        session = (HastySession if world.bug is Bug.ACKNOWLEDGES_OUT_OF_ORDER else MqttSession)(
            SessionConfig(
                client_id=client_id,
                username=None,
                password=None,
                filters=tuple(prefix + json_v1.topic("+", lane.value) for lane in config.lanes),
                receive_max=config.receive_max,
                expiry_s=SESSION_EXPIRY_S,
            )
        )
        self.intake = Intake(session, Batcher(config.limits))
        writer = GreedyWriter if world.bug is Bug.POISON_TAKES_THE_BATCH else MemoryWriter
        self._writer = writer(world.store, lambda: world.timeline.now, trouble=self._trouble, unheard=self._unheard)
        self._pipe: Pipe | None = None
        self._unread: deque[bytes] = deque()
        self._held: list[Act] | None = None
        self._storing = False
        self._session_lost = False
        self._alive = True
        self._connect()
        self._beat()
        self._ping()

    @property
    def idle(self) -> bool:
        """Whether nothing waits here."""
        return not self._storing and not len(self.intake.batcher) and not self._unread

    def end(self) -> None:
        """The process is killed."""
        self._alive = False
        if self._pipe is not None:
            self._pipe.cut()

    def cut(self) -> None:
        """Its connection breaks."""
        if self._pipe is not None:
            self._pipe.cut()

    def stop(self) -> None:
        """The process stands still: what happens to it waits."""
        if self._held is None:
            self._held = []

    def go_on(self) -> None:
        """It does not stand still any more."""
        held, self._held = self._held or [], None
        for act in held:
            self._later(0.0, act)

    def _later(self, delay_s: float, act: Act) -> None:
        """Do `act` then, in this life only, and not while the process stands still."""

        def try_act() -> None:
            if not self._alive:
                return
            if self._held is None:
                act()
            else:
                self._held.append(act)

        self._world.timeline.after(delay_s, try_act)

    def _connect(self) -> None:
        if self._pipe is not None or not (self.intake.may_read or self._world.bug is Bug.READS_WITHOUT_ROOM):
            return
        pipe = Pipe(self._world.timeline, self._world.rng, self._world.faults)
        connection = self._world.broker.open(pipe.to_near, pipe.cut)
        pipe.join(near=(self._on_bytes, self._on_closed), far=(connection.feed, connection.closed))
        self._pipe = pipe
        self.intake.session.connect()
        self._flush()
        self._later(CONNECT_TIMEOUT_S, lambda: None if self.intake.session.ready else pipe.cut())

    def _on_closed(self) -> None:
        self._pipe = None
        self._unread.clear()
        self.intake.session.disconnect()
        self.intake.session.data_to_send()
        self._later(self._world.rng.uniform(0.1, RETRY_WAIT_MAX_S), self._connect)

    def _on_bytes(self, data: bytes) -> None:
        self._unread.append(data)
        self._later(0.0, self._read)

    def _read(self) -> None:
        world = self._world
        while self._unread and (self.intake.may_read or world.bug is Bug.READS_WITHOUT_ROOM):
            try:
                events = self.intake.session.receive(self._unread.popleft())
            except MqttError:
                self.cut()
                return
            self._session_lost |= any(isinstance(event, Ready) and not event.resumed for event in events)
            messages = [event for event in events if isinstance(event, Message)]
            self.intake.arrived(messages, world.timeline.now, world.timeline.now_s)
            world.checker.bounded(self.intake)
        self._flush()
        self._wake()

    def _wake(self) -> None:
        due_s = self.intake.batcher.due_in(self._world.timeline.now_s)
        if self._storing or due_s is None:
            return
        if due_s > 0:
            self._later(due_s, self._wake)
            return
        batch = self.intake.batcher.take()
        self._storing = True
        if self._world.bug is Bug.ACKNOWLEDGES_BEFORE_COMMIT:
            self.intake.session.settle(received.message for received in batch)
            self._flush()
        self._read()
        self._connect()
        self._attempt(batch, 1)

    def _attempt(self, batch: list[Received], number: int) -> None:
        slow = self._world.rng.random() < self._world.faults.store_slow
        wait_s = self._world.rng.uniform(0, COMMIT_SLOW_MAX_S if slow else COMMIT_MAX_S)
        self._later(wait_s, lambda: self._store(batch, number))

    def _store(self, batch: list[Received], number: int) -> None:
        world = self._world
        try:
            written = run(self._writer.write(batch))
        except PoisonError:
            assert world.bug is Bug.POISON_TAKES_THE_BATCH
            written = []
        except StoreDownError:
            if world.bug is not Bug.GIVES_UP_RETRYING or number < 3:
                wait_s = min(0.05 * 2**number, RETRY_WAIT_MAX_S)
                self._later(wait_s, lambda: self._attempt(batch, number + 1))
                return
            written = []
        world.checker.committed(key for received in batch if (key := key_of(received)) is not None)
        self._later(world.rng.uniform(0, COMMIT_MAX_S), lambda: self._written(batch, written))

    def _written(self, batch: list[Received], written: list[Written]) -> None:
        self.intake.committed(batch, [part.through for part in written])
        self._storing = False
        self._tell()
        self._wake()

    def _trouble(self, batch: list[Received]) -> None:
        world = self._world
        if world.store_away or world.rng.random() < world.faults.transaction_refused:
            raise StoreDownError
        if any(_is_poison(received, world.faults.poison) for received in batch):
            raise PoisonError

    def _unheard(self) -> None:
        if self._world.rng.random() < self._world.faults.commit_unheard:
            raise StoreDownError

    def _tell(self) -> None:
        self.intake.tell(self._world.timeline.now_s)
        self._flush()

    def _beat(self) -> None:
        if self.intake.session.ready and not self._storing and not self._world.store_away:
            self._mind_gaps()
        self._tell()
        self._later(BEAT_S, self._beat)

    def _mind_gaps(self) -> None:
        now = self._world.timeline.now
        if self._session_lost:
            run(self._writer.want_resend(now))
            self._session_lost = False
        for stream, through in run(self._writer.give_up(self._lanes, now)).items():
            self.intake.watermarks.stored(stream, through)
        for gateway in run(self._writer.claim_resends(now)):
            self.intake.session.publish(json_v1.topic(gateway, "cmd"), json_v1.encode_command(resend(now)))

    def _ping(self) -> None:
        try:
            self.intake.session.keep_alive()
            self._flush()
        except MqttError:
            self.cut()
        self._later(self.intake.session.config.keep_alive_s / 2, self._ping)

    def _flush(self) -> None:
        data = self.intake.session.data_to_send()
        if self._pipe is not None:
            self._pipe.to_far(data)


class Worker:
    """A process with two lines, which is killed and comes back under its name."""

    def __init__(self, name: str, configs: tuple[LineConfig, ...], world: World) -> None:
        self._name = name
        self._configs = configs
        self._world = world
        self.lines: list[Line] = []
        self._start()

    def crash(self) -> None:
        """Everything that it had in memory is gone."""
        if not self.lines:
            return
        for line in self.lines:
            line.end()
        self.lines = []
        rng = self._world.rng
        gone = rng.random() < self._world.faults.worker_gone
        self._world.timeline.after(rng.uniform(60, 80) if gone else rng.uniform(0.1, 5), self._start)

    def stop(self) -> None:
        """Stand still for a while."""
        for line in self.lines:
            line.stop()
            self._world.timeline.after(self._world.rng.uniform(1, 30), line.go_on)

    def _start(self) -> None:
        self.lines = [Line(config, f"{self._name}-{config.name}", self._world) for config in self._configs]


def run(work: Coroutine[Any, Any, T]) -> T:
    """The result of a coroutine that waits for nothing: the store in memory answers at once."""
    try:
        work.send(None)
    except StopIteration as stop:
        return stop.value
    raise AssertionError("it waits for something")


def _is_poison(received: Received, share: float) -> bool:
    """Whether the database refuses this message, always the same ones."""
    key = key_of(received)
    return key is not None and hash((key.seq, len(key.boot), key.lane.value == "state")) % 1000 < share * 1000

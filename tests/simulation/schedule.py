"""One schedule: a small world out of a seed, a bad time, a good time, and the rules that held all along."""

from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from tests.simulation.broker import MemoryBroker, Publication
from tests.simulation.bugs import BoastingStore, Bug, ForgetfulStore
from tests.simulation.checker import Checker
from tests.simulation.faults import Faults, draw
from tests.simulation.gateway import SimGateway
from tests.simulation.store import MemoryStore
from tests.simulation.timeline import Timeline
from tests.simulation.worker import LineConfig, Worker, World

from firewarden.ingest.batch import BatchLimits
from firewarden.ingest.facts import Lane

BAD_TIME_S = 60.0
LOOK_S = 0.5
GOOD_TIME_MAX_S = 900.0
QUEUE_SMALL = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What a schedule did that broke no rule."""

    seed: int
    messages: int
    stored: int
    duplicates: int
    given_up: int
    acknowledgements: int
    ended_s: float


def simulate(seed: int, bug: Bug | None = None) -> Result:
    """Run one schedule. Raises checker.Violation."""
    return _Schedule(seed, bug).run()


class _Schedule:
    def __init__(self, seed: int, bug: Bug | None) -> None:
        self._seed = seed
        self._rng = rng = Random(seed)
        faults = draw(rng)
        timeline = Timeline()
        names = [f"g{number}" for number in range(rng.randint(1, 3))]
        store = _store(bug)(gateways=frozenset(names))
        checker = Checker(store)
        overflow = rng.random() < faults.queue_overflow
        broker = MemoryBroker(
            lambda: timeline.now_s,
            rng=rng,
            overtaking=faults.overtaking,
            queue_max=QUEUE_SMALL if overflow else 1_000_000,
            watch=checker,
        )
        self._world = World(timeline, rng, faults, broker, store, checker, bug)
        broker.on_published = self._on_published
        self._gateways = {name: SimGateway(name, broker, timeline, rng, faults) for name in names}
        configs = _lines(rng)
        self._workers = [Worker(f"w{number}", configs, self._world) for number in range(rng.randint(1, 2))]

    def run(self) -> Result:
        timeline = self._world.timeline
        timeline.every(5.0, self._world.broker.save)
        self._misbehave()
        timeline.run(BAD_TIME_S)
        self._world.faults = Faults(poison=self._world.faults.poison)
        self._world.store_away = False
        for gateway in self._gateways.values():
            gateway.calm()
        timeline.run(BAD_TIME_S + GOOD_TIME_MAX_S, done=self._at_rest)
        given_up = self._world.checker.at_end(self._gateways.values())
        store = self._world.store
        return Result(
            seed=self._seed,
            messages=sum(len(gateway.made) for gateway in self._gateways.values()),
            stored=len(store.effects) + len(store.refused),
            duplicates=store.duplicates.total(),
            given_up=given_up,
            acknowledgements=self._world.checker.acknowledgements,
            ended_s=timeline.now_s,
        )

    def _at_rest(self) -> bool:
        return not any(gateway.busy for gateway in self._gateways.values()) and all(
            line.idle for worker in self._workers for line in worker.lines
        )

    def _on_published(self, publication: Publication) -> None:
        self._world.checker.published(publication)
        gateway, last = publication.topic.split("/")[2:]
        if last == "stored":
            self._gateways[gateway].on_mark(publication.payload)

    def _misbehave(self) -> None:
        """Every half second something may happen, until the bad time is over."""
        if self._world.timeline.now_s >= BAD_TIME_S:
            return
        faults, rng = self._world.faults, self._rng

        def happens(likely_s: float) -> bool:
            return rng.random() < likely_s * LOOK_S

        for worker in self._workers:
            if happens(faults.worker_crash_s):
                worker.crash()
            if happens(faults.worker_stop_s):
                worker.stop()
            for line in worker.lines:
                if happens(faults.link_cut_s):
                    line.cut()
        self._disturb_broker(happens)
        for gateway in self._gateways.values():
            if happens(faults.gateway_cut_s):
                gateway.cut()
            if happens(faults.gateway_restart_s):
                gateway.restart(flash=True)
            if happens(faults.gateway_amnesia_s):
                gateway.restart(flash=False)
        if happens(faults.store_away_s):
            self._world.store_away = True
            self._world.timeline.after(rng.uniform(0.5, 20), self._store_returns)
        self._world.timeline.after(LOOK_S, self._misbehave)

    def _disturb_broker(self, happens: Callable[[float], bool]) -> None:
        faults = self._world.faults
        for memory, likely_s in (
            ("kept", faults.broker_restart_s),
            ("saved", faults.broker_rollback_s),
            ("lost", faults.broker_amnesia_s),
        ):
            if happens(likely_s):
                self._world.broker.restart(memory=memory)
                for gateway in self._gateways.values():
                    gateway.cut()

    def _store_returns(self) -> None:
        self._world.store_away = False


def _store(bug: Bug | None) -> type[MemoryStore]:
    return {Bug.LEDGER_FORGETS: ForgetfulStore, Bug.MARK_IS_HIGHEST: BoastingStore}.get(bug, MemoryStore)  # pyright: ignore[reportArgumentType, reportCallIssue]


def _lines(rng: Random) -> tuple[LineConfig, ...]:
    """Limits so small that they matter; the bulk lanes shared among the workers, or not."""
    return (
        LineConfig(
            name="alarm",
            lanes=(Lane.ALARM,),
            receive_max=rng.choice((1, 4)),
            limits=BatchLimits(facts_max=8, linger_s=0.0, waiting_max=rng.choice((2, 8))),
        ),
        LineConfig(
            name="bulk",
            lanes=(Lane.STATE, Lane.READING, Lane.REPLY),
            receive_max=rng.choice((2, 8)),
            limits=BatchLimits(facts_max=6, linger_s=0.05, waiting_max=rng.choice((4, 16))),
            group=rng.choice((None, "bulk")),
        ),
    )

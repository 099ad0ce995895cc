"""One schedule: a small world out of a seed, a bad time, a good time, and the rules that held all along."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from random import Random

from firewarden.ingest.batch import BatchLimits
from firewarden.ingest.facts import Lane
from tests.simulation.broker import MemoryBroker, Publication
from tests.simulation.bugs import BoastingStore, Bug, ForgetfulStore
from tests.simulation.checker import Checker
from tests.simulation.faults import Faults, draw
from tests.simulation.gateway import SimGateway
from tests.simulation.store import MemoryStore
from tests.simulation.timeline import Act, Timeline
from tests.simulation.worker import LineConfig, Worker, World

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
    refused: int
    quarantined: int
    gaps: int
    given_up: int
    dropped: int
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
            refused=len(store.refused),
            quarantined=store.quarantine.total(),
            gaps=sum(len(gaps) for gaps in store.gaps.values()),
            given_up=given_up,
            dropped=self._world.broker.dropped,
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
        elif last == "cmd":
            self._gateways[gateway].on_command(publication.payload)

    def _misbehave(self) -> None:
        """Every half second something may happen, until the bad time is over."""
        if self._world.timeline.now_s >= BAD_TIME_S:
            return
        for likely_s, act in self._troubles():
            if self._rng.random() < likely_s * LOOK_S:
                act()
        self._world.timeline.after(LOOK_S, self._misbehave)

    def _troubles(self) -> Iterator[tuple[float, Act]]:
        faults = self._world.faults
        for worker in self._workers:
            yield faults.worker_crash_s, worker.crash
            yield faults.worker_stop_s, worker.stop
            for line in worker.lines:
                yield faults.link_cut_s, line.cut
        yield faults.broker_restart_s, partial(self._restart_broker, "kept")
        yield faults.broker_rollback_s, partial(self._restart_broker, "saved")
        yield faults.broker_amnesia_s, partial(self._restart_broker, "lost")
        for gateway in self._gateways.values():
            yield faults.gateway_cut_s, gateway.cut
            yield faults.gateway_restart_s, partial(gateway.restart, flash=True)
            yield faults.gateway_amnesia_s, partial(gateway.restart, flash=False)
        yield faults.store_away_s, self._store_leaves

    def _restart_broker(self, memory: str) -> None:
        self._world.broker.restart(memory=memory)
        for gateway in self._gateways.values():
            gateway.cut()

    def _store_leaves(self) -> None:
        self._world.store_away = True
        self._world.timeline.after(self._rng.uniform(0.5, 20), self._store_returns)

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

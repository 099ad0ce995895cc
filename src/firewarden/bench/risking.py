"""`bench risk`: how many facts a second does one core fold into the states of a city, with every touched venue scored?

Steps are those of the worker: facts go into states, then each venue that they touch is scored once, rules, explanation
and repairs included. Reading facts from the database and writing scores is not in it. The limit is what Python itself
takes to decay twelve numbers for each fact and no more.
"""

import asyncio
import gc
import platform
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from firewarden.bench.figures import figure, ratio
from firewarden.bench.machine import own_version, read_machine
from firewarden.bench.options import RiskSize, Run
from firewarden.bench.report import Counts, Environment, Report, Settings, Versions, at_most
from firewarden.bench.risk_facts import SECOND, Numbered, city_facts, steps_of
from firewarden.risk.judging import Yardstick, judge
from firewarden.risk.scoring.likelihood import prior_likelihood
from firewarden.risk.scoring.model import Score
from firewarden.risk.scoring.score import DEFAULT_K
from firewarden.risk.state.facts import Micros
from firewarden.risk.state.fold import apply
from firewarden.risk.state.snapshot import encode
from firewarden.risk.state.venue import VenueState
from firewarden.risk.state.wire import from_json, to_json

MICROSECONDS_WANTED = 20.0
"""For each fact: 50,000 a second."""
TOY_COUNTERS = 12

_FACTS = "facts folded, ruled and scored"
_EACH = "a fact, folded, ruled and scored"


@dataclass(slots=True)
class City:
    """The states of all venues, and what each step scored."""

    states: list[VenueState]
    by: Yardstick

    @classmethod
    def of(cls, venues: int) -> "City":
        """One of which nothing is known yet."""
        by = Yardstick(likelihood=prior_likelihood(), k=DEFAULT_K)
        return cls(states=[VenueState() for _ in range(venues)], by=by)

    def fold(self, facts: Sequence[Numbered]) -> set[int]:
        """Take facts in; the venues that they touch."""
        states = self.states
        for venue, fact in facts:
            apply(states[venue], fact)
        return {venue for venue, _ in facts}

    def step(self, facts: Sequence[Numbered], at: Micros) -> list[tuple[int, Score]]:
        """One step of the worker: the facts, then a score for each venue that they touch."""
        touched = sorted(self.fold(facts))
        return [(venue, judge(self.states[venue], at, self.by).score) for venue in touched]


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Processor time of each part of a round."""

    toy_s: float
    fold_s: float
    whole_s: float
    scores: int
    lost: int


def toy(facts: Sequence[Numbered], venues: int) -> float:
    """The limit: twelve decayed counters of a venue for each fact, in plain Python; nothing is told of them."""
    counters = [[0.0] * TOY_COUNTERS for _ in range(venues)]
    seen = [0] * venues
    for venue, fact in facts:
        mine, at = counters[venue], fact.at
        kept = 0.5 ** ((at - seen[venue]) / (90 * 86_400 * SECOND)) if seen[venue] else 1.0
        seen[venue] = at
        for place in range(TOY_COUNTERS):
            mine[place] = mine[place] * kept + 1.0
    return sum(mine[0] for mine in counters)


def one_round(history: Sequence[Numbered], steps: Sequence[Sequence[Numbered]], size: RiskSize, end: Micros) -> Round:
    """The toy, the folding alone and the whole steps over the same facts; then a replay, compared byte for byte."""
    flat = [fact for step in steps for fact in step]
    toy_s = _timed(lambda: toy(flat, size.venues))
    folding = City.of(size.venues)
    folding.fold(history)
    fold_s = _timed(lambda: folding.fold(flat))
    city = City.of(size.venues)
    city.fold(history)
    scored: list[list[tuple[int, Score]]] = []

    def live() -> None:
        scored.extend(city.step(facts, end + number * SECOND) for number, facts in enumerate(steps, start=1))

    whole_s = _timed(live)
    lost = differences(city, scored, (history, steps), end)
    return Round(toy_s=toy_s, fold_s=fold_s, whole_s=whole_s, scores=sum(len(step) for step in scored), lost=lost)


def differences(
    city: City,
    scored: Sequence[Sequence[tuple[int, Score]]],
    facts: tuple[Sequence[Numbered], Sequence[Sequence[Numbered]]],
    end: Micros,
) -> int:
    """How many states and scores a replay makes otherwise: from stored text, and backwards within each step."""
    history, steps = facts
    again = City.of(len(city.states))
    again.fold([(venue, from_json(to_json(fact))) for venue, fact in reversed(history)])
    wrong = 0
    for number, step in enumerate(steps, start=1):
        backwards = [(venue, from_json(to_json(fact))) for venue, fact in reversed(step)]
        wrong += again.step(backwards, end + number * SECOND) != scored[number - 1]
    return wrong + sum(encode(a) != encode(b) for a, b in zip(city.states, again.states, strict=True))


async def bench_risk(size: RiskSize, run: Run) -> Report:
    """The same facts again and again, each round from the beginning."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    facts = await asyncio.to_thread(city_facts, size.venues, size.history_per_venue, size.steps * size.facts_per_step)
    steps = steps_of(facts.news, size.facts_per_step)
    # first, since memory that a round gave back would be used again and not be seen
    packed, held = await asyncio.to_thread(memory_of_a_venue, facts.history, size.venues)
    rounds: list[Round] = []
    with run.bars as bars, bars.bar("rounds", size.rounds) as on_done:
        for number in range(1, size.rounds + 1):
            rounds.append(await asyncio.to_thread(one_round, facts.history, steps, size, facts.end))
            on_done(number)
    n = len(facts.news)
    whole = [n / one.whole_s for one in rounds]
    limits = [n / one.toy_s for one in rounds]
    figures = (
        figure(_FACTS, "/s", whole),
        figure("facts folded only", "/s", [n / one.fold_s for one in rounds]),
        figure("venues scored, explanation included", "/s", [r.scores / (r.whole_s - r.fold_s) for r in rounds]),
        figure(_EACH, "µs", [one.whole_s / n * 1e6 for one in rounds]),
        figure("a venue's state, packed", "bytes", [packed]),
        figure("a venue's state, in memory", "bytes", [held]),
    )
    counts = Counts(lost=sum(one.lost for one in rounds))
    return Report(
        bench="risk",
        begun_at=begun_at,
        environment=Environment(
            machine=machine, versions=Versions(firewarden=own_version(), python=platform.python_version())
        ),
        settings=Settings(rounds=size.rounds, gateways=size.venues, messages=n, points=size.facts_per_step),
        figures=figures,
        limit=figure("twelve decayed numbers in plain Python", "/s", limits),
        ratio=ratio("facts of plain Python", whole, limits),
        targets=(at_most(figures, _EACH, MICROSECONDS_WANTED),),
        counts=counts,
        passed=counts.clean,
    )


def memory_of_a_venue(history: Sequence[Numbered], venues: int) -> tuple[float, float]:
    """Bytes of a state as it is stored, and of the process for each one that it holds."""
    gc.collect()
    before = psutil.Process().memory_info().rss
    city = City.of(venues)
    city.fold(history)
    held = psutil.Process().memory_info().rss - before
    return sum(len(encode(state)) for state in city.states) / venues, max(0.0, held / venues)


def _timed(work: Callable[[], object]) -> float:
    """Processor time of this thread: what else runs on the machine does not count."""
    begun_s = time.thread_time()
    work()
    return time.thread_time() - begun_s

"""What does one step of the process do? It takes in what is new, scores whom it touches, and saves all of it at once.

Facts get their numbers and go into the states; a venue is scored as of the step. Besides, all venues are scored at
every full hour (a sweep), page by page: a venue of which a step brings news is swept before it takes them in, so that
every venue is scored in order of time, and a replay of its facts and of the sweeps gives the same scores.
"""

import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import structlog
from psycopg import AsyncConnection

from firewarden.risk import gather_store, live_store, models, proposal_store, rebuild, store
from firewarden.risk.gather import Found
from firewarden.risk.gather_store import Source
from firewarden.risk.held import Held, Holding, Numbered, by_venue, is_news, take
from firewarden.risk.judging import Judgement, Yardstick, judge, look, standing
from firewarden.risk.ranks import Ranks
from firewarden.risk.registry import RefusedError
from firewarden.risk.scoring.likelihood import Likelihood
from firewarden.risk.scoring.points import scale
from firewarden.risk.scoring.score import DEFAULT_K
from firewarden.risk.signals import Scored
from firewarden.risk.state.facts import Micros
from firewarden.risk.state.moments import micros, moment
from firewarden.risk.sweeps import Sweep, begins_at, is_measurable, keeps_baseline, missed, quarter_of, wanted
from firewarden.risk.watching import Look, Watching
from firewarden.store.reading_after import Following, following

_log = structlog.stdlib.get_logger("risk")

READER = "risk"
VENUES_A_STEP = 100
"""How many venues of a sweep, of a measurement and of the round through the register belong to one step: what a fire
or a fault may have to wait for."""

EVENTS_KEPT = timedelta(days=6)
"""A reader that is further behind than this looks through everything: the desk forgets events after a week."""

_SOURCES = tuple(Source)


@dataclass(frozen=True, slots=True, kw_only=True)
class Backfill:
    """Everything there is is being read: the source, and the last row read."""

    source: int = 0
    after: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Measuring:
    """All venues are being measured, so that a scale can be fixed: who is still to come, and R of the others."""

    likelihood: Likelihood
    waiting: tuple[int, ...]
    risks: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far the process has come; a step makes the next one, which holds once it is committed."""

    stepped: Micros = 0
    """The `now` of the last step that took facts in."""
    sweep: Sweep | None = None
    by: Yardstick | None = None
    waiting: tuple[int, ...] = ()
    """Whom the sweep has still to score."""
    measuring: Measuring | None = None
    backfill: Backfill | None = None
    register_after: int = 0
    whole: bool = False
    """Whether the last window was taken to its end."""

    @property
    def busy(self) -> bool:
        """Whether there is something to do that nobody needs to announce."""
        return self.sweeping or self.backfill is not None or not self.whole

    @property
    def sweeping(self) -> bool:
        """Whether a sweep goes on, or what has to come before it."""
        return bool(self.waiting) or self.measuring is not None

    @property
    def ready(self) -> bool:
        """Whether every venue is scored and everything read."""
        return self.sweep is not None and not self.busy


@dataclass(slots=True, kw_only=True)
class _Step:
    """What one step has done so far."""

    now: Micros
    progress: Progress
    touched: set[int] = field(default_factory=set[int])
    taken: list[Numbered] = field(default_factory=list[Numbered])
    swept: dict[int, Judgement] = field(default_factory=dict[int, Judgement])
    scored: dict[int, Judgement] = field(default_factory=dict[int, Judgement])
    traces: dict[int, str] = field(default_factory=dict[int, str])
    """By venue, the message that all news of it come from, where it is one."""


class Live:
    """Keeps states and scores of one database up to date, over one connection that holds the lock."""

    def __init__(self, connection: AsyncConnection, *, clock: Callable[[], datetime]) -> None:
        self._connection = connection
        self._clock = clock
        self._holding = Holding()
        self._ranks = Ranks()
        self._watching = Watching()
        self._sweep_began_s: float | None = None
        self.progress = Progress()

    async def load(self) -> None:
        """Go on where the last process ended."""
        async with following(self._connection, READER) as place:
            place.moves = False
            sweep = await live_store.last_sweep(self._connection)
            stepped = await live_store.clock(self._connection)
            known = await live_store.known_venues(self._connection)
            late = place.read_at is None or missed(place.read_at, self._clock(), kept=EVENTS_KEPT)
            by = None if sweep is None else await self._yardstick(sweep)
        waiting = () if sweep is None else tuple(v.venue_id for v in known if _behind(v, sweep))
        backfill = Backfill() if sweep is None or late else None
        self.progress = Progress(stepped=stepped, sweep=sweep, by=by, waiting=waiting, backfill=backfill)

    async def _yardstick(self, sweep: Sweep) -> Yardstick | None:
        """What the last sweep scored with; None: this version cannot read it, and a sweep with another model comes."""
        try:
            return await models.yardstick(self._connection, sweep)
        except RefusedError as error:
            _log.warning("risk_model_unreadable", reason=str(error))
            return None

    async def step(self) -> Scored:
        """One transaction. Where it fails nothing has happened, and what it touched is read again."""
        began_s = time.monotonic()
        step = _Step(now=micros(self._clock()), progress=self.progress)
        try:
            async with following(self._connection, READER) as place:
                changed = await self._take(step, place)
        except BaseException:
            self._holding.forget(step.touched)
            self._watching = Watching()
            self.progress = replace(self.progress, register_after=0)
            raise
        _log_changes(changed, step.traces)
        sweeping = bool(self.progress.waiting or step.progress.waiting)
        if step.progress.sweep != self.progress.sweep:
            self._sweep_began_s = began_s
        self.progress = step.progress
        self._ranks.note({**step.swept, **step.scored})
        self._holding.shrink()
        return Scored(
            venues=len(step.swept.keys() | step.scored.keys()),
            changed=len(changed),
            facts=len(step.taken),
            seconds=time.monotonic() - began_s,
            sweeping=sweeping,
            swept_s=self._swept_s(),
            open=dict(self._watching.open) if self._watching.complete else None,
        )

    def _swept_s(self) -> float | None:
        """How long the sweep took that has just come to its end."""
        if self._sweep_began_s is None or self.progress.waiting:
            return None
        began_s, self._sweep_began_s = self._sweep_began_s, None
        return time.monotonic() - began_s

    async def _take(self, step: _Step, place: Following) -> tuple[store.Changed, ...]:
        found = await self._gather(step, place)
        look = await self._watching.look(self._connection, step.now)
        step.progress = replace(step.progress, whole=step.progress.whole and look.whole)
        found += await self._untold(look)
        await self._hold(step, {each.venue_id for each in found})
        await self._plan(step)
        await self._sweep(step)
        await self._measure(step)
        self._fold(step, found)
        changed = await self._save(step)
        for each in step.taken:
            self._watching.note(each.venue_id, each.fact)
        await self._watching.save(self._connection, look, step.now)
        return changed

    async def _untold(self, look: Look) -> list[Found]:
        """What the readings say, without what a process said that was killed before it stored the sensor's state."""
        told = await live_store.told(self._connection, "water", [each.source_id for each in look.found])
        return [each for each in look.found if each.source_id not in told]

    # What is new -----------------------------------------------------------------------------------------------------

    async def _gather(self, step: _Step, place: Following) -> list[Found]:
        progress, connection = step.progress, self._connection
        if progress.backfill is not None:
            place.moves = False
            source = _SOURCES[progress.backfill.source]
            found, after = await gather_store.page_after(connection, source, progress.backfill.after)
            step.progress = replace(progress, backfill=_after(progress.backfill, after), whole=False)
        else:
            news = await gather_store.news(connection, place.window)
            found, place.moves = news.found, news.whole
            step.progress = replace(progress, whole=news.whole)
        return [*found, *await self._registered(step, {each.venue_id for each in found})]

    async def _registered(self, step: _Step, touched: set[int]) -> list[Found]:
        """What the register says of new venues, of those never looked up, and of the next in the round."""
        new = await gather_store.new_venues(self._connection)
        turn = await store.venues_after(self._connection, step.progress.register_after, VENUES_A_STEP)
        after = turn[-1] if len(turn) == VENUES_A_STEP else 0
        whole = step.progress.whole and len(new) < gather_store.NEW_VENUES
        step.progress = replace(step.progress, register_after=after, whole=whole)
        await self._hold(step, touched)
        unknown = {venue for venue in touched if self._holding.get(venue).state.register.number == 0}
        looked_up = sorted({*new, *turn, *unknown})
        await self._hold(step, looked_up)
        troubles = {venue: list(self._holding.get(venue).state.open.values()) for venue in looked_up}
        await self._watching.register(self._connection, looked_up, troubles)
        self._watching.complete = self._watching.complete or after == 0
        return await gather_store.register(self._connection, looked_up, step.now)

    async def _hold(self, step: _Step, venues: Iterable[int]) -> None:
        """Read the states that are not held; a venue without one begins now."""
        missing = self._holding.missing(venues)
        if not missing:
            return
        step.touched.update(missing)
        stored: dict[int, Held] = {}
        for row in await live_store.states(self._connection, missing):
            swept_at = None if row.swept_at is None else micros(row.swept_at)
            stored[row.venue_id] = Held(state=await rebuild.stored(self._connection, row), swept_at=swept_at)
        self._holding.put({venue: stored.get(venue) or Held() for venue in missing})

    # Sweeps ----------------------------------------------------------------------------------------------------------

    async def _plan(self, step: _Step) -> None:
        """Begin a sweep, or measure for one, when it is due and nothing else goes on."""
        progress, connection = step.progress, self._connection
        if progress.sweeping or progress.backfill is not None or (progress.sweep is None and not progress.whole):
            return
        likelihood = await models.in_use(connection, moment(step.now))
        cause = wanted(progress.sweep, model=likelihood.version, now=step.now)
        if cause is None:
            return
        known = [venue.venue_id for venue in await live_store.known_venues(connection)]
        k = (await live_store.scales(connection)).get((quarter_of(step.now), likelihood.version))
        first = await live_store.first_sweep(connection)
        if k is None and is_measurable(venues=len(known), first=first, now=step.now):
            step.progress = replace(progress, measuring=Measuring(likelihood=likelihood, waiting=tuple(known)))
            return
        done = max(progress.stepped, 0 if progress.sweep is None else progress.sweep.at)
        at = begins_at(cause, now=step.now, stepped=done)
        sweep = Sweep(at=at, cause=cause, model=likelihood.version, k=k or DEFAULT_K)
        baseline = keeps_baseline(cause, progress.sweep, at)
        await live_store.save_sweep(connection, sweep, baseline=baseline)
        by = Yardstick(likelihood=likelihood, k=sweep.k)
        step.progress = replace(progress, sweep=sweep, by=by, waiting=tuple(known))

    async def _sweep(self, step: _Step) -> None:
        """Score the next page of the sweep."""
        page = step.progress.waiting[:VENUES_A_STEP]
        await self._hold(step, page)
        for venue in page:
            self._sweep_one(step, venue)
        step.progress = replace(step.progress, waiting=step.progress.waiting[len(page) :])

    def _sweep_one(self, step: _Step, venue: int) -> None:
        """Score a venue as of the sweep, unless it is done."""
        held, sweep, by = self._holding.get(venue), step.progress.sweep, step.progress.by
        if sweep is None or by is None or held.number == 0 or (held.swept_at or 0) >= sweep.at:
            return
        step.touched.add(venue)
        held.swept_at = sweep.at
        step.swept[venue] = judge(held.state, sweep.at, by)

    async def _measure(self, step: _Step) -> None:
        """Measure the next page of venues; with the last of them the scale of the quarter is fixed."""
        measuring = step.progress.measuring
        if measuring is None:
            return
        page, waiting = measuring.waiting[:VENUES_A_STEP], measuring.waiting[VENUES_A_STEP:]
        await self._hold(step, page)
        by = Yardstick(likelihood=measuring.likelihood, k=DEFAULT_K)
        seen = (look(self._holding.get(venue).state, step.now, by).score.risk for venue in page)
        risks = (*measuring.risks, *seen)
        if waiting:
            step.progress = replace(step.progress, measuring=replace(measuring, waiting=waiting, risks=risks))
            return
        model, quarter = measuring.likelihood.version, quarter_of(step.now)
        known = await live_store.scales(self._connection)
        if (quarter, model) not in known:
            k = scale(risks)
            await live_store.save_scale(self._connection, quarter, model, k, venues=len(risks), at=step.now)
        step.progress = replace(step.progress, measuring=None)

    # Facts -----------------------------------------------------------------------------------------------------------

    def _fold(self, step: _Step, found: Iterable[Found]) -> None:
        """Take the facts in and score whom they touch, as of this step."""
        sweep = step.progress.sweep
        stepped = max(step.now, step.progress.stepped + 1, 0 if sweep is None else sweep.at + 1)
        for venue, facts in by_venue(found):
            held = self._holding.get(venue)
            if not any(is_news(held, each) for each in facts):
                continue
            step.touched.add(venue)
            if held.number == 0:
                held.swept_at = None if sweep is None else sweep.at
            self._sweep_one(step, venue)
            taken = [each for each in (take(held, fact) for fact in facts) if each is not None]
            step.taken += taken
            if step.progress.by is not None:
                step.scored[venue] = judge(held.state, stepped, step.progress.by)
        if step.taken:
            step.progress = replace(step.progress, stepped=stepped)

    async def _save(self, step: _Step) -> tuple[store.Changed, ...]:
        """Write everything."""
        connection, progress = self._connection, step.progress
        await live_store.save_facts(connection, step.taken, progress.stepped)
        venues = {each.venue_id for each in step.taken} | step.swept.keys()
        await live_store.save_states(connection, {venue: self._holding.get(venue) for venue in venues})
        changed = await store.save(connection, {venue: found.score for venue, found in step.swept.items()})
        step.traces = await live_store.traces(connection, step.taken)
        scores = {venue: found.score for venue, found in step.scored.items()}
        changed += await store.save(connection, scores, step.traces)
        newest = {**step.swept, **step.scored}
        standings = [standing(venue, found) for venue, found in newest.items()]
        await proposal_store.propose(connection, standings, moment(step.now))
        return changed

    # Ranks -----------------------------------------------------------------------------------------------------------

    async def rank(self) -> None:
        """Say anew how sure each venue's rank is: of the whole city, and no news."""
        by, sweep = self.progress.by, self.progress.sweep
        if by is None or sweep is None:
            return
        async with self._connection.transaction():
            known = [venue.venue_id for venue in await live_store.known_venues(self._connection)]
            unseen = self._ranks.missing(known)[:VENUES_A_STEP]
            if unseen:  # after a start; one page each time
                await self._hold(_Step(now=0, progress=self.progress), unseen)
                self._ranks.note({venue: look(self._holding.get(venue).state, sweep.at, by) for venue in unseen})
                return
            await store.save_ranks(self._connection, self._ranks.intervals(by.likelihood))


def _after(backfill: Backfill, after: int | None) -> Backfill | None:
    """The next page of this source, or the next source; None: everything is read."""
    if after is not None:
        return Backfill(source=backfill.source, after=after)
    return Backfill(source=backfill.source + 1) if backfill.source + 1 < len(_SOURCES) else None


def _log_changes(changed: Iterable[store.Changed], traces: Mapping[int, str]) -> None:
    """One line for each score that one message moved."""
    for each in changed:
        if each.moved and each.venue_id in traces:
            score = each.score
            _log.info(
                "risk_changed",
                venue_id=each.venue_id,
                score=float(score.points),
                grade=score.grade.value,
                trace_id=traces[each.venue_id],
            )


def _behind(venue: live_store.KnownVenue, sweep: Sweep) -> bool:
    return venue.swept_at is None or micros(venue.swept_at) < sweep.at

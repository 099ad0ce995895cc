"""What do new readings say of the water supply? Detectors of every sensor, held in memory, told as facts.

States are stored with the facts that they tell. Besides, about once a minute all that changed is stored, some in each
step, and then the place in the notes of readings up to which all of it had been read when that began; after a restart
the readings since that place are read again, which changes nothing that they changed before.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice

from psycopg import AsyncConnection

from firewarden.risk import water_store
from firewarden.risk.gather import Found
from firewarden.risk.state.facts import Cleared, Group, Micros, Raised, Trouble, VenueFact, WaterKind
from firewarden.risk.state.moments import micros
from firewarden.risk.state.situation import Open
from firewarden.risk.water import changes
from firewarden.risk.water.detectors import Detectors
from firewarden.risk.water.main_burst import Drop, Place, main_bursts
from firewarden.risk.water.reading import Finding, Gate, Reading, Sensor, stronger
from firewarden.risk.water.sensor_state import SensorState, add, fallen, show, tell_shown
from firewarden.store import reading_after
from firewarden.store.reading_after import Snapshot

READER = "risk.water"
SAVE_EVERY: Micros = 60_000_000
SAVED_A_STEP = 400
LOOKS_A_STEP = 300
"""So many sensors are looked at in each step although nothing came of them: silence has no reading."""

_KINDS = frozenset({Trouble.TEST, Trouble.STARTED, Trouble.FEEDBACK})
_GATES_MAX = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gated:
    gate: Gate
    since: Micros
    until: Micros | None


@dataclass(slots=True, kw_only=True)
class _Watched:
    venue: int
    sensor: Sensor
    state: SensorState
    shown: Detectors | None = None
    """What the state shows, as far as that was asked for."""

    def show(self) -> Detectors:
        """What the state shows."""
        if self.shown is None:
            self.shown = show(self.state, self.sensor)
        return self.shown


@dataclass(slots=True, kw_only=True)
class _Saving:
    """What was not stored when this began, and the place that holds once it is."""

    left: set[int]
    place: Snapshot


@dataclass(slots=True, kw_only=True)
class Look:
    """What one step found, and which states must be stored with it."""

    found: list[Found] = field(default_factory=list[Found])
    told: set[int] = field(default_factory=set[int])
    whole: bool = True


class Watching:
    """All sensors of one database. After a step that failed it is made anew."""

    def __init__(self) -> None:
        self.complete = False
        """Whether every venue was looked up once: until then no readings are taken, or some would be passed over."""
        self.open = Counter[WaterKind]()
        """Findings that were told and hold, by kind: all of them once it is complete."""
        self._watched: dict[int, _Watched] = {}
        self._of_venue: dict[int, set[int]] = {}
        self._places: dict[int, Place] = {}
        self._gates: dict[int, dict[int, _Gated]] = {}
        self._drops: dict[int, Drop] = {}
        self._bursts: dict[int, list[Finding]] = {}
        self._dirty: set[int] = set()
        self._since: Snapshot | None = None
        self._until: Snapshot | None = None
        self._after = 0
        self._saving: _Saving | None = None
        self._saved_at: Micros | None = None
        self._turn: Iterator[int] = iter(())

    # The register ----------------------------------------------------------------------------------------------------

    async def register(
        self, connection: AsyncConnection, venues: Sequence[int], open_: Mapping[int, Iterable[Open]]
    ) -> None:
        """Look up the sensors of `venues`; what is open there tells which gates hold."""
        if self._since is None:
            # Sensors of which nothing is known begin with their last readings.
            place = await reading_after.load_cursor(connection, READER)
            self._since = place or await reading_after.current_snapshot(connection)
        rows = await water_store.sensors(connection, venues)
        for venue in venues:
            gone = self._of_venue.get(venue, set()) - {row.point_id for row in rows}
            for point in gone:
                self._forget(point)
        new = [row.point_id for row in rows if row.point_id not in self._watched]
        stored = await water_store.states(connection, new) if new else {}
        fresh = [point for point in new if point not in stored]
        for row in rows:
            if row.point_id not in self._watched:
                self._gates.setdefault(row.venue_id, _gates_of(open_.get(row.venue_id, ())))
            self._watch(row, stored.get(row.point_id))
        if fresh:
            self._take(await water_store.newest(connection, fresh))

    def _watch(self, row: water_store.SensorRow, stored: SensorState | None) -> None:
        sensor = water_store.sensor_of(row)
        known = self._watched.get(row.point_id)
        if known is None:
            state = stored or SensorState()
            self._watched[row.point_id] = _Watched(venue=row.venue_id, sensor=sensor, state=state)
            self.open.update(told.what for told in state.told)
            self._of_venue.setdefault(row.venue_id, set()).add(row.point_id)
        elif known.sensor != sensor:
            known.sensor, known.shown = sensor, None
        if sensor.quantity == "pressure":
            self._places[row.venue_id] = Place(district=row.district, lat=row.lat, lon=row.lon)

    def _forget(self, point: int) -> None:
        watched = self._watched.pop(point)
        self.open.subtract(told.what for told in watched.state.told)
        self._of_venue[watched.venue].discard(point)
        self._drops.pop(point, None)
        self._dirty.discard(point)  # what of a sensor is being stored that is gone, is passed over

    def note(self, venue: int, fact: VenueFact) -> None:
        """A fact may open or shut a gate."""
        if not isinstance(fact, Raised | Cleared) or venue not in self._gates:
            return
        gate = _gate_of(fact.trouble, fact.group)
        if gate is None:
            return
        gates = self._gates[venue]
        if isinstance(fact, Raised):
            gates[fact.episode] = _Gated(gate=gate, since=fact.at, until=None)
        else:
            gates[fact.episode] = _Gated(gate=gate, since=fact.raised_at, until=fact.at)
        while len(gates) > _GATES_MAX:
            del gates[next(iter(gates))]

    # Readings --------------------------------------------------------------------------------------------------------

    async def look(self, connection: AsyncConnection, now: Micros) -> Look:
        """Take the next readings in, and say what began and what ended."""
        look = Look()
        if not self.complete or self._since is None:
            return Look(whole=False)
        if self._until is None:
            self._until, self._after = await reading_after.current_snapshot(connection), 0
        notes, whole = await water_store.batches(connection, self._since, self._until, self._after)
        touched = self._take(await water_store.readings(connection, notes, self._watched)) if notes else set[int]()
        if whole:
            self._since, self._until = self._until, None
        else:
            self._after, look.whole = notes[-1].id, False
        touched |= self._next_in_turn()
        touched |= self._burst(touched, now)
        for point in sorted(touched):
            self._tell(look, point, now)
        return look

    def _take(self, rows: Iterable[water_store.ReadingRow]) -> set[int]:
        touched: set[int] = set()
        for row in rows:
            watched = self._watched.get(row.point_id)
            if watched is None or water_store.NAMES.get(row.quantity) != watched.sensor.quantity:
                continue
            at = micros(row.at)
            reading = Reading(at=at, value=row.value, gate=self._gate(watched.venue, at))
            watched.shown = add(watched.state, watched.sensor, reading, micros(row.received_at), watched.shown)
            touched.add(row.point_id)
        self._dirty |= touched
        return touched

    def _next_in_turn(self) -> set[int]:
        turn: set[int] = set()
        for _ in range(min(LOOKS_A_STEP, len(self._watched))):
            point = next(self._turn, None)
            if point is None:
                self._turn = iter(list(self._watched))
                point = next(self._turn)
            if point in self._watched:
                turn.add(point)
        return turn

    def _burst(self, touched: set[int], now: Micros) -> set[int]:
        """Which street mains seem to have burst; returns the sensors of which that is said anew, or no longer."""
        before = dict(self._drops)
        for point in touched:
            watched = self._watched[point]
            drop = None
            if watched.sensor.quantity == "pressure":
                gate = self._gate(watched.venue, now)
                drop = fallen(watched.show(), watched.sensor, watched.venue, now, gate)
            if drop is None:
                self._drops.pop(point, None)
            else:
                self._drops[point] = drop
        if self._drops == before:
            return set()
        said = set(self._bursts)
        self._bursts = {}
        for burst in main_bursts(self._drops.values(), self._places):
            for _, finding in burst.findings:
                self._bursts.setdefault(finding.point, []).append(finding)
        return {point for point in said | set(self._bursts) if point in self._watched}

    def _tell(self, look: Look, point: int, now: Micros) -> None:
        watched = self._watched[point]
        holds = watched.show().findings(watched.sensor, now, self._gate(watched.venue, now))
        found = tell_shown(watched.state, watched.sensor, (*holds, *self._bursts.get(point, ())))
        for finding in found.began:
            fact = changes.began(finding, 0)
            look.found.append(_found(watched.venue, finding.finding, fact))
        for finding in found.ended:
            look.found.append(_found(watched.venue, f"{finding.finding}/ended", changes.ended(finding, 0, now)))
        self.open.update(finding.what for finding in found.began)
        self.open.subtract(finding.what for finding in found.ended)
        if found.began or found.ended:
            look.told.add(point)

    def _gate(self, venue: int, at: Micros) -> Gate | None:
        gate: Gate | None = None
        for each in self._gates.get(venue, {}).values():
            if each.since <= at and (each.until is None or at < each.until):
                gate = stronger(gate, each.gate)
        return gate

    # Storing ---------------------------------------------------------------------------------------------------------

    async def save(self, connection: AsyncConnection, look: Look, now: Micros) -> None:
        """Store what must be, within the transaction of its facts, and some of what is due."""
        due = self._saved_at is None or now - self._saved_at >= SAVE_EVERY
        if self._saving is None and due and look.whole and self._since is not None:
            self._saving, self._saved_at = _Saving(left=set(self._dirty), place=self._since), now
        saving = self._saving
        points = look.told | (set(islice(saving.left, SAVED_A_STEP)) if saving is not None else set())
        states = {point: self._watched[point] for point in points if point in self._watched}
        await water_store.save(connection, {point: (each.venue, each.state) for point, each in states.items()})
        self._dirty -= points
        if saving is None:
            return
        saving.left -= points
        if not saving.left:
            await reading_after.save_cursor(connection, READER, saving.place)
            self._saving = None


def _found(venue: int, source_id: str, fact: VenueFact) -> Found:
    return Found(venue_id=venue, source="water", source_id=source_id, fact=fact)


def _gate_of(trouble: Trouble, group: Group) -> Gate | None:
    if trouble is Trouble.TEST:
        return Gate.TEST
    running = trouble in _KINDS and group is Group.PUMP
    return Gate.PUMP_RUNNING if running else None


def _gates_of(troubles: Iterable[Open]) -> dict[int, _Gated]:
    gates = {trouble.episode: (_gate_of(trouble.trouble, trouble.group), trouble.since) for trouble in troubles}
    return {
        episode: _Gated(gate=gate, since=since, until=None)
        for episode, (gate, since) in gates.items()
        if gate is not None
    }

"""Facts to episodes to incidents: applies decisions of the core to the rows, inside the caller's transaction."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from psycopg import AsyncConnection

from firewarden.desk import store
from firewarden.desk.episodes import (
    Change,
    Key,
    Open,
    Step,
    condition_of,
    end_of,
    is_late,
    manual_alarm_change,
    needs_person,
    step,
)
from firewarden.desk.incidents import (
    PRIORITY,
    SOUNDS,
    Condition,
    Holding,
    IncidentAct,
    IncidentState,
    after,
    on_recovery,
)
from firewarden.desk.store import NewChange
from firewarden.ingest.facts import Act, State
from firewarden.ingest.trace_id import MessageId


def change_of(row: NewChange) -> Change | None:
    """The condition that a fact raises or ends, or None where it is only a moment."""
    if row.state is not None:
        kind, raised, point_id = condition_of(State(row.state)), row.raised, row.point_id
    else:
        assert row.action is not None, "a fact is a state or an act"
        verdict = manual_alarm_change(Act(row.action))
        if verdict is None:
            return None
        kind, raised, point_id = Condition.MANUAL_ALARM, verdict, None
    if kind is None:
        return None
    key = Key(venue_id=row.venue_id, gateway_id=row.gateway_id, point_id=point_id, kind=kind)
    return Change(
        key=key,
        raised=raised,
        at=row.at,
        received_at=row.received_at,
        committed_at=row.committed_at,
        message=MessageId(gateway=row.gateway_id, boot=row.boot, lane=row.lane, seq=row.seq),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened:
    """An incident that was opened, and what said so."""

    incident_id: int
    change: Change
    late: bool


@dataclass(slots=True)
class Book:
    """What is open at some venues, kept in step with the rows while one transaction's changes are applied."""

    connection: AsyncConnection
    now: datetime
    episodes: dict[Key, Open] = field(default_factory=dict[Key, Open])
    incidents: dict[Key, Holding] = field(default_factory=dict[Key, Holding])
    opened: list[Opened] = field(default_factory=list[Opened])
    """What the changes so far opened."""

    @classmethod
    async def of(cls, connection: AsyncConnection, venues: list[int], now: datetime) -> "Book":
        """The book of `venues`, as the running transaction sees them."""
        return cls(
            connection,
            now,
            await store.open_episodes(connection, venues),
            await store.open_incidents(connection, venues),
        )

    async def apply(self, change: Change) -> Step:
        """Write what `change` does. Returns the step taken."""
        current = self.episodes.get(change.key)
        taken = step(change, current)
        if taken is Step.OPEN:
            await self._open(change)
        elif current is not None:
            await self._continue(change, current, taken)
        return taken

    async def _continue(self, change: Change, current: Open, taken: Step) -> None:
        if taken is Step.CLOSE:
            await self._close(change, current)
            return
        if taken is Step.IGNORE_OLDER_CLEAR:
            return
        known = self.incidents.get(change.key)
        if known is not None:
            await store.hold_open(self.connection, known.incident_id)
        await store.raise_again(self.connection, current.episode_id, change.at)
        if taken is Step.SHOW_AGAIN:
            incident_id = await self._incident_for(change)
            await store.give_incident(self.connection, current.episode_id, incident_id)
            current = replace(current, judged_at=None)
        elif known is not None and await self._became_live(change, known):
            await self._to_incident(change.key, known, IncidentAct.RAISE_AGAIN, change.at, "incident.raised_again")
        self.episodes[change.key] = replace(current, last_raised_at=max(current.last_raised_at, change.at))

    async def _open(self, change: Change) -> None:
        incident_id = await self._incident_for(change) if needs_person(change.key.kind) else None
        late = is_late(change.at, change.received_at)
        episode_id = await store.insert_episode(self.connection, change, incident_id, late=late)
        self.episodes[change.key] = Open(
            episode_id=episode_id, raised_at=change.at, last_raised_at=change.at, judged_at=None
        )
        await store.tell_episode(self.connection, episode_id, "episode.opened")

    async def _became_live(self, change: Change, known: Holding) -> bool:
        """Whether old news that makes no sound is reported as something that happens now: then it must sound."""
        if PRIORITY.get(change.key.kind) != SOUNDS or is_late(change.at, change.received_at):
            return False
        return await store.make_live(self.connection, known.incident_id)

    async def _incident_for(self, change: Change) -> int:
        known = self.incidents.get(change.key)
        if known is not None:
            await self._became_live(change, known)
            await self._to_incident(change.key, known, IncidentAct.RAISE_AGAIN, change.at, "incident.raised_again")
            return known.incident_id
        late = is_late(change.at, change.received_at)
        incident_id = await store.insert_incident(self.connection, change, late=late)
        self.incidents[change.key] = Holding(incident_id=incident_id, state=IncidentState.NEW, holder=None)
        await store.record(self.connection, incident_id, IncidentAct.OPEN, actor=store.SYSTEM, at=self.now, detail={})
        await store.tell_incident(self.connection, incident_id, "incident.opened")
        self.opened.append(Opened(incident_id=incident_id, change=change, late=late))
        return incident_id

    async def _close(self, change: Change, current: Open) -> None:
        del self.episodes[change.key]
        await store.close_episode(self.connection, current.episode_id, end_of(current.raised_at, change.at))
        await store.tell_episode(self.connection, current.episode_id, "episode.closed")
        known = self.incidents.get(change.key)
        if known is None:
            return
        act = on_recovery(change.key.kind, known.state)
        event = "incident.closed" if act is IncidentAct.CLOSE_RECOVERED else "incident.recovered"
        await self._to_incident(change.key, known, act, change.at, event)

    async def _to_incident(self, key: Key, known: Holding, act: IncidentAct, at: datetime, event: str) -> None:
        state = after(known, act)
        await store.apply_to_incident(self.connection, known.incident_id, act, at=at, now=self.now)
        await store.record(self.connection, known.incident_id, act, actor=store.SYSTEM, at=self.now, detail={})
        await store.tell_incident(self.connection, known.incident_id, event)
        if state is IncidentState.CLOSED:
            del self.incidents[key]
        else:
            self.incidents[key] = Holding(incident_id=known.incident_id, state=state, holder=known.holder)

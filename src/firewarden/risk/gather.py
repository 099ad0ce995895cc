"""What do the rows of others say about venues? Rows in, facts out; numbers are given to them later (ledger.py)."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from firewarden.risk.facts import Use
from firewarden.risk.state.facts import (
    Cleared,
    DutyChecked,
    Group,
    Handled,
    Judged,
    Micros,
    Overridden,
    Raised,
    Recorded,
    RecordKind,
    Registered,
    Signalled,
    Trouble,
    VenueFact,
    Verdict,
)
from firewarden.risk.state.groups import group_of
from firewarden.risk.state.moments import micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """A fact whose number is still 0, and the row that it comes from: (source, source_id) is told once."""

    venue_id: int
    source: str
    source_id: str
    fact: VenueFact


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRow:
    """A condition of the desk. `begins`, `ends`: whether that is news."""

    id: int
    venue_id: int
    gateway_id: str
    point_id: int | None
    kind: str
    component: int | None
    system: int | None
    raised_at: datetime
    cleared_at: datetime | None
    begins: bool
    ends: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """A fire or a manual alarm of the desk. `opens`, `closes`: whether that is news."""

    id: int
    venue_id: int
    manual: bool
    raises: int
    occurred_at: datetime
    closed_at: datetime | None
    class_: str | None
    opens: bool
    closes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HandledRow:
    """The first act of the control room after a fire signal."""

    id: int
    venue_id: int
    occurred_at: datetime
    acted_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyRow:
    """A duty check that ended."""

    id: int
    venue_id: int
    answered: bool
    sent_at: datetime
    ended_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRow:
    """An imported record."""

    id: int
    venue_id: int
    source: str
    key: str
    kind: str
    at: datetime
    due_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRow:
    """A grade that an officer set, or (None) took back."""

    id: int
    venue_id: int
    grade: str | None
    at: datetime
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterRow:
    """What the register says of a venue; `unheard_since` goes with `unheard`."""

    venue_id: int
    use: str | None
    area_m2: float | None
    height_m: float | None
    built_year: int | None
    key_unit: bool | None
    points: int
    detectors: int
    sensors: int
    gateways: list[str]
    unheard: list[str]
    unheard_since: list[datetime]


def of_episode(row: EpisodeRow) -> Iterator[Found]:
    """That a condition began, that it ended, as far as that is news. What has no point is the gateway's own."""
    trouble = Trouble(row.kind)
    group = Group.GATEWAY if row.point_id is None else group_of(row.component, row.system)
    began = micros(row.raised_at)
    if row.begins:
        fact = Raised(
            number=0,
            at=began,
            episode=row.id,
            trouble=trouble,
            group=group,
            gateway=row.gateway_id,
            point=row.point_id,
        )
        yield Found(venue_id=row.venue_id, source="episode", source_id=str(row.id), fact=fact)
    if row.ends and row.cleared_at is not None:
        end = Cleared(
            number=0,
            at=micros(row.cleared_at),
            episode=row.id,
            trouble=trouble,
            group=group,
            gateway=row.gateway_id,
            raised_at=began,
            point=row.point_id,
        )
        yield Found(venue_id=row.venue_id, source="episode", source_id=f"{row.id}/cleared", fact=end)


def of_incident(row: IncidentRow) -> Iterator[Found]:
    """That a fire was signalled, how it was judged, as far as that is news."""
    at = micros(row.occurred_at)
    if row.opens:
        signal = Signalled(number=0, at=at, incident=row.id, manual=row.manual)
        yield Found(venue_id=row.venue_id, source="incident", source_id=str(row.id), fact=signal)
    if row.closes and row.closed_at is not None and row.class_ is not None:
        verdict = Judged(
            number=0,
            at=at,
            incident=row.id,
            verdict=Verdict(row.class_),
            judged_at=micros(row.closed_at),
            signals=row.raises,
        )
        yield Found(venue_id=row.venue_id, source="incident", source_id=f"{row.id}/judged", fact=verdict)


def of_handled(row: HandledRow) -> Found:
    """How long the control room took."""
    seconds = (row.acted_at - row.occurred_at).total_seconds()
    fact = Handled(number=0, at=micros(row.acted_at), seconds=seconds)
    return Found(venue_id=row.venue_id, source="incident", source_id=f"{row.id}/handled", fact=fact)


def of_duty(row: DutyRow) -> Found:
    """How a duty check ended."""
    seconds = max(0.0, (row.ended_at - row.sent_at).total_seconds()) if row.answered else None
    fact = DutyChecked(number=0, at=micros(row.ended_at), answered=row.answered, seconds=seconds)
    return Found(venue_id=row.venue_id, source="command", source_id=str(row.id), fact=fact)


def of_record(row: RecordRow) -> Found:
    """What others know."""
    kind = RecordKind(row.kind)
    ordered = kind in {RecordKind.ORDER, RecordKind.ORDER_CLOSED}
    fact = Recorded(
        number=0,
        at=micros(row.at),
        what=kind,
        order=_order_of(row) if ordered else None,
        due_at=None if row.due_at is None else micros(row.due_at),
    )
    return Found(venue_id=row.venue_id, source="record", source_id=str(row.id), fact=fact)


def _order_of(row: RecordRow) -> str:
    """An order and its closing are two records with keys of their own: `17` and `17/closed`."""
    return f"{row.source}/{row.key.removesuffix('/closed')}"


def of_override(row: OverrideRow) -> Found:
    """What an officer set."""
    fact = Overridden(number=0, at=micros(row.at), override=row.id, grade=row.grade, until=micros(row.until))
    return Found(venue_id=row.venue_id, source="override", source_id=str(row.id), fact=fact)


def of_register(row: RegisterRow, now: Micros) -> Found:
    """What the register says at `now`; whether that is news, the state knows."""
    unheard = zip(row.unheard, row.unheard_since, strict=True)
    fact = Registered(
        number=0,
        at=now,
        use=None if row.use is None else Use(row.use),
        area_m2=row.area_m2,
        height_m=row.height_m,
        built_year=row.built_year,
        key_unit=row.key_unit,
        points=row.points,
        detectors=row.detectors,
        sensors=row.sensors,
        gateways=tuple(sorted(row.gateways)),
        unheard=tuple(sorted((gateway, micros(since)) for gateway, since in unheard)),
    )
    return Found(venue_id=row.venue_id, source="register", source_id=str(now), fact=fact)

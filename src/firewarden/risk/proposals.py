"""What does a grade call for? Proposals that a person accepts or declines; nothing here does anything by itself.

The table is that of differentiated supervision: the better the grade, the less is asked of a venue. Grade A calls for
nothing that is not done everywhere (two duty checks a week, a monthly list of faults).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

import numpy as np

from firewarden.risk.catalogue import Grade
from firewarden.risk.state.facts import Micros, Trouble
from firewarden.risk.state.situation import Open

CITY = ZoneInfo("Asia/Shanghai")
HOUR: Micros = 3_600_000_000
DAY: Micros = 24 * HOUR

FAULTS = frozenset(
    {
        Trouble.FAULT,
        Trouble.LINK_FAULT,
        Trouble.LINE_FAULT,
        Trouble.POWER_FAULT,
        Trouble.MAIN_POWER_FAULT,
        Trouble.BACKUP_POWER_FAULT,
        Trouble.BUS_FAULT,
    }
)
OVERDUE: Micros = 24 * HOUR
"""A fault is overdue when it lasts longer: the limit of GB 25201 where no supplier is needed."""
OVERDUE_WINDOW: Micros = 30 * DAY
OVERDUE_FAULTS_FOR_REMINDER = 2
VISIT_WORKING_DAYS = {Grade.C: 10, Grade.D: 3}
DUTY_CHECKS_PER_DAY = {Grade.B: 1, Grade.C: 2, Grade.D: 4}
NIGHT_CHECK = frozenset({Grade.C, Grade.D})
"""Grades at which one duty check of the day falls between midnight and six."""


class Kind(StrEnum):
    """What can be proposed."""

    DUTY_CHECKS = "duty_checks"
    FAULT_FOLLOW_UP = "fault_follow_up"
    REMINDER = "reminder"
    INTERVIEW = "interview"
    VISIT = "visit"
    HAZARD_DETERMINATION = "hazard_determination"
    ADMONITION = "admonition"


class State(StrEnum):
    """What became of a proposal."""

    OPEN = "open"
    ACCEPTED = "accepted"
    DECLINED = "declined"
    LAPSED = "lapsed"


class FollowUp(StrEnum):
    """How a fault that lasts is followed up, the mildest first."""

    REMINDER = "reminder"
    BRIGADE_COPY = "brigade_copy"


FOLLOW_UP: dict[Grade, tuple[tuple[FollowUp, Micros], ...]] = {
    Grade.A: (),
    Grade.B: ((FollowUp.REMINDER, 24 * HOUR),),
    Grade.C: ((FollowUp.REMINDER, 12 * HOUR), (FollowUp.BRIGADE_COPY, 48 * HOUR)),
    Grade.D: ((FollowUp.BRIGADE_COPY, 0),),
}
"""From which age of the oldest fault on, for each grade; the last that applies holds."""

Because = dict[str, str | int | float | bool]


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a venue stands after it was scored at `at`.

    `troubles`: what holds there; `hits`: codes of the rules that call a state a major hazard; `overdue_closed`: faults
    that ended within OVERDUE_WINDOW and had been overdue.
    """

    venue_id: int
    at: Micros
    troubles: tuple[Open, ...]
    score: float
    grade: Grade
    grade_since: Micros
    hits: tuple[str, ...] = ()
    overdue_closed: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """Something that the grade calls for. `about` names what it is for: the same is proposed once."""

    kind: Kind
    grade: Grade
    about: str
    because: Because = field(default_factory=dict[str, str | int | float | bool])
    due_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A proposal that was made before."""

    id: int
    kind: Kind
    grade: Grade
    about: str
    state: State
    proposed_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What to do about the proposals of one venue."""

    lapse: tuple[int, ...] = ()
    propose: tuple[Call, ...] = ()


def called_for(standing: Standing) -> tuple[Call, ...]:
    """Everything that the grade calls for at that moment, in the order of the table."""
    makers = (_duty_checks, _fault_follow_up, _reminder, _interview, _visit, _hazard_determination, _admonition)
    return tuple(call for make in makers for call in make(standing))


def step(standing: Standing, earlier: Iterable[Earlier]) -> Step:
    """What lapses since nothing calls for it any more, and what is new: the same once in a stay in a grade."""
    calls = called_for(standing)
    wanted = {_identity(call) for call in calls}
    rows = tuple(earlier)
    lapse = tuple(row.id for row in rows if row.state is State.OPEN and _identity(row) not in wanted)
    known = {
        _identity(row) for row in rows if row.state is not State.LAPSED and row.proposed_at >= _since(row, standing)
    }
    known |= {_identity(row) for row in rows if row.state is State.OPEN}
    return Step(lapse=lapse, propose=tuple(call for call in calls if _identity(call) not in known))


def moment(at: Micros) -> datetime:
    """The time of a fact as the database has it."""
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=at)


def due_after(at: Micros, working_days: int) -> datetime:
    """The end of the day that lies so many working days after `at`, Mondays to Fridays of the city.

    Public holidays and the weekends that make up for them are set anew every year and are not known here.
    """
    day = moment(at).astimezone(CITY).date()
    last = np.busday_offset(np.datetime64(day), working_days, roll="backward").astype(object)
    return datetime.combine(last + timedelta(days=1), time.min, tzinfo=CITY).astimezone(UTC)


def _identity(thing: Call | Earlier) -> tuple[Kind, Grade, str]:
    return thing.kind, thing.grade, thing.about


def _since(row: Earlier, standing: Standing) -> datetime:
    """A decision from before this moment does not answer what is called for now."""
    since = standing.grade_since
    if row.kind is Kind.REMINDER:
        since = max(since, standing.at - OVERDUE_WINDOW)
    return moment(since)


def _because(standing: Standing, **more: str | float | bool) -> Because:
    return {"score": standing.score, "grade_since": moment(standing.grade_since).isoformat(), **more}


def _duty_checks(standing: Standing) -> Sequence[Call]:
    per_day = DUTY_CHECKS_PER_DAY.get(standing.grade)
    if per_day is None:
        return ()
    because = _because(standing, per_day=per_day, night=standing.grade in NIGHT_CHECK)
    return (Call(kind=Kind.DUTY_CHECKS, grade=standing.grade, about="grade", because=because),)


def _fault_follow_up(standing: Standing) -> Sequence[Call]:
    faults = _faults(standing)
    if not faults:
        return ()
    oldest = min(faults, key=lambda fault: (fault.since, fault.fact))
    age = standing.at - oldest.since
    steps = [how for how, after in FOLLOW_UP[standing.grade] if age >= after]
    if not steps:
        return ()
    because = _because(
        standing,
        step=steps[-1].value,
        faults=len(faults),
        oldest_fact=oldest.fact,
        oldest_since=moment(oldest.since).isoformat(),
    )
    about = f"{steps[-1].value} fact {oldest.fact}"
    return (Call(kind=Kind.FAULT_FOLLOW_UP, grade=standing.grade, about=about, because=because),)


def _reminder(standing: Standing) -> Sequence[Call]:
    if standing.grade is not Grade.B:
        return ()
    overdue = sum(standing.at - fault.since > OVERDUE for fault in _faults(standing))
    total = overdue + standing.overdue_closed
    if total < OVERDUE_FAULTS_FOR_REMINDER:
        return ()
    because = _because(standing, overdue_faults=total, within_days=OVERDUE_WINDOW // DAY)
    return (Call(kind=Kind.REMINDER, grade=standing.grade, about="overdue faults", because=because),)


def _interview(standing: Standing) -> Sequence[Call]:
    if standing.grade is not Grade.C:
        return ()
    return (Call(kind=Kind.INTERVIEW, grade=Grade.C, about="grade", because=_because(standing)),)


def _visit(standing: Standing) -> Sequence[Call]:
    days = VISIT_WORKING_DAYS.get(standing.grade)
    if days is None:
        return ()
    because = _because(standing, working_days=days)
    due_at = due_after(standing.grade_since, days)
    return (Call(kind=Kind.VISIT, grade=standing.grade, about="grade", because=because, due_at=due_at),)


def _hazard_determination(standing: Standing) -> Sequence[Call]:
    if standing.grade is not Grade.D or not standing.hits:
        return ()
    codes = ", ".join(sorted(set(standing.hits)))
    because = _because(standing, rules=codes)
    return (Call(kind=Kind.HAZARD_DETERMINATION, grade=Grade.D, about=codes, because=because),)


def _admonition(standing: Standing) -> Sequence[Call]:
    """Only where grade D has outlasted the time in which somebody should have been there."""
    if standing.grade is not Grade.D:
        return ()
    if moment(standing.at) < due_after(standing.grade_since, VISIT_WORKING_DAYS[Grade.D]):
        return ()
    return (Call(kind=Kind.ADMONITION, grade=Grade.D, about="grade", because=_because(standing)),)


def _faults(standing: Standing) -> list[Open]:
    return [open_ for open_ in standing.troubles if open_.trouble in FAULTS]

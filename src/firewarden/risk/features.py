"""What do the rows of the database say about a venue? Rows in, facts out; a venue without rows has none of it."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from firewarden.risk.facts import (
    AlarmHabit,
    Condition,
    GatewayFacts,
    OpenCondition,
    OpenFires,
    Sensor,
    Static,
    Use,
    VenueFacts,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticRow:
    """A venue of the register and the number of its registered points."""

    venue_id: int
    use: str | None
    area_m2: float | None
    height_m: float | None
    built_year: int | None
    key_unit: bool | None
    registered_points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionRow:
    """One kind of open condition of a venue, by type of component."""

    venue_id: int
    kind: str
    component: int | None
    points: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsOutRow:
    """Distinct points of a venue that do not work."""

    venue_id: int
    faulty: int
    shielded: int
    out: int
    out_long: int


@dataclass(frozen=True, slots=True, kw_only=True)
class FiresRow:
    """Unjudged fires of a venue."""

    venue_id: int
    incidents: int
    signals: int
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class HabitRow:
    """How often a venue has called; see facts.AlarmHabit."""

    venue_id: int
    false_alarms: float
    real_fires: float
    signals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRow:
    """One gateway of a venue; see facts.GatewayFacts."""

    venue_id: int
    gateway_id: str
    heard_at: datetime | None
    silent_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SensorRow:
    """One banded sensor of a venue; see facts.Sensor."""

    venue_id: int
    point_id: int
    quantity: str | None
    low: float | None
    high: float | None
    at: datetime | None
    value: float | None
    outside_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """All that was read of some venues, from one snapshot."""

    statics: Sequence[StaticRow]
    conditions: Sequence[ConditionRow] = field(default=())
    points_out: Sequence[PointsOutRow] = field(default=())
    fires: Sequence[FiresRow] = field(default=())
    habits: Sequence[HabitRow] = field(default=())
    gateways: Sequence[GatewayRow] = field(default=())
    sensors: Sequence[SensorRow] = field(default=())


def facts_of(rows: Rows) -> dict[int, VenueFacts]:
    """Facts by venue, of every venue in `rows.statics`."""
    conditions = _conditions(rows.conditions)
    gateways = _gateways(rows.gateways)
    sensors = _sensors(rows.sensors)
    out = {row.venue_id: row for row in rows.points_out}
    fires = {row.venue_id: _fires(row) for row in rows.fires}
    habits = {row.venue_id: _habit(row) for row in rows.habits}
    return {
        static.venue_id: _venue(
            static,
            conditions=conditions.get(static.venue_id, []),
            gateways=gateways.get(static.venue_id, []),
            sensors=sensors.get(static.venue_id, []),
            out=out.get(static.venue_id),
            fires=fires.get(static.venue_id, OpenFires()),
            habit=habits.get(static.venue_id, AlarmHabit()),
        )
        for static in rows.statics
    }


def _venue(
    row: StaticRow,
    *,
    conditions: Iterable[OpenCondition],
    gateways: Iterable[GatewayFacts],
    sensors: Iterable[Sensor],
    out: PointsOutRow | None,
    fires: OpenFires,
    habit: AlarmHabit,
) -> VenueFacts:
    return VenueFacts(
        static=Static(
            use=None if row.use is None else Use(row.use),
            area_m2=row.area_m2,
            height_m=row.height_m,
            built_year=row.built_year,
            key_unit=row.key_unit,
        ),
        fires=fires,
        conditions=tuple(conditions),
        sensors=tuple(sensors),
        gateways=tuple(gateways),
        habit=habit,
        registered_points=row.registered_points,
        faulty_points=out.faulty if out else 0,
        shielded_points=out.shielded if out else 0,
        out_points=out.out if out else 0,
        points_out_long=out.out_long if out else 0,
    )


def _fires(row: FiresRow) -> OpenFires:
    return OpenFires(incidents=row.incidents, signals=row.signals, since=row.since)


def _habit(row: HabitRow) -> AlarmHabit:
    return AlarmHabit(false_alarms=row.false_alarms, real_fires=row.real_fires, signals=row.signals)


def _conditions(rows: Iterable[ConditionRow]) -> Mapping[int, list[OpenCondition]]:
    found: defaultdict[int, list[OpenCondition]] = defaultdict(list)
    for row in rows:
        condition = OpenCondition(kind=Condition(row.kind), component=row.component, points=row.points, since=row.since)
        found[row.venue_id].append(condition)
    return found


def _gateways(rows: Iterable[GatewayRow]) -> Mapping[int, list[GatewayFacts]]:
    found: defaultdict[int, list[GatewayFacts]] = defaultdict(list)
    for row in rows:
        gateway = GatewayFacts(gateway_id=row.gateway_id, heard_at=row.heard_at, silent_since=row.silent_since)
        found[row.venue_id].append(gateway)
    return found


def _sensors(rows: Iterable[SensorRow]) -> Mapping[int, list[Sensor]]:
    found: defaultdict[int, list[Sensor]] = defaultdict(list)
    for row in rows:
        sensor = Sensor(
            point_id=row.point_id,
            quantity=row.quantity,
            low=row.low,
            high=row.high,
            value=row.value,
            at=row.at,
            outside_since=row.outside_since,
        )
        found[row.venue_id].append(sensor)
    return found

"""Which reasons can a score have, and which numbers come with each? What a page needs to put them into words.

Times of evidence say since when, so that evidence changes when facts do.
"""

from datetime import datetime
from enum import StrEnum

import msgspec


class Part(StrEnum):
    """R = rate x uncontrolled x consequence; `rest` is what is too small to be listed."""

    RATE = "rate"
    UNCONTROLLED = "uncontrolled"
    CONSEQUENCE = "consequence"
    REST = "rest"


class Cause(StrEnum):
    """What makes a venue more or less dangerous than a typical one."""

    USE = "use"
    SIZE = "size"
    AGE = "age"
    HEIGHT = "height"
    FIRES = "fires"
    FALSE_ALARMS = "false_alarms"
    HANDLING = "handling"
    ALARM_OPEN = "alarm_open"
    ALARMS_UNSEEN = "alarms_unseen"
    FAULT_HABIT = "fault_habit"
    NEGLECT = "neglect"
    OFFLINE_HABIT = "offline_habit"
    COMPLAINTS = "complaints"
    VIOLATIONS = "violations"
    INSPECTIONS = "inspections"
    ACTIVITY = "activity"
    ORDERS = "orders"
    DUTY = "duty"

    PUMP = "pump"
    VALVE = "valve"
    PANEL = "panel"
    DETECTORS_FAULTY = "detectors_faulty"
    DETECTORS_SHIELDED = "detectors_shielded"
    OTHER_OUT = "other_out"
    WATER = "water"
    SENSORS_BLIND = "sensors_blind"
    POWER = "power"
    SMOKE_CONTROL = "smoke_control"
    OFFLINE = "offline"
    TESTING = "testing"

    CROWD = "crowd"
    VULNERABLE = "vulnerable"
    SLEEPING = "sleeping"
    CONTENTS = "contents"
    TALL = "tall"
    LARGE = "large"
    KEY_UNIT = "key_unit"

    REST = "rest"


class Repair(StrEnum):
    """What can be put right, and what the score would be then."""

    PUMP_AUTO = "pump_auto"
    VALVE_OPEN = "valve_open"
    PANEL_AUTO = "panel_auto"
    UNSHIELD = "unshield"
    FAULTS_REPAIRED = "faults_repaired"
    WATER_RESTORED = "water_restored"
    SENSORS_REPAIRED = "sensors_repaired"
    POWER_RESTORED = "power_restored"
    SMOKE_CONTROL_RESTORED = "smoke_control_restored"
    GATEWAY_BACK = "gateway_back"
    TESTS_ENDED = "tests_ended"
    ORDERS_CLOSED = "orders_closed"
    SIGNALS_JUDGED = "signals_judged"


class DoubtCode(StrEnum):
    """What takes confidence away."""

    STATIC_MISSING = "static_missing"
    NO_GATEWAY = "no_gateway"
    GATEWAYS_SILENT = "gateways_silent"
    NO_POINTS = "no_points"
    NO_SENSORS = "no_sensors"
    SENSORS_SILENT = "sensors_silent"


class _Evidence(msgspec.Struct, frozen=True, kw_only=True, gc=False):
    pass


class UseEvidence(_Evidence, frozen=True, kw_only=True):
    """`assumed`: the use is not known, the upper quartile of all uses is taken."""

    use: str | None
    fires_per_year: float
    assumed: bool


class SizeEvidence(_Evidence, frozen=True, kw_only=True):
    """`area_m2` is the assumed one where `assumed` is true; `typical_m2` of the use."""

    area_m2: float
    typical_m2: float
    assumed: bool


class HeightEvidence(_Evidence, frozen=True, kw_only=True):
    """`height_m` is the assumed one where `assumed` is true."""

    height_m: float
    assumed: bool


class AgeEvidence(_Evidence, frozen=True, kw_only=True):
    """`built_year` is null where the age is assumed."""

    built_year: int | None
    age_years: int
    assumed: bool


class CountEvidence(_Evidence, frozen=True, kw_only=True):
    """Something that happened: each counts half after `half_life_days`."""

    count: float
    half_life_days: int


class FaultHabitEvidence(_Evidence, frozen=True, kw_only=True):
    """Faults that began, each counting half after 90 days, and how many a venue of so many points has."""

    count: float
    expected: float


class FalseAlarmsEvidence(_Evidence, frozen=True, kw_only=True):
    """False alarms, each counting half after 90 days, and how many so many detectors give."""

    count: float
    expected: float


class HandlingEvidence(_Evidence, frozen=True, kw_only=True):
    """Typical seconds until the control room acts; null: never seen."""

    seconds: float | None
    typical_s: float


class SignalsEvidence(_Evidence, frozen=True, kw_only=True):
    """Fire signals that nobody has judged."""

    signals: int
    manual: int
    since: datetime


class UnseenEvidence(_Evidence, frozen=True, kw_only=True):
    """Why false alarms could not be seen: what is shielded, out of order, in test, and gateways that are silent."""

    shielded: int
    faulty: int
    testing: int
    gateways_silent: int


class NeglectEvidence(_Evidence, frozen=True, kw_only=True):
    """Shares of the last weeks in which systems were out of order."""

    pump: float
    valve: float
    panel: float
    power: float
    detectors: float


class ShareOfTimeEvidence(_Evidence, frozen=True, kw_only=True):
    """A share of the time of the last weeks."""

    share: float


class OrdersEvidence(_Evidence, frozen=True, kw_only=True):
    """Orders that are not closed, and those of them overdue; the longest since when."""

    overdue: int
    open: int
    since: datetime | None


class DutyEvidence(_Evidence, frozen=True, kw_only=True):
    """How likely a duty check is missed, and how the newest ended."""

    miss_share: float
    recent: int
    recent_missed: int


class OutEvidence(_Evidence, frozen=True, kw_only=True):
    """How many of a system's devices are out of order and how, since when; `remembered`: share of the last weeks."""

    manual: int
    faulty: int
    shielded: int
    signalled: int
    since: datetime | None
    remembered: float


class PointsEvidence(_Evidence, frozen=True, kw_only=True):
    """So many points of so many, since when; `remembered`: share of the last weeks."""

    points: int
    of: int
    share: float
    since: datetime | None
    remembered: float


class WaterEvidence(_Evidence, frozen=True, kw_only=True):
    """How many findings say that water is missing, and the gravest of them."""

    findings: int
    point: int | None
    quantity: str | None
    what: str | None
    value: float | None
    expected: float | None
    since: datetime | None
    remembered: float


class SensorsEvidence(_Evidence, frozen=True, kw_only=True):
    """Water sensors that are silent, stuck, drifting or say the impossible."""

    blind: int
    sensors: int


class PowerEvidence(_Evidence, frozen=True, kw_only=True):
    """Open power and bus faults by kind; `other` are faults of an unnamed supply."""

    main: int
    backup: int
    bus: int
    other: int
    since: datetime | None
    remembered: float


class OfflineEvidence(_Evidence, frozen=True, kw_only=True):
    """Gateways that are silent, of those that should speak; no gateways: nothing is connected."""

    silent: int
    gateways: int
    never_heard: int
    since: datetime | None
    remembered: float


class TestingEvidence(_Evidence, frozen=True, kw_only=True):
    """Points left in test mode or with delayed output."""

    test: int
    delayed: int
    since: datetime | None


class PlaceEvidence(_Evidence, frozen=True, kw_only=True):
    """Who is there, by the use; `assumed`: the use is not known."""

    use: str | None
    assumed: bool


class KeyUnitEvidence(_Evidence, frozen=True, kw_only=True):
    """Whether the venue is on the list of key units; null where nobody said."""

    key_unit: bool | None
    assumed: bool


class RestEvidence(_Evidence, frozen=True, kw_only=True):
    """How many small reasons are joined in this one."""

    count: int


class RepairEvidence(_Evidence, frozen=True, kw_only=True):
    """How many things would be put right, the longest out of order since when."""

    count: int
    since: datetime | None


class MissingEvidence(_Evidence, frozen=True, kw_only=True):
    """How many of the five attributes nobody has entered."""

    missing: int


class OfEvidence(_Evidence, frozen=True, kw_only=True):
    """So many of so many."""

    count: int
    of: int


Evidence = _Evidence

CAUSE_EVIDENCE: dict[Cause, type[Evidence]] = {
    Cause.USE: UseEvidence,
    Cause.SIZE: SizeEvidence,
    Cause.AGE: AgeEvidence,
    Cause.HEIGHT: HeightEvidence,
    Cause.FIRES: CountEvidence,
    Cause.FALSE_ALARMS: FalseAlarmsEvidence,
    Cause.HANDLING: HandlingEvidence,
    Cause.ALARM_OPEN: SignalsEvidence,
    Cause.ALARMS_UNSEEN: UnseenEvidence,
    Cause.FAULT_HABIT: FaultHabitEvidence,
    Cause.NEGLECT: NeglectEvidence,
    Cause.OFFLINE_HABIT: ShareOfTimeEvidence,
    Cause.COMPLAINTS: CountEvidence,
    Cause.VIOLATIONS: CountEvidence,
    Cause.INSPECTIONS: CountEvidence,
    Cause.ACTIVITY: CountEvidence,
    Cause.ORDERS: OrdersEvidence,
    Cause.DUTY: DutyEvidence,
    Cause.PUMP: OutEvidence,
    Cause.VALVE: OutEvidence,
    Cause.PANEL: OutEvidence,
    Cause.DETECTORS_FAULTY: PointsEvidence,
    Cause.DETECTORS_SHIELDED: PointsEvidence,
    Cause.OTHER_OUT: PointsEvidence,
    Cause.WATER: WaterEvidence,
    Cause.SENSORS_BLIND: SensorsEvidence,
    Cause.POWER: PowerEvidence,
    Cause.SMOKE_CONTROL: OutEvidence,
    Cause.OFFLINE: OfflineEvidence,
    Cause.TESTING: TestingEvidence,
    Cause.CROWD: PlaceEvidence,
    Cause.VULNERABLE: PlaceEvidence,
    Cause.SLEEPING: PlaceEvidence,
    Cause.CONTENTS: PlaceEvidence,
    Cause.TALL: HeightEvidence,
    Cause.LARGE: SizeEvidence,
    Cause.KEY_UNIT: KeyUnitEvidence,
    Cause.REST: RestEvidence,
}
"""The numbers that come with each cause."""

DOUBT_EVIDENCE: dict[DoubtCode, type[Evidence]] = {
    DoubtCode.STATIC_MISSING: MissingEvidence,
    DoubtCode.NO_GATEWAY: OfEvidence,
    DoubtCode.GATEWAYS_SILENT: OfEvidence,
    DoubtCode.NO_POINTS: OfEvidence,
    DoubtCode.NO_SENSORS: OfEvidence,
    DoubtCode.SENSORS_SILENT: OfEvidence,
}

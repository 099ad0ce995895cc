"""Which reasons can a score have, and which numbers come with each? What a page needs to put them into words.

Times of evidence say since when, so that evidence changes only when facts do.
"""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Grade(StrEnum):
    """The four grades of supervision, A the calmest."""

    A = "A"
    B = "B"
    C = "C"
    D = "D"


class FactorCode(StrEnum):
    """What adds points. The first five are what a venue is, the others what happens there now."""

    USE = "use"
    SIZE = "size"
    HEIGHT = "height"
    AGE = "age"
    KEY_UNIT = "key_unit"
    OPEN_FIRE = "open_fire"
    SUPPRESSION_OUT = "suppression_out"
    WATER = "water"
    SHIELDED = "shielded"
    OFFLINE = "offline"
    FAULTS = "faults"
    POWER = "power"
    ALARM_HABIT = "alarm_habit"
    OTHER = "other"


STATIC_CODES = (FactorCode.USE, FactorCode.SIZE, FactorCode.HEIGHT, FactorCode.AGE, FactorCode.KEY_UNIT)
LIVE_CODES = tuple(code for code in FactorCode if code not in STATIC_CODES)


class TriggerCode(StrEnum):
    """What makes a venue grade D whatever its score."""

    SUPPRESSION_MANUAL = "suppression_manual_24h"
    POINTS_OUT = "points_out_24h"
    OFFLINE = "offline_72h"


class DoubtCode(StrEnum):
    """What takes confidence away."""

    STATIC_MISSING = "static_missing"
    NO_GATEWAY = "no_gateway"
    GATEWAYS_SILENT = "gateways_silent"
    NO_POINTS = "no_points"
    NO_SENSORS = "no_sensors"
    SENSORS_SILENT = "sensors_silent"


@dataclass(frozen=True, slots=True, kw_only=True)
class UseEvidence:
    """`assumed`: the use is not known, the upper middle of all uses is taken."""

    use: str | None
    fires_per_year: float
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SizeEvidence:
    """`area_m2` is the assumed one where `assumed` is true."""

    area_m2: float
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HeightEvidence:
    """`height_m` is the assumed one where `assumed` is true."""

    height_m: float
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class AgeEvidence:
    """`built_year` is null where the age is assumed."""

    built_year: int | None
    age_years: int
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyUnitEvidence:
    """Whether the venue is on the list of key units; null where nobody said."""

    key_unit: bool | None
    assumed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFireEvidence:
    """Fire signals and manual alarms that nobody has judged yet."""

    incidents: int
    signals: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionEvidence:
    """What would not put a fire out: not automatic, in a wrong position, or shielded: nobody can tell.

    `panels` counts everything that is not automatic and is no pump.
    """

    pumps: int
    pumps_since: datetime | None
    panels: int
    panels_since: datetime | None
    valves: int
    valves_since: datetime | None
    shielded: int


@dataclass(frozen=True, slots=True, kw_only=True)
class WaterEvidence:
    """The sensor deepest outside its band, and the longest time any has been outside."""

    outside: int
    sensors: int
    worst_point_id: int | None
    quantity: str | None
    value: float | None
    low: float | None
    high: float | None
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ShareEvidence:
    """How many points of how many registered ones, the oldest since when."""

    points: int
    registered: int
    share: float
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class FaultsEvidence:
    """Points that do not work, of the registered ones: faulty, or shielded, which can hide any fault."""

    faulty: int
    shielded: int
    registered: int
    share: float
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfflineEvidence:
    """Gateways that are silent, of those that should speak; `never_heard` of them have not spoken at all."""

    silent: int
    gateways: int
    never_heard: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PowerEvidence:
    """Open power and bus faults by kind; `other` are power faults of an unnamed supply."""

    main: int
    backup: int
    bus: int
    other: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmHabitEvidence:
    """Judged incidents, each counting less as it ages, and raw signals of `window_days`.

    `unseen`: points are shielded or gateways silent; a habit that cannot be observed scores as the worst.
    """

    false_alarms: float
    real_fires: float
    signals: int
    window_days: int
    unseen: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OtherEvidence:
    """Points left in test mode, with delayed output, or with a supervisory signal that is not a valve's."""

    test: int
    delayed: int
    supervise: int
    since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticMissingEvidence:
    """How many of the five static attributes nobody has entered."""

    missing: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CountEvidence:
    """So many of so many."""

    count: int
    of: int


Evidence = (
    UseEvidence
    | SizeEvidence
    | HeightEvidence
    | AgeEvidence
    | KeyUnitEvidence
    | OpenFireEvidence
    | SuppressionEvidence
    | WaterEvidence
    | ShareEvidence
    | FaultsEvidence
    | OfflineEvidence
    | PowerEvidence
    | AlarmHabitEvidence
    | OtherEvidence
    | StaticMissingEvidence
    | CountEvidence
)

FACTOR_EVIDENCE: dict[FactorCode, type[Evidence]] = {
    FactorCode.USE: UseEvidence,
    FactorCode.SIZE: SizeEvidence,
    FactorCode.HEIGHT: HeightEvidence,
    FactorCode.AGE: AgeEvidence,
    FactorCode.KEY_UNIT: KeyUnitEvidence,
    FactorCode.OPEN_FIRE: OpenFireEvidence,
    FactorCode.SUPPRESSION_OUT: SuppressionEvidence,
    FactorCode.WATER: WaterEvidence,
    FactorCode.SHIELDED: ShareEvidence,
    FactorCode.OFFLINE: OfflineEvidence,
    FactorCode.FAULTS: FaultsEvidence,
    FactorCode.POWER: PowerEvidence,
    FactorCode.ALARM_HABIT: AlarmHabitEvidence,
    FactorCode.OTHER: OtherEvidence,
}
"""The numbers that come with each factor."""

TRIGGER_EVIDENCE: dict[TriggerCode, type[Evidence]] = {
    TriggerCode.SUPPRESSION_MANUAL: SuppressionEvidence,
    TriggerCode.POINTS_OUT: CountEvidence,
    TriggerCode.OFFLINE: OfflineEvidence,
}
"""The numbers that come with each trigger."""

DOUBT_EVIDENCE: dict[DoubtCode, type[Evidence]] = {
    DoubtCode.STATIC_MISSING: StaticMissingEvidence,
    DoubtCode.NO_GATEWAY: CountEvidence,
    DoubtCode.GATEWAYS_SILENT: CountEvidence,
    DoubtCode.NO_POINTS: CountEvidence,
    DoubtCode.NO_SENSORS: CountEvidence,
    DoubtCode.SENSORS_SILENT: CountEvidence,
}
"""The numbers that come with each doubt."""

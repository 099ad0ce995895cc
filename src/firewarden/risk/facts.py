"""What must be known of a venue to score it? Anything may be missing; here that is said, never guessed."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

PUMPS = frozenset({91, 95, 105})
"""GB/T 26875.3 component types: fire, sprinkler and foam pump."""

PANELS = frozenset({1, 81, 82})
"""Fire alarm controller, gas extinguishing controller, electrical control device."""

VALVES = frozenset({97, 98, 101, 106})
"""Signal valve, alarm valve, valve driver, pipe solenoid valve."""


class Use(StrEnum):
    """What a venue is used for."""

    MALL = "mall"
    COMPLEX = "complex"
    HOTEL = "hotel"
    ENTERTAINMENT = "entertainment"
    RESTAURANT = "restaurant"
    HOSPITAL = "hospital"
    ELDER_CARE = "elder_care"
    SCHOOL = "school"
    OFFICE = "office"
    HOUSING = "housing"
    FACTORY = "factory"
    WAREHOUSE = "warehouse"
    EXPLOSIVE = "explosive"
    CULTURE = "culture"
    HERITAGE = "heritage"
    GOVERNMENT = "government"


class Condition(StrEnum):
    """The lasting conditions that the scorecard weighs; the desk knows more (started, feedback)."""

    FAULT = "fault"
    LINK_FAULT = "link_fault"
    LINE_FAULT = "line_fault"
    SHIELDED = "shielded"
    SUPERVISE = "supervise"
    POWER_FAULT = "power_fault"
    MAIN_POWER_FAULT = "main_power_fault"
    BACKUP_POWER_FAULT = "backup_power_fault"
    BUS_FAULT = "bus_fault"
    MANUAL = "manual"
    DELAYED = "delayed"
    TEST = "test"


@dataclass(frozen=True, slots=True, kw_only=True)
class Static:
    """What a venue is. None: nobody has entered it."""

    use: Use | None = None
    area_m2: float | None = None
    height_m: float | None = None
    built_year: int | None = None
    key_unit: bool | None = None

    def __post_init__(self) -> None:
        if (self.area_m2 is not None and self.area_m2 <= 0) or (self.height_m is not None and self.height_m <= 0):
            raise ValueError("area and height must be positive, or None where they are not known")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCondition:
    """One condition that holds at one type of component: at how many points, the oldest since when."""

    kind: Condition
    component: int | None
    points: int
    since: datetime

    def __post_init__(self) -> None:
        if self.points < 1:
            raise ValueError("a condition that holds nowhere is not open")


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFires:
    """Fire and manual-alarm incidents that nobody has closed; `signals` counts their repeats too."""

    incidents: int = 0
    signals: int = 0
    since: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Sensor:
    """A water sensor, its normal band, and its newest reading (None where it never reported).

    `outside_since` is set exactly while the newest reading is outside the band.
    """

    point_id: int
    quantity: str | None
    low: float | None
    high: float | None
    value: float | None = None
    at: datetime | None = None
    outside_since: datetime | None = None

    def __post_init__(self) -> None:
        if (self.value is None) != (self.at is None):
            raise ValueError("a reading has a value and a time")
        if (self.depth() > 0) != (self.outside_since is not None):
            raise ValueError("outside_since is set exactly while the newest reading is outside the band")

    def depth(self) -> float:
        """How far outside the band the newest reading is, in widths of the band; 0 inside it."""
        if self.value is None:
            return 0.0
        if self.low is not None and self.value < self.low:
            return (self.low - self.value) / _width(self.low, self.high)
        if self.high is not None and self.value > self.high:
            return (self.value - self.high) / _width(self.low, self.high)
        return 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFacts:
    """A gateway that should be speaking. `silent_since` None: it speaks. `heard_at` None: it never spoke."""

    gateway_id: str
    heard_at: datetime | None
    silent_since: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlarmHabit:
    """Judged alarms, each counting less with age (scorecard.HABIT_HALF_LIFE_DAYS), and raw signals."""

    false_alarms: float = 0.0
    real_fires: float = 0.0
    signals: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFacts:
    """Everything that a score of one venue depends on, besides the time."""

    static: Static
    fires: OpenFires = OpenFires()
    conditions: tuple[OpenCondition, ...] = ()
    sensors: tuple[Sensor, ...] = ()
    gateways: tuple[GatewayFacts, ...] = ()
    habit: AlarmHabit = AlarmHabit()
    registered_points: int = 0
    faulty_points: int = 0
    """Distinct points with a fault, link fault or line fault."""
    shielded_points: int = 0
    out_points: int = 0
    """Distinct points of either kind: a point can be both."""
    points_out_long: int = 0
    """Distinct points shielded or faulty for longer than scorecard.OUT_LONG."""


def _width(low: float | None, high: float | None) -> float:
    if low is not None and high is not None:
        return high - low
    only = abs(low if low is not None else high or 0.0)
    return only or 1.0

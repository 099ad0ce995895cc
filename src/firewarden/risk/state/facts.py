"""What can risk learn of a venue? One kind of fact for each thing; the state of a venue is folded from these alone.

Every fact carries the venue's own dense number (1, 2, …), by which a repeat is told from news, and `at`, when it
happened. Times are integers: microseconds since 1970 in UTC, so that no sum depends on its order.
"""

from enum import StrEnum
from typing import Annotated

import msgspec
from msgspec import Meta

from firewarden.risk.facts import Use

Micros = int
"""Microseconds since 1970-01-01T00:00Z."""

# What may be read from outside: numbers that are no accident of a broken writer. Checked where JSON is read.
At = Annotated[Micros, Meta(ge=-(1 << 62), le=1 << 62)]
Id = Annotated[int, Meta(ge=-(1 << 62), le=1 << 62)]
Number = Annotated[int, Meta(ge=1, le=1 << 62)]
Many = Annotated[int, Meta(ge=0, le=1 << 31)]
Size = Annotated[float, Meta(gt=0, le=1e12)]
Seconds = Annotated[float, Meta(ge=-1e12, le=1e12)]  # a clock that is ahead makes answers come before their question
Value = Annotated[float, Meta(ge=-1e300, le=1e300)]


class Group(StrEnum):
    """What kind of equipment a component belongs to (from GB/T 26875.3 component and system types)."""

    PUMP = "pump"
    PANEL = "panel"
    VALVE = "valve"
    DETECTOR = "detector"
    POWER = "power"
    SMOKE_CONTROL = "smoke_control"
    GATEWAY = "gateway"  # the device that reports, not a part of the building's own system
    OTHER = "other"


class Trouble(StrEnum):
    """What can last: the desk's conditions that weigh, and silence."""

    FIRE = "fire"
    MANUAL_ALARM = "manual_alarm"
    FAULT = "fault"
    LINK_FAULT = "link_fault"
    LINE_FAULT = "line_fault"
    SHIELDED = "shielded"
    SUPERVISE = "supervise"
    STARTED = "started"
    FEEDBACK = "feedback"
    DELAYED = "delayed"
    POWER_FAULT = "power_fault"
    MAIN_POWER_FAULT = "main_power_fault"
    BACKUP_POWER_FAULT = "backup_power_fault"
    BUS_FAULT = "bus_fault"
    MANUAL = "manual"
    TEST = "test"
    OFFLINE = "offline"


class RecordKind(StrEnum):
    """What others know of a venue; the kinds of the file format, and orders."""

    FIRE = "fire"
    ALARM = "alarm"
    FALSE_ALARM = "false_alarm"
    FAULT = "fault"
    INSPECTION = "inspection"
    VIOLATION = "violation"
    COMPLAINT = "complaint"
    ORDER = "order"
    ORDER_CLOSED = "order_closed"
    OTHER = "other"


class Verdict(StrEnum):
    """How the desk judged a fire signal."""

    REAL_FIRE = "real_fire"
    FALSE_ALARM = "false_alarm"
    TEST = "test"
    MAINTENANCE = "maintenance"
    MALICIOUS = "malicious"
    FAULT = "fault"
    RECOVERED = "recovered"
    OTHER = "other"


class WaterKind(StrEnum):
    """What the water detectors can say of one sensor."""

    BELOW = "below"  # under its limit
    ABOVE = "above"
    SHIFT = "shift"  # a lasting change against its own baseline
    STUCK = "stuck"
    DRIFT = "drift"
    IMPLAUSIBLE = "implausible"
    SILENT = "silent"
    MAIN_BURST = "main_burst"  # several venues of one street main fell together


class _Fact(msgspec.Struct, frozen=True, kw_only=True, gc=False, tag_field="kind"):
    number: Number
    at: At


class Registered(_Fact, frozen=True, kw_only=True, tag="registered"):
    """What the register says of the venue, whole; the one with the highest number holds. None: not entered."""

    use: Use | None = None
    area_m2: Size | None = None
    height_m: Size | None = None
    built_year: Id | None = None
    key_unit: bool | None = None
    points: Many = 0
    detectors: Many = 0
    sensors: Many = 0
    """Water sensors with a normal band."""
    gateways: tuple[str, ...] = ()
    """Those that should be speaking, sorted."""
    unheard: tuple[tuple[str, At], ...] = ()
    """Those of them that never said a word, and since when they should, sorted."""


class Raised(_Fact, frozen=True, kw_only=True, tag="raised"):
    """A trouble of one point began. `episode` joins it with its end."""

    episode: Id
    trouble: Trouble
    group: Group
    gateway: str
    point: Id | None = None


class Cleared(_Fact, frozen=True, kw_only=True, tag="cleared"):
    """The trouble of `episode` ended. Everything of its beginning is said again, so that either may come first.

    Every end has a beginning among the facts, before it or after it, and each is told once.
    """

    episode: Id
    trouble: Trouble
    group: Group
    gateway: str
    raised_at: At
    point: Id | None = None


class Signalled(_Fact, frozen=True, kw_only=True, tag="signalled"):
    """A fire or a manual alarm was reported: an incident of the desk opened."""

    incident: Id
    manual: bool = False


class Judged(_Fact, frozen=True, kw_only=True, tag="judged"):
    """The desk closed that incident: `at` is when the signal came, as its Signalled says, `judged_at` the closing.

    Every judgement has its signal among the facts, before it or after it, and each is told once.
    """

    incident: Id
    verdict: Verdict
    judged_at: At
    signals: Many = 1
    """How often the condition came in it."""


class Handled(_Fact, frozen=True, kw_only=True, tag="handled"):
    """The control room acted on a fire signal for the first time, `seconds` after it; `at` is when it acted."""

    seconds: Seconds


class DutyChecked(_Fact, frozen=True, kw_only=True, tag="duty_checked"):
    """A duty check ended; `seconds` until the answer where there was one."""

    answered: bool
    seconds: Seconds | None = None


class WaterBegan(_Fact, frozen=True, kw_only=True, tag="water_began"):
    """A water detector found something at one sensor; `finding` joins it with its end."""

    finding: str
    point: Id
    what: WaterKind
    quantity: str
    value: Value | None = None
    expected: Value | None = None
    """What the baseline or the limit says, in the sensor's own unit."""


class WaterEnded(_Fact, frozen=True, kw_only=True, tag="water_ended"):
    """That finding is over; its beginning is said again."""

    finding: str
    point: Id
    what: WaterKind
    quantity: str
    began_at: At


class Recorded(_Fact, frozen=True, kw_only=True, tag="recorded"):
    """An imported record. Orders carry `order`, the key that joins opening and closing, and when they are due."""

    what: RecordKind
    order: str | None = None
    due_at: At | None = None


class Overridden(_Fact, frozen=True, kw_only=True, tag="overridden"):
    """An officer set the grade until `until`, or took that back (None); the one with the highest number holds."""

    override: Id
    grade: str | None
    until: At


VenueFact = (
    Registered
    | Raised
    | Cleared
    | Signalled
    | Judged
    | Handled
    | DutyChecked
    | WaterBegan
    | WaterEnded
    | Recorded
    | Overridden
)

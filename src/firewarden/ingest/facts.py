"""What can a device tell us? The nouns that every transport produces and every later room reads."""

from dataclasses import dataclass
from datetime import datetime
from enum import IntEnum, StrEnum
from typing import Annotated

import msgspec


class Lane(StrEnum):
    """Which queue a message travels in. Sequence numbers are counted by gateway, boot and lane."""

    ALARM = "alarm"
    STATE = "state"
    READING = "reading"
    REPLY = "reply"
    STATUS = "status"


LEDGER_LANES = (Lane.ALARM, Lane.STATE, Lane.READING, Lane.REPLY)
"""The lanes whose messages are counted. Status is not: only the newest matters, and the broker retains it."""


class State(StrEnum):
    """The state bits of GB/T 26875.3, of systems, components and transmission devices together."""

    FIRE = "fire"
    FAULT = "fault"
    SHIELDED = "shielded"
    SUPERVISE = "supervise"
    STARTED = "started"
    FEEDBACK = "feedback"
    DELAYED = "delayed"
    POWER_FAULT = "power_fault"
    MAIN_POWER_FAULT = "main_power_fault"
    BACKUP_POWER_FAULT = "backup_power_fault"
    BUS_FAULT = "bus_fault"
    MANUAL = "manual"  # a controller or pump that will not start by itself
    CONFIG_CHANGED = "config_changed"
    RESET = "reset"
    TEST = "test"
    LINK_FAULT = "link_fault"
    LINE_FAULT = "line_fault"


class Act(StrEnum):
    """What a person did at the control room (GB/T 26875.3 types 4 and 24)."""

    RESET = "reset"
    MUTE = "mute"
    MANUAL_ALARM = "manual_alarm"
    ALARM_CLEARED = "alarm_cleared"
    SELF_TEST = "self_test"
    CONFIRM = "confirm"
    TEST = "test"
    DUTY_ANSWER = "duty_answer"


class Quantity(IntEnum):
    """What a reading measures, by the analog type codes of GB/T 26875.3; 128 and above are ours."""

    EVENT_COUNT = 1
    HEIGHT = 2
    TEMPERATURE = 3
    PRESSURE = 4
    GAS = 6
    DURATION = 7
    VOLTAGE = 8
    CURRENT = 9
    FLOW = 10
    AIR_VOLUME = 11
    AIR_SPEED = 12
    LEVEL = 128
    VIBRATION = 129


STORED_UNITS: dict[Quantity, str] = {
    Quantity.EVENT_COUNT: "1",
    Quantity.HEIGHT: "m",
    Quantity.TEMPERATURE: "℃",
    Quantity.PRESSURE: "MPa",
    Quantity.GAS: "%LEL",
    Quantity.DURATION: "s",
    Quantity.VOLTAGE: "V",
    Quantity.CURRENT: "A",
    Quantity.FLOW: "L/s",
    Quantity.AIR_VOLUME: "m³/min",
    Quantity.AIR_SPEED: "m/s",
    Quantity.LEVEL: "%",
    Quantity.VIBRATION: "g",
}
"""The one unit in which each quantity is stored."""

UNIT_FACTORS: dict[tuple[Quantity, str], float] = {
    **dict.fromkeys(STORED_UNITS.items(), 1.0),
    (Quantity.PRESSURE, "kPa"): 0.001,
    (Quantity.PRESSURE, "bar"): 0.1,
    (Quantity.PRESSURE, "Pa"): 0.000001,
    (Quantity.HEIGHT, "cm"): 0.01,
    (Quantity.HEIGHT, "mm"): 0.001,
    (Quantity.TEMPERATURE, "Cel"): 1.0,
    (Quantity.FLOW, "m3/h"): 1 / 3.6,
    (Quantity.FLOW, "L/min"): 1 / 60,
}
"""What to multiply a gateway's value by to store it."""

QUANTITY_NAMES: dict[str, Quantity] = {quantity.name.lower(): quantity for quantity in Quantity}

MEASURES: tuple[tuple[str, str], ...] = tuple((quantity.name.lower(), unit) for quantity, unit in UNIT_FACTORS)
"""Every quantity and unit in which a reading may come; columns of readings hold the index."""
MEASURE_NUMBERS: dict[tuple[str, str], int] = {measure: number for number, measure in enumerate(MEASURES)}

Instant = Annotated[datetime, msgspec.Meta(tz=True)]
PointAddress = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
ShortText = Annotated[str, msgspec.Meta(max_length=64)]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class Reading(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="reading", forbid_unknown_fields=True
):
    """One measured value of one point, in the gateway's unit."""

    point: PointAddress
    at: Instant
    quantity: Name
    value: float
    unit: ShortText


class StateChange(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="state", forbid_unknown_fields=True
):
    """States of one point that came (`set`) and went (`clear`)."""

    point: PointAddress
    at: Instant
    set: Annotated[tuple[State, ...], msgspec.Meta(max_length=32)] = ()
    clear: Annotated[tuple[State, ...], msgspec.Meta(max_length=32)] = ()


class OperatorAction(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="action", forbid_unknown_fields=True
):
    """Something a person did at the control room."""

    at: Instant
    action: Act
    operator: ShortText = ""


class Reply(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="reply", forbid_unknown_fields=True
):
    """A gateway's answer to a command."""

    command: Name
    at: Instant
    result: Name
    detail: Annotated[str, msgspec.Meta(max_length=1024)] = ""


class Heartbeat(
    msgspec.Struct, frozen=True, gc=False, kw_only=True, tag_field="kind", tag="heartbeat", forbid_unknown_fields=True
):
    """The gateway lives; with `online` false (its last will) it does not."""

    at: Instant
    online: bool = True


Fact = Reading | StateChange | OperatorAction | Reply | Heartbeat


class Readings(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Readings as columns of equal length: nearly all facts are readings, and an object for each costs the most."""

    points: list[str]
    measures: list[int]  # indices of MEASURES
    times_s: list[float]  # since 1970
    values: list[float]  # in the gateway's unit


class Envelope(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """One message of a gateway: who, in which life and lane, the how-manieth, when sent, and what it says."""

    gateway: str
    lane: Lane
    boot: str
    seq: int
    sent_at: datetime
    facts: tuple[Fact, ...]
    readings: Readings | None = None
    """What it says, where that is readings only and they were read as columns; then there are no `facts`."""


class Reason(StrEnum):
    """Why something could not be taken at its word."""

    WRONG_TOPIC = "wrong_topic"
    OVERSIZED = "oversized"
    BAD_JSON = "bad_json"
    BAD_MESSAGE = "bad_message"
    BAD_FACT = "bad_fact"
    UNKNOWN_GATEWAY = "unknown_gateway"
    UNKNOWN_UNIT = "unknown_unit"
    FUTURE_TIME = "future_time"
    ANCIENT_TIME = "ancient_time"
    FLOOD = "flood"
    REFUSED_BY_DATABASE = "refused_by_database"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rejection:
    """What goes to quarantine: the reason to count by, and a sentence for whoever mends the gateway."""

    reason: Reason
    detail: str

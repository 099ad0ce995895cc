"""What do the devices of `bench gateways` send, and when? Every frame is made beforehand."""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path

import msgspec

from firewarden.ingest.wire.gb26875.frames import SERIAL_MAX, encode
from firewarden.ingest.wire.gb26875.objects import ComponentState
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.units import SEND, encode_unit

CENTRE = 1
STORMING = 0
"""The device that storms."""
STORM_COMPONENTS = 200
FIRST_ADDRESS = 1_000_000

_COMPONENT_STATE = 2
_FIRE_ALARM_SYSTEM, _SMOKE_DETECTOR = 1, 40
_NORMAL, _FIRE, _FAULT = 0b1, 0b10, 0b100


class Kind(StrEnum):
    """What sort of frame it is, as far as its confirm is measured."""

    HEARTBEAT = "heartbeat"
    STORM = "storm"
    FIRE = "fire"


class DevicePlan(msgspec.Struct, frozen=True, kw_only=True):
    """One round. Heartbeats of all devices, signals of one, fires of the others, for so many seconds."""

    host: str
    port: int
    devices: int
    seconds: float
    heartbeat_s: float
    storm_per_min: float
    fires_per_s: float
    seed: int
    answer_s: float = 15.0
    """How long the last confirm is waited for: more than a device waits."""


@dataclass(frozen=True, slots=True)
class Sending:
    """A frame that a device sends at a moment, in seconds after the beginning."""

    at_s: float
    device: int
    serial: int
    kind: Kind
    frame: bytes


def sendings(plan: DevicePlan, begins_at: datetime) -> list[Sending]:
    """Everything that is sent, in the order of time. Serials are each device's own, without a gap."""
    rng = random.Random(plan.seed)
    moments = sorted((*_heartbeats(plan, rng), *_storm(plan), *_fires(plan, rng)))
    serials = [0] * plan.devices
    made: list[Sending] = []
    for number, (at_s, device, kind) in enumerate(moments):
        serial = serials[device]
        assert serial <= SERIAL_MAX, "serials of a round differ, so that each confirm belongs to one frame"
        serials[device] += 1
        at = begins_at + timedelta(seconds=at_s)
        made.append(Sending(at_s, device, serial, kind, _frame(device, serial, kind, number, at)))
    return made


_Moment = tuple[float, int, Kind]


def _heartbeats(plan: DevicePlan, rng: random.Random) -> Iterator[_Moment]:
    for device in range(plan.devices):
        at_s = rng.uniform(0, plan.heartbeat_s)
        while at_s < plan.seconds:
            yield at_s, device, Kind.HEARTBEAT
            at_s += plan.heartbeat_s


def _storm(plan: DevicePlan) -> Iterator[_Moment]:
    count = round(plan.storm_per_min * plan.seconds / 60)
    for number in range(count):
        yield number * plan.seconds / count, STORMING, Kind.STORM


def _fires(plan: DevicePlan, rng: random.Random) -> Iterator[_Moment]:
    others = range(STORMING + 1, plan.devices)
    for _ in range(round(plan.fires_per_s * plan.seconds) if others else 0):
        yield rng.uniform(0, plan.seconds), rng.choice(others), Kind.FIRE


def _frame(device: int, serial: int, kind: Kind, number: int, at: datetime) -> bytes:
    unit = b"" if kind is Kind.HEARTBEAT else encode_unit(_COMPONENT_STATE, [_state(kind, number, at)], STANDARD)
    return encode(serial=serial, source=FIRST_ADDRESS + device, destination=CENTRE, command=SEND, unit=unit, time=at)


def _state(kind: Kind, number: int, at: datetime) -> ComponentState:
    """A fire of a component of its own; in a storm the components fail and recover in turns."""
    storm_word = _FAULT if number // STORM_COMPONENTS % 2 == 0 else _NORMAL
    component = number if kind is Kind.FIRE else number % STORM_COMPONENTS
    return ComponentState(
        system_type=_FIRE_ALARM_SYSTEM,
        system_address=1,
        component_type=_SMOKE_DETECTOR,
        component_address=component.to_bytes(4, "little"),
        word=_FIRE if kind is Kind.FIRE else storm_word,
        text="3层走道烟感",
        at=at,
    )


def result_file(plan_file: Path) -> Path:
    """Where the process that follows a plan writes its result; one line on a pipe could not hold it."""
    return plan_file.with_suffix(".result.json")


class DeviceResult(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a round: latencies from the write to the confirm in milliseconds, by kind."""

    connected: int
    opening_s: float
    seconds: float
    sent: dict[Kind, int]
    latencies_ms: dict[Kind, list[float]]
    denied: int
    closed: int
    """Connections that the other side closed meanwhile."""
    confirmed: list[tuple[int, int]]
    """Device and serial of every confirmed frame that has to be stored: all but heartbeats."""
    cpu_s: float

    @property
    def unanswered(self) -> int:
        """Frames that were neither confirmed nor denied."""
        return sum(self.sent.values()) - sum(map(len, self.latencies_ms.values())) - self.denied

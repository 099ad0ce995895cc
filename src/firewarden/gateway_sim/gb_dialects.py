"""Which gateways of the city speak GB/T 26875.3, over what, and in whose dialect? By their number alone.

The dialects are those of the vendor profiles that ship with the platform, told here a second time: what a device does
must not follow from what the platform expects.
"""

from dataclasses import dataclass
from enum import StrEnum

CITY_ADDRESS = 430_300_000_000
"""Source addresses begin with the city's area code, and end with the gateway's number."""


class Protocol(StrEnum):
    """How the gateways of a city speak."""

    MQTT = "mqtt"
    GB26875 = "gb26875"
    MIXED = "mixed"


class Transport(StrEnum):
    """What carries the frames of a device."""

    TCP = "tcp"
    UDP = "udp"


class Beat(StrEnum):
    """What a device says when it has nothing to say. The standard knows no heartbeat, so every vendor has one."""

    EMPTY = "empty"  # command 2 without a unit
    BYTE = "byte"  # the one byte 16, which is answered with 17
    DEVICE_STATE = "device_state"  # type 21 without its time


@dataclass(frozen=True, slots=True, kw_only=True)
class Dialect:
    """What a vendor does in its own way. `analog_type` and `steps_per_mpa` are how it tells a pressure."""

    profile: str
    bcd: bool = False
    beat: Beat = Beat.EMPTY
    analog_type: int = 5
    steps_per_mpa: int = 10_000
    steps_per_unit: int = 10
    unit: str = "kPa"
    unit_max: int = 1024


STANDARD = Dialect(profile="standard")
VENDORS = (
    Dialect(profile="pressure-mpa", analog_type=4, steps_per_mpa=1_000, steps_per_unit=1_000, unit="MPa"),
    Dialect(profile="bcd-time", bcd=True),
    Dialect(profile="dgiot", beat=Beat.BYTE),
    Dialect(profile="stm32-gateway", beat=Beat.DEVICE_STATE),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Speech:
    """How one device speaks. `window`: how many frames it lets go before it waits for a confirm."""

    source_address: int
    transport: Transport
    dialect: Dialect
    window: int = 1


def _is_nth(nth: int, *, of: int, the: int) -> bool:
    return nth % of == the


def speech_of(protocol: Protocol, number: int) -> Speech | None:
    """How the gateway of this number (from 1) speaks GB/T 26875.3; None: it speaks MQTT.

    In a mixed city every second one; of all devices one in five over UDP, and one in four as a vendor likes it.
    """
    if protocol is Protocol.MQTT or (protocol is Protocol.MIXED and number % 2):
        return None
    nth = (number - 1) // (2 if protocol is Protocol.MIXED else 1)
    return Speech(
        source_address=CITY_ADDRESS + number,
        transport=Transport.UDP if _is_nth(nth, of=5, the=3) else Transport.TCP,
        dialect=VENDORS[nth // 4 % len(VENDORS)] if _is_nth(nth, of=4, the=1) else STANDARD,
        window=4 if _is_nth(nth, of=6, the=2) else 1,
    )

"""What may stand in a profile's TOML file? Every problem of a file is found at once, each named with its key."""

import re
from collections.abc import Mapping
from decimal import Decimal
from enum import StrEnum
from typing import Annotated, Any, Literal, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictBool,
    StrictInt,
    StrictStr,
    ValidationError,
    model_validator,
)

from firewarden.ingest.facts import QUANTITY_NAMES, UNIT_FACTORS, State
from firewarden.ingest.wire.gb26875.tables import COMMANDS, TYPES, USER_CODES

FIRE_BIT = 1
FIRE = 1 << FIRE_BIT

_STATES = {state.value: state for state in State}
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_BYTE_MAX = 255


class FieldKind(StrEnum):
    """How a field of a private type is shown."""

    NUMBER = "number"  # low byte first
    HEX = "hex"
    TIME = "time"
    TEXT = "text"


def _state(value: object) -> State:
    found = _STATES.get(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"no state is named {value!r}; there are {', '.join(_STATES)}")
    return found


def _coded(value: object) -> object:
    """Codes are written as keys, decimal or with 0x; two ways to write one code are two entries for it."""
    if not isinstance(value, dict):
        return value
    found: dict[object, object] = {}
    for key, entry in cast("dict[str, object]", value).items():
        try:
            code: object = int(key, 0)
        except ValueError:
            code = key  # left for the check of keys to name
        if code in found:
            raise ValueError(f"code {code} has two entries")
        found[code] = entry
    return found


def _private_type(code: int) -> int:
    if code in TYPES:
        raise ValueError(f"type {code} belongs to the standard")
    return code


def _further_command(code: int) -> int:
    if code in COMMANDS:
        raise ValueError(f"command {code} belongs to the standard")
    return code


def _bit_of_its_own(bit: int) -> int:
    if bit in {0, FIRE_BIT}:
        raise ValueError("bit 0 is told by `bit0`" if bit == 0 else "bit 1 is fire in every profile")
    return bit


def _version(value: str) -> tuple[int, int]:
    match = _VERSION.fullmatch(value)
    if match is None or max(int(part) for part in match.groups()) > _BYTE_MAX:
        raise ValueError(f'expected two bytes such as "1.32", got {value!r}')
    return int(match[1]), int(match[2])


def _bytes(value: str) -> bytes:
    if not _HEX.fullmatch(value):
        raise ValueError(f"expected bytes as lower-case hex digits, got {value!r}")
    return bytes.fromhex(value)


def _units_known(unit: str) -> str:
    return unit


Text = Annotated[StrictStr, Field(min_length=1, max_length=600)]
Label = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Byte = Annotated[StrictInt, Field(ge=0, le=_BYTE_MAX)]
UserCode = Annotated[StrictInt, Field(ge=USER_CODES[0], le=USER_CODES[-1])]
TypeCode = Annotated[StrictInt, Field(ge=1, le=254), AfterValidator(_private_type)]
CommandCode = Annotated[Byte, AfterValidator(_further_command)]
StateName = Annotated[State, BeforeValidator(_state)]
Version = Annotated[StrictStr, AfterValidator(_version)]
Bytes = Annotated[StrictStr, AfterValidator(_bytes)]
Step = Annotated[Decimal, Field(gt=0, le=1_000_000, allow_inf_nan=False)]


class Form(BaseModel):
    """What a table of the file may hold; a key that is not named here is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Form):
    """What people call it."""

    zh: Label
    en: Label


class Analog(Form):
    """An analog type: the value is the device's number times `step`, in `unit`."""

    quantity: StrictStr
    unit: StrictStr
    step: Step
    zh: Label | None = None
    en: Label | None = None

    @model_validator(mode="after")
    def _is_measured(self) -> "Analog":
        quantity = QUANTITY_NAMES.get(self.quantity)
        if quantity is None:
            raise ValueError(f"no quantity is named {self.quantity!r}; there are {', '.join(QUANTITY_NAMES)}")
        if (quantity, self.unit) not in UNIT_FACTORS:
            units = [unit for measured, unit in UNIT_FACTORS if measured is quantity]
            raise ValueError(f"{self.quantity} has no unit {self.unit!r}; it has {', '.join(units)}")
        return self


class Bit(Named):
    """A bit that means something else; without `means`, something that no state of ours says."""

    means: StateName | None = None


class Word(Named):
    """A whole state word of some component types, whatever its bits mean."""

    value: Annotated[StrictInt, Field(ge=0, le=0xFFFF)]
    components: Annotated[tuple[Byte, ...], Field(min_length=1)]
    means: tuple[StateName, ...]

    @model_validator(mode="after")
    def _hides_no_fire(self) -> "Word":
        standard = [code for code in self.components if code not in USER_CODES]
        if self.value & FIRE and State.FIRE not in self.means and standard:
            raise ValueError(
                f"word {self.value:#06x} holds the fire bit: it may mean something else for component types"
                f" {USER_CODES[0]} to {USER_CODES[-1]} only, not for {standard[0]}"
            )
        return self


class PrivateField(Named):
    """Some bytes of each object of a private type."""

    bytes: Annotated[StrictInt, Field(ge=1, le=_BYTE_MAX)]
    kind: FieldKind = FieldKind.HEX


class PrivateType(Named):
    """A type of the vendor's own: its name and, where it is known, what its objects hold."""

    fields: tuple[PrivateField, ...] = ()


class Bits(Form):
    """Bits of state words that differ, by whose word it is."""

    system: Annotated[dict[Annotated[StrictInt, Field(ge=0, le=15), AfterValidator(_bit_of_its_own)], Bit], BeforeValidator(_coded)] = {}
    component: Annotated[dict[Annotated[StrictInt, Field(ge=0, le=15), AfterValidator(_bit_of_its_own)], Bit], BeforeValidator(_coded)] = {}
    device: Annotated[dict[Annotated[StrictInt, Field(ge=0, le=7), AfterValidator(_bit_of_its_own)], Bit], BeforeValidator(_coded)] = {}


class Heartbeats(Form):
    """Shapes of heartbeat beside those that every profile takes."""

    commands: tuple[CommandCode, ...] = ()
    units: tuple[Bytes, ...] = ()
    types: tuple[Byte, ...] = ()
    answers: dict[Bytes, Bytes] = {}

"""What may stand in a profile's TOML file? All problems of a file are found at once, each named with its key."""

import re
from decimal import Decimal
from typing import Annotated, Self, cast

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    StrictInt,
    StrictStr,
    ValidationInfo,
    field_validator,
    model_validator,
)

from firewarden.ingest.facts import QUANTITY_NAMES, UNIT_FACTORS, State
from firewarden.ingest.wire.gb26875.profiles import (
    AddressLabel,
    Bit0,
    ByteOrder,
    ComponentText,
    ConfirmStyle,
    FieldKind,
)
from firewarden.ingest.wire.gb26875.tables import COMMANDS, PRIVATE_TYPES, TYPES, USER_CODES
from firewarden.ingest.wire.gb26875.times import TIME_BYTES, TimeCoding

FIRE_BIT = 1

_STATES = {state.value: state for state in State}
_VERSION = re.compile(r"(\d{1,3})\.(\d{1,3})", re.ASCII)
_HEX = re.compile(r"(?:[0-9a-f]{2})+")
_BYTE_MAX = 255


def _state(value: object) -> State:
    found = _STATES.get(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"no state is named {value!r}; there are {', '.join(_STATES)}")
    return found


def _by_code(value: object) -> object:
    """Tables by code have keys such as 150 or 0x96. Two ways to write one code are two entries for it."""
    if not isinstance(value, dict):
        return value
    found: dict[object, object] = {}
    for key, entry in cast("dict[str, object]", value).items():
        try:
            code: object = int(key, 0)
        except ValueError:
            code = key  # the check of the keys names it
        if code in found:
            raise ValueError(f"code {code} has two entries")
        found[code] = entry
    return found


def _private_type(code: int) -> int:
    if code in TYPES or code > PRIVATE_TYPES[-1]:
        raise ValueError(f"type {code} is not for vendors")
    return code


def _further_command(code: int) -> int:
    if code in COMMANDS:
        raise ValueError(f"command {code} belongs to the standard")
    return code


def _bit_of_its_own(bit: int) -> int:
    if bit == 0:
        raise ValueError("what bit 0 says is told by `bit0`")
    if bit == FIRE_BIT:
        raise ValueError("bit 1 is fire in every profile")
    return bit


def _known_type(code: int) -> int:
    if code not in TYPES and code not in PRIVATE_TYPES:
        raise ValueError(f"type {code} is reserved")
    return code


def _single(value: bytes) -> bytes:
    if len(value) != 1:
        raise ValueError(f"one byte was expected, not {len(value)}: what is longer begins with type and count")
    return value


def _version(value: object) -> tuple[int, int]:
    match = _VERSION.fullmatch(value) if isinstance(value, str) else None
    if match is None or max(int(part) for part in match.groups()) > _BYTE_MAX:
        raise ValueError(f'expected two bytes such as "1.32", got {value!r}')
    return int(match[1]), int(match[2])


def _bytes(value: object) -> bytes:
    if not isinstance(value, str) or not _HEX.fullmatch(value):
        raise ValueError(f"expected bytes as lower-case hex digits, got {value!r}")
    return bytes.fromhex(value)


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | Decimal):
        raise ValueError(f"expected a number, got {value!r}")  # noqa: TRY004 - gathered with the other problems
    return value


Text = Annotated[StrictStr, Field(min_length=1, max_length=600)]
Label = Annotated[StrictStr, Field(min_length=1, max_length=64)]
Byte = Annotated[StrictInt, Field(ge=0, le=_BYTE_MAX)]
AnalogCode = Annotated[StrictInt, Field(ge=1, le=_BYTE_MAX)]
UserCode = Annotated[StrictInt, Field(ge=USER_CODES[0], le=USER_CODES[-1])]
TypeCode = Annotated[Byte, AfterValidator(_private_type)]
CommandCode = Annotated[Byte, AfterValidator(_further_command)]
WordBit = Annotated[StrictInt, Field(ge=0, le=15), AfterValidator(_bit_of_its_own)]
DeviceBit = Annotated[StrictInt, Field(ge=0, le=7), AfterValidator(_bit_of_its_own)]
StateName = Annotated[State, BeforeValidator(_state)]
Version = Annotated[tuple[int, int], BeforeValidator(_version)]
OneByte = Annotated[bytes, BeforeValidator(_bytes), AfterValidator(_single)]
Step = Annotated[Decimal, BeforeValidator(_number), Field(gt=0, le=1_000_000, allow_inf_nan=False)]
ByCode = BeforeValidator(_by_code)


class Form(BaseModel):
    """A table of the file. A key that is not named in it is a problem."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Named(Form):
    """What people call it."""

    zh: Label
    en: Label


class AnalogForm(Form):
    """An analog type: the value is the device's number times `step`, in `unit`."""

    quantity: StrictStr
    unit: StrictStr
    step: Step

    @model_validator(mode="after")
    def _is_measured(self) -> Self:
        quantity = QUANTITY_NAMES.get(self.quantity)
        if quantity is None:
            raise ValueError(f"no quantity is named {self.quantity!r}; there are {', '.join(QUANTITY_NAMES)}")
        if (quantity, self.unit) not in UNIT_FACTORS:
            units = ", ".join(unit for measured, unit in UNIT_FACTORS if measured is quantity)
            raise ValueError(f"{self.quantity} comes in {units}, not in {self.unit!r}")
        return self


class BitForm(Named):
    """A bit that means something else; without `means`, something that none of our states says."""

    means: StateName | None = None


class WordForm(Named):
    """A whole state word of some component types, whatever its bits mean."""

    components: Annotated[tuple[Byte, ...], Field(min_length=1)]
    value: Annotated[StrictInt, Field(ge=0, le=0xFFFF)]
    means: tuple[StateName, ...]

    @model_validator(mode="after")
    def _hides_no_fire(self) -> Self:
        standard = [code for code in self.components if code not in USER_CODES]
        if self.value >> FIRE_BIT & 1 and State.FIRE not in self.means and standard:
            raise ValueError(
                f"{self.value:#06x} holds the fire bit: without fire it may stand for component types"
                f" {USER_CODES[0]} to {USER_CODES[-1]}, not for {standard[0]}"
            )
        return self


class PrivateFieldForm(Named):
    """Some bytes of each object of a private type."""

    bytes: Annotated[StrictInt, Field(ge=1, le=_BYTE_MAX)]
    kind: FieldKind = FieldKind.HEX

    @model_validator(mode="after")
    def _is_long_enough(self) -> Self:
        if self.kind is FieldKind.TIME and self.bytes != TIME_BYTES:
            raise ValueError(f"a time has {TIME_BYTES} bytes, not {self.bytes}")
        return self


class PrivateTypeForm(Named):
    """A type of the vendor's own: its name and, where that is known, what each of its objects holds."""

    fields: tuple[PrivateFieldForm, ...] = ()


class BitsForm(Form):
    """Bits that differ, by whose state word it is."""

    system: Annotated[dict[WordBit, BitForm], ByCode] = {}
    component: Annotated[dict[WordBit, BitForm], ByCode] = {}
    device: Annotated[dict[DeviceBit, BitForm], ByCode] = {}


class HeartbeatForm(Form):
    """Heartbeats beside those that every profile takes: an empty unit, the byte 16, a device state without time."""

    commands: tuple[CommandCode, ...] = ()
    units: tuple[OneByte, ...] = ()
    types: tuple[Annotated[Byte, AfterValidator(_known_type)], ...] = ()
    answers: dict[OneByte, OneByte] = {}


class ProfileForm(Form):
    """A whole file."""

    zh: Label
    en: Label
    about_zh: Text
    about_en: Text
    versions: tuple[Version, ...] = ()
    time: TimeCoding = TimeCoding.BINARY
    unit_max: Annotated[StrictInt, Field(ge=64, le=1024)] = 1024
    state_order: ByteOrder = ByteOrder.LITTLE
    bit0: Bit0 = Bit0.NOTHING
    component_text: ComponentText = ComponentText.ALWAYS
    address: AddressLabel = AddressLabel.HEX
    confirm: ConfirmStyle = ConfirmStyle.SWAPPED
    heartbeat: HeartbeatForm = HeartbeatForm()
    registration: tuple[CommandCode, ...] = ()
    analog: Annotated[dict[AnalogCode, AnalogForm], ByCode] = {}
    bits: BitsForm = BitsForm()
    word: tuple[WordForm, ...] = ()
    types: Annotated[dict[TypeCode, PrivateTypeForm], ByCode] = {}
    systems: Annotated[dict[UserCode, Named], ByCode] = {}
    components: Annotated[dict[UserCode, Named], ByCode] = {}

    @field_validator("registration")
    @classmethod
    def _no_heartbeat(cls, commands: tuple[int, ...], info: ValidationInfo) -> tuple[int, ...]:
        heartbeat = info.data.get("heartbeat")
        both = set(commands) & set(heartbeat.commands if isinstance(heartbeat, HeartbeatForm) else ())
        if both:
            raise ValueError(f"command {min(both)} is a heartbeat already")
        return commands

    @field_validator("word")
    @classmethod
    def _said_once(cls, words: tuple[WordForm, ...]) -> tuple[WordForm, ...]:
        seen: set[tuple[int, int]] = set()
        for word in words:
            for component in word.components:
                if (component, word.value) in seen:
                    raise ValueError(f"word {word.value:#06x} of component type {component} has two meanings")
                seen.add((component, word.value))
        return words

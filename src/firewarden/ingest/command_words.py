"""What can be asked of a gateway, and what has to be said with it? The same words for every transport.

The commands are those of GB/T 26875.3 (downward types 61 to 91); their numbers are the business of its wire format.
"""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Annotated, cast

import msgspec

from firewarden.ingest.facts import Instant

DUTY_MINUTES = 10
"""How long a device waits for the duty officer unless it is told otherwise (GB 26875.1)."""
RECORDS_MAX = 102
"""Operations that one frame can bring."""


YEARS = range(2001, 2099)
"""Of moments that can be asked about; a device writes a year as one byte."""


class CommandName(StrEnum):
    """One thing that can be asked of a gateway."""

    READ_SYSTEM_STATE = "read_system_state"
    READ_COMPONENT_STATE = "read_component_state"
    READ_ANALOG = "read_analog"
    READ_OPERATIONS = "read_operations"
    READ_SYSTEM_VERSION = "read_system_version"
    READ_SYSTEM_CONFIG = "read_system_config"
    READ_COMPONENT_CONFIG = "read_component_config"
    READ_SYSTEM_TIME = "read_system_time"
    READ_DEVICE_STATE = "read_device_state"
    READ_DEVICE_OPERATIONS = "read_device_operations"
    READ_DEVICE_VERSION = "read_device_version"
    READ_DEVICE_CONFIG = "read_device_config"
    READ_DEVICE_TIME = "read_device_time"
    INITIALISE = "initialise"
    CLOCK_SYNC = "clock_sync"
    DUTY_CHECK = "duty_check"

    @property
    def is_read(self) -> bool:
        """Whether it only asks, and changes nothing at the gateway."""
        return self.value.startswith("read_")


_Byte = Annotated[int, msgspec.Meta(ge=0, le=255)]
_Count = Annotated[int, msgspec.Meta(ge=1, le=RECORDS_MAX)]
_Minutes = Annotated[int, msgspec.Meta(ge=1, le=255)]
_Address = Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{8}$")]


class NoArgs(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Nothing has to be said."""


class OfSystem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one facility system: its type by table 4, and its address."""

    system_type: _Byte
    system_address: _Byte


class OfComponent(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Of one component: its address as in a point's, eight hexadecimal digits. Its type is not asked for."""

    system_type: _Byte
    system_address: _Byte
    component_address: _Address


class RecordsOfSystem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operations of one facility system from a moment on."""

    system_type: _Byte
    system_address: _Byte
    since: Instant
    count: _Count = RECORDS_MAX

    def __post_init__(self) -> None:
        """Raises ValueError."""
        _check_moment(self.since)


class RecordsOfDevice(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The operations of the gateway itself from a moment on."""

    since: Instant
    count: _Count = RECORDS_MAX

    def __post_init__(self) -> None:
        """Raises ValueError."""
        _check_moment(self.since)


def _check_moment(since: datetime) -> None:
    if since.year not in YEARS:
        raise ValueError(f"Expected a moment from {YEARS.start} on and before {YEARS.stop}")


class Duty(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How many minutes the person at the control room has."""

    minutes: _Minutes = DUTY_MINUTES


Args = NoArgs | OfSystem | OfComponent | RecordsOfSystem | RecordsOfDevice | Duty

_C = CommandName
ARGS: Mapping[CommandName, type[Args]] = {
    _C.READ_SYSTEM_STATE: OfSystem,
    _C.READ_COMPONENT_STATE: OfComponent,
    _C.READ_ANALOG: OfComponent,
    _C.READ_OPERATIONS: RecordsOfSystem,
    _C.READ_SYSTEM_VERSION: OfSystem,
    _C.READ_SYSTEM_CONFIG: OfSystem,
    _C.READ_COMPONENT_CONFIG: OfComponent,
    _C.READ_SYSTEM_TIME: OfSystem,
    _C.READ_DEVICE_STATE: NoArgs,
    _C.READ_DEVICE_OPERATIONS: RecordsOfDevice,
    _C.READ_DEVICE_VERSION: NoArgs,
    _C.READ_DEVICE_CONFIG: NoArgs,
    _C.READ_DEVICE_TIME: NoArgs,
    _C.INITIALISE: NoArgs,
    _C.CLOCK_SYNC: NoArgs,
    _C.DUTY_CHECK: Duty,
}


class ArgsError(ValueError):
    """What was said with a command is not what it needs."""


def read_args(command: CommandName, args: Mapping[str, object], *, strict: bool = True) -> Args:
    """What was said with a command. Raises ArgsError. Not `strict`: numbers may be texts, as on a command line."""
    try:
        return msgspec.convert(dict(args), ARGS[command], strict=strict)
    except msgspec.ValidationError as error:
        raise ArgsError(f"{command.value}: {error}") from error


def plain_args(args: Args) -> dict[str, object]:
    """The same, as it is stored and goes over the wire: with everything said that was left out."""
    return cast("dict[str, object]", msgspec.to_builtins(args))


def arg_names(command: CommandName) -> tuple[str, ...]:
    """What can be said with a command, the needed first."""
    return tuple(field.name for field in msgspec.structs.fields(ARGS[command]))

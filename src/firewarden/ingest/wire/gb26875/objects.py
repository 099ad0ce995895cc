"""What can stand in an application unit? One noun for each kind of information object.

Numbers are as on the wire; what they mean to a vendor is said by a profile. `at` is None where the device gave no
time, or one that cannot be.
"""

from datetime import datetime

import msgspec

COMPONENT_ADDRESS_BYTES = 4
COMPONENT_TEXT_BYTES = 31


class _Object(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An information object."""


class SystemState(_Object, frozen=True, gc=False, kw_only=True):
    """Type 1: the state word of a fire protection system."""

    system_type: int
    system_address: int
    word: int
    at: datetime | None


class ComponentState(_Object, frozen=True, gc=False, kw_only=True):
    """Type 2: the state word of a component, and how its place is called."""

    system_type: int
    system_address: int
    component_type: int
    component_address: bytes
    """Four bytes in the order of the wire: they are the key, whatever a vendor reads in them."""
    word: int
    text: str = ""
    at: datetime | None


class Analog(_Object, frozen=True, gc=False, kw_only=True):
    """Type 3: a measured value of a component, in steps of its analog type."""

    system_type: int
    system_address: int
    component_type: int
    component_address: bytes
    analog_type: int
    raw: int
    at: datetime | None


class SystemOperation(_Object, frozen=True, gc=False, kw_only=True):
    """Type 4: what somebody did at a fire protection system."""

    system_type: int
    system_address: int
    flags: int
    operator: int
    at: datetime | None


class SystemVersion(_Object, frozen=True, gc=False, kw_only=True):
    """Type 5."""

    system_type: int
    system_address: int
    major: int
    minor: int


class SystemConfig(_Object, frozen=True, gc=False, kw_only=True):
    """Type 6: what a fire protection system says of itself."""

    system_type: int
    system_address: int
    text: str


class ComponentConfig(_Object, frozen=True, gc=False, kw_only=True):
    """Type 7: how a component is called."""

    system_type: int
    system_address: int
    component_type: int
    component_address: bytes
    text: str


class SystemTime(_Object, frozen=True, gc=False, kw_only=True):
    """Type 8."""

    system_type: int
    system_address: int
    at: datetime | None


class DeviceState(_Object, frozen=True, gc=False, kw_only=True):
    """Type 21: the state byte of the transmission device."""

    word: int
    at: datetime | None


class DeviceOperation(_Object, frozen=True, gc=False, kw_only=True):
    """Type 24: what somebody did at the transmission device."""

    flags: int
    operator: int
    at: datetime | None


class DeviceVersion(_Object, frozen=True, gc=False, kw_only=True):
    """Type 25."""

    major: int
    minor: int


class DeviceConfig(_Object, frozen=True, gc=False, kw_only=True):
    """Type 26."""

    text: str


class DeviceTime(_Object, frozen=True, gc=False, kw_only=True):
    """Type 28."""

    at: datetime | None


class ReadSystem(_Object, frozen=True, gc=False, kw_only=True):
    """Types 61 (state), 65 (version), 66 (configuration) and 68 (time) of a system: the type says which."""

    system_type: int
    system_address: int


class ReadComponent(_Object, frozen=True, gc=False, kw_only=True):
    """Types 62 (state), 63 (analog value) and 67 (configuration) of a component, which has no type here."""

    system_type: int
    system_address: int
    component_address: bytes


class ReadOperations(_Object, frozen=True, gc=False, kw_only=True):
    """Type 64: so many operations at a system, from then on."""

    system_type: int
    system_address: int
    count: int
    since: datetime | None


class ReadDevice(_Object, frozen=True, gc=False, kw_only=True):
    """Types 81 (state), 85 (version), 86 (configuration) and 88 (time) of the device: the type says which."""

    reserved: int = 0


class ReadDeviceOperations(_Object, frozen=True, gc=False, kw_only=True):
    """Type 84: so many operations at the device, from then on."""

    count: int
    since: datetime | None


class Initialise(_Object, frozen=True, gc=False, kw_only=True):
    """Type 89: start anew."""

    reserved: int = 0


class SetClock(_Object, frozen=True, gc=False, kw_only=True):
    """Type 90: the centre's time."""

    at: datetime | None


class DutyCheck(_Object, frozen=True, gc=False, kw_only=True):
    """Type 91: somebody at the control room has to answer within so many minutes."""

    minutes: int


Object = (
    SystemState
    | ComponentState
    | Analog
    | SystemOperation
    | SystemVersion
    | SystemConfig
    | ComponentConfig
    | SystemTime
    | DeviceState
    | DeviceOperation
    | DeviceVersion
    | DeviceConfig
    | DeviceTime
    | ReadSystem
    | ReadComponent
    | ReadOperations
    | ReadDevice
    | ReadDeviceOperations
    | Initialise
    | SetClock
    | DutyCheck
)

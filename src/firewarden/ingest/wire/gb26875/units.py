"""Which objects are in an application unit? Type, count and objects; or the reason why they cannot be told apart."""

import struct
from collections.abc import Callable, Mapping, Sequence

import msgspec

from firewarden.ingest.wire.gb26875.errors import EncodeError
from firewarden.ingest.wire.gb26875.frames import UNIT_BYTES_MAX
from firewarden.ingest.wire.gb26875.layouts import LAYOUTS, LAYOUTS_WITHOUT_TEXT, Layout, read_text, write_text
from firewarden.ingest.wire.gb26875.objects import DeviceConfig, Object, SystemConfig
from firewarden.ingest.wire.gb26875.profiles import ComponentText, Profile
from firewarden.ingest.wire.gb26875.tables import COMMANDS, PRIVATE_TYPES
from firewarden.ingest.wire.gb26875.times import NO_TIME, read_time, write_time

CONTROL, SEND, CONFIRM, REQUEST, ANSWER, DENY = 1, 2, 3, 4, 5, 6
DEVICE_STATE = 21

_HEAD_BYTES = 2
_TEXT_BYTES_MAX = 255
_SYSTEM_CONFIG, _DEVICE_CONFIG = 6, 26
_COUNT_MAX = {_SYSTEM_CONFIG: 3, _DEVICE_CONFIG: 1}


class Unit(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """An application unit. What could not be told apart has no objects, and says why."""

    type: int | None = None
    count: int | None = None
    objects: tuple[Object, ...] = ()
    undecoded: str | None = None
    heartbeat: bool = False
    """Sent to say that the device lives. A device state without time is that too, and types that the profile names,
    where nobody asked for them: what they say counts all the same.
    """
    untimed: bool = False
    """The objects came without the times that their type has."""
    textless: bool = False
    """The objects came without the texts that their type has."""


_HEARTBEAT = Unit(heartbeat=True)
_NOTHING = Unit()


def is_known(command: int, profile: Profile) -> bool:
    """Whether the command byte means something; what does not is denied."""
    return command in COMMANDS or command in profile.heartbeat_commands | profile.registration_commands


def decode_unit(command: int, unit: bytes, profile: Profile) -> Unit:
    """Read the application unit of a frame with that command. Never raises."""
    if command == SEND and unit in profile.heartbeat_units:
        return _HEARTBEAT
    if command not in COMMANDS:
        return _beside_the_standard(command, unit, profile)
    if command in {CONFIRM, DENY}:
        known = not unit or unit in profile.heartbeat_answers.values()
        return _NOTHING if known else Unit(undecoded=f"{len(unit)} bytes in a frame that only confirms or denies")
    if len(unit) < _HEAD_BYTES:
        return Unit(undecoded=f"an application unit of {len(unit)} bytes: it begins with type and count")
    found = _objects(unit[0], unit[1], unit[_HEAD_BYTES:], profile)
    if command == SEND and ((found.untimed and found.type == DEVICE_STATE) or found.type in profile.heartbeat_types):
        return msgspec.structs.replace(found, heartbeat=True)
    return found


def _beside_the_standard(command: int, unit: bytes, profile: Profile) -> Unit:
    if command in profile.heartbeat_commands:
        return Unit(heartbeat=True, undecoded=f"{len(unit)} bytes beside a heartbeat") if unit else _HEARTBEAT
    if command in profile.registration_commands:
        return Unit(undecoded=f"a registration of {len(unit)} bytes: kept, without effect")
    return Unit(undecoded=f"command {command} means nothing in profile {profile.name}")


def _objects(type_: int, count: int, area: bytes, profile: Profile) -> Unit:
    layout = LAYOUTS.get(type_)
    if count == 0:
        return Unit(type=type_, count=0, undecoded=f"no object was announced, {len(area)} bytes came")
    if layout is not None:
        return _fixed(type_, count, area, layout, profile)
    texts = _TEXTS.get(type_)
    if texts is not None:
        found = texts(count, area)
        if found is None:
            return Unit(
                type=type_, count=count, undecoded=f"{count} texts were announced, they do not fill {len(area)} bytes"
            )
        return Unit(type=type_, count=count, objects=found)
    name = profile.private_types.get(type_)
    if name is not None:
        what = f"private to the vendor: {name.en}"
    else:
        what = "private to a vendor" if type_ in PRIVATE_TYPES else "reserved"
    return Unit(type=type_, count=count, undecoded=f"type {type_} is {what}")


def _fixed(type_: int, count: int, area: bytes, layout: Layout, profile: Profile) -> Unit:
    """Objects of equal size, which must fill the bytes: nothing is sliced on a guess."""
    read, timed = layout.read, layout.timed
    if timed is None:
        if len(area) != count * layout.body.size:
            return _of_another_size(type_, count, area, layout, profile)
        found = tuple([read(values, None, profile) for values in layout.body.iter_unpack(area)])
        return Unit(type=type_, count=count, objects=found)
    if len(area) == count * timed.size:
        coding = profile.time_coding
        found = tuple([read(values, read_time(values[-1], coding), profile) for values in timed.iter_unpack(area)])
        return Unit(type=type_, count=count, objects=found)
    if len(area) != count * layout.body.size:
        return _of_another_size(type_, count, area, layout, profile)
    found = tuple([read(values, None, profile) for values in layout.body.iter_unpack(area)])
    return Unit(type=type_, count=count, objects=found, untimed=True)


def _of_another_size(type_: int, count: int, area: bytes, layout: Layout, profile: Profile) -> Unit:
    """Objects without their texts, where the profile allows that and they fill the bytes so; otherwise the reason."""
    short = LAYOUTS_WITHOUT_TEXT.get(type_)
    if short is not None and short is not layout and profile.component_text is ComponentText.OPTIONAL:
        found = _fixed(type_, count, area, short, profile)
        if found.objects:
            return msgspec.structs.replace(found, textless=True)
    size = (layout.timed or layout.body).size
    reason = f"{count} objects of type {type_} have {count * size} bytes, {len(area)} came"
    if short is not None and short is not layout and len(area) == count * (short.timed or short.body).size:
        reason += "; without their texts they fit: profile without-text?"
    return Unit(type=type_, count=count, undecoded=reason)


def _system_configs(count: int, area: bytes) -> tuple[Object, ...] | None:
    found: list[Object] = []
    at = 0
    for _ in range(count):
        if len(area) < at + 3:
            return None
        end = at + 3 + area[at + 2]
        if len(area) < end:
            return None
        text = read_text(area[at + 3 : end])
        found.append(SystemConfig(system_type=area[at], system_address=area[at + 1], text=text))
        at = end
    return tuple(found) if at == len(area) else None


def _device_configs(count: int, area: bytes) -> tuple[Object, ...] | None:
    found: list[Object] = []
    at = 0
    for _ in range(count):
        if len(area) <= at or len(area) < (end := at + 1 + area[at]):
            return None
        found.append(DeviceConfig(text=read_text(area[at + 1 : end])))
        at = end
    return tuple(found) if at == len(area) else None


_TEXTS: Mapping[int, Callable[[int, bytes], tuple[Object, ...] | None]] = {
    _SYSTEM_CONFIG: _system_configs,
    _DEVICE_CONFIG: _device_configs,
}


def encode_unit(type_: int, objects: Sequence[Object], profile: Profile, *, timed: bool = True) -> bytes:
    """The application unit that holds these objects; `timed` false leaves their times out. Raises EncodeError.

    Where the profile makes texts optional, objects that all have none are written without.
    """
    layout = LAYOUTS.get(type_)
    if profile.component_text is ComponentText.OPTIONAL and not any(getattr(one, "text", "") for one in objects):
        layout = LAYOUTS_WITHOUT_TEXT.get(type_, layout)
    kind = (
        layout.kind if layout is not None else {_SYSTEM_CONFIG: SystemConfig, _DEVICE_CONFIG: DeviceConfig}.get(type_)
    )
    if kind is None:
        raise EncodeError(f"no type {type_} is known")
    count_max = layout.count_max if layout is not None else _COUNT_MAX[type_]
    if not 1 <= len(objects) <= count_max:
        raise EncodeError(f"a unit of type {type_} holds 1 to {count_max} objects, not {len(objects)}")
    try:
        area = b"".join([_written(one, kind, layout, profile, timed=timed) for one in objects])
    except struct.error as error:
        raise EncodeError(f"a number does not fit an object of type {type_}: {error}") from error
    if len(area) > profile.unit_max - _HEAD_BYTES:
        raise EncodeError(f"{len(area)} bytes of objects do not fit a unit of {profile.unit_max}")
    return bytes((type_, len(objects))) + area


def _written(one: Object, kind: type[Object], layout: Layout | None, profile: Profile, *, timed: bool) -> bytes:
    if not isinstance(one, kind):
        raise EncodeError(f"{kind.__name__} was expected, not {type(one).__name__}")
    if isinstance(one, SystemConfig):
        text = write_text(one.text, _TEXT_BYTES_MAX)
        return struct.pack("<BBB", one.system_type, one.system_address, len(text)) + text
    if isinstance(one, DeviceConfig):
        text = write_text(one.text, _TEXT_BYTES_MAX)
        return bytes((len(text),)) + text
    assert layout is not None
    values = layout.write(one, profile)
    if layout.timed is None or not timed:
        return layout.body.pack(*values)
    at = getattr(one, "at", None)
    return layout.timed.pack(*values, NO_TIME if at is None else write_time(at, profile.time_coding))


assert _HEAD_BYTES + max(row.count_max * (row.timed or row.body).size for row in LAYOUTS.values()) <= UNIT_BYTES_MAX, (
    "a unit may be full"
)

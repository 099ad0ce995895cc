"""What may an application unit hold? Hypothesis strategies for every type of GB/T 26875.3, shared by several tests."""

from datetime import datetime

from hypothesis import strategies as st

from firewarden.ingest.wire.gb26875 import objects
from firewarden.ingest.wire.gb26875.objects import Object
from firewarden.ingest.wire.gb26875.times import CHINA

bytes_ = st.integers(0, 255)
words = st.integers(0, 65_535)
addresses = st.binary(min_size=4, max_size=4)
times = st.datetimes(
    datetime(2000, 1, 1),  # noqa: DTZ001 - the zone is given
    datetime(2099, 12, 31, 23, 59, 59),  # noqa: DTZ001
    timezones=st.just(CHINA),
).map(lambda at: at.replace(microsecond=0))
maybe_times = st.none() | times


def texts(bytes_max: int) -> st.SearchStrategy[str]:
    """Texts that a device can write: GB18030, no NUL, no blanks at the end."""
    characters = st.characters(codec="gb18030", exclude_characters="\0") | st.sampled_from("三层东走廊烟感Ａ#@ ")
    return st.text(characters, max_size=bytes_max).map(
        lambda text: text.encode("gb18030")[:bytes_max].decode("gb18030", errors="ignore").rstrip()
    )


_system = {"system_type": bytes_, "system_address": bytes_}
_component = {**_system, "component_type": bytes_, "component_address": addresses}
_read_system = st.builds(objects.ReadSystem, **_system)
_read_component = st.builds(objects.ReadComponent, **_system, component_address=addresses)
_read_device = st.builds(objects.ReadDevice, reserved=bytes_)

OBJECTS: dict[int, tuple[int, st.SearchStrategy[Object]]] = {
    1: (102, st.builds(objects.SystemState, **_system, word=words, at=maybe_times)),
    2: (22, st.builds(objects.ComponentState, **_component, word=words, text=texts(31), at=maybe_times)),
    3: (
        63,
        st.builds(objects.Analog, **_component, analog_type=bytes_, raw=st.integers(-32_768, 32_767), at=maybe_times),
    ),
    4: (102, st.builds(objects.SystemOperation, **_system, flags=bytes_, operator=bytes_, at=maybe_times)),
    5: (1, st.builds(objects.SystemVersion, **_system, major=bytes_, minor=bytes_)),
    6: (3, st.builds(objects.SystemConfig, **_system, text=texts(255))),
    7: (26, st.builds(objects.ComponentConfig, **_component, text=texts(31))),
    8: (1, st.builds(objects.SystemTime, **_system, at=maybe_times)),
    21: (1, st.builds(objects.DeviceState, word=bytes_, at=maybe_times)),
    24: (127, st.builds(objects.DeviceOperation, flags=bytes_, operator=bytes_, at=maybe_times)),
    25: (1, st.builds(objects.DeviceVersion, major=bytes_, minor=bytes_)),
    26: (1, st.builds(objects.DeviceConfig, text=texts(255))),
    28: (1, st.builds(objects.DeviceTime, at=maybe_times)),
    61: (102, _read_system),
    62: (22, _read_component),
    63: (63, _read_component),
    64: (1, st.builds(objects.ReadOperations, **_system, count=bytes_, since=maybe_times)),
    65: (1, _read_system),
    66: (3, _read_system),
    67: (26, _read_component),
    68: (1, _read_system),
    81: (1, _read_device),
    84: (1, st.builds(objects.ReadDeviceOperations, count=bytes_, since=maybe_times)),
    85: (1, _read_device),
    86: (1, _read_device),
    88: (1, _read_device),
    89: (1, st.builds(objects.Initialise, reserved=bytes_)),
    90: (1, st.builds(objects.SetClock, at=maybe_times)),
    91: (1, st.builds(objects.DutyCheck, minutes=bytes_)),
}
"""By type: how many objects a unit may hold, and what they may be."""

TIMED = (1, 2, 3, 4, 21, 24)
"""Types whose objects end with a time that some devices leave out."""


@st.composite
def units(draw: st.DrawFn, types: tuple[int, ...] = tuple(OBJECTS)) -> tuple[int, list[Object]]:
    """A type and the objects of a unit, a few or as many as it may hold."""
    type_ = draw(st.sampled_from(types))
    most, one = OBJECTS[type_]
    count = draw(st.integers(1, min(most, 3)) | st.just(most))
    return type_, [draw(one)] * count if count > 3 else draw(st.lists(one, min_size=count, max_size=count))

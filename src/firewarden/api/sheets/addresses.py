"""Where on a controller is a point? Addresses of GB/T 26875.3 components, put together and taken apart; pure."""

import re
from dataclasses import dataclass
from enum import StrEnum

FIRE_ALARM = 1
"""The system type of fire alarm controllers."""

DEVICE = "device"
_FORM = re.compile(r"(\d{1,3})\.(\d{1,3})(?:/(\d{1,3})\.([0-9a-f]{8}))?", re.ASCII)
_OCTET_MAX = 255


class Labelling(StrEnum):
    """How the four bytes of a component address are read: two words, each low byte first."""

    LOOP_POINT = "loop_point"
    POINT_LOOP = "point_loop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What an address names: a component of a system, or the system itself where `component` is None."""

    system: int
    system_address: int
    component: int | None = None
    component_address: str = ""

    @property
    def address(self) -> str:
        """The address as facts have it."""
        whole = f"{self.system}.{self.system_address}"
        return whole if self.component is None else f"{whole}/{self.component}.{self.component_address}"

    def loop(self, labelling: Labelling) -> int | None:
        """The number of the loop; None where it is no component."""
        if self.component is None:
            return None
        data = bytes.fromhex(self.component_address)
        half = data[:2] if labelling is Labelling.LOOP_POINT else data[2:]
        return int.from_bytes(half, "little")


def take_apart(address: str) -> Parts | None:
    """The parts of an address; None where it has another form. Hex digits may be of either case."""
    match = _FORM.fullmatch(address.lower())
    if match is None:
        return None
    numbers = [int(match[place]) for place in (1, 2, 3) if match[place] is not None]
    if max(numbers) > _OCTET_MAX:
        return None
    component = numbers[2] if len(numbers) > 2 else None  # noqa: PLR2004 - the third number
    return Parts(system=numbers[0], system_address=numbers[1], component=component, component_address=match[4] or "")


def of_loop(loop: int, point: int, labelling: Labelling) -> str:
    """The component address of a point on a loop."""
    words = (loop, point) if labelling is Labelling.LOOP_POINT else (point, loop)
    return b"".join(word.to_bytes(2, "little") for word in words).hex()

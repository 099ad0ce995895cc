"""To which kind of equipment does a component of GB/T 26875.3 belong?

A component without a type of its own (none, or 0: general) is told by the type of its system; where that says nothing
either, it counts as a panel, because what is not automatic there may be anything.
"""

from firewarden.risk.facts import PANELS, PUMPS, VALVES
from firewarden.risk.state.facts import Group

DETECTORS = frozenset({10, 11, 12, 13, 17, 18, 21, 23, 24, 25, *range(30, 38), *range(40, 45), *range(50, 54)}) | {
    61,
    62,
    69,
    74,
    78,
    79,
}
"""What notices a fire and says so: detectors for gas, heat, smoke, flame, image and sound, electrical sensors, their
loops, manual call points, hydrant buttons."""

SMOKE_CONTROL = frozenset({103, 104, 111, *range(113, 117)})
"""Dampers, air conditioning, smoke fans, inlets, outlets and curtains. Fire doors and shutters are no part of it."""

_BY_SYSTEM: dict[int, Group] = {
    18: Group.SMOKE_CONTROL,
    19: Group.OTHER,
    20: Group.OTHER,
    21: Group.OTHER,
    22: Group.OTHER,
    23: Group.POWER,
    24: Group.OTHER,
}
_BY_COMPONENT: dict[int, Group] = {
    **dict.fromkeys(DETECTORS, Group.DETECTOR),
    **dict.fromkeys(SMOKE_CONTROL, Group.SMOKE_CONTROL),
    **dict.fromkeys(PANELS, Group.PANEL),
    **dict.fromkeys(PUMPS, Group.PUMP),
    **dict.fromkeys(VALVES, Group.VALVE),
}


def group_of(component: int | None, system: int | None) -> Group:
    """The group of a component type in a system type, both of GB/T 26875.3; for codes of a vendor's own as well."""
    if component:
        return _BY_COMPONENT.get(component, Group.OTHER)
    return Group.PANEL if system is None else _BY_SYSTEM.get(system, Group.PANEL)

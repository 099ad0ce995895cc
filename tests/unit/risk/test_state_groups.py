"""Is equipment told by its codes?"""

import pytest

from firewarden.risk.facts import PANELS, PUMPS, VALVES
from firewarden.risk.state.facts import Group
from firewarden.risk.state.groups import group_of


@pytest.mark.parametrize(
    ("component", "system", "group"),
    [
        (25, 1, Group.DETECTOR),
        (23, 1, Group.DETECTOR),
        (42, None, Group.DETECTOR),
        (95, 12, Group.PUMP),
        (1, 1, Group.PANEL),
        (98, 12, Group.VALVE),
        (111, 18, Group.SMOKE_CONTROL),
        (102, 19, Group.OTHER),
        (121, 1, Group.OTHER),
        (200, 200, Group.OTHER),
        (None, None, Group.PANEL),
        (0, 1, Group.PANEL),
        (None, 12, Group.PANEL),
        (None, 18, Group.SMOKE_CONTROL),
        (None, 23, Group.POWER),
        (0, 22, Group.OTHER),
        (0, 200, Group.PANEL),
    ],
)
def test_the_group_of_a_component(component: int | None, system: int | None, group: Group) -> None:
    """By its type; without one by its system; without either it may be anything, and counts as a panel."""
    assert group_of(component, system) is group


def test_every_code_has_one_group() -> None:
    """No type of component belongs to two groups."""
    for code in range(1, 256):
        assert (group_of(code, 1) is Group.PUMP) == (code in PUMPS)
        assert (group_of(code, 1) is Group.PANEL) == (code in PANELS)
        assert (group_of(code, 1) is Group.VALVE) == (code in VALVES)

"""How many addresses may a controller and a loop have? GB 50116: 3,200 and 200; pure.

A controller is a system of type 1 (fire alarm) of a gateway, by its system address. The loop of a component is what its
gateway's profile labels so in the four bytes of the address; where the profile labels nothing, the first two bytes,
low byte first, unless they are zero. Points that the register has already count, too.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from firewarden.api.register import POINTS_OF_GATEWAY_MAX
from firewarden.api.sheets.addresses import FIRE_ALARM, Labelling, take_apart
from firewarden.api.sheets.faults import CellError, Why

CONTROLLER_MAX = 3_200
LOOP_MAX = 200

_Controller = tuple[str, int]


@dataclass(slots=True)
class Limits:
    """Counts the addresses of a file on top of those that the register has."""

    _points: Counter[str] = field(default_factory=Counter[str])
    _controllers: Counter[_Controller] = field(default_factory=Counter[_Controller])
    _loops: Counter[tuple[_Controller, int]] = field(default_factory=Counter[tuple[_Controller, int]])

    def take(self, gateway_id: str, address: str, labelling: Labelling | None, known: Iterable[str]) -> None:
        """Count one more address. Raises CellError where there is no room for it."""
        if gateway_id not in self._points:
            self._points[gateway_id] = 0
            for each in known:
                self._count(gateway_id, each, labelling)
        controller, loop = _place(gateway_id, address, labelling)
        if controller is not None and self._controllers[controller] >= CONTROLLER_MAX:
            raise CellError(Why.CONTROLLER_FULL, controller=_named(controller), most=f"{CONTROLLER_MAX:,}")
        if controller is not None and loop is not None and self._loops[controller, loop] >= LOOP_MAX:
            raise CellError(Why.LOOP_FULL, loop=str(loop), controller=_named(controller), most=f"{LOOP_MAX:,}")
        if self._points[gateway_id] >= POINTS_OF_GATEWAY_MAX:
            raise CellError(Why.GATEWAY_FULL, gateway=gateway_id, most=f"{POINTS_OF_GATEWAY_MAX:,}")
        self._count(gateway_id, address, labelling)

    def _count(self, gateway_id: str, address: str, labelling: Labelling | None) -> None:
        self._points[gateway_id] += 1
        controller, loop = _place(gateway_id, address, labelling)
        if controller is not None:
            self._controllers[controller] += 1
            if loop is not None:
                self._loops[controller, loop] += 1


def _place(gateway_id: str, address: str, labelling: Labelling | None) -> tuple[_Controller | None, int | None]:
    parts = take_apart(address)
    if parts is None or parts.system != FIRE_ALARM or parts.component is None:
        return None, None
    loop = parts.loop(labelling or Labelling.LOOP_POINT)
    return (gateway_id, parts.system_address), (loop if labelling or loop else None)


def _named(controller: _Controller) -> str:
    gateway_id, system_address = controller
    return f"{gateway_id} {FIRE_ALARM}.{system_address}"

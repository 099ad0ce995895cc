"""How does a register become sheets? Rows of cells by column, as the import reads them; pure."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from firewarden.api.register import Register
from firewarden.api.sheets.columns import COLUMNS, Kind, stored_unit
from firewarden.ingest.facts import QUANTITY_NAMES

Value = str | float | None
_LEFT_OUT = frozenset({"system_address", "component_address", "loop", "point"})
"""Parts of an address that the address says already."""


def columns_of(kind: Kind) -> tuple[str, ...]:
    """The columns that an export has, in order."""
    return tuple(column.name for column in COLUMNS[kind] if kind is not Kind.POINTS or column.name not in _LEFT_OUT)


def rows_of(register: Register, kind: Kind) -> Iterator[tuple[Value, ...]]:
    """The rows of one sheet."""
    names = columns_of(kind)
    for values in _VALUES[kind](register):
        yield tuple(values.get(name) for name in names)


def _venues(register: Register) -> Iterator[Mapping[str, Any]]:
    for venue in register.venues:
        room = venue.control_room
        yield {
            **{name: getattr(venue, name) for name in ("code", "name", "name_en", "district", "address", "lat", "lon")},
            **{name: getattr(venue, name) for name in ("area_m2", "height_m", "built_year")},
            "use": venue.use.value,
            "key_unit": "yes" if venue.key_unit else "no",
            "control_room": room.name if room else None,
            "control_room_phone": room.phone if room else None,
        }


def _systems(register: Register) -> Iterator[Mapping[str, Any]]:
    for venue in register.venues:
        for system in venue.systems:
            yield {"venue": venue.code, "kind": system.kind, "name": system.name}


def _gateways(register: Register) -> Iterator[Mapping[str, Any]]:
    for venue in register.venues:
        for gateway in venue.gateways:
            device = gateway.gb26875
            yield {
                "id": gateway.id,
                "venue": venue.code,
                "name": gateway.name,
                "heartbeat_s": gateway.heartbeat_s,
                "silence_deadline_s": gateway.silence_deadline_s,
                # Hex, since a spreadsheet keeps no more than 15 digits of a number.
                "source_address": f"0x{device.source_address:012x}" if device else None,
                "peer": device.peer if device else None,
                "profile": device.profile if device else None,
            }


def _points(register: Register) -> Iterator[Mapping[str, Any]]:
    for venue in register.venues:
        for gateway in venue.gateways:
            for point in gateway.points:
                known = point.quantity in QUANTITY_NAMES
                yield {
                    "gateway": gateway.id,
                    "address": point.address,
                    "system_type": point.system,
                    "component_type": point.component,
                    "name": point.name,
                    "floor": point.floor,
                    "quantity": point.quantity,
                    "low": point.low,
                    "high": point.high,
                    "unit": stored_unit(point.quantity) if known and point.quantity else None,
                }


_VALUES: Mapping[Kind, Callable[[Register], Iterator[Mapping[str, Any]]]] = {
    Kind.VENUES: _venues,
    Kind.SYSTEMS: _systems,
    Kind.GATEWAYS: _gateways,
    Kind.POINTS: _points,
}

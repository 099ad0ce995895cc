"""Which point does a row mean, and what does it say of it? Pure."""

from typing import Any

import msgspec

from firewarden.api.register import Point, System
from firewarden.api.sheets.addresses import DEVICE, Labelling, Parts, of_loop, take_apart
from firewarden.api.sheets.columns import stored_unit, units_of
from firewarden.api.sheets.draft import Draft, DraftGateway
from firewarden.api.sheets.faults import CellError, Why
from firewarden.api.sheets.limits import Limits
from firewarden.api.sheets.rows import Row

_PARTS = ("system_type", "system_address", "component_type", "component_address", "loop", "point")
_ADDRESS_MAX = 64
_SIGNIFICANT = 9
"""Digits of a bound after the conversion of its unit."""


def add_point(draft: Draft, limits: Limits, row: Row) -> None:
    """Lay one row of points over the draft."""
    gateway_id = row.values["gateway"]
    gateway = draft.gateway(gateway_id)
    if gateway is None:
        draft.faults.add(row.fault("gateway", Why.GATEWAY, got=gateway_id))
        return
    known = draft.known.gateways.get(gateway_id)
    try:
        labelling = _labelling(draft, gateway)
        address = _address(row.values, labelling, is_gb=gateway.gateway.gb26875 is not None)
        if draft.stands_twice(row, "address", ("point", gateway_id, address)):
            return
        before = known.points.get(address) if known else None
        point = _point(row.values, address, before)
        if before is None:
            limits.take(gateway_id, address, labelling, known.points if known else {})
    except CellError as error:
        draft.faults.add(row.fault(error.values.pop("column", "address"), error.why, **error.values))
        return
    if point.system is not None and not draft.has_kind(gateway.venue, point.system):
        name = draft.names.systems.get(point.system, f"系统类型 {point.system}")
        draft.need_system(gateway.venue, System(kind=point.system, name=name))
    gateway.points[address] = point


def _labelling(draft: Draft, gateway: DraftGateway) -> Labelling | None:
    """How the gateway's profile reads component addresses; None where it does not say."""
    device = gateway.gateway.gb26875
    return draft.names.labellings.get(device.profile) if device else None


def _address(values: dict[str, Any], labelling: Labelling | None, *, is_gb: bool) -> str:
    """The address as facts have it, from the column or from its parts. Raises CellError."""
    given: str | None = values.get("address")
    made = _made(values, labelling)
    if given is None:
        if made is None:
            raise CellError(Why.ADDRESS_PARTS)
        return made.address
    if len(given) > _ADDRESS_MAX:
        raise CellError(Why.LONG, most=str(_ADDRESS_MAX), got=str(len(given)))
    parts = take_apart(given)
    if is_gb and parts is None and given.lower() != DEVICE:
        raise CellError(Why.ADDRESS, got=repr(given))
    if parts is not None:
        _agree(values, parts, made)
    if not is_gb:
        return given
    return parts.address if parts else DEVICE


def _agree(values: dict[str, Any], parts: Parts, made: Parts | None) -> None:
    """Raise CellError where the columns of the parts say something else than the address."""
    said = {"system_type": parts.system, "system_address": parts.system_address, "component_type": parts.component}
    for column, part in said.items():
        if values.get(column) is not None and values[column] != part:
            raise CellError(Why.ADDRESS_DIFFERS, column=column, got=str(values[column]), other=parts.address)
    if made is not None and made.component is not None and made != parts:
        raise CellError(Why.ADDRESS_DIFFERS, got=parts.address, other=made.address)


def _made(values: dict[str, Any], labelling: Labelling | None) -> Parts | None:
    """What the columns of the parts name; None where they name nothing whole. Raises CellError."""
    system, system_address, component, component_address, loop, point = (values.get(name) for name in _PARTS)
    if system is None or system_address is None:
        return None
    if loop is not None and point is not None:
        labelled = of_loop(loop, point, labelling or Labelling.LOOP_POINT)
        if component_address is not None and component_address != labelled:
            raise CellError(Why.ADDRESS_DIFFERS, column="component_address", got=component_address, other=labelled)
        component_address = labelled
    if (component is None) != (component_address is None) or (loop is None) != (point is None):
        return None
    return Parts(
        system=system, system_address=system_address, component=component, component_address=component_address or ""
    )


def _point(values: dict[str, Any], address: str, before: Point | None) -> Point:
    """The noun. Columns that the sheet lacks stay as they were. Raises CellError."""
    parts = take_apart(address)
    columns = {"system": "system_type", "component": "component_type"}
    said = {name: values[column] for name, column in columns.items() if values.get(column) is not None}
    if parts is not None and before is None:
        said = {"system": parts.system, "component": parts.component}
    kept = {name: values[name] for name in ("name", "floor", "quantity") if name in values}
    base = before or Point(address=address)
    quantity = kept.get("quantity", base.quantity)
    low, high = _bounds(values, quantity, base)
    return msgspec.structs.replace(base, **said, **kept, low=low, high=high)


def _bounds(values: dict[str, Any], quantity: str | None, base: Point) -> tuple[float | None, float | None]:
    """Low and high in the unit in which the quantity is stored. Raises CellError."""
    unit = values.get("unit")
    given = {name: values[name] for name in ("low", "high") if values.get(name) is not None}
    if quantity is None:
        if given or unit is not None:
            raise CellError(Why.UNIT_ALONE, column="quantity")
        return None, None
    factors = units_of(quantity)
    wanted = unit or stored_unit(quantity)
    if wanted not in factors:
        raise CellError(Why.UNIT, column="unit", choices=", ".join(factors), got=repr(wanted))
    low, high = (
        (round(given[name] * factors[wanted], _SIGNIFICANT) if name in given else None)
        if name in values
        else getattr(base, name)
        for name in ("low", "high")
    )
    if low is not None and high is not None and low >= high:
        raise CellError(Why.LOW_HIGH, column="low", low=f"{low:g}", high=f"{high:g}")
    return low, high

"""What do the rows of a file make of the register? Venues, systems and gateways, laid over what is known; pure.

A column that a sheet has says what is to be, also where its cell is empty; a column that it lacks changes nothing.
"""

from collections.abc import Callable
from typing import Any

import msgspec

from firewarden.api.register import (
    DEFAULT_HEARTBEAT_S,
    STANDARD_PROFILE,
    VERSION,
    ControlRoom,
    Gateway,
    Gb26875,
    Register,
    System,
    Venue,
)
from firewarden.api.register_import import DEADLINE_HEARTBEATS, Touched
from firewarden.api.rows import VenueUse
from firewarden.api.sheets.columns import Kind
from firewarden.api.sheets.draft import Draft, DraftGateway
from firewarden.api.sheets.faults import Faults, Why
from firewarden.api.sheets.known import Known, Names
from firewarden.api.sheets.limits import Limits
from firewarden.api.sheets.plan import Count, Plan
from firewarden.api.sheets.points import add_point
from firewarden.api.sheets.rows import Row, Rows

ROOM_NAME = "消防控制室"
"""Of a control room of which the file says only the telephone."""


def compose(rows: Rows, known: Known, names: Names, faults: Faults) -> Plan:
    """The register that the rows ask for, and what of it is new. What is wrong stands in `faults`."""
    draft = Draft(known=known, names=names, faults=faults)
    steps: dict[Kind, Callable[[Draft, Row], None]] = {
        Kind.VENUES: _add_venue,
        Kind.SYSTEMS: _add_system,
        Kind.GATEWAYS: _add_gateway,
    }
    for kind, step in steps.items():
        for row in rows.by_kind[kind]:
            step(draft, row)
    _check_devices(draft)
    limits = Limits()
    for row in rows.by_kind[Kind.POINTS]:
        add_point(draft, limits, row)
    return _plan(draft, rows)


def _add_venue(draft: Draft, row: Row) -> None:
    values = dict(row.values)
    code = values["code"]
    if draft.stands_twice(row, "code", (Kind.VENUES, code)):
        return
    before = draft.known.venues.get(code)
    room = _room(values, before)
    values["use"] = VenueUse(values["use"])
    after = (
        Venue(**values, control_room=room)
        if before is None
        else msgspec.structs.replace(before, **values, control_room=room)
    )
    if (after.lat is None) != (after.lon is None):
        draft.faults.add(row.fault("lat", Why.LAT_LON))
        return
    draft.put_venue(code, _with_defaults(after))


def _with_defaults(venue: Venue) -> Venue:
    return venue if venue.key_unit is not None else msgspec.structs.replace(venue, key_unit=False)


def _room(values: dict[str, Any], before: Venue | None) -> ControlRoom | None:
    """The control room; takes its columns out of `values`. Without them it stays what it was."""
    known = before.control_room if before else None
    name = values.pop("control_room", None) or (known.name if known else None)
    phone = values.pop("control_room_phone", known.phone if known else None)
    if name is None and phone is None:
        return None
    return ControlRoom(name=name or ROOM_NAME, phone=phone)


def _add_system(draft: Draft, row: Row) -> None:
    code, system = row.values["venue"], System(kind=row.values["kind"], name=row.values["name"])
    if draft.stands_twice(row, "name", (Kind.SYSTEMS, code, system.kind, system.name)):
        return
    if not draft.has_venue(code):
        draft.faults.add(row.fault("venue", Why.VENUE, got=code))
        return
    draft.need_system(code, system)


def _add_gateway(draft: Draft, row: Row) -> None:
    values = dict(row.values)
    gateway_id, code = values["id"], values.pop("venue")
    if draft.stands_twice(row, "id", (Kind.GATEWAYS, gateway_id)):
        return
    known = draft.known.gateways.get(gateway_id)
    if known is not None and known.venue != code:
        draft.faults.add(row.fault("venue", Why.MOVED, got=gateway_id, other=known.venue))
        return
    if not draft.has_venue(code):
        draft.faults.add(row.fault("venue", Why.VENUE, got=code))
        return
    before = known.gateway if known else None
    device = _device(draft, row, values, before)
    beats = _beats(values, before)
    if beats[1] <= beats[0]:
        draft.faults.add(row.fault("silence_deadline_s", Why.SILENCE, beat=f"{beats[0]:g}"))
        return
    name = values.get("name", before.name if before else None)
    after = Gateway(id=gateway_id, name=name, heartbeat_s=beats[0], silence_deadline_s=beats[1], gb26875=device)
    draft.gateways[gateway_id] = DraftGateway(venue=code, gateway=after, row=row)


def _beats(values: dict[str, Any], before: Gateway | None) -> tuple[float, float]:
    """Heartbeat and deadline; an empty deadline is three heartbeats."""
    known = (before.heartbeat_s, before.silence_deadline_s) if before else (None, None)
    beat_s = values.get("heartbeat_s", known[0]) or DEFAULT_HEARTBEAT_S
    deadline_s = values.get("silence_deadline_s", known[1]) or beat_s * DEADLINE_HEARTBEATS
    return beat_s, deadline_s


def _device(draft: Draft, row: Row, values: dict[str, Any], before: Gateway | None) -> Gb26875 | None:
    """By what its frames are known. An empty source address takes no device away: that is no work for a file."""
    known = before.gb26875 if before else None
    address: int | None = values.get("source_address")
    profile = values.get("profile")
    if profile is not None and profile not in draft.names.profiles:
        choices = ", ".join(sorted(draft.names.profiles))
        draft.faults.add(row.fault("profile", Why.PROFILE, got=profile, choices=choices))
        return known
    if known is not None:
        return Gb26875(
            source_address=known.source_address if address is None else address,
            peer=values.get("peer", known.peer),
            profile=profile or known.profile,
        )
    if address is not None:
        return Gb26875(source_address=address, peer=values.get("peer"), profile=profile or STANDARD_PROFILE)
    if profile is not None or values.get("peer") is not None:
        draft.faults.add(row.fault("source_address", Why.SOURCE_NEEDED))
    return None


def _check_devices(draft: Draft) -> None:
    """No two gateways may be known by one source address from one network."""
    holders = {key: holder for key, holder in draft.known.devices.items() if holder not in draft.gateways}
    for gateway_id, each in draft.gateways.items():
        device = each.gateway.gb26875
        if device is None or each.row is None:
            continue
        key = (device.source_address, device.peer)
        if holders.setdefault(key, gateway_id) != gateway_id:
            draft.faults.add(each.row.fault("source_address", Why.TAKEN, other=holders[key]))


def _plan(draft: Draft, rows: Rows) -> Plan:
    counts = {kind: Count() for kind in Kind}
    venues = frozenset(
        code for code, venue in draft.venues.items() if counts[Kind.VENUES].note(draft.known.venues.get(code), venue)
    )
    named = {row.values["id"] for row in rows.by_kind[Kind.GATEWAYS]}
    gateways = frozenset(
        gateway_id
        for gateway_id in sorted(named & draft.gateways.keys())
        if counts[Kind.GATEWAYS].note(
            known.gateway if (known := draft.known.gateways.get(gateway_id)) else None,
            draft.gateways[gateway_id].gateway,
        )
    )
    for code, systems in draft.systems.items():
        before = draft.known.venues.get(code)
        for system in systems:
            counts[Kind.SYSTEMS].note(system if before and system in before.systems else None, system)
    for gateway_id, each in draft.gateways.items():
        known = draft.known.gateways.get(gateway_id)
        each.write = {
            address: point
            for address, point in each.points.items()
            if counts[Kind.POINTS].note(known.points.get(address) if known else None, point)
        }
    return Plan(
        venues=counts[Kind.VENUES],
        systems=counts[Kind.SYSTEMS],
        gateways=counts[Kind.GATEWAYS],
        points=counts[Kind.POINTS],
        register=Register(version=VERSION, venues=draft.whole_venues()),
        touched=Touched(venues=venues, gateways=gateways),
    )

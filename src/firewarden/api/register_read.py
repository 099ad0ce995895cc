"""What does the register hold? All of it for an export, or the part that a file names, as the nouns of register.py."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import TypeVar

import msgspec
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from firewarden.api.register import VERSION, Building, ControlRoom, Gateway, Gb26875, Point, Register, System, Venue
from firewarden.api.register_import import SQL
from firewarden.api.sheets.known import Known, KnownGateway

Row = TypeVar("Row")
Noun = TypeVar("Noun", bound=msgspec.Struct)


class _Venue(Venue, frozen=True, kw_only=True):
    id: int


class _Building(Building, frozen=True, kw_only=True):
    venue_id: int


class _Room(ControlRoom, frozen=True, kw_only=True):
    venue_id: int
    rooms: int


class _System(System, frozen=True, kw_only=True):
    venue_id: int


class _Gateway(Gateway, frozen=True, kw_only=True):
    venue_id: int
    source_address: int | None
    peer: str | None
    profile: str | None


class _Point(Point, frozen=True, kw_only=True):
    gateway_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Device:
    gateway_id: str
    source_address: int
    peer: str | None


async def read_register(connection: AsyncConnection, *, venue: str | None = None) -> Register:
    """The whole register, or one venue by its code, in the order of codes, ids and addresses."""
    venues = await _venues(connection, codes=None if venue is None else [venue], gateways=[])
    ids = [each.id for each in venues]
    gateways = await _rows(connection, "read_gateways", _Gateway, venues=ids)
    points: dict[str, list[Point]] = defaultdict(list)
    for point in await _rows(connection, "read_points", _Point, gateways=[each.id for each in gateways]):
        points[point.gateway_id].append(_plain(point, Point))
    parts = await _parts(connection, ids)
    of_venue: dict[int, list[Gateway]] = defaultdict(list)
    for gateway in gateways:
        of_venue[gateway.venue_id].append(_gateway(gateway, points[gateway.id]))
    whole = [_whole(each, parts, of_venue[each.id]) for each in venues]
    return Register(version=VERSION, venues=whole)


async def read_known(
    connection: AsyncConnection,
    *,
    venues: Collection[str],
    gateways: Collection[str],
    source_addresses: Collection[int],
) -> Known:
    """What is known of the venues and gateways that a file names, and who has the source addresses in it."""
    found = await _venues(connection, codes=sorted(venues), gateways=sorted(gateways))
    parts = await _parts(connection, [each.id for each in found])
    codes = {each.id: each.code for each in found}
    points: dict[str, dict[str, Point]] = defaultdict(dict)
    for point in await _rows(connection, "read_points", _Point, gateways=sorted(gateways)):
        points[point.gateway_id][point.address] = _plain(point, Point)
    rows = await _rows(connection, "read_gateways", _Gateway, venues=list(codes))
    devices = await _rows(connection, "read_devices", _Device, source_addresses=sorted(source_addresses))
    return Known(
        venues={each.code: _whole(each, parts, []) for each in found},
        gateways={
            each.id: KnownGateway(venue=codes[each.venue_id], gateway=_gateway(each, []), points=points[each.id])
            for each in rows
            if each.id in gateways
        },
        devices={(each.source_address, each.peer): each.gateway_id for each in devices},
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Parts:
    buildings: dict[int, list[Building]]
    rooms: dict[int, ControlRoom]
    systems: dict[int, list[System]]


async def _parts(connection: AsyncConnection, venues: list[int]) -> _Parts:
    parts = _Parts(buildings=defaultdict(list), rooms={}, systems=defaultdict(list))
    for building in await _rows(connection, "read_buildings", _Building, venues=venues):
        parts.buildings[building.venue_id].append(_plain(building, Building))
    for room in await _rows(connection, "read_rooms", _Room, venues=venues):
        # A file names one control room a venue; of several, none is the venue's.
        if room.rooms == 1:
            parts.rooms[room.venue_id] = _plain(room, ControlRoom)
    for system in await _rows(connection, "read_systems", _System, venues=venues):
        parts.systems[system.venue_id].append(_plain(system, System))
    return parts


async def _venues(connection: AsyncConnection, *, codes: list[str] | None, gateways: list[str]) -> list[_Venue]:
    return await _rows(connection, "read_venues", _Venue, codes=codes, gateways=gateways)


def _whole(venue: _Venue, parts: _Parts, gateways: list[Gateway]) -> Venue:
    return msgspec.structs.replace(
        _plain(venue, Venue),
        buildings=parts.buildings[venue.id],
        control_room=parts.rooms.get(venue.id),
        systems=parts.systems[venue.id],
        gateways=gateways,
    )


def _gateway(row: _Gateway, points: list[Point]) -> Gateway:
    device = None
    if row.source_address is not None and row.profile is not None:
        device = Gb26875(source_address=row.source_address, peer=row.peer, profile=row.profile)
    return msgspec.structs.replace(_plain(row, Gateway), gb26875=device, points=points)


def _plain(row: Noun, noun: type[Noun]) -> Noun:
    """The noun without what only its row has."""
    return noun(**{name: getattr(row, name) for name in noun.__struct_fields__})


async def _rows(connection: AsyncConnection, name: str, kind: type[Row], **params: object) -> list[Row]:
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL[name], params)
        return msgspec.convert(await cursor.fetchall(), list[kind])

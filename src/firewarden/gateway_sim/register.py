"""How does the city look in the register's import file (version 1)? Without what no register can know."""

import msgspec

from firewarden.gateway_sim.city import City, Gateway, Venue
from firewarden.gateway_sim.gb_content import DEVICE, TANK_M
from firewarden.gateway_sim.gb_dialects import Speech
from firewarden.gateway_sim.points import BANDS, SYSTEM_NAMES, Band, Point

VERSION = 1


class _Point(msgspec.Struct, frozen=True, kw_only=True):
    address: str
    system: int | None
    component: int | None
    name: str
    floor: str
    quantity: str | None
    low: float | None
    high: float | None


class _Gb26875(msgspec.Struct, frozen=True, kw_only=True):
    source_address: int
    peer: str | None
    profile: str


class _Gateway(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    id: str
    name: str
    heartbeat_s: float
    silence_deadline_s: float
    points: list[_Point]
    gb26875: _Gb26875 | None = None


class _System(msgspec.Struct, frozen=True, kw_only=True):
    kind: int
    name: str


class _ControlRoom(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    phone: str


class _Building(msgspec.Struct, frozen=True, kw_only=True):
    name: str
    floors_above: int
    floors_below: int
    height_m: float | None


class _Venue(msgspec.Struct, frozen=True, kw_only=True):
    code: str
    name: str
    name_en: str
    use: str
    district: str
    address: str
    lat: float | None
    lon: float | None
    area_m2: float | None
    height_m: float | None
    built_year: int | None
    key_unit: bool
    buildings: list[_Building]
    control_room: _ControlRoom
    systems: list[_System]
    gateways: list[_Gateway]


class _Register(msgspec.Struct, frozen=True, kw_only=True):
    version: int
    venues: list[_Venue]


def encode_register(city: City) -> bytes:
    """The import file of the whole city: indented UTF-8 JSON."""
    register = _Register(version=VERSION, venues=[_venue(venue) for venue in city.venues])
    return msgspec.json.format(msgspec.json.encode(register), indent=1) + b"\n"


def _venue(venue: Venue) -> _Venue:
    kinds = dict.fromkeys(point.system for point in venue.gateway.points)
    return _Venue(
        code=venue.code,
        name=venue.name,
        name_en=venue.name_en,
        use=venue.use,
        district=venue.district,
        address=venue.address,
        lat=venue.position.lat if venue.position else None,
        lon=venue.position.lon if venue.position else None,
        area_m2=venue.area_m2,
        height_m=venue.height_m,
        built_year=venue.built_year,
        key_unit=venue.key_unit,
        buildings=[
            _Building(
                name=venue.building.name,
                floors_above=venue.building.floors_above,
                floors_below=venue.building.floors_below,
                height_m=venue.height_m,
            )
        ],
        control_room=_ControlRoom(name=venue.control_room, phone=venue.phone),
        systems=[_System(kind=int(kind), name=SYSTEM_NAMES[kind]) for kind in kinds],
        gateways=[_gateway(venue.gateway)],
    )


def _gateway(gateway: Gateway) -> _Gateway:
    return _Gateway(
        id=gateway.id,
        name=gateway.name,
        heartbeat_s=gateway.heartbeat_s,
        silence_deadline_s=gateway.silence_deadline_s,
        points=[_point(point, gateway.speech) for point in gateway.points] + _whole(gateway),
        gb26875=_gb26875(gateway.speech) if gateway.speech else None,
    )


def _gb26875(speech: Speech) -> _Gb26875:
    return _Gb26875(source_address=speech.source_address, peer=None, profile=speech.dialect.profile)


def _whole(gateway: Gateway) -> list[_Point]:
    """The systems and the device itself, of which GB/T 26875.3 tells states as well."""
    if gateway.speech is None:
        return []
    kinds = dict.fromkeys(point.system for point in gateway.points)
    systems = [_thing(f"{int(kind)}.1", int(kind), SYSTEM_NAMES[kind]) for kind in kinds]
    return [*systems, _thing(DEVICE, None, gateway.name)]


def _thing(address: str, system: int | None, name: str) -> _Point:
    return _Point(
        address=address, system=system, component=None, name=name, floor="", quantity=None, low=None, high=None
    )


def _point(point: Point, speech: Speech | None) -> _Point:
    band = BANDS[point.sensor] if point.sensor else None
    if band is not None and band.quantity == "level" and speech is not None:
        metres = TANK_M / 100
        band = Band(quantity="height", unit="m", low=round(band.low * metres, 2), high=round(band.high * metres, 2))
    return _Point(
        address=point.address,
        system=int(point.system),
        component=int(point.component),
        name=point.name,
        floor=point.floor,
        quantity=band.quantity if band else None,
        low=band.low if band else None,
        high=band.high if band else None,
    )

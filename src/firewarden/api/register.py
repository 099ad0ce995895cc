"""What should exist? The register's nouns, and its JSON file, version 1: read strictly, each wrong thing by its path.

Pure: bytes come in, a Register or the list of its problems comes out. register_import.py puts it into the database.
"""

import ipaddress
import re
from collections import Counter
from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from typing import Annotated

import msgspec

from firewarden.api.rows import VenueUse
from firewarden.ingest.facts import QUANTITY_NAMES

VERSION = 1
VENUES_MAX = 50_000
POINTS_OF_GATEWAY_MAX = 3_200
"""What one user information transmission device may carry by GB 26875.1; more is a mistake in the file."""

PROBLEMS_SHOWN_MAX = 50

Text = Annotated[str, msgspec.Meta(max_length=200, pattern=r"^[^\x00]*$")]
Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200, pattern=r"^[^\x00]*$")]
Code = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
GatewayId = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
Address = Annotated[str, msgspec.Meta(min_length=1, max_length=64, pattern=r"^[^\x00]*$")]
Octet = Annotated[int, msgspec.Meta(ge=0, le=255)]
Floors = Annotated[int, msgspec.Meta(ge=0, le=1000)]
Positive = Annotated[float, msgspec.Meta(gt=0, lt=1e9)]
Year = Annotated[int, msgspec.Meta(ge=1800, le=2200)]
Latitude = Annotated[float, msgspec.Meta(ge=-90, le=90)]
Longitude = Annotated[float, msgspec.Meta(ge=-180, le=180)]
Bound = Annotated[float, msgspec.Meta(gt=-1e9, lt=1e9)]
SOURCE_ADDRESS_MAX = 2**48 - 1
SourceAddress = Annotated[int, msgspec.Meta(ge=0, le=SOURCE_ADDRESS_MAX)]
ProfileName = Annotated[str, msgspec.Meta(pattern=r"^[a-z0-9-]{1,64}$")]
STANDARD_PROFILE = "standard"


class _Strict(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    pass


class Point(_Strict, frozen=True, kw_only=True):
    """A thing that a gateway names in its facts. `low` and `high` are in the stored unit of `quantity`."""

    address: Address
    system: Octet | None = None
    component: Octet | None = None
    name: Text | None = None
    floor: Text | None = None
    quantity: Text | None = None
    low: Bound | None = None
    high: Bound | None = None


class Gb26875(_Strict, frozen=True, kw_only=True):
    """By what the frames of a gateway that speaks GB/T 26875.3 are known. `peer`: from where it may speak, as CIDR."""

    source_address: SourceAddress
    peer: Text | None = None
    profile: ProfileName = STANDARD_PROFILE


class Gateway(_Strict, frozen=True, kw_only=True):
    """A user information transmission device. Without `gb26875` it speaks MQTT, or stays with what it spoke."""

    id: GatewayId
    name: Text | None = None
    heartbeat_s: Positive | None = None
    silence_deadline_s: Positive | None = None
    gb26875: Gb26875 | None = None
    points: list[Point] = []


class System(_Strict, frozen=True, kw_only=True):
    """A facility system by its GB/T 26875.3 type."""

    kind: Octet
    name: Name


class ControlRoom(_Strict, frozen=True, kw_only=True):
    """Where people watch, and how to reach them."""

    name: Name
    phone: Text | None = None


class Building(_Strict, frozen=True, kw_only=True):
    """One building of a venue."""

    name: Name
    floors_above: Floors | None = None
    floors_below: Floors | None = None
    height_m: Positive | None = None


class Venue(_Strict, frozen=True, kw_only=True):
    """One supervised place. Coordinates are WGS-84."""

    code: Code
    name: Name
    use: VenueUse
    district: Name
    name_en: Text | None = None
    address: Text | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None
    area_m2: Positive | None = None
    height_m: Positive | None = None
    built_year: Year | None = None
    key_unit: bool | None = None
    buildings: list[Building] = []
    control_room: ControlRoom | None = None
    systems: list[System] = []
    gateways: list[Gateway] = []


class Register(_Strict, frozen=True, kw_only=True):
    """A whole file."""

    version: int
    venues: list[Venue]


class _Outline(_Strict, frozen=True, kw_only=True):
    version: int
    venues: Annotated[list[msgspec.Raw], msgspec.Meta(max_length=VENUES_MAX)]


class RegisterError(Exception):
    """The file cannot be imported. Each problem starts with the path of what is wrong."""

    def __init__(self, problems: Sequence[str]) -> None:
        shown = list(problems[:PROBLEMS_SHOWN_MAX])
        if len(problems) > len(shown):
            shown.append(f"and {len(problems) - len(shown)} more problems")
        super().__init__("\n".join(shown))
        self.problems = tuple(problems)


DEFAULT_HEARTBEAT_S = 60.0
_PATH = re.compile(r"^(?P<why>.*?)(?: - at `\$\.?(?P<path>.*)`)?$", re.DOTALL)


def parse(data: bytes) -> Register:
    """Read a file. Raises RegisterError with the first problem of each venue's form, and all of its meaning."""
    try:
        outline = msgspec.json.decode(data, type=_Outline)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise RegisterError([_located("", error)]) from error
    if outline.version != VERSION:
        raise RegisterError([f"version: expected {VERSION}, got {outline.version}"])
    venues: list[Venue] = []
    problems: list[str] = []
    for index, raw in enumerate(outline.venues):
        try:
            venue = msgspec.json.decode(raw, type=Venue)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            problems.append(_located(f"venues[{index}]", error))
            continue
        venues.append(venue)
        problems += (f"venues[{index}].{problem}" for problem in _venue_problems(venue))
    if not problems:
        problems += _problems_across(venues)
    if problems:
        raise RegisterError(problems)
    return Register(version=VERSION, venues=venues)


def check(register: Register) -> None:
    """Hold nouns made elsewhere against the same rules. Raises RegisterError."""
    try:
        msgspec.convert(msgspec.to_builtins(register), Register)
    except msgspec.ValidationError as error:
        raise RegisterError([_located("", error)]) from error
    problems = [
        f"venues[{index}].{problem}"
        for index, venue in enumerate(register.venues)
        for problem in _venue_problems(venue)
    ]
    problems += _problems_across(register.venues)
    if problems:
        raise RegisterError(problems)


def check_profiles(register: Register, known: Collection[str]) -> None:
    """Raise RegisterError where a gateway names a profile that there is not."""
    problems = [
        f"gateway {gateway.id}: there is no profile {gateway.gb26875.profile}; known are {', '.join(sorted(known))}"
        for venue in register.venues
        for gateway in venue.gateways
        if gateway.gb26875 is not None and gateway.gb26875.profile not in known
    ]
    if problems:
        raise RegisterError(problems)


def _located(where: str, error: Exception) -> str:
    """A message of msgspec with its path in front: `Expected `int` - at `$.a`` is `a: expected `int``."""
    match = _PATH.match(str(error))
    why, path = (match["why"], match["path"]) if match else (str(error), None)
    place = ".".join(part for part in (where, path) if part) or "the file"
    return f"{place}: {why[:1].lower()}{why[1:]}"


def _venue_problems(venue: Venue) -> Iterator[str]:
    if (venue.lat is None) != (venue.lon is None):
        yield "lat: expected lat and lon together, got one of them"
    yield from _twice("buildings", "name", [building.name for building in venue.buildings])
    yield from _twice("systems", "kind and name", [(system.kind, system.name) for system in venue.systems])
    kinds = {system.kind for system in venue.systems}
    for index, gateway in enumerate(venue.gateways):
        yield from (f"gateways[{index}].{problem}" for problem in _gateway_problems(gateway, kinds))


def _gateway_problems(gateway: Gateway, kinds: set[int]) -> Iterator[str]:
    heartbeat_s = gateway.heartbeat_s or DEFAULT_HEARTBEAT_S
    if gateway.silence_deadline_s is not None and gateway.silence_deadline_s <= heartbeat_s:
        yield f"silence_deadline_s: expected more than the heartbeat's {heartbeat_s:g} s"
    if gateway.gb26875 is not None and gateway.gb26875.peer is not None:
        yield from (f"gb26875.peer: {why}" for why in peer_problems(gateway.gb26875.peer))
    if len(gateway.points) > POINTS_OF_GATEWAY_MAX:
        yield f"points: expected at most {POINTS_OF_GATEWAY_MAX}, got {len(gateway.points)}"
    yield from _twice("points", "address", [point.address for point in gateway.points])
    for index, point in enumerate(gateway.points):
        yield from (f"points[{index}].{problem}" for problem in _point_problems(point, kinds))


def _point_problems(point: Point, kinds: set[int]) -> Iterator[str]:
    if point.system is not None and point.system not in kinds:
        yield f"system: the venue lists no system of kind {point.system}"
    if point.quantity is not None and point.quantity not in QUANTITY_NAMES:
        yield f"quantity: expected one of {', '.join(QUANTITY_NAMES)}, got {point.quantity!r}"
    if point.low is not None and point.high is not None and point.low >= point.high:
        yield f"low: expected less than high, got {point.low:g} and {point.high:g}"


def peer_problems(peer: str) -> Iterator[str]:
    """What keeps `peer` from being a network in CIDR form, or one address."""
    try:
        ipaddress.ip_network(peer)
    except ValueError as error:
        yield f"expected an address or a network such as 10.2.0.0/16: {error}"


def _problems_across(venues: Sequence[Venue]) -> Iterator[str]:
    yield from _twice("venues", "code", [venue.code for venue in venues])
    places = [
        (f"venues[{v}].gateways[{g}].id", gateway.id)
        for v, venue in enumerate(venues)
        for g, gateway in enumerate(venue.gateways)
    ]
    seen: dict[str, str] = {}
    for place, gateway_id in places:
        if gateway_id in seen:
            yield f"{place}: {gateway_id} stands at {seen[gateway_id]} already"
        seen.setdefault(gateway_id, place)
    devices = [
        (gateway.gb26875.source_address, gateway.gb26875.peer)
        for venue in venues
        for gateway in venue.gateways
        if gateway.gb26875 is not None
    ]
    yield from _twice("gateways", "source address and peer", devices)


def _twice(where: str, what: str, values: Sequence[Hashable]) -> Iterable[str]:
    counts = Counter(values)
    return [f"{where}: the {what} {value} stands {count} times" for value, count in counts.items() if count > 1]

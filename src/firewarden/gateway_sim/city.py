"""Which venues does the simulated city have? The same seed builds the same ones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import cos, exp, log, pi, radians, sin, sqrt
from random import Random

from firewarden.gateway_sim.gb_dialects import Protocol, Speech, speech_of
from firewarden.gateway_sim.places import DISTRICTS, HERITAGE_DISTRICT, STREETS, USES, District, UseProfile
from firewarden.gateway_sim.points import Point, points_of

HEARTBEAT_S = 60.0
SILENCE_DEADLINE_S = 180.0
POINT_SCALE = 0.05
POINTS_MAX = 3_200
VENUES_MAX = 9_999
KM_PER_DEGREE = 111.32
BUILT_YEARS = (1985, 2024)


@dataclass(frozen=True, slots=True, kw_only=True)
class CityOdds:
    """How often the register lacks an attribute of a venue: named probabilities."""

    area_missing: float = 0.05
    height_missing: float = 0.08
    built_year_missing: float = 0.15
    position_missing: float = 0.03


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """WGS-84, degrees."""

    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """One building of a venue."""

    name: str
    floors_above: int
    floors_below: int
    height_m: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """One gateway; its heartbeat and deadline are shortened as everything else in a faster city.

    `speech`: how it speaks GB/T 26875.3; None where it speaks MQTT.
    """

    id: str
    name: str
    heartbeat_s: float
    silence_deadline_s: float
    points: tuple[Point, ...]
    speech: Speech | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One venue with its one control room. None is what the register does not know.

    `quality` (0 worst to 1 best) is hidden: it drives how the venue behaves, and no register shows it.
    """

    code: str
    name: str
    name_en: str
    use: str
    district: str
    address: str
    position: Position | None
    area_m2: float | None
    height_m: float | None
    built_year: int | None
    key_unit: bool
    building: Building
    control_room: str
    phone: str
    gateway: Gateway
    quality: float
    fires_per_year: float


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """All venues of one seed."""

    seed: int
    speed: float
    venues: tuple[Venue, ...]

    def gateways(self) -> Iterator[Gateway]:
        """Every gateway, in the order of the venues."""
        return (venue.gateway for venue in self.venues)


def build_city(
    *,
    seed: int,
    venues: int,
    speed: float = 1.0,
    point_scale: float = POINT_SCALE,
    odds: CityOdds | None = None,
    protocol: Protocol = Protocol.MQTT,
) -> City:
    """The city of `seed` with `venues` venues (1 to VENUES_MAX), everything `speed` times faster than real.

    `point_scale` is the share of a real control room's points that exist. The protocol changes how gateways speak, and
    nothing else. Raises ValueError outside limits.
    """
    if not 1 <= venues <= VENUES_MAX:
        raise ValueError(f"expected 1 to {VENUES_MAX} venues, got {venues}")
    if not speed > 0:
        raise ValueError(f"expected a speed above 0, got {speed}")
    chosen = odds or CityOdds()
    numbers = range(1, venues + 1)
    built = tuple(_speaking(_venue(seed, n, speed, point_scale, chosen), speech_of(protocol, n)) for n in numbers)
    return City(seed=seed, speed=speed, venues=built)


def _speaking(venue: Venue, speech: Speech | None) -> Venue:
    return replace(venue, gateway=replace(venue.gateway, speech=speech)) if speech else venue


def _venue(seed: int, number: int, speed: float, point_scale: float, odds: CityOdds) -> Venue:
    rng = Random(f"{seed}/venue/{number}")
    profile = rng.choices(USES, [use.control_rooms for use in USES])[0]
    district = _district(profile, rng)
    street, street_en = rng.choice(STREETS)
    house = rng.randint(1, 999)
    word, word_en = rng.choice(profile.words)
    area_m2 = round(exp(rng.gauss(log(profile.area_m2[1]), profile.area_sigma)), -1)
    height_m = round(rng.uniform(*profile.height_m), 1)
    position = _position(district, rng)
    building = _building(height_m, rng)
    quality = round(rng.betavariate(2, 2), 3)
    return Venue(
        code=f"XT-V{number:04d}",
        name=f"{district.name}{street}{house}号{word}",
        name_en=f"{word_en}, {house} {street_en}, {district.name_en}",
        use=profile.use,
        district=district.name,
        address=f"湘潭市{district.name}{street}{house}号",
        position=None if rng.random() < odds.position_missing else position,
        area_m2=None if rng.random() < odds.area_missing else area_m2,
        height_m=None if rng.random() < odds.height_missing else height_m,
        built_year=_built_year(rng, odds),
        key_unit=rng.random() < profile.key_unit_share,
        building=building,
        control_room="消防控制室",
        phone=f"内线{8000 + number % 1000}",
        gateway=_gateway(number, profile.points * point_scale, building.floors_above, speed=speed, rng=rng),
        quality=quality,
        fires_per_year=profile.fires_per_year * sqrt(area_m2 / profile.area_m2[1]) * risk_ratio(quality),
    )


def risk_ratio(quality: float) -> float:
    """How much oftener than the average things go wrong; about 4 between the worst and the best fifth."""
    return exp(2.4 * (0.5 - quality))


def _district(profile: UseProfile, rng: Random) -> District:
    chosen = rng.choices(DISTRICTS, [district.urban_people_10k for district in DISTRICTS])[0]
    return HERITAGE_DISTRICT if profile.use == "heritage" else chosen


def _position(district: District, rng: Random) -> Position:
    angle = rng.uniform(0, 2 * pi)
    distance_km = district.spread_km * sqrt(-2 * log(1 - rng.random()))
    lat = district.lat + distance_km * sin(angle) / KM_PER_DEGREE
    lon = district.lon + distance_km * cos(angle) / (KM_PER_DEGREE * cos(radians(district.lat)))
    return Position(lat=round(lat, 5), lon=round(lon, 5))


def _building(height_m: float, rng: Random) -> Building:
    floors = max(1, round(height_m / 3.6))
    return Building(name="主楼", floors_above=floors, floors_below=rng.choice((0, 1, 1, 2)), height_m=height_m)


def _built_year(rng: Random, odds: CityOdds) -> int | None:
    year = rng.randint(*BUILT_YEARS)
    return None if rng.random() < odds.built_year_missing else year


def _gateway(number: int, points: float, floors_above: int, *, speed: float, rng: Random) -> Gateway:
    count = min(points * exp(rng.gauss(0, 0.4)), POINTS_MAX)
    return Gateway(
        id=f"XT-{number:04d}",
        name="用户信息传输装置",
        heartbeat_s=HEARTBEAT_S / speed,
        silence_deadline_s=SILENCE_DEADLINE_S / speed,
        points=points_of(round(count), floors_above, rng),
    )

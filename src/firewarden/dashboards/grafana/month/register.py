"""What does the register of the simulated month hold? Gateways, systems and points of every venue."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from firewarden.dashboards.grafana.month.places import DISTRICTS, Venue, venues
from firewarden.dashboards.grafana.month.tables import DAYS, Table, random_of

SYSTEMS = {1: "火灾自动报警系统", 11: "消火栓系统", 12: "自动喷水灭火系统", 18: "防烟排烟系统", 19: "防火门及卷帘系统"}
SECOND_GATEWAY_EVERY = 20
GB_EVERY = 4
"""Every fourth gateway speaks GB/T 26875.3, the others MQTT."""
UNREGISTERED_EVERY = 25
HEARTBEAT_S = 60.0
SILENCE_DEADLINE_S = 180.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One kind of point that every gateway has: GB/T 26875.3 system and component types, and what it measures."""

    system: int
    component: int
    name: str
    floor: str
    quantity: str | None = None
    low: float | None = None
    high: float | None = None


def _pressure(system: int, name: str, floor: str, low: float, high: float) -> Kind:
    return Kind(system=system, component=99, name=name, floor=floor, quantity="pressure", low=low, high=high)


SENSORS = (
    _pressure(11, "最不利点消火栓压力", "RF", 0.10, 0.30),
    _pressure(11, "消火栓环管压力", "B1", 0.40, 0.90),
    _pressure(11, "市政管网压力", "1F", 0.14, 0.45),
    _pressure(12, "喷淋末端试水压力", "RF", 0.12, 0.45),
    _pressure(12, "报警阀入口压力", "B1", 0.60, 1.20),
    Kind(system=11, component=92, name="屋顶水箱液位", floor="RF", quantity="level", low=85.0, high=98.0),
)
STREET_MAIN = 2
"""Which of them watches the street main."""
_PLANT = (
    Kind(system=1, component=1, name="火灾报警控制器", floor="1F"),
    Kind(system=11, component=91, name="消火栓泵", floor="B1"),
    Kind(system=12, component=95, name="喷淋泵", floor="B1"),
    Kind(system=12, component=98, name="湿式报警阀", floor="B1"),
    Kind(system=12, component=97, name="信号阀", floor="B1"),
    Kind(system=18, component=111, name="排烟风机", floor="RF"),
    Kind(system=1, component=23, name="手动报警按钮", floor="1F"),
)
_FIELD = (
    (1, 40, "感烟探测器", 9),
    (1, 30, "感温探测器", 3),
    (1, 23, "手动报警按钮", 2),
    (11, 24, "消火栓按钮", 2),
    (1, 84, "输入输出模块", 1),
    (12, 96, "水流指示器", 1),
    (19, 102, "防火门", 1),
)
DETECTORS = frozenset({40, 30})
CALL_POINTS = frozenset({23, 24})
PUMPS = frozenset({91, 95})


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A point with the number that it has in the database."""

    id: int
    venue: Venue
    gateway: str
    system_id: int | None
    address: str
    kind: Kind
    registered: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Gateway:
    """`number` counts all of them. `connection` says whether it should be heard."""

    id: str
    number: int
    venue: Venue
    connection: str
    gb26875: bool

    @property
    def in_service(self) -> bool:
        """Whether its silence is anybody's business."""
        return self.connection == "in_service"


@dataclass(slots=True, kw_only=True)
class Register:
    """All of it."""

    venues: tuple[Venue, ...]
    gateways: list[Gateway] = field(default_factory=list)
    points: list[Point] = field(default_factory=list)
    systems: list[tuple[int, int, int, str]] = field(default_factory=list)
    """Id, venue, kind and name."""
    of_gateway: dict[str, list[Point]] = field(default_factory=dict)

    @property
    def sensors(self) -> list[Point]:
        """What measures, venue by venue."""
        return [point for point in self.points if point.kind.quantity is not None]


def build(count: int, seed: int) -> Register:
    """The register of so many venues."""
    register = Register(venues=venues(count, seed))
    for venue in register.venues:
        ids: dict[int, int] = {}
        for kind, name in SYSTEMS.items():
            ids[kind] = len(register.systems) + 1
            register.systems.append((ids[kind], venue.id, kind, name))
        _gateway(register, venue, f"GW-{venue.code}", ids, seed, first=True)
        if venue.id % SECOND_GATEWAY_EVERY == 0:
            _gateway(register, venue, f"GW-{venue.code}-2", ids, seed, first=False)
    return register


def _gateway(register: Register, venue: Venue, name: str, systems: dict[int, int], seed: int, *, first: bool) -> None:
    rng = random_of(seed, "gateway", name)
    number = len(register.gateways) + 1
    known = venue.id <= len(DISTRICTS) or not first
    connection = (
        "in_service" if known else rng.choices(("in_service", "trial", "installed", "suspended"), (960, 20, 10, 10))[0]
    )
    gateway = Gateway(id=name, number=number, venue=venue, connection=connection, gb26875=number % GB_EVERY == 0)
    register.gateways.append(gateway)
    floors = max(1, round((venue.height_m or 18) / 3.6))
    kinds = [*SENSORS, *_PLANT] if first else []
    for system, component, title, count in _FIELD:
        for _ in range(count):
            floor = rng.randint(1, floors)
            kinds.append(Kind(system=system, component=component, name=f"{floor}层{title}", floor=f"{floor}F"))
    mine = register.of_gateway[name] = [
        Point(
            id=len(register.points) + n + 1,
            venue=venue,
            gateway=name,
            system_id=systems[kind.system],
            address=f"{kind.system}.1/{kind.component}.{n + 1:04x}0000",
            kind=kind,
        )
        for n, kind in enumerate(kinds)
    ]
    if first and venue.id % UNREGISTERED_EVERY == 0:
        stranger = Kind(system=1, component=40, name="", floor="")
        mine.append(
            Point(
                id=len(register.points) + len(mine) + 1,
                venue=venue,
                gateway=name,
                system_id=None,
                address="1.1/40.ffff0000",
                kind=stranger,
                registered=False,
            )
        )
    register.points += mine


def tables(register: Register, now: datetime) -> list[Table]:
    """The register's rows."""
    since = now - timedelta(days=DAYS + 300)
    return [*_places(register, since), *_equipment(register, since)]


def _places(register: Register, since: datetime) -> list[Table]:
    return [
        Table(
            name="venue",
            columns=(
                "id code name name_en use district address lat lon area_m2 height_m built_year key_unit created_at"
            ),
            rows=[
                (
                    v.id,
                    v.code,
                    v.name,
                    v.name_en,
                    v.use,
                    v.district,
                    v.address,
                    v.lat,
                    v.lon,
                    v.area_m2,
                    v.height_m,
                    v.built_year,
                    v.key_unit,
                    since,
                )
                for v in register.venues
            ],
            identity="id",
        ),
        Table(
            name="building",
            columns="venue_id name floors_above floors_below height_m",
            rows=[(v.id, "主楼", max(1, round((v.height_m or 18) / 3.6)), 1, v.height_m) for v in register.venues],
        ),
        Table(
            name="control_room",
            columns="venue_id name phone",
            rows=[(v.id, "消防控制室", f"内线{8000 + v.id % 1000}") for v in register.venues],
        ),
    ]


def _equipment(register: Register, since: datetime) -> list[Table]:
    return [
        Table(
            name="gateway",
            columns="id venue_id name connection heartbeat_s silence_deadline_s created_at",
            rows=[
                (g.id, g.venue.id, f"{g.venue.name}传输装置", g.connection, HEARTBEAT_S, SILENCE_DEADLINE_S, since)
                for g in register.gateways
            ],
        ),
        Table(
            name="gb_device",
            columns="gateway_id source_address created_at",
            rows=[(g.id, g.number, since) for g in register.gateways if g.gb26875],
        ),
        Table(
            name="facility_system",
            columns="id venue_id kind name",
            rows=register.systems,
            identity="id",
        ),
        Table(
            name="point",
            columns=(
                "id gateway_id venue_id address system_id component name floor quantity low high registered created_at"
            ),
            rows=[
                (
                    p.id,
                    p.gateway,
                    p.venue.id,
                    p.address,
                    p.system_id,
                    p.kind.component if p.registered else None,
                    p.kind.name,
                    p.kind.floor,
                    p.kind.quantity,
                    p.kind.low,
                    p.kind.high,
                    p.registered,
                    since,
                )
                for p in register.points
            ],
            identity="id",
        ),
    ]

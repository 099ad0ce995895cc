"""A small town for browser tests and for the pictures of the documentation: invented venues, put in by SQL."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from firewarden.desk.worker import FOLLOWERS, follow_once
from firewarden.ingest.facts import Quantity
from firewarden.risk.facts import Use
from firewarden.store.database import Role, connect

DISTRICTS = ("雨湖区", "岳塘区", "湘潭县", "湘乡市", "韶山市", "高新区")
_KINDS = (
    (Use.MALL, "广场购物中心", "Plaza"),
    (Use.HOTEL, "大酒店", "Hotel"),
    (Use.HOSPITAL, "医院", "Hospital"),
    (Use.SCHOOL, "中学", "School"),
    (Use.HOUSING, "花园小区", "Gardens"),
    (Use.FACTORY, "机械厂", "Works"),
    (Use.OFFICE, "大厦", "Tower"),
    (Use.WAREHOUSE, "物流园", "Logistics"),
    (Use.ELDER_CARE, "颐养院", "Care Home"),
    (Use.RESTAURANT, "酒楼", "Restaurant"),
)
_PLACES = (
    ("江畔", "Riverside"),
    ("莲城", "Liancheng"),
    ("建设路", "Jianshe Road"),
    ("白石", "Baishi"),
    ("窑湾", "Yaowan"),
    ("金桂", "Jingui"),
    ("东湖", "Donghu"),
    ("板塘", "Bantang"),
    ("昭山", "Zhaoshan"),
    ("九华", "Jiuhua"),
    ("书院路", "Shuyuan Road"),
    ("芙蓉", "Furong"),
    ("河东", "Hedong"),
    ("宝塔", "Baota"),
)
_DETECTORS = ("点型感烟探测器", "点型感温探测器", "手动报警按钮", "消火栓按钮", "吸气式感烟探测器")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One venue of the town and what is registered there."""

    venue_id: int
    name: str
    name_en: str
    gateway: str
    detectors: tuple[int, ...]
    pressures: tuple[int, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Fact:
    """One state of one point, as ingest stores it; `ago` is how old it was when it came."""

    place: Place
    point_id: int
    state: str
    raised: bool = True
    lane: str = "alarm"
    ago: timedelta = timedelta()


def build_town(url: str, venues: int, seed: int = 7) -> tuple[Place, ...]:
    """Register so many venues, each with a gateway, five detectors and two water sensors."""
    dice = random.Random(seed)
    with psycopg.connect(url) as connection:
        return tuple(_add_place(connection, number, dice) for number in range(1, venues + 1))


def _add_place(connection: psycopg.Connection, number: int, dice: random.Random) -> Place:
    use, ending, ending_en = _KINDS[number % len(_KINDS)]
    place, place_en = _PLACES[(number * 5 + number // len(_PLACES)) % len(_PLACES)]
    district = DISTRICTS[number % len(DISTRICTS)]
    name, name_en, gateway = f"{place}{ending}", f"{place_en} {ending_en}", f"GW-{number:04d}"
    row = connection.execute(
        "INSERT INTO venue (code, name, name_en, use, district, address, lat, lon, area_m2, height_m, built_year,"
        " key_unit) VALUES (%s, %s, %s, %s, %s, %s, 27.83, 112.92, %s, %s, %s, %s) RETURNING id",
        [
            f"XT-{number:04d}", name, name_en, use, district, f"{place}路 {dice.randint(1, 320)} 号",
            dice.choice([3_200, 8_600, 14_000, 36_000, 88_000]), dice.choice([12, 24, 36, 58, 96]),
            dice.randint(1988, 2022), number % 3 == 0,
        ],
    ).fetchone()  # fmt: skip
    assert row is not None
    venue_id = int(row[0])
    connection.execute(
        "INSERT INTO building (venue_id, name, floors_above, floors_below) VALUES (%s, '主楼', %s, %s)",
        [venue_id, dice.randint(3, 28), dice.randint(0, 2)],
    )
    connection.execute(
        "INSERT INTO control_room (venue_id, name, phone) VALUES (%s, '消防控制室', %s)",
        [venue_id, f"0731-5550{number:04d}"],
    )
    connection.execute(
        "INSERT INTO gateway (id, venue_id, name, heartbeat_s, silence_deadline_s) VALUES (%s, %s, %s, 60, 180)",
        [gateway, venue_id, "用户信息传输装置"],
    )
    detectors = tuple(
        _point(
            connection,
            (gateway, venue_id),
            f"1.1/40.0a0{index:03d}00",
            dice.choice(_DETECTORS),
            f"{dice.randint(1, 9)}F",
        )
        for index in range(1, 6)
    )
    at = (gateway, venue_id)
    pressures = (
        _point(connection, at, "11.1/99.01000000", "最不利点消火栓", "RF", measures=("pressure", 0.10, 0.30)),
        _point(connection, at, "11.1/99.02000000", "喷淋末端", "9F", measures=("pressure", 0.12, 0.45)),
    )
    return Place(
        venue_id=venue_id, name=name, name_en=name_en, gateway=gateway, detectors=detectors, pressures=pressures
    )


def _point(
    connection: psycopg.Connection,
    at: tuple[str, int],
    address: str,
    name: str,
    floor: str,
    *,
    measures: tuple[str | None, float | None, float | None] = (None, None, None),
) -> int:
    row = connection.execute(
        "INSERT INTO point (gateway_id, venue_id, address, name, floor, quantity, low, high)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [*at, address, name, floor, *measures],
    ).fetchone()
    assert row is not None
    return int(row[0])


def add_unregistered_point(url: str, place: Place, address: str) -> int:
    """A point that only its gateway has named."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "INSERT INTO point (gateway_id, venue_id, address, registered) VALUES (%s, %s, %s, false) RETURNING id",
            [place.gateway, place.venue_id, address],
        ).fetchone()
    assert row is not None
    return int(row[0])


async def happen(url: str, *facts: Fact) -> None:
    """Store facts as ingest does, and let the desk read them."""
    now = datetime.now(tz=UTC)
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        cursor.executemany(
            "INSERT INTO state_change (gateway_id, venue_id, point_id, state, raised, at, device_at, sent_at,"
            " received_at, boot, lane, seq) VALUES (%(g)s, %(v)s, %(p)s, %(s)s, %(r)s, %(at)s, %(at)s, %(at)s,"
            " now(), 'b', %(l)s, 1)",
            [
                {
                    "g": fact.place.gateway,
                    "v": fact.place.venue_id,
                    "p": fact.point_id,
                    "s": fact.state,
                    "r": fact.raised,
                    "at": now - fact.ago,
                    "l": fact.lane,
                }
                for fact in facts
            ],
        )
    async with await connect(url, Role.DESK, name="test desk") as connection:
        for follower in FOLLOWERS:
            await follow_once(connection, follower, datetime.now(tz=UTC))


def listen(url: str, places: Sequence[Place], *, silent: Sequence[Place] = (), skewed: Sequence[Place] = ()) -> None:
    """Ingest listens, and has heard every gateway just now, except those of `silent`."""
    quiet = {place.gateway for place in silent}
    off = {place.gateway for place in skewed}
    with psycopg.connect(url) as connection:
        for name in ("alarm", "bulk"):
            connection.execute(
                "INSERT INTO ingest_worker VALUES ('1', %s, now() - interval '2 hours', now() + interval '1 hour')",
                [name],
            )
        for place in places:
            ago = timedelta(minutes=47) if place.gateway in quiet else timedelta(seconds=8)
            connection.execute(
                "INSERT INTO gateway_liveness VALUES (%s, now() - %s, 'b', true, %s, now() - interval '9 hours')",
                [place.gateway, ago, 94.0 if place.gateway in off else 0.4],
            )


def pour_water(url: str, place: Place, *, hours: float = 6, step: timedelta = timedelta(minutes=5)) -> int:
    """Readings of the place's two sensors up to now; the first falls below its band at the end. How many rows."""
    dice = random.Random(place.venue_id)
    now = datetime.now(tz=UTC)
    count = int(timedelta(hours=hours) / step)
    rows: list[tuple[int, int, datetime, float, datetime, datetime]] = []
    for index in range(count + 1):
        at = now - step * (count - index)
        near_end = max(0.0, index - count * 0.85) / (count * 0.15)
        levels = (0.21 + 0.012 * ((index * 7) % 9 / 9) - 0.145 * near_end, 0.33 + 0.02 * ((index * 5) % 12 / 12))
        for point_id, level in zip(place.pressures, levels, strict=True):
            value = round(level + dice.gauss(0, 0.0025), 4)
            rows.append((point_id, int(Quantity.PRESSURE), at, value, at, at))
    with (
        psycopg.connect(url) as connection,
        connection.cursor() as cursor,
        cursor.copy("COPY reading (point_id, quantity, at, value, sent_at, received_at) FROM STDIN") as copy,
    ):
        for row in rows:
            copy.write_row(row)
    return len(rows)

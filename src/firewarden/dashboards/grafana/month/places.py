"""Which venues does the simulated month have? Words that every town has, so that nobody finds his own address here."""

from dataclasses import dataclass
from math import cos, log, pi, radians, sin, sqrt

from firewarden.dashboards.grafana.month.tables import random_of

KM_PER_DEGREE = 111.32
SPREAD_KM = 2.2
LACKS = {"position": 0.01, "area_m2": 0.05, "height_m": 0.08, "built_year": 0.15}
"""How often the register does not know."""
# name, English name, latitude, longitude (WGS-84), share of the city
DISTRICTS = (
    ("城东区", "East Town", 27.865, 112.960, 16),
    ("城西区", "West Town", 27.860, 112.885, 14),
    ("城南区", "South Town", 27.810, 112.925, 13),
    ("城北区", "North Town", 27.905, 112.925, 12),
    ("滨江区", "Riverside", 27.840, 112.930, 11),
    ("湖滨区", "Lakeside", 27.885, 112.850, 9),
    ("高新区", "High-tech Zone", 27.826, 112.990, 8),
    ("经开区", "Development Zone", 27.935, 112.895, 7),
    ("港口区", "Harbour", 27.790, 112.965, 6),
    ("新城区", "New Town", 27.780, 112.890, 4),
)
_STREETS = (
    ("人民路", "Renmin Road"),
    ("建设路", "Jianshe Road"),
    ("解放路", "Jiefang Road"),
    ("和平路", "Heping Road"),
    ("文化路", "Wenhua Road"),
    ("胜利街", "Shengli Street"),
    ("新华路", "Xinhua Road"),
    ("车站路", "Chezhan Road"),
    ("学府路", "Xuefu Road"),
    ("朝阳街", "Chaoyang Street"),
    ("团结路", "Tuanjie Road"),
    ("环城路", "Huancheng Road"),
)
# use, share, median area in m², height in m, share of key units, words
_USES = (
    ("mall", 85, 12_000, (12, 28), 0.9, (("购物中心", "Shopping Centre"), ("综合市场", "Market"))),
    ("complex", 15, 95_000, (24, 100), 1.0, (("城市综合体", "Complex"),)),
    ("hotel", 110, 6_500, (18, 80), 0.7, (("酒店", "Hotel"), ("宾馆", "Guest House"))),
    ("entertainment", 60, 1_500, (8, 24), 0.8, (("影城", "Cinema"), ("歌厅", "Karaoke"))),
    ("restaurant", 40, 2_500, (8, 20), 0.5, (("大酒楼", "Restaurant"), ("美食城", "Food Court"))),
    ("hospital", 45, 28_000, (20, 85), 1.0, (("医院", "Hospital"), ("卫生院", "Health Centre"))),
    ("elder_care", 35, 4_500, (10, 24), 0.7, (("养老院", "Care Home"),)),
    ("school", 70, 15_000, (10, 40), 0.5, (("中学", "Middle School"), ("小学", "Primary School"))),
    ("office", 150, 18_000, (28, 110), 0.3, (("写字楼", "Office Building"), ("商务大厦", "Business Tower"))),
    ("housing", 200, 120_000, (33, 100), 0.05, (("小区", "Housing Estate"), ("花园小区", "Garden Estate"))),
    ("factory", 90, 14_000, (8, 24), 0.3, (("机械厂", "Machine Works"), ("食品厂", "Food Factory"))),
    ("warehouse", 40, 12_000, (8, 15), 0.3, (("物流园", "Logistics Park"), ("仓库", "Warehouse"))),
    ("explosive", 20, 3_000, (6, 12), 1.0, (("油库", "Oil Depot"), ("加油站", "Filling Station"))),
    ("culture", 35, 12_000, (12, 35), 0.6, (("体育馆", "Sports Hall"), ("图书馆", "Library"))),
    ("heritage", 10, 4_000, (6, 12), 0.8, (("文物保护点", "Heritage Site"),)),
    ("government", 30, 9_000, (15, 60), 0.6, (("政务中心", "Civic Centre"),)),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """One venue as the register has it; None where it lacks something."""

    id: int
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
    quality: float
    """0 worst to 1 best: how often something goes wrong. No register shows it."""


def venues(count: int, seed: int) -> tuple[Venue, ...]:
    """So many venues. Each district has its share of them, and at least the first ones one each."""
    return tuple(_venue(number, seed) for number in range(1, count + 1))


def _venue(number: int, seed: int) -> Venue:
    rng = random_of(seed, "venue", number)
    district = (
        DISTRICTS[number - 1]
        if number <= len(DISTRICTS)
        else rng.choices(DISTRICTS, [each[-1] for each in DISTRICTS])[0]
    )
    use, _, area_m2, height_m, key_share, words = rng.choices(_USES, [each[1] for each in _USES])[0]
    name, name_en, centre_lat, centre_lon, _ = district
    street, street_en = rng.choice(_STREETS)
    word, word_en = rng.choice(words)
    house = rng.randint(1, 999)
    angle, distance_km = rng.uniform(0, 2 * pi), SPREAD_KM * sqrt(-2 * log(1 - rng.random()))
    placed = rng.random() > LACKS["position"] or number <= len(DISTRICTS)
    lat = centre_lat + distance_km * sin(angle) / KM_PER_DEGREE
    lon = centre_lon + distance_km * cos(angle) / (KM_PER_DEGREE * cos(radians(centre_lat)))
    return Venue(
        id=number,
        code=f"V{number:05d}",
        name=f"{name}{street}{house}号{word}",
        name_en=f"{word_en}, {house} {street_en}, {name_en}",
        use=use,
        district=name,
        address=f"{name}{street}{house}号",
        lat=round(lat, 5) if placed else None,
        lon=round(lon, 5) if placed else None,
        area_m2=None if rng.random() < LACKS["area_m2"] else round(area_m2 * rng.lognormvariate(0, 0.8), -1) + 10,
        height_m=None if rng.random() < LACKS["height_m"] else round(rng.uniform(*height_m), 1),
        built_year=None if rng.random() < LACKS["built_year"] else rng.randint(1985, 2024),
        key_unit=rng.random() < key_share,
        quality=round(rng.betavariate(2, 2), 3),
    )

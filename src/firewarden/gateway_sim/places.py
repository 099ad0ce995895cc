"""What is the city made of? Districts, streets and kinds of use, with the figures to draw venues from."""

from dataclasses import dataclass
from math import log


@dataclass(frozen=True, slots=True, kw_only=True)
class District:
    """One district: its centre (WGS-84 degrees), the people of its town, how far the town reaches."""

    name: str
    name_en: str
    lat: float
    lon: float
    urban_people_10k: float
    spread_km: float


# A Rayleigh distribution with this scale puts 70 % of all venues within 6 km of the centre.
SPREAD_KM = 3.87

# name, English name, latitude, longitude, people of the town in tens of thousands, spread; the zones are carved
# out of the districts they lie in.
_DISTRICTS = (
    ("雨湖区", "Yuhu", 27.86077, 112.90743, 34.7, SPREAD_KM),
    ("岳塘区", "Yuetang", 27.82885, 112.92771, 26.3, SPREAD_KM),
    ("湘潭县", "Xiangtan County", 27.77860, 112.95283, 35.9, SPREAD_KM),
    ("湘乡市", "Xiangxiang", 27.73492, 112.52522, 36.6, SPREAD_KM),
    ("韶山市", "Shaoshan", 27.92268, 112.52848, 6.0, 2.5),
    ("高新区", "High-tech Zone", 27.826, 112.966, 20.0, 1.4),
    ("经开区", "Jiuhua Zone", 27.925, 112.905, 17.0, 2.5),
)
DISTRICTS = tuple(
    District(name=name, name_en=name_en, lat=lat, lon=lon, urban_people_10k=people, spread_km=spread_km)
    for name, name_en, lat, lon, people, spread_km in _DISTRICTS
)
HERITAGE_DISTRICT = DISTRICTS[4]

# Names that every Chinese town has, so that nobody finds his own address here.
STREETS = (
    ("人民路", "Renmin Road"),
    ("建设路", "Jianshe Road"),
    ("解放路", "Jiefang Road"),
    ("和平路", "Heping Road"),
    ("文化路", "Wenhua Road"),
    ("工农路", "Gongnong Road"),
    ("胜利街", "Shengli Street"),
    ("新华路", "Xinhua Road"),
    ("湖滨路", "Hubin Road"),
    ("车站路", "Chezhan Road"),
    ("滨江路", "Binjiang Road"),
    ("学府路", "Xuefu Road"),
    ("园林路", "Yuanlin Road"),
    ("朝阳街", "Chaoyang Street"),
    ("东风路", "Dongfeng Road"),
    ("团结路", "Tuanjie Road"),
    ("兴业路", "Xingye Road"),
    ("迎宾路", "Yingbin Road"),
    ("中山路", "Zhongshan Road"),
    ("环城路", "Huancheng Road"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class UseProfile:
    """One kind of use: how many control rooms of it a city has, and what its venues are like."""

    use: str
    control_rooms: int
    area_m2: tuple[float, float, float]  # tenth percentile, median, ninetieth percentile
    height_m: tuple[float, float]
    points: int  # alarm points per control room, median
    fires_per_year: float
    key_unit_share: float
    words: tuple[tuple[str, str], ...]

    @property
    def area_sigma(self) -> float:
        """Spread of the logarithm of the area: the percentiles lie 2.563 standard deviations apart."""
        low, _, high = self.area_m2
        return log(high / low) / 2.563


def _use(  # noqa: PLR0917 - a table row: names would make sixteen rows unreadable
    use: str,
    control_rooms: int,
    area_m2: tuple[float, float, float],
    height_m: tuple[float, float],
    points: int,
    fires_per_year: float,
    key_unit_share: float,
    *words: tuple[str, str],
) -> UseProfile:
    return UseProfile(
        use=use,
        control_rooms=control_rooms,
        area_m2=area_m2,
        height_m=height_m,
        points=points,
        fires_per_year=fires_per_year,
        key_unit_share=key_unit_share,
        words=words,
    )


# fmt: off
USES = (
    _use("mall", 85, (2_000, 12_000, 45_000), (12, 28), 1_200, 0.06, 0.9,
         ("购物中心", "Shopping Centre"), ("综合市场", "Market"), ("超市", "Supermarket")),
    _use("complex", 9, (55_000, 95_000, 180_000), (24, 100), 6_500, 0.25, 1.0, ("城市综合体", "Complex")),
    _use("hotel", 110, (1_500, 6_500, 25_000), (18, 80), 700, 0.03, 0.7,
         ("酒店", "Hotel"), ("宾馆", "Guest House"), ("商务酒店", "Business Hotel")),
    _use("entertainment", 60, (400, 1_500, 4_000), (8, 24), 250, 0.03, 0.8,
         ("娱乐城", "Entertainment Hall"), ("影城", "Cinema"), ("歌厅", "Karaoke")),
    _use("restaurant", 30, (1_000, 2_500, 6_000), (8, 20), 300, 0.04, 0.5,
         ("大酒楼", "Restaurant"), ("美食城", "Food Court")),
    _use("hospital", 45, (5_000, 28_000, 120_000), (20, 85), 1_800, 0.12, 1.0,
         ("医院", "Hospital"), ("卫生院", "Health Centre")),
    _use("elder_care", 35, (1_200, 4_500, 15_000), (10, 24), 350, 0.02, 0.7,
         ("养老院", "Care Home"), ("敬老院", "Home for the Elderly")),
    _use("school", 70, (2_500, 15_000, 90_000), (10, 40), 600, 0.015, 0.5,
         ("中学", "Middle School"), ("小学", "Primary School"), ("幼儿园", "Kindergarten"),
         ("学院", "College")),
    _use("office", 150, (6_000, 18_000, 60_000), (28, 110), 900, 0.015, 0.3,
         ("写字楼", "Office Building"), ("商务大厦", "Business Tower")),
    _use("housing", 380, (30_000, 120_000, 320_000), (33, 100), 1_400, 0.30, 0.05,
         ("小区", "Housing Estate"), ("花园小区", "Garden Estate")),
    _use("factory", 110, (3_000, 14_000, 60_000), (8, 24), 300, 0.02, 0.3,
         ("机械厂", "Machine Works"), ("食品厂", "Food Factory"), ("纺织厂", "Textile Mill")),
    _use("warehouse", 40, (3_000, 12_000, 50_000), (8, 15), 250, 0.01, 0.3,
         ("物流园", "Logistics Park"), ("仓库", "Warehouse")),
    _use("explosive", 25, (1_500, 3_000, 6_000), (6, 12), 60, 0.01, 1.0,
         ("油库", "Oil Depot"), ("加油站", "Filling Station")),
    _use("culture", 35, (5_000, 12_000, 30_000), (12, 35), 600, 0.02, 0.6,
         ("体育馆", "Sports Hall"), ("图书馆", "Library"), ("客运站", "Bus Station")),
    _use("heritage", 8, (1_500, 4_000, 9_000), (6, 12), 150, 0.01, 0.8,
         ("纪念馆", "Memorial Hall"), ("文物保护点", "Heritage Site")),
    _use("government", 30, (3_000, 9_000, 25_000), (15, 60), 400, 0.01, 0.6,
         ("政务中心", "Civic Centre"), ("通信机房", "Telecom House")),
)
# fmt: on
CONTROL_ROOMS = sum(profile.control_rooms for profile in USES)

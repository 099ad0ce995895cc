"""Which columns does each sheet have? Names in both languages, what may stand there, and what it is for."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from firewarden.api.rows import VenueUse
from firewarden.api.sheets import cells
from firewarden.api.sheets.cells import Read
from firewarden.ingest.facts import QUANTITY_NAMES, STORED_UNITS, UNIT_FACTORS, Quantity


class Kind(StrEnum):
    """What the rows of a sheet are."""

    VENUES = "venues"
    SYSTEMS = "systems"
    GATEWAYS = "gateways"
    POINTS = "points"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `name` is its English heading, `zh` its Chinese one; `also`: further headings that are understood."""

    name: str
    zh: str
    read: Read
    about: str
    about_zh: str
    example: str = ""
    also: tuple[str, ...] = ()
    required: bool = False


USES: Mapping[str, str] = {
    "mall": "商场市场",
    "complex": "大型综合体",
    "hotel": "宾馆饭店",
    "entertainment": "公共娱乐",
    "restaurant": "餐饮",
    "hospital": "医院",
    "elder_care": "养老机构",
    "school": "学校幼儿园",
    "office": "办公",
    "housing": "高层住宅",
    "factory": "工厂",
    "warehouse": "仓储物流",
    "explosive": "易燃易爆",
    "culture": "文体交通",
    "heritage": "文物景区",
    "government": "机关电信",
}
QUANTITIES: Mapping[str, str] = {
    "event_count": "事件计数",
    "height": "高度",
    "temperature": "温度",
    "pressure": "压力",
    "gas": "可燃气体浓度",
    "duration": "时间",
    "voltage": "电压",
    "current": "电流",
    "flow": "流量",
    "air_volume": "风量",
    "air_speed": "风速",
    "level": "液位",
    "vibration": "振动",
}
assert set(USES) == {use.value for use in VenueUse}
assert set(QUANTITIES) == set(QUANTITY_NAMES)


def _both(names: Mapping[str, str]) -> Mapping[str, str]:
    return {**{name: name for name in names}, **{zh: name for name, zh in names.items()}}


def units_of(quantity: str) -> dict[str, float]:
    """The units in which bounds of a quantity may be given, and what to multiply by to store them."""
    wanted = QUANTITY_NAMES[quantity]
    return {unit: factor for (each, unit), factor in UNIT_FACTORS.items() if each is wanted}


def stored_unit(quantity: str) -> str:
    """The unit in which a quantity is stored."""
    return STORED_UNITS[Quantity[quantity.upper()]]


_venue_code = cells.code("_.-")
_gateway_id = cells.code("_-")
_octet = cells.whole(0, 255)
_word = cells.whole(0, 65_535)
_positive = cells.number(0, 999_999_999, above=True)
_bound = cells.number(-999_999_999, 999_999_999)

_VENUES = (
    Column(
        name="code", zh="单位编号", also=("场所编号", "venue"), required=True, read=_venue_code, example="HX-0001",
        about="letters, digits, _ . -; known by it for ever", about_zh="字母、数字、_ . -，唯一且不再更改",
    ),
    Column(
        name="name", zh="单位名称", also=("名称", "场所名称"), required=True, read=cells.text, example="和兴商场",
        about="as people call it", about_zh="通用名称",
    ),
    Column(
        name="name_en", zh="英文名称", read=cells.text, example="Hexing Mall",
        about="shown in the English console", about_zh="英文界面中显示",
    ),
    Column(
        name="use", zh="使用性质", also=("用途",), required=True, read=cells.choice(_both(USES)), example="mall",
        about="one of " + ", ".join(USES), about_zh="、".join(USES.values()) + " 之一",
    ),
    Column(
        name="district", zh="区县", also=("行政区",), required=True, read=cells.text, example="雨湖区",
        about="by which venues are filtered", about_zh="用于筛选",
    ),
    Column(
        name="address", zh="地址", read=cells.text, example="建设北路1号",
        about="where it is", about_zh="所在地址",
    ),
    Column(
        name="lat", zh="纬度", read=cells.number(-90, 90), example="27.86",
        about="degrees, WGS-84; together with lon", about_zh="度，WGS-84，与经度同时填写",
    ),
    Column(
        name="lon", zh="经度", read=cells.number(-180, 180), example="112.91",
        about="degrees, WGS-84", about_zh="度，WGS-84",
    ),
    Column(
        name="area_m2", zh="建筑面积", also=("面积", "建筑面积m2", "建筑面积㎡"), read=_positive, example="24000",
        about="floor area, m²", about_zh="平方米",
    ),
    Column(
        name="height_m", zh="建筑高度", also=("高度", "建筑高度m"), read=_positive, example="24",
        about="of the highest building, m", about_zh="最高建筑，米",
    ),
    Column(
        name="built_year", zh="建成年份", read=cells.whole(1800, 2200), example="2008",
        about="year", about_zh="年份",
    ),
    Column(
        name="key_unit", zh="重点单位", read=cells.yes_no, example="yes",
        about="a key unit of fire safety: yes or no", about_zh="消防安全重点单位：是或否",
    ),
    Column(
        name="control_room", zh="消防控制室", read=cells.text, example="消防控制室",
        about="name of the control room", about_zh="控制室名称",
    ),
    Column(
        name="control_room_phone", zh="控制室电话", read=cells.text, example="0731-00000000",
        about="its telephone", about_zh="控制室电话",
    ),
)  # fmt: skip

_SYSTEMS = (
    Column(
        name="venue", zh="单位编号", also=("场所编号",), required=True, read=_venue_code, example="HX-0001",
        about="code of the venue", about_zh="所属单位的编号",
    ),
    Column(
        name="kind", zh="系统类型", also=("system_type", "系统类型码"), required=True, read=_octet, example="1",
        about="system type of GB/T 26875.3: 1 fire alarm, 11 hydrant, 12 sprinkler …",
        about_zh="GB/T 26875.3 系统类型码：1 火灾报警、11 消火栓、12 自动喷水……",
    ),
    Column(
        name="name", zh="系统名称", also=("名称",), required=True, read=cells.text, example="火灾报警系统",
        about="its name", about_zh="名称",
    ),
)  # fmt: skip

_GATEWAYS = (
    Column(
        name="id", zh="装置编号", also=("网关编号", "传输装置编号", "gateway"), required=True, read=_gateway_id,
        example="HX-0001-A", about="letters, digits, _ -", about_zh="字母、数字、_ -，唯一",
    ),
    Column(
        name="venue", zh="单位编号", also=("场所编号",), required=True, read=_venue_code, example="HX-0001",
        about="code of the venue", about_zh="所属单位的编号",
    ),
    Column(
        name="name", zh="装置名称", also=("名称",), read=cells.text, example="1号传输装置",
        about="its name", about_zh="名称",
    ),
    Column(
        name="heartbeat_s", zh="心跳周期", also=("心跳周期s",), read=_positive, example="60",
        about="seconds between heartbeats; 60 where empty", about_zh="秒，空为 60",
    ),
    Column(
        name="silence_deadline_s", zh="失联判定", also=("失联判定s",), read=_positive, example="180",
        about="seconds of silence until it counts as offline; three heartbeats where empty",
        about_zh="多少秒无通信即判定失联，空为心跳周期的三倍",
    ),
    Column(
        name="source_address", zh="源地址", read=cells.source_address, example="0x0000000102af",
        about="GB/T 26875.3 only: source address of its frames; a number, 0x and hex digits, or the six bytes as 12 hex"
        " digits in the order of the frame (low byte first)",
        about_zh="仅 GB/T 26875.3 装置：报文源地址，十进制、0x 加十六进制，或按报文顺序（低字节在前）的 12 位十六进制",
    ),
    Column(
        name="peer", zh="来源网段", also=("来源地址",), read=cells.peer, example="10.2.0.0/16",
        about="GB/T 26875.3 only: from where it may speak; anywhere where empty",
        about_zh="仅 GB/T 26875.3 装置：允许的来源 IP 或网段，空为不限",
    ),
    Column(
        name="profile", zh="协议配置", also=("厂家配置", "profile名"), read=cells.text, example="standard",
        about="GB/T 26875.3 only: the vendor profile; standard where empty",
        about_zh="仅 GB/T 26875.3 装置：厂家配置名，空为 standard",
    ),
)  # fmt: skip

_POINTS = (
    Column(
        name="gateway", zh="装置编号", also=("网关编号", "传输装置编号"), required=True, read=_gateway_id,
        example="HX-0001-A", about="id of the gateway", about_zh="所属传输装置的编号",
    ),
    Column(
        name="address", zh="点位地址", also=("地址",), read=cells.text, example="1.1/40.0a000200",
        about="system.address/component.xxxxxxxx as in its facts; or leave it empty and fill its parts",
        about_zh="系统类型.系统地址/部件类型.部件地址，与上报一致；也可不填，改填下面各部分",
    ),
    Column(
        name="system_type", zh="系统类型", also=("system", "系统类型码"), read=_octet, example="1",
        about="system type of GB/T 26875.3", about_zh="GB/T 26875.3 系统类型码",
    ),
    Column(
        name="system_address", zh="系统地址", also=("控制器号",), read=_octet, example="1",
        about="number of the controller", about_zh="控制器号",
    ),
    Column(
        name="component_type", zh="部件类型", also=("component", "部件类型码"), read=_octet, example="40",
        about="component type of GB/T 26875.3: 40 smoke detector …", about_zh="GB/T 26875.3 部件类型码：40 感烟……",
    ),
    Column(
        name="component_address", zh="部件地址", read=cells.hex8, example="0a000200",
        about="8 hex digits, the 4 bytes in the order of the frame; format the column as text",
        about_zh="8 位十六进制，按报文顺序的 4 个字节；请将该列设为文本格式",
    ),
    Column(
        name="loop", zh="回路号", also=("回路",), read=_word, example="10",
        about="number of the loop, instead of component_address", about_zh="回路号，可代替部件地址",
    ),
    Column(
        name="point", zh="点号", also=("地址号", "部位号"), read=_word, example="2",
        about="number on the loop", about_zh="回路内点号",
    ),
    Column(
        name="name", zh="点位名称", also=("名称", "部位", "位置"), read=cells.text, example="3层走道感烟",
        about="what an officer reads", about_zh="值班员看到的名称",
    ),
    Column(
        name="floor", zh="楼层", read=cells.text, example="3F",
        about="where it is", about_zh="所在楼层",
    ),
    Column(
        name="quantity", zh="测量量", also=("测量类型",), read=cells.choice(_both(QUANTITIES)), example="pressure",
        about="what it measures: " + ", ".join(QUANTITIES), about_zh="、".join(QUANTITIES.values()) + " 之一",
    ),
    Column(
        name="low", zh="下限", read=_bound, example="0.10",
        about="least normal value", about_zh="正常值下限",
    ),
    Column(
        name="high", zh="上限", read=_bound, example="0.50",
        about="greatest normal value", about_zh="正常值上限",
    ),
    Column(
        name="unit", zh="单位", read=cells.text, example="MPa",
        about="of low and high: MPa, kPa, bar, Pa; m, cm, mm; ℃; % … the stored unit where empty",
        about_zh="上下限的单位：MPa、kPa、bar、Pa、m、cm、mm、℃、%……，空为入库单位",
    ),
)  # fmt: skip

COLUMNS: Mapping[Kind, tuple[Column, ...]] = {
    Kind.VENUES: _VENUES,
    Kind.SYSTEMS: _SYSTEMS,
    Kind.GATEWAYS: _GATEWAYS,
    Kind.POINTS: _POINTS,
}
SHEET_NAMES: Mapping[Kind, tuple[str, ...]] = {
    Kind.VENUES: ("venues", "venue", "单位", "场所", "联网单位"),
    Kind.SYSTEMS: ("systems", "system", "系统", "消防设施", "设施系统"),
    Kind.GATEWAYS: ("gateways", "gateway", "传输装置", "装置", "网关"),
    Kind.POINTS: ("points", "point", "点位", "点表", "部件"),
}
HEADINGS_MIN = 2
"""Fewer known headings make no row of headings."""

_PUNCTUATION = re.compile(r"[\s*()（）:：]+")


def heading(text: str) -> str:
    """A heading without what people add to it: case, spaces, brackets, the star of a required column."""
    return _PUNCTUATION.sub("", text).casefold()


def by_heading(kind: Kind) -> dict[str, Column]:
    """The columns of a kind by every heading that is understood."""
    return {heading(name): column for column in COLUMNS[kind] for name in (column.name, column.zh, *column.also)}


_BY_HEADING = {kind: by_heading(kind) for kind in Kind}
_BY_SHEET = {name: kind for kind, names in SHEET_NAMES.items() for name in names}


def column_of(kind: Kind, text: str) -> Column | None:
    """The column with this heading."""
    return _BY_HEADING[kind].get(heading(text))


def kind_of_name(name: str) -> Kind | None:
    """The kind that a sheet's or a file's name says."""
    return _BY_SHEET.get(heading(name))


def kind_of_headings(texts: Sequence[str]) -> Kind | None:
    """The kind to which a row of headings belongs: one whose required columns are all there, else the likeliest."""
    best: tuple[bool, int, Kind] | None = None
    for kind in Kind:
        found = {column.name for text in texts if (column := column_of(kind, text)) is not None}
        whole = {column.name for column in COLUMNS[kind] if column.required} <= found
        if len(found) >= HEADINGS_MIN and (best is None or (whole, len(found)) > best[:2]):
            best = whole, len(found), kind
    return best[2] if best else None

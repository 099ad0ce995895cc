"""What do the numbers of the standard mean? The code tables of GB/T 26875.3, with Chinese and English names."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import NamedTuple

from firewarden.ingest.facts import Act, Quantity, State


class Name(NamedTuple):
    """What people call it."""

    zh: str
    en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnalogType:
    """What an analog value measures. The range is the standard's and not enforced: a device may know better."""

    name: Name
    quantity: Quantity | None
    unit: str = ""
    step: Decimal = Decimal(1)
    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StateBit:
    """What a set bit of a state word says. Without a state it tells nothing that is remembered."""

    key: str
    name: Name
    state: State | None


NORMAL = "normal"
NORMAL_WATCH = "normal_watch"

USER_CODES = range(128, 256)
"""Of systems, components and analog types: whatever a vendor makes of them."""
DOWNWARD_TYPES = range(61, 128)
"""Type flags that only a centre sends."""
PRIVATE_TYPES = range(128, 255)
"""Type flags that a vendor may define."""

COMMANDS: Mapping[int, Name] = {
    1: Name("控制命令", "control"),
    2: Name("发送数据", "send data"),
    3: Name("确认", "confirm"),
    4: Name("请求", "request"),
    5: Name("应答", "answer"),
    6: Name("否认", "deny"),
}

TYPES: Mapping[int, Name] = {
    1: Name("建筑消防设施系统状态", "state of a fire protection system"),
    2: Name("建筑消防设施部件运行状态", "state of a component"),
    3: Name("建筑消防设施部件模拟量值", "analog value of a component"),
    4: Name("建筑消防设施操作信息", "operation at a fire protection system"),
    5: Name("建筑消防设施软件版本", "software version of a fire protection system"),
    6: Name("建筑消防设施系统配置情况", "configuration of a fire protection system"),
    7: Name("建筑消防设施部件配置情况", "configuration of a component"),
    8: Name("建筑消防设施系统时间", "time of a fire protection system"),
    21: Name("用户信息传输装置运行状态", "state of the transmission device"),
    24: Name("用户信息传输装置操作信息", "operation at the transmission device"),
    25: Name("用户信息传输装置软件版本", "software version of the transmission device"),
    26: Name("用户信息传输装置配置情况", "configuration of the transmission device"),
    28: Name("用户信息传输装置系统时间", "time of the transmission device"),
    61: Name("读建筑消防设施系统状态", "read the state of a fire protection system"),
    62: Name("读建筑消防设施部件运行状态", "read the state of a component"),
    63: Name("读建筑消防设施部件模拟量值", "read an analog value of a component"),
    64: Name("读建筑消防设施操作信息", "read the operations at a fire protection system"),
    65: Name("读建筑消防设施软件版本", "read the software version of a fire protection system"),
    66: Name("读建筑消防设施系统配置情况", "read the configuration of a fire protection system"),
    67: Name("读建筑消防设施部件配置情况", "read the configuration of a component"),
    68: Name("读建筑消防设施系统时间", "read the time of a fire protection system"),
    81: Name("读用户信息传输装置运行状态", "read the state of the transmission device"),
    84: Name("读用户信息传输装置操作信息记录", "read the operations at the transmission device"),
    85: Name("读用户信息传输装置软件版本", "read the software version of the transmission device"),
    86: Name("读用户信息传输装置配置情况", "read the configuration of the transmission device"),
    88: Name("读用户信息传输装置系统时间", "read the time of the transmission device"),
    89: Name("初始化用户信息传输装置", "initialise the transmission device"),
    90: Name("同步用户信息传输装置时钟", "set the clock of the transmission device"),
    91: Name("查岗命令", "duty check"),
}

SYSTEMS: Mapping[int, Name] = {
    0: Name("通用", "general"),
    1: Name("火灾报警系统", "fire alarm system"),
    10: Name("消防联动控制器", "linkage controller"),
    11: Name("消火栓系统", "hydrant system"),
    12: Name("自动喷水灭火系统", "sprinkler system"),
    13: Name("气体灭火系统", "gas extinguishing system"),
    14: Name("水喷雾灭火系统（泵启动方式）", "water spray system (pump)"),
    15: Name("水喷雾灭火系统（压力容器启动方式）", "water spray system (pressure vessel)"),
    16: Name("泡沫灭火系统", "foam extinguishing system"),
    17: Name("干粉灭火系统", "dry powder extinguishing system"),
    18: Name("防烟排烟系统", "smoke control system"),
    19: Name("防火门及卷帘系统", "fire doors and shutters"),
    20: Name("消防电梯", "fire lift"),
    21: Name("消防应急广播", "emergency broadcast"),
    22: Name("消防应急照明和疏散指示系统", "emergency lighting and evacuation signs"),
    23: Name("消防电源", "fire power supply"),
    24: Name("消防电话", "fire telephone"),
}

COMPONENTS: Mapping[int, Name] = {
    0: Name("通用", "general"),
    1: Name("火灾报警控制器", "fire alarm controller"),
    10: Name("可燃气体探测器", "combustible gas detector"),
    11: Name("点型可燃气体探测器", "point combustible gas detector"),
    12: Name("独立式可燃气体探测器", "standalone combustible gas detector"),
    13: Name("线型可燃气体探测器", "line combustible gas detector"),
    16: Name("电气火灾监控报警器", "electrical fire monitor"),
    17: Name("剩余电流式电气火灾监控探测器", "residual current detector"),
    18: Name("测温式电气火灾监控探测器", "temperature detector of an electrical fire monitor"),
    21: Name("探测回路", "detection loop"),
    22: Name("火灾显示盘", "fire display panel"),
    23: Name("手动火灾报警按钮", "manual call point"),
    24: Name("消火栓按钮", "hydrant button"),
    25: Name("火灾探测器", "fire detector"),
    30: Name("感温火灾探测器", "heat detector"),
    31: Name("点型感温火灾探测器", "point heat detector"),
    32: Name("点型感温火灾探测器（S型）", "point heat detector, S type"),
    33: Name("点型感温火灾探测器（R型）", "point heat detector, R type"),
    34: Name("线型感温火灾探测器", "line heat detector"),
    35: Name("线型感温火灾探测器（S型）", "line heat detector, S type"),
    36: Name("线型感温火灾探测器（R型）", "line heat detector, R type"),
    37: Name("光纤感温火灾探测器", "fibre heat detector"),
    40: Name("感烟火灾探测器", "smoke detector"),
    41: Name("点型离子感烟火灾探测器", "point ionisation smoke detector"),
    42: Name("点型光电感烟火灾探测器", "point photoelectric smoke detector"),
    43: Name("线型光束感烟火灾探测器", "beam smoke detector"),
    44: Name("吸气式感烟火灾探测器", "aspirating smoke detector"),
    50: Name("复合式火灾探测器", "compound detector"),
    51: Name("复合式感烟感温火灾探测器", "compound smoke and heat detector"),
    52: Name("复合式感光感温火灾探测器", "compound flame and heat detector"),
    53: Name("复合式感光感烟火灾探测器", "compound flame and smoke detector"),
    61: Name("紫外火焰探测器", "ultraviolet flame detector"),
    62: Name("红外火焰探测器", "infrared flame detector"),
    69: Name("感光火灾探测器", "flame detector"),
    74: Name("气体探测器", "gas detector"),
    78: Name("图像摄像方式火灾探测器", "image fire detector"),
    79: Name("感声火灾探测器", "sound fire detector"),
    81: Name("气体灭火控制器", "gas extinguishing controller"),
    82: Name("消防电气控制装置", "fire electrical control device"),
    83: Name("消防控制室图形显示装置", "graphic display of the fire control room"),
    84: Name("模块", "module"),
    85: Name("输入模块", "input module"),
    86: Name("输出模块", "output module"),
    87: Name("输入/输出模块", "input and output module"),
    88: Name("中继模块", "relay module"),
    91: Name("消防水泵", "fire pump"),
    92: Name("消防水箱", "fire water tank"),
    95: Name("喷淋泵", "sprinkler pump"),
    96: Name("水流指示器", "flow indicator"),
    97: Name("信号阀", "signal valve"),
    98: Name("报警阀", "alarm valve"),
    99: Name("压力开关", "pressure switch"),
    101: Name("阀驱动装置", "valve driver"),
    102: Name("防火门", "fire door"),
    103: Name("防火阀", "fire damper"),
    104: Name("通风空调", "ventilation and air conditioning"),
    105: Name("泡沫液泵", "foam pump"),
    106: Name("管网电磁阀", "pipe solenoid valve"),
    111: Name("防烟排烟风机", "smoke control fan"),
    113: Name("排烟防火阀", "smoke damper"),
    114: Name("常闭送风口", "normally closed air inlet"),
    115: Name("排烟口", "smoke outlet"),
    116: Name("电控挡烟垂壁", "smoke curtain"),
    117: Name("防火卷帘控制器", "fire shutter controller"),
    118: Name("防火门监控器", "fire door monitor"),
    121: Name("警报装置", "alarm sounder"),
}

_TENTH = Decimal("0.1")

ANALOGS: Mapping[int, AnalogType] = {
    0: AnalogType(name=Name("未用", "unused"), quantity=None),
    1: AnalogType(name=Name("事件计数", "event count"), quantity=Quantity.EVENT_COUNT, unit="1", most=32_000),
    2: AnalogType(name=Name("高度", "height"), quantity=Quantity.HEIGHT, unit="m", step=Decimal("0.01"), most=320),
    3: AnalogType(
        name=Name("温度", "temperature"),
        quantity=Quantity.TEMPERATURE,
        unit="℃",
        step=_TENTH,
        least=-273,
        most=3_200,
    ),
    4: AnalogType(name=Name("压力", "pressure"), quantity=Quantity.PRESSURE, unit="MPa", step=_TENTH, most=3_200),
    5: AnalogType(name=Name("压力", "pressure"), quantity=Quantity.PRESSURE, unit="kPa", step=_TENTH, most=3_200),
    6: AnalogType(name=Name("气体浓度", "gas"), quantity=Quantity.GAS, unit="%LEL", step=_TENTH, most=100),
    7: AnalogType(name=Name("时间", "duration"), quantity=Quantity.DURATION, unit="s", most=32_000),
    8: AnalogType(name=Name("电压", "voltage"), quantity=Quantity.VOLTAGE, unit="V", step=_TENTH, most=3_200),
    9: AnalogType(name=Name("电流", "current"), quantity=Quantity.CURRENT, unit="A", step=_TENTH, most=3_200),
    10: AnalogType(name=Name("流量", "flow"), quantity=Quantity.FLOW, unit="L/s", step=_TENTH, most=3_200),
    11: AnalogType(
        name=Name("风量", "air volume"), quantity=Quantity.AIR_VOLUME, unit="m³/min", step=_TENTH, most=3_200
    ),
    12: AnalogType(name=Name("风速", "air speed"), quantity=Quantity.AIR_SPEED, unit="m/s", most=20),
}


def _bit(state: State, zh: str, en: str) -> StateBit:
    return StateBit(key=state.value, name=Name(zh, en), state=state)


_NORMAL = StateBit(key=NORMAL, name=Name("正常运行", "normal"), state=None)

SYSTEM_BITS: Mapping[int, StateBit] = {
    0: _NORMAL,
    1: _bit(State.FIRE, "火警", "fire"),
    2: _bit(State.FAULT, "故障", "fault"),
    3: _bit(State.SHIELDED, "屏蔽", "shielded"),
    4: _bit(State.SUPERVISE, "监管", "supervise"),
    5: _bit(State.STARTED, "启动", "started"),
    6: _bit(State.FEEDBACK, "反馈", "feedback"),
    7: _bit(State.DELAYED, "延时", "delayed"),
    8: _bit(State.MAIN_POWER_FAULT, "主电故障", "main power fault"),
    9: _bit(State.BACKUP_POWER_FAULT, "备电故障", "backup power fault"),
    10: _bit(State.BUS_FAULT, "总线故障", "bus fault"),
    11: _bit(State.MANUAL, "手动", "manual"),
    12: _bit(State.CONFIG_CHANGED, "配置改变", "configuration changed"),
    13: _bit(State.RESET, "复位", "reset"),
}

COMPONENT_BITS: Mapping[int, StateBit] = {
    **{bit: SYSTEM_BITS[bit] for bit in range(8)},
    8: _bit(State.POWER_FAULT, "电源故障", "power fault"),
}

DEVICE_BITS: Mapping[int, StateBit] = {
    0: StateBit(key=NORMAL_WATCH, name=Name("正常监视", "watching"), state=None),
    1: _bit(State.FIRE, "火警", "fire"),
    2: _bit(State.FAULT, "故障", "fault"),
    3: _bit(State.MAIN_POWER_FAULT, "主电故障", "main power fault"),
    4: _bit(State.BACKUP_POWER_FAULT, "备电故障", "backup power fault"),
    5: _bit(State.LINK_FAULT, "与监控中心通信信道故障", "link to the centre at fault"),
    6: _bit(State.LINE_FAULT, "监测连接线路故障", "monitored line at fault"),
}

SYSTEM_OPERATIONS: Mapping[int, Act] = {
    0: Act.RESET,
    1: Act.MUTE,
    2: Act.MANUAL_ALARM,
    3: Act.ALARM_CLEARED,
    4: Act.SELF_TEST,
    5: Act.CONFIRM,
    6: Act.TEST,
}

DEVICE_OPERATIONS: Mapping[int, Act] = {**SYSTEM_OPERATIONS, 5: Act.DUTY_ANSWER}

ACTS: Mapping[Act, Name] = {
    Act.RESET: Name("复位", "reset"),
    Act.MUTE: Name("消音", "mute"),
    Act.MANUAL_ALARM: Name("手动报警", "manual alarm"),
    Act.ALARM_CLEARED: Name("警情消除", "alarm cleared"),
    Act.SELF_TEST: Name("自检", "self-test"),
    Act.CONFIRM: Name("确认", "confirm"),
    Act.TEST: Name("测试", "test"),
    Act.DUTY_ANSWER: Name("查岗应答", "duty answer"),
}


def state_bits(bits: Mapping[int, StateBit]) -> dict[int, State]:
    """Which bits mean a state that comes and goes."""
    return {number: bit.state for number, bit in bits.items() if bit.state is not None}

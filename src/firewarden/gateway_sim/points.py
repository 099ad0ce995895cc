"""Which points does a control room report? Detectors, call points, pumps, valves and six water sensors."""

from dataclasses import dataclass
from enum import IntEnum, StrEnum
from random import Random

POINTS_MIN = 20
LOOP_POINTS_MAX = 200


class System(IntEnum):
    """GB/T 26875.3 system types that a simulated building has."""

    FIRE_ALARM = 1
    HYDRANT = 11
    SPRINKLER = 12
    FIRE_DOOR = 19


SYSTEM_NAMES = {
    System.FIRE_ALARM: "火灾自动报警系统",
    System.HYDRANT: "消火栓系统",
    System.SPRINKLER: "自动喷水灭火系统",
    System.FIRE_DOOR: "防火门系统",
}


class Component(IntEnum):
    """GB/T 26875.3 component types that a simulated building has."""

    CONTROLLER = 1
    CALL_POINT = 23
    HYDRANT_BUTTON = 24
    HEAT = 30
    SMOKE = 40
    MODULE = 84
    HYDRANT_PUMP = 91
    TANK = 92
    SPRINKLER_PUMP = 95
    FLOW_INDICATOR = 96
    SIGNAL_VALVE = 97
    ALARM_VALVE = 98
    PRESSURE_SENSOR = 99
    FIRE_DOOR = 102


class Sensor(StrEnum):
    """What an analogue sensor of the water supply watches."""

    WORST_HYDRANT = "worst_hydrant"
    HYDRANT_RING = "hydrant_ring"
    SPRINKLER_END = "sprinkler_end"
    VALVE_INLET = "valve_inlet"
    STREET_MAIN = "street_main"
    ROOF_TANK = "roof_tank"


@dataclass(frozen=True, slots=True, kw_only=True)
class Band:
    """The normal range of a sensor, in the unit in which its quantity is stored."""

    quantity: str
    unit: str
    low: float
    high: float


def _pressure(low: float, high: float) -> Band:
    return Band(quantity="pressure", unit="MPa", low=low, high=high)


BANDS = {
    Sensor.WORST_HYDRANT: _pressure(0.10, 0.30),
    Sensor.HYDRANT_RING: _pressure(0.40, 0.90),
    Sensor.SPRINKLER_END: _pressure(0.12, 0.45),
    Sensor.VALVE_INLET: _pressure(0.60, 1.20),
    Sensor.STREET_MAIN: _pressure(0.14, 0.45),
    Sensor.ROOF_TANK: Band(quantity="level", unit="%", low=85.0, high=98.0),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """One address of a gateway. `sensor` is set where it measures."""

    address: str
    system: System
    component: Component
    name: str
    floor: str
    sensor: Sensor | None = None


def address(system: System, component: Component, number: int, loop: int = 0) -> str:
    """The address as the contract writes it: system.1/component.number and loop, low bytes first."""
    return f"{system}.1/{component}.{number.to_bytes(2, 'little').hex()}{loop.to_bytes(2, 'little').hex()}"


_SENSOR_PLACES = (
    (Sensor.WORST_HYDRANT, System.HYDRANT, Component.PRESSURE_SENSOR, 1, "最不利点消火栓压力", "RF"),
    (Sensor.HYDRANT_RING, System.HYDRANT, Component.PRESSURE_SENSOR, 2, "消火栓环管压力", "B1"),
    (Sensor.STREET_MAIN, System.HYDRANT, Component.PRESSURE_SENSOR, 3, "市政管网压力", "1F"),
    (Sensor.SPRINKLER_END, System.SPRINKLER, Component.PRESSURE_SENSOR, 1, "喷淋末端试水压力", "RF"),
    (Sensor.VALVE_INLET, System.SPRINKLER, Component.PRESSURE_SENSOR, 2, "报警阀入口压力", "B1"),
    (Sensor.ROOF_TANK, System.HYDRANT, Component.TANK, 1, "屋顶水箱液位", "RF"),
)

_PLANT = (
    (System.FIRE_ALARM, Component.CONTROLLER, "火灾报警控制器", "1F"),
    (System.HYDRANT, Component.HYDRANT_PUMP, "消火栓泵", "B1"),
    (System.SPRINKLER, Component.SPRINKLER_PUMP, "喷淋泵", "B1"),
    (System.SPRINKLER, Component.ALARM_VALVE, "湿式报警阀", "B1"),
    (System.SPRINKLER, Component.SIGNAL_VALVE, "信号阀", "B1"),
    (System.FIRE_ALARM, Component.CALL_POINT, "手动报警按钮", "1F"),
)

# Two thirds of all points are detectors.
_FIELD = (
    (0.56, System.FIRE_ALARM, Component.SMOKE, "感烟探测器"),
    (0.10, System.FIRE_ALARM, Component.HEAT, "感温探测器"),
    (0.08, System.FIRE_ALARM, Component.CALL_POINT, "手动报警按钮"),
    (0.08, System.HYDRANT, Component.HYDRANT_BUTTON, "消火栓按钮"),
    (0.08, System.FIRE_ALARM, Component.MODULE, "输入输出模块"),
    (0.03, System.SPRINKLER, Component.FLOW_INDICATOR, "水流指示器"),
    (0.03, System.SPRINKLER, Component.SIGNAL_VALVE, "信号阀"),
    (0.04, System.FIRE_DOOR, Component.FIRE_DOOR, "防火门"),
)
_FIELD_WEIGHTS = [share for share, *_ in _FIELD]


def points_of(count: int, floors_above: int, rng: Random) -> tuple[Point, ...]:
    """`count` points (at least POINTS_MIN): the plant room, six sensors, the rest spread over the floors."""
    fixed = (*_plant(), *_sensors())
    return (*fixed, *_field(max(count, POINTS_MIN) - len(fixed), floors_above, rng))


def _plant() -> tuple[Point, ...]:
    return tuple(
        Point(address=address(system, component, 1), system=system, component=component, name=name, floor=floor)
        for system, component, name, floor in _PLANT
    )


def _sensors() -> tuple[Point, ...]:
    return tuple(
        Point(
            address=address(system, component, number),
            system=system,
            component=component,
            name=name,
            floor=floor,
            sensor=sensor,
        )
        for sensor, system, component, number, name, floor in _SENSOR_PLACES
    )


def _field(count: int, floors_above: int, rng: Random) -> list[Point]:
    found: list[Point] = []
    for index in range(count):
        _, system, component, name = rng.choices(_FIELD, _FIELD_WEIGHTS)[0]
        floor = index * floors_above // count + 1
        found.append(
            Point(
                address=address(system, component, index % LOOP_POINTS_MAX + 1, index // LOOP_POINTS_MAX + 1),
                system=system,
                component=component,
                name=f"{floor}层{name}",
                floor=f"{floor}F",
            )
        )
    return found

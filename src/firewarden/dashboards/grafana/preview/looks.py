"""How is a value shown: its unit, its words and its colour, by a panel's field configuration? Pure."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import cast

from firewarden.dashboards.grafana.preview.frames import Cell, Json, is_number

COLOURS = {
    "green": "#73bf69",
    "dark-green": "#37872d",
    "red": "#f2495c",
    "dark-red": "#c4162a",
    "orange": "#ff9830",
    "dark-orange": "#fa6400",
    "yellow": "#fade2a",
    "dark-yellow": "#e0b400",
    "blue": "#5794f2",
    "dark-blue": "#1f60c4",
    "purple": "#b877d9",
    "dark-purple": "#8f3bb8",
    "text": "#ccccdc",
    "transparent": "#00000000",
    "gray": "#8e8e9a",
}
PALETTE = ("#73bf69", "#f2cc0c", "#8ab8ff", "#ff780a", "#f2495c", "#5794f2", "#b877d9", "#705da0", "#37872d", "#fade2a")
_SUFFIX = {
    "percent": " %",
    "pressurembar": " mbar",
    "celsius": " ℃",
    "mps": " m/s",
    "ms": " ms",
    "areaM2": " m²",
    "lengthm": " m",
    "reqps": " /s",
    "ops": " /s",
}
_STEPS_OF_TIME = ((86_400.0, "d"), (3_600.0, "h"), (60.0, "min"))
_BINARY = ("B", "KiB", "MiB", "GiB", "TiB")
_KIB = 1024.0


def colour(name: object, otherwise: str = PALETTE[0]) -> str:
    """A colour of Grafana as one of CSS."""
    text = str(name or "")
    if text.startswith(("#", "rgb")):
        return text
    return COLOURS.get(text.removeprefix("semi-").removeprefix("light-"), otherwise)


@dataclass(frozen=True, slots=True, kw_only=True)
class Panel:
    """A panel of a board's JSON, and the time zone in which it is read."""

    json: Json
    zone: tzinfo

    @property
    def kind(self) -> str:
        """Its type, such as timeseries."""
        return str(self.json.get("type"))

    @property
    def options(self) -> Json:
        """The options of its type."""
        return cast("Json", self.json.get("options") or {})

    def field(self, name: str) -> dict[str, object]:
        """The field configuration that holds for one column: defaults, then overrides in their order."""
        config = cast("Json", self.json.get("fieldConfig") or {})
        defaults = dict(cast("Json", config.get("defaults") or {}))
        custom = cast("Json", defaults.pop("custom", None) or {})
        found = {**{f"custom.{key}": value for key, value in custom.items()}, **defaults}
        for override in cast("Sequence[Json]", config.get("overrides") or ()):
            if _matches(cast("Json", override["matcher"]), name):
                for item in cast("Sequence[Json]", override["properties"]):
                    found[str(item["id"])] = item.get("value")
        return found

    def moment(self, at: datetime) -> str:
        """A moment of a plot: as the clocks of the board's zone show it, for a browser in any other."""
        return at.astimezone(self.zone).replace(tzinfo=None).isoformat()

    def called(self, name: str) -> str:
        """What a column is called."""
        return str(self.field(name).get("displayName") or name)

    def text(self, cell: Cell, name: str) -> str:
        """A cell of a column as it is read."""
        return text_of(cell, self.field(name), self.zone)

    def tint(self, cell: Cell, name: str) -> str | None:
        """The colour of a cell: of its mapping, else of the threshold that it reaches."""
        options = self.field(name)
        words = mapped(cell, options)
        return colour(words[1]) if words and words[1] else threshold_colour(cell, options)


def _matches(matcher: Json, field: str) -> bool:
    options = matcher.get("options")
    if matcher.get("id") == "byName":
        return options == field
    if matcher.get("id") == "byRegexp":
        return re.search(str(options).strip("/"), field) is not None
    return False


def mapped(cell: Cell, options: Mapping[str, object]) -> tuple[str, str | None] | None:
    """Words and colour that a value mapping gives, or None."""
    for mapping in cast("Sequence[Json]", options.get("mappings") or ()):
        if mapping.get("type") == "value":
            key = str(cell).lower() if isinstance(cell, bool) else str(cell)
            result = cast("Mapping[str, Json]", mapping["options"]).get(key)
            if result is not None:
                return str(result.get("text", cell)), cast("str | None", result.get("color"))
    return None


def threshold_colour(cell: Cell, options: Mapping[str, object]) -> str | None:
    """The colour of the highest step that the number reaches."""
    steps = cast("Sequence[Json]", cast("Json", options.get("thresholds") or {}).get("steps") or ())
    if not is_number(cell) or not steps:
        return None
    number = float(cast("float", cell))
    reached = [step for step in steps if step.get("value") is None or float(cast("float", step["value"])) <= number]
    return colour(reached[-1].get("color")) if reached else None


def text_of(cell: Cell, options: Mapping[str, object], zone: tzinfo) -> str:
    """A cell as it is read: words of a mapping, else number with its unit, else the moment in the board's zone."""
    found = mapped(cell, options)
    if found is not None:
        return found[0]
    if cell is None:
        return "–"
    if isinstance(cell, datetime):
        return cell.astimezone(zone).strftime("%m-%d %H:%M:%S")
    if isinstance(cell, bool | str):
        return str(cell)
    return number_text(float(cell), str(options.get("unit") or ""), cast("int | None", options.get("decimals")))


def number_text(number: float, unit: str, decimals: int | None) -> str:
    """A number with its unit, at most three digits after the point unless told."""
    if unit in {"s", "dtdurations", "clocks"}:
        return _duration(number)
    if unit == "bytes":
        return _bytes(number)
    if unit == "percentunit":
        return f"{_rounded(number * 100, decimals if decimals is not None else 1)} %"
    suffix = _SUFFIX.get(unit, "" if unit in {"", "none", "short"} else " " + unit.removeprefix("suffix:"))
    return _rounded(number, decimals) + suffix


def _rounded(number: float, decimals: int | None) -> str:
    if decimals is not None:
        return f"{number:,.{decimals}f}"
    return f"{number:,.3f}".rstrip("0").rstrip(".")


def _duration(seconds: float) -> str:
    for size, name in _STEPS_OF_TIME:
        if abs(seconds) >= size:
            return f"{_rounded(seconds / size, 1)} {name}"
    return f"{_rounded(seconds, None)} s"


def _bytes(number: float) -> str:
    for name in _BINARY:
        if abs(number) < _KIB:
            return f"{number:.1f} {name}"
        number /= _KIB
    return f"{number:.1f} PiB"

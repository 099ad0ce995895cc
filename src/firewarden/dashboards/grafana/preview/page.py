"""How does a board stand on a page: its panels where Grafana would put them, each drawn from its answers?"""

from collections.abc import Callable, Mapping, Sequence
from datetime import tzinfo
from pathlib import Path
from typing import cast

from nicegui import ui

from firewarden.dashboards.grafana.preview.charts import chart_of
from firewarden.dashboards.grafana.preview.frames import Cell, Frame, Json, is_number, transformed
from firewarden.dashboards.grafana.preview.looks import Panel, mapped

Answer = Callable[[Json], Sequence[Frame]]
"""The frames of a panel's targets, before its transformations. Raises LookupError with a reason that is shown."""

TABLE_ROWS = 30
STYLE = Path(__file__).with_name("preview.css").read_text()


def draw_board(board: Json, answer: Answer, zone: tzinfo) -> None:
    """All panels of a board, each in its place of the grid of 24 columns."""
    ui.add_css(STYLE)
    with ui.element("div").classes("board"):
        for panel in cast("Sequence[Json]", board.get("panels", ())):
            _draw_panel(panel, answer, zone)


def _draw_panel(json: Json, answer: Answer, zone: tzinfo) -> None:
    at = cast("Mapping[str, int]", json["gridPos"])
    place = f"grid-column: {at['x'] + 1} / span {at['w']}; grid-row: {at['y'] + 1} / span {at['h']}"
    title = str(json.get("title", ""))
    if json.get("type") == "row":
        ui.label(title).classes("row").style(place)
        return
    with ui.element("div").classes("panel").style(place):
        ui.label(title).classes("panel-title").tooltip(str(json.get("description", "")))
        with ui.element("div").classes("panel-body"):
            _draw_body(Panel(json=json, zone=zone), answer)


def _draw_body(panel: Panel, answer: Answer) -> None:
    if panel.kind == "text":
        ui.markdown(str(panel.options.get("content", "")))
        return
    try:
        frames = transformed(answer(panel.json), cast("Sequence[Json]", panel.json.get("transformations") or ()))
    except LookupError as error:
        ui.label(str(error.args[0])).classes("nothing")
        return
    chart = chart_of(panel, frames)
    if chart is not None:
        ui.echart(chart).classes("chart")
    elif not any(frame.rows for frame in frames):
        ui.label(str(panel.field("").get("noValue") or "—")).classes("nothing")
    elif panel.kind == "table":
        _table(panel, frames[0])
    else:
        _stats(panel, frames)


def _stats(panel: Panel, frames: Sequence[Frame]) -> None:
    filled = panel.options.get("colorMode") == "background"
    with ui.element("div").classes("stats"):
        for name, cell in stat_cells(panel, frames):
            with ui.element("div").classes("stat").style(_dyed(panel.tint(cell, name), filled=filled)):
                ui.label(panel.text(cell, name)).classes("stat-value")
                ui.label(panel.called(name)).classes("stat-name")


def _dyed(tint: str | None, *, filled: bool) -> str:
    if tint is None:
        return ""
    return f"background: {tint}; color: #111217" if filled else f"color: {tint}"


def stat_cells(panel: Panel, frames: Sequence[Frame]) -> list[tuple[str, Cell]]:
    """Name and value of each figure of a stat: all rows where it asks for them, else the last of each column."""
    every_row = cast("Json", panel.options.get("reduceOptions") or {}).get("values")
    found: list[tuple[str, Cell]] = []
    for frame in frames:
        words, numbers = frame.words(), frame.numbers()
        if every_row and words and numbers:
            labels = (str(label) for label in frame.column(words[0]))
            found += zip(labels, frame.column(numbers[0]), strict=True)
            continue
        for name in numbers or [name for name in frame.names if name != frame.times()]:
            cells = [cell for cell in frame.column(name) if cell is not None]
            found.append((name, cells[-1] if cells else None))
    return found


def _table(panel: Panel, frame: Frame) -> None:
    shown = [name for name in frame.names if not panel.field(name).get("custom.hidden")]
    numbers = set(frame.numbers())
    with ui.element("table").classes("cells"):
        with ui.element("tr"):
            for name in shown:
                with ui.element("th").classes("number" if name in numbers else ""):
                    ui.label(panel.called(name))
        for row in frame.rows[:TABLE_ROWS]:
            cells = dict(zip(frame.names, row, strict=True))
            with ui.element("tr"):
                for name in shown:
                    _cell(panel, name, cells[name])


def _cell(panel: Panel, name: str, cell: Cell) -> None:
    options = panel.field(name)
    kind = cast("Json", options.get("custom.cellOptions") or {}).get("type")
    tint = panel.tint(cell, name) if kind in {"color-text", "color-background"} else None
    right = is_number(cell) and mapped(cell, options) is None
    with ui.element("td").classes("number" if right else "").style(_dyed(tint, filled=kind == "color-background")):
        ui.label(panel.text(cell, name))

"""What do the water pressures and levels of a venue do? A plot with bands, and the newest values."""

from collections.abc import Awaitable, Callable

import psycopg
from nicegui import ui

from firewarden.api.risk_water import WaterMarks
from firewarden.api.rows import PressureSeries, Series
from firewarden.dashboards.console.elements import attributed, box, button, empty, text
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.stretch import Stretch
from firewarden.dashboards.console.venue_marks import add_marks, finding_lines
from firewarden.dashboards.console.venue_plot import (
    Ink,
    Span,
    band_text,
    colour,
    label,
    late_readings,
    latest_text,
    outside,
    water_options,
    worst,
)

Drawn = tuple[PressureSeries, WaterMarks | None]
Read = Callable[[Span | Stretch], Awaitable[Drawn]]
"""Reads what lies in a span that ends now, or in a stretch of the past."""


class WaterPanel:
    """The panel of one page. `read` gives the series of a span, and what detectors say of them (None: not asked)."""

    def __init__(self, texts: Texts, ink: Ink, read: Read, *, span: Span | Stretch = Span.SIX_HOURS) -> None:
        self._texts = texts
        self._ink = ink
        self._read = read
        self._span = span
        self._chart: ui.echart | None = None
        self._pressures: PressureSeries | None = None
        self._marks: WaterMarks | None = None
        self._picked: int | None = None
        """The point that is shown alone, with its band, until it is picked again."""
        with box("panel", tag="section", data_testid="water"):
            with box("panel-head"):
                text(texts("venue.water"), tag="h2")
                box("spacer")
                with box("chips", role="group"):
                    self._buttons = {span: self._range_button(span) for span in Span}
            self._body = box()

    def _range_button(self, span: Span) -> ui.element:
        pressed = "true" if span is self._span else "false"
        chip = button(self._texts(f"venue.range_{span}"), "chip", aria_pressed=pressed, data_testid=f"range-{span}")
        return chip.on("click", lambda: self._pick(span))

    async def _pick(self, span: Span) -> None:
        self._span = span
        for each, chip in self._buttons.items():
            attributed(chip, {"aria_pressed": "true" if each is span else "false"})
        await self.refresh()

    async def refresh(self) -> None:
        """Read again. Where the database does not answer, the banner says so."""
        try:
            await self.load()
        except psycopg.Error:
            return

    async def load(self) -> None:
        """Read and draw. Raises psycopg.Error."""
        span = self._span
        pressures, self._marks = await self._read(span)
        if span is not self._span or self._body.is_deleted:
            return
        if not any(series.samples for series in pressures.series):
            self._chart = None
            self._body.clear()
            with self._body:
                key = "no_readings" if pressures.series or isinstance(span, Stretch) else "no_water"
                empty("water_drop", self._texts(f"venue.{key}"))
            return
        self._pressures = pressures
        self._draw(pressures)

    def _draw(self, pressures: PressureSeries) -> None:
        focus = self._focus(pressures)
        options = water_options(pressures, focus, self._texts, self._ink, alone=self._picked is not None)
        if self._marks is not None:
            add_marks(options, pressures, focus, self._marks, self._texts)
        if self._chart is None:
            self._body.clear()
            with self._body:
                self._chart = ui.echart(options).classes("chart")
                attributed(self._chart, {"data_testid": "water-chart"})
                self._latest = box("latest")
                self._found = box("water-findings")
        else:
            self._chart.options.clear()
            self._chart.options.update(options)
            self._chart.update()
        self._latest.clear()
        late = late_readings(pressures)
        with self._latest:
            if late:
                text(self._texts("venue.late_note", n=late), "late-note", tag="small", data_testid="late-note")
            for index, series in enumerate(pressures.series):
                if series.samples:
                    self._newest(index, series, focused=index == focus)
        self._found.clear()
        if self._marks is not None:
            with self._found:
                finding_lines(self._marks, pressures, self._texts)

    def _focus(self, pressures: PressureSeries) -> int:
        picked = (i for i, series in enumerate(pressures.series) if series.point_id == self._picked and series.samples)
        return next(picked, worst(pressures))

    def _pick_point(self, point_id: int) -> None:
        self._picked = None if point_id == self._picked else point_id
        if self._pressures is not None:
            self._draw(self._pressures)

    def _newest(self, index: int, series: Series, *, focused: bool) -> None:
        item = box(
            "latest-item",
            tag="button",
            type="button",
            aria_pressed="true" if focused else "false",
            data_testid=f"series-{series.point_id}",
        ).style(f"--series:{colour(index)}")
        item.on("click", lambda: self._pick_point(series.point_id))
        with item:
            text(label(series, self._texts), tag="small")
            out = outside(series)
            text(latest_text(series), "is-outside" if out else "", tag="b")
            text(band_text(series, self._texts), tag="small")

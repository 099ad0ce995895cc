"""Is the platform itself well? Every process: what is to be said of it in words, its figures, and their last hours."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from firewarden.api import processes
from firewarden.api.processes import History, Processes, ProcessRow
from firewarden.dashboards.console.console import Console
from firewarden.dashboards.console.elements import age, attributed, box, empty, text
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.formats import brief, epoch_ms, full_moment
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.platform_jobs import JobsPanel
from firewarden.dashboards.console.platform_lines import (
    Line,
    drawn_series,
    lines_of,
    points_of,
    sparkline,
    written,
)
from firewarden.figures.verdict import Condition
from firewarden.upkeep.seen import job_states

REFRESHED_EVERY_S = 5.0
PLOTTED_EVERY_S = 60.0
PLOTTED_MINUTES = 180

_Key = tuple[str, str, bool]

_GOOD = frozenset({Condition.WELL, Condition.STANDBY, Condition.STOPPED})
_TONES = {
    Condition.WELL: "good",
    Condition.STANDBY: "good",
    Condition.STOPPED: "calm",
    Condition.BEHIND: "warn",
    Condition.TROUBLED: "warn",
    Condition.SILENT: "bad",
}


def verdict_text(row: ProcessRow, texts: Texts) -> str:
    """What is to be said of a process, in words. Since when, where that matters, ticks beside it."""
    match row.condition:
        case Condition.BEHIND:
            lag = brief(row.lag_s or 0.0, texts.under("unit"))
            return texts("platform.is_behind", lag=lag, of=texts.name("platform.of", row.of or ""))
        case Condition.TROUBLED:
            return texts("platform.is_troubled", errors=texts("list.separator").join(row.errors))
        case _:
            return texts(f"platform.is_{row.condition}")


def summary(state: Processes, texts: Texts) -> tuple[str, str]:
    """One sentence on the whole, and its tone."""
    bad = [row for row in state.processes if row.condition not in _GOOD]
    needing = len(bad) + len(state.missing)
    if not needing:
        return texts("platform.all_well", n=len(state.processes)), "good"
    silent = state.missing or any(row.condition is Condition.SILENT for row in bad)
    key = "platform.one_not" if needing == 1 else "platform.some_not"
    return texts(key, n=needing), "bad" if silent else "warn"


@dataclass(slots=True, kw_only=True)
class _Cell:
    """Where one line's value and plot are on the page."""

    line: Line
    value: TextElement
    plot: ui.html | None


class Panel:
    """One process on the page."""

    def __init__(self, row: ProcessRow, texts: Texts) -> None:
        self._texts = texts
        with box(
            "panel process",
            tag="section",
            data_testid=f"process-{row.process}-{row.worker}{'-standby' if row.standby else ''}",
        ):
            with box("panel-head"):
                self._dot = box("dot", tag="i")
                text(process_name(row.process, texts), tag="h2")
                text(texts("platform.worker", worker=row.worker), "muted")
                box("spacer")
                self._verdict = text("", "said", data_testid="verdict")
                self._since = box(tag="fw-age", since=0)
            with box("process-facts muted"):
                self._about(row)
            self._error = text("", "process-error", tag="div", data_testid="last-error")
            with box("table process-table", tag="table"), box(tag="tbody"):
                self._cells = [self._cell(line) for line in lines_of(row.process, row.span)]

    def _about(self, row: ProcessRow) -> None:
        with box(tag="span"):
            text(f"{self._texts('platform.up_since')} ")
            self._up = age(row.started_at)
        with box(tag="span"):
            text(f"{self._texts('platform.seen')} ")
            self._seen = age(row.seen_at)
        self._version = text(row.version)

    def _cell(self, line: Line) -> _Cell:
        texts = self._texts
        with box(tag="tr", data_testid=f"figure-{line.key}{f'-{line.of}' if line.of else ''}"):
            name = texts(f"platform.figure.{line.key}")
            text(f"{name} · {texts.name('platform.of', line.of)}" if line.of else name, tag="td")
            value = text("", "num", tag="td")
            with box("spark-cell", tag="td"):
                plot = None if line.drawn is None else ui.html("", sanitize=False)
        return _Cell(line=line, value=value, plot=plot)

    def show(self, row: ProcessRow) -> None:
        """Put in what the process said last."""
        tone = _TONES[row.condition]
        self._dot.classes(replace=f"dot tone-{tone}")
        self._verdict.classes(replace=f"said tone-{tone}")
        _say(self._verdict, verdict_text(row, self._texts))
        self._since.visible = row.since is not None
        _since(self._since, row.since)
        _since(self._up, row.started_at)
        _since(self._seen, row.seen_at)
        _say(self._version, self._texts("platform.version", version=row.version))
        self._error.visible = row.last_error is not None
        if row.last_error is not None:
            at = full_moment(row.last_error_at)
            _say(self._error, f"{self._texts('platform.last_error', at=at)} {row.last_error}")
        units = self._texts.under("unit")
        for cell in self._cells:
            _say(cell.value, written(cell.line.value(row.span), cell.line.unit, units))

    def plot(self, minutes: Sequence[History], places: dict[str, int], until: datetime) -> None:
        """Draw the last hours of those lines that have a plot."""
        since_s = (until - timedelta(minutes=PLOTTED_MINUTES)).timestamp()
        for cell in self._cells:
            if cell.plot is None or cell.line.drawn not in places:
                continue
            place = places[cell.line.drawn]
            stretches = points_of(cell.line, [(minute.at, minute.values[place]) for minute in minutes])
            cell.plot.set_content(sparkline(stretches, since_s=since_s, until_s=until.timestamp()))


class PlatformPage:
    """One browser's view of the platform."""

    def __init__(self, console: Console, shell: Shell) -> None:
        self._console = console
        self._texts = shell.texts
        self._panels: dict[_Key, Panel] = {}
        self._shape: list[tuple[str, ...]] | None = None
        self._state: Processes | None = None

    def build(self) -> None:
        """Put the page together, still without processes."""
        with box("page-head"):
            text(self._texts("platform.title"), tag="h1")
            self._summary = text("", "said", role="status", data_testid="summary")
            box("spacer")
            text(self._texts("platform.subtitle", hours=PLOTTED_MINUTES // 60), "muted")
        self._body = box("processes")
        self._jobs = JobsPanel(self._texts)

    async def load(self) -> None:
        """Read how all processes are doing. Raises psycopg.Error."""
        async with self._console.pool.connection() as connection:
            state = await processes.list_processes(connection)
            jobs = await job_states(connection, utc_now())
        if self._body.is_deleted:
            return
        said, tone = summary(state, self._texts)
        self._summary.classes(replace=f"said tone-{tone}")
        _say(self._summary, said)
        shape = [*((kind,) for kind in state.missing), *map(_shape, state.processes)]
        self._jobs.show(jobs)
        anew = shape != self._shape
        if anew:
            self._rebuild(state)
            self._shape = shape
        self._state = state
        for row in state.processes:
            self._panels[_key(row)].show(row)
        if anew:
            await self.plot()

    def _rebuild(self, state: Processes) -> None:
        self._body.clear()
        with self._body:
            for kind in state.missing:
                _missing(kind, self._texts)
            self._panels = {_key(row): Panel(row, self._texts) for row in state.processes}

    async def plot(self) -> None:
        """Read the last hours and draw them. Raises psycopg.Error."""
        state = self._state
        if state is None or not state.processes:
            return
        wanted = drawn_series([(row.process, row.span) for row in state.processes])
        async with self._console.pool.connection() as connection:
            minutes = await processes.figures_history(connection, series=wanted, minutes=PLOTTED_MINUTES)
        if self._body.is_deleted:
            return
        places = {name: place for place, name in enumerate(wanted)}
        for (process, worker, standby), panel in self._panels.items():
            if not standby:  # the plots are of the one that works
                panel.plot([m for m in minutes if (m.process, m.worker) == (process, worker)], places, state.at)

    async def refresh(self) -> None:
        """Read again. Where the database does not answer, the banner says so."""
        with suppress(psycopg.Error):
            await self.load()

    async def replot(self) -> None:
        """Draw again; likewise."""
        with suppress(psycopg.Error):
            await self.plot()


async def build(console: Console, shell: Shell) -> None:
    """The page of the platform's own health."""
    page = PlatformPage(console, shell)
    with shell.main():
        page.build()
    await page.load()
    shell.watch(_nothing)
    ui.timer(REFRESHED_EVERY_S, page.refresh, immediate=False)
    ui.timer(PLOTTED_EVERY_S, page.replot, immediate=False)


def _nothing(_: Update) -> None:
    """The timer reads reports: one is no event."""


def _missing(kind: str, texts: Texts) -> None:
    with box("panel process", tag="section", data_testid=f"missing-{kind}"):
        with box("panel-head"):
            box("dot tone-bad", tag="i")
            text(process_name(kind, texts), tag="h2")
            box("spacer")
            text(texts("platform.is_missing"), "said tone-bad")
        empty("power_off", texts("platform.is_missing"), texts("platform.missing_help", process=kind))


def process_name(process: str, texts: Texts) -> str:
    """What a kind of process is called, and does; its own word where it is newer than this page."""
    return texts.name("platform.process", process)


def _key(row: ProcessRow) -> _Key:
    return (row.process, row.worker, row.standby)


def _shape(row: ProcessRow) -> tuple[str, ...]:
    """What makes a panel another one: whose it is, and which lines it has."""
    return (*map(str, _key(row)), *(f"{line.key} {line.of}" for line in lines_of(row.process, row.span)))


def _say(element: TextElement, words: str) -> None:
    if element.text != words:
        element.text = words


def _since(element: ui.element, at: datetime | None) -> None:
    attributed(element, {"since": epoch_ms(at) or 0})

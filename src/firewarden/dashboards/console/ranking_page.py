"""Which venues are the most dangerous now, and why?"""

from collections.abc import Callable, Iterable

import psycopg
from nicegui import events, ui
from nicegui.elements.mixins.text_element import TextElement

from firewarden.api import risk
from firewarden.api.risk_rows import Ranking
from firewarden.api.rows import VenueUse
from firewarden.dashboards.console import store
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import RankTable, attributed, box, button, empty, grade_badge, text
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.rank_rows import FACTORS_NAMED, RankRow, rank_changes, rank_row
from firewarden.risk.catalogue import Grade

PAGE_ROWS = 50
REFRESHED_EVERY_S = 1.5
"""Scores change with every reading of a city; a table that moves more often cannot be read."""


class RankingPage:
    """One browser's ranking: its filter, its page, and what it has been sent."""

    def __init__(self, console: Console, shell: Shell, districts: tuple[str, ...]) -> None:
        self._console = console
        self._texts = shell.texts
        self._districts = districts
        self._district: str | None = None
        self._use: VenueUse | None = None
        self._grade: Grade | None = None
        self._cursors: list[str | None] = [None]
        """Where the pages up to the shown one begin."""
        self._next: str | None = None
        self._known: dict[int, RankRow] = {}
        self._stale = False

    def build(self) -> None:
        """Put the page together, still without rows."""
        texts = self._texts
        with box("page-head"):
            text(texts("ranking.title"), tag="h1")
            text(texts("ranking.subtitle"), "muted")
            box("spacer")
            self._select(
                "district",
                texts("ranking.all_districts"),
                [(name, name) for name in self._districts],
                self._pick_district,
            )
            uses = [(use.value, texts.name("use", use)) for use in VenueUse]
            self._select("use", texts("ranking.all_uses"), uses, self._pick_use)
        with box("chips", role="group", aria_label=texts("ranking.grades")):
            self._counts: dict[Grade, TextElement] = {}
            self._chips = {grade: self._chip(grade) for grade in reversed(Grade)}
        with box("panel list-panel", tag="section").style("flex:1"):
            with box("scroll"):
                self._table = RankTable(
                    texts=texts.under("ranking"),
                    base=f"{BASE}/venues/",
                    named=FACTORS_NAMED,
                    initial=rank_changes({}, ()),
                )
                self._empty = box()
                with self._empty:
                    empty("leaderboard", texts("ranking.empty"))
            self._pager()

    def _select(
        self,
        name: str,
        everything: str,
        options: Iterable[tuple[str, str]],
        on_pick: Callable[[str], object],
    ) -> None:
        with box("input select", tag="select", aria_label=everything, data_testid=f"filter-{name}").on(
            "change",
            lambda event: on_pick(_value(event)),
            js_handler="(event) => emit(event.target.value)",
        ):
            text(everything, tag="option", value="")
            for value, label in options:
                text(label, tag="option", value=value)

    def _chip(self, grade: Grade) -> ui.element:
        chip = button("", "chip grade-chip", aria_pressed="false", data_testid=f"grade-{grade}")
        with chip:
            grade_badge(grade, self._texts.name("grade", grade))
            text(self._texts.name("grade", grade))
            self._counts[grade] = text("", data_testid=f"count-{grade}")
        return chip.on("click", lambda: self._pick_grade(grade))

    def _pager(self) -> None:
        texts = self._texts
        with box("pager"):
            self._place = text("", data_testid="ranking-place")
            box("spacer")
            self._back = button(texts("ranking.previous"), "button", data_testid="previous").on(
                "click", self._turn_back
            )
            self._forth = button(texts("ranking.next"), "button", data_testid="next").on("click", self._turn)

    async def load(self) -> None:
        """Read the page of the ranking and send what has changed. Raises psycopg.Error."""
        async with self._console.pool.connection() as connection:
            wanted = risk.Wanted(district=self._district, use=self._use, grade=self._grade)
            page = await risk.ranking(connection, wanted, now=utc_now(), cursor=self._cursors[-1], limit=PAGE_ROWS)
            counts = await store.grade_counts(connection)
        self._show(page)
        for grade, count in counts.items():
            self._counts[grade].text = str(count)

    def _show(self, page: Ranking) -> None:
        rows = [rank_row(ranked, self._texts) for ranked in page.items]
        changes = rank_changes(self._known, rows)
        self._known = {row.id: row for row in rows}
        self._next = page.next
        if self._table.client.has_socket_connection:
            self._table.run_method("apply", changes)
        else:
            self._table.props["initial"] = changes
        self._empty.visible = not rows
        self._place.text = self._texts("ranking.page", **{"from": rows[0].rank, "to": rows[-1].rank}) if rows else ""
        attributed(self._back, {"disabled": len(self._cursors) == 1})
        attributed(self._forth, {"disabled": self._next is None})

    def on_update(self, update: Update) -> None:
        """Remember that scores have changed; the timer reads them."""
        self._stale |= update.risk_changed

    async def refresh(self) -> None:
        """Read again where something has changed. Where the database does not answer, the banner says so."""
        if not self._stale:
            return
        self._stale = False
        try:
            await self.load()
        except psycopg.Error:
            self._stale = True

    async def _from_start(self) -> None:
        self._cursors = [None]
        self._stale = True
        await self.refresh()

    async def _pick_district(self, name: str) -> None:
        self._district = name or None
        await self._from_start()

    async def _pick_use(self, name: str) -> None:
        self._use = VenueUse(name) if name in {use.value for use in VenueUse} else None
        await self._from_start()

    async def _pick_grade(self, grade: Grade) -> None:
        self._grade = None if self._grade is grade else grade
        for each, chip in self._chips.items():
            attributed(chip, {"aria_pressed": "true" if each is self._grade else "false"})
        await self._from_start()

    async def _turn(self) -> None:
        if self._next is not None:
            self._cursors.append(self._next)
            self._stale = True
            await self.refresh()

    async def _turn_back(self) -> None:
        if len(self._cursors) > 1:
            self._cursors.pop()
            self._stale = True
            await self.refresh()


def _value(event: events.GenericEventArguments) -> str:
    return str(event.args or "")


async def build(console: Console, shell: Shell) -> None:
    """The page of the ranking."""
    async with console.pool.connection() as connection:
        districts = await store.districts(connection)
    page = RankingPage(console, shell, districts)
    with shell.main("page-fixed"):
        page.build()
    await page.load()
    shell.watch(page.on_update)
    ui.timer(REFRESHED_EVERY_S, page.refresh)

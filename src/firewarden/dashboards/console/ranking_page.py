"""Which venues are the most dangerous now, or were known to be at some moment, and why?"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from urllib.parse import urlencode

import psycopg
from nicegui import events, ui
from nicegui.elements.mixins.text_element import TextElement

from firewarden.api import risk
from firewarden.api.risk_rows import Movers, Over, Ranking, RankOrder
from firewarden.api.rows import VenueUse
from firewarden.dashboards.console import store
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import RankTable, attributed, box, button, empty, text
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.frame import Builder
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.rank_head import RankHead, grade_chip
from firewarden.dashboards.console.rank_rows import RankRow, rank_changes, rank_row
from firewarden.dashboards.console.risk_moment import as_of_query, parse_moment
from firewarden.risk.catalogue import Grade

PAGE_ROWS = 50
REFRESHED_EVERY_S = 1.5
"""Scores change with every reading of a city; a table that moves more often cannot be read."""


class RankingPage:
    """One browser's ranking: its filter, its page, and what it has been sent."""

    def __init__(self, console: Console, shell: Shell, districts: tuple[str, ...], as_of: datetime | None) -> None:
        self._console = console
        self._texts = shell.texts
        self._districts = districts
        self._wanted = risk.Wanted(as_of=as_of)
        self._cursors: list[str | None] = [None]
        """Where the pages up to the shown one begin."""
        self._next: str | None = None
        self._known: dict[int, RankRow] = {}
        self._stale = False

    def build(self) -> None:
        """Put the page together, still without rows."""
        self._head = RankHead(self._texts, self._districts, pick=self._pick)
        with box("chips", role="group", aria_label=self._texts("ranking.grades")):
            self._counts: dict[Grade, TextElement] = {}
            self._chips: dict[Grade, ui.element] = {}
            for grade in reversed(Grade):
                chip, self._counts[grade] = grade_chip(grade, self._texts)
                self._chips[grade] = chip.on("click", self._grade_picker(grade))
        with box("panel list-panel", tag="section").style("flex:1"):
            with box("scroll"):
                self._table = RankTable(
                    texts=self._texts.under("ranking"), base=f"{BASE}/venues/", initial=rank_changes({}, ())
                )
                self._empty = box()
                with self._empty:
                    empty("leaderboard", self._texts("ranking.empty"))
            self._pager()

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
        wanted = self._wanted
        async with self._console.pool.connection() as connection:
            page = await risk.ranking(connection, wanted, now=utc_now(), cursor=self._cursors[-1], limit=PAGE_ROWS)
            counts = await store.grade_counts(connection, as_of=wanted.as_of)
        if wanted is not self._wanted:
            return  # somebody has picked another filter meanwhile
        self._show(page)
        for grade, count in counts.items():
            self._counts[grade].text = str(count)

    def _show(self, page: Ranking) -> None:
        rows = [rank_row(ranked, self._texts) for ranked in page.items]
        changes = rank_changes(
            self._known,
            rows,
            query=as_of_query(self._wanted.as_of),
            change=self._texts(f"ranking.change_{self._wanted.over}"),
        )
        self._known = {row.id: row for row in rows}
        self._next = page.next
        if self._table.client.has_socket_connection:
            self._table.run_method("apply", changes)
        else:
            self._table.props["initial"] = changes
        self._empty.visible = not rows
        first = (len(self._cursors) - 1) * PAGE_ROWS + 1
        place = {"from": first, "to": first + len(rows) - 1, "of": page.total}
        self._place.text = self._texts("ranking.page", **place) if rows else ""
        attributed(self._back, {"disabled": len(self._cursors) == 1})
        attributed(self._forth, {"disabled": self._next is None})
        self._head.show(page.as_of, export=_export_query(self._wanted, self._texts.language))

    def on_update(self, update: Update) -> None:
        """Remember that scores have changed; the timer reads them. The past does not change."""
        self._stale |= update.risk_changed and self._wanted.as_of is None

    async def refresh(self) -> None:
        """Read again where something has changed. Where the database does not answer, the banner says so."""
        if not self._stale:
            return
        self._stale = False
        try:
            await self.load()
        except psycopg.Error:
            self._stale = True

    async def _pick(self, name: str, value: str) -> None:
        """Another filter, from the first page."""
        wanted = self._wanted
        match name:
            case "district":
                wanted = replace(wanted, district=value or None)
            case "use":
                wanted = replace(wanted, use=VenueUse(value) if value in set(VenueUse) else None)
            case "search":
                wanted = replace(wanted, search=value.strip()[:100].replace("\0", "") or None)
            case "moved":
                wanted = _moved(wanted, value)
            case _:
                wanted = replace(wanted, as_of=parse_moment(value, now=utc_now()))
        self._wanted = wanted
        await self._from_start()

    async def _from_start(self) -> None:
        self._cursors = [None]
        self._stale = True
        await self.refresh()

    def _grade_picker(self, grade: Grade) -> Callable[[events.GenericEventArguments], object]:
        async def pick(_: events.GenericEventArguments) -> None:
            self._wanted = replace(self._wanted, grade=None if self._wanted.grade is grade else grade)
            for each, chip in self._chips.items():
                attributed(chip, {"aria_pressed": "true" if each is self._wanted.grade else "false"})
            await self._from_start()

        return pick

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


def _moved(wanted: risk.Wanted, value: str) -> risk.Wanted:
    """`up_1d`: those that went up since yesterday; anything else: all, by rank."""
    way, _, over = value.partition("_")
    if way not in set(Movers) or over not in set(Over):
        return replace(wanted, movers=None, over=Over.DAY)
    return replace(wanted, movers=Movers(way), over=Over(over))


def _export_query(wanted: risk.Wanted, language: str) -> str:
    """The same filters for the api."""
    values = {
        "district": wanted.district,
        "use": wanted.use,
        "grade": wanted.grade,
        "search": wanted.search,
        "movers": wanted.movers,
        "over": None if wanted.over is Over.DAY else wanted.over,
        "sort": None if wanted.order is RankOrder.RANK else wanted.order,
        "as_of": None if wanted.as_of is None else wanted.as_of.isoformat(),
        "language": language,
    }
    return urlencode({name: str(value) for name, value in values.items() if value})


def builder(as_of: str) -> Builder:
    """What builds the page of the ranking, now or as it was known at the moment that an address names."""

    async def build(console: Console, shell: Shell) -> None:
        async with console.pool.connection() as connection:
            districts = await store.districts(connection)
        page = RankingPage(console, shell, districts, parse_moment(as_of, now=utc_now()))
        with shell.main("page-fixed"):
            page.build()
        await page.load()
        shell.watch(page.on_update)
        ui.timer(REFRESHED_EVERY_S, page.refresh)

    return build

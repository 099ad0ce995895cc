"""What do the grades of all venues call for, and who decides about it?"""

import psycopg
from nicegui import ui

from firewarden.api import risk_acts
from firewarden.api.risk_acts import ProposalRow
from firewarden.api.rows import Page
from firewarden.dashboards.console import store
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import attributed, box, button, empty, icon, text
from firewarden.dashboards.console.feed import Update
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.risk_decisions import Decisions, proposal_line
from firewarden.risk.catalogue import Grade
from firewarden.risk.proposals import Kind, State

PAGE_ROWS = 50
REFRESHED_EVERY_S = 10.0


class ProposalsPage:
    """One browser's list of proposals."""

    def __init__(self, console: Console, shell: Shell, districts: tuple[str, ...]) -> None:
        self._console = console
        self._texts = shell.texts
        self._districts = districts
        self._decisions = Decisions(console, shell.visit, self.refresh)
        self._state = State.OPEN
        self._kind: Kind | None = None
        self._grade: Grade | None = None
        self._district: str | None = None
        self._cursors: list[str | None] = [None]
        self._drawn: Page[ProposalRow] | None = None

    def build(self) -> None:
        """Put the page together, still without rows."""
        texts = self._texts
        with box("page-head"):
            text(texts("proposals.title"), tag="h1")
            text(texts("proposals.subtitle"), "muted")
        with box("rank-filters"):
            self._select("state", [(each.value, texts.name("proposal_state", each)) for each in State], None)
            kinds = [(each.value, texts.name("proposal", each)) for each in Kind]
            self._select("kind", kinds, texts("proposals.all_kinds"))
            grades = [(each.value, f"{each} · {texts.name('grade', each)}") for each in reversed(Grade)]
            self._select("grade", grades, texts("ranking.all_grades"))
            self._select("district", [(each, each) for each in self._districts], texts("ranking.all_districts"))
        with box("panel list-panel", tag="section").style("flex:1"):
            self._body = box("scroll", data_testid="proposals-list")
            with box("pager"):
                box("spacer")
                self._back = button(texts("ranking.previous")).on("click", self._turn_back)
                self._forth = button(texts("ranking.next")).on("click", self._turn)

    def _select(self, name: str, options: list[tuple[str, str]], everything: str | None) -> None:
        async def pick(value: str) -> None:
            await self._pick(name, value)

        with box("input select", tag="select", aria_label=everything or name, data_testid=f"filter-{name}").on(
            "change", lambda event: pick(str(event.args or "")), js_handler="(event) => emit(event.target.value)"
        ):
            if everything is not None:
                text(everything, tag="option", value="")
            for value, label in options:
                text(label, tag="option", value=value)

    async def _pick(self, name: str, value: str) -> None:
        match name:
            case "state":
                self._state = State(value) if value in set(State) else State.OPEN
            case "kind":
                self._kind = Kind(value) if value in set(Kind) else None
            case "grade":
                self._grade = Grade(value) if value in set(Grade) else None
            case _:
                self._district = value or None
        self._cursors = [None]
        await self.refresh()

    async def load(self) -> None:
        """Read the page and draw it. Raises psycopg.Error."""
        async with self._console.pool.connection() as connection:
            page = await risk_acts.list_proposals(
                connection,
                state=self._state,
                kind=self._kind,
                grade=self._grade,
                district=self._district,
                cursor=self._cursors[-1],
                limit=PAGE_ROWS,
            )
        if page == self._drawn or self._body.is_deleted:
            return
        self._drawn = page
        self._body.clear()
        with self._body:
            if not page.items:
                empty("assignment_turned_in", self._texts("proposals.none_open"))
            for row in page.items:
                proposal_line(row, self._texts, self._decisions, venue=True)
        attributed(self._back, {"disabled": len(self._cursors) == 1})
        attributed(self._forth, {"disabled": page.next is None})

    async def refresh(self) -> None:
        """Read again. Where the database does not answer, the banner says so."""
        try:
            await self.load()
        except psycopg.Error:
            return

    async def _turn(self) -> None:
        if self._drawn is not None and self._drawn.next is not None:
            self._cursors.append(self._drawn.next)
            await self.refresh()

    async def _turn_back(self) -> None:
        if len(self._cursors) > 1:
            self._cursors.pop()
            await self.refresh()


async def build(console: Console, shell: Shell) -> None:
    """The page of proposals."""
    async with console.pool.connection() as connection:
        districts = await store.districts(connection)
    page = ProposalsPage(console, shell, districts)
    with shell.main("page-fixed"):
        with box("back-link", tag="a", href=f"{BASE}/ranking"):
            icon("arrow_back")
            text(shell.texts("ranking.title"))
        page.build()
    await page.load()
    shell.watch(_nothing)
    ui.timer(REFRESHED_EVERY_S, page.refresh, immediate=False)


def _nothing(_: Update) -> None:
    """The timer reads proposals: what is proposed or decided is no event."""

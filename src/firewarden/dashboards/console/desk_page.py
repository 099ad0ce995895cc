"""What needs a person now? The duty desk: counters, the list of incidents, and one incident in detail."""

from collections.abc import Coroutine

import psycopg
from nicegui import background_tasks, events

from firewarden.api import reads
from firewarden.api.rows import IncidentView
from firewarden.dashboards.console.acts import Acts
from firewarden.dashboards.console.close_dialog import CloseDialog
from firewarden.dashboards.console.console import Console
from firewarden.dashboards.console.desk_detail import DetailPanel
from firewarden.dashboards.console.desk_head import Counters, Filters
from firewarden.dashboards.console.desk_rows import (
    ICONS,
    ROWS_SHOWN_MAX,
    Changes,
    Filter,
    Group,
    Row,
    Shown,
    merged,
)
from firewarden.dashboards.console.elements import IncidentList, box, text
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.formats import day_start
from firewarden.dashboards.console.i18n import Language
from firewarden.dashboards.console.layout import Shell
from firewarden.desk.incidents import IncidentState


class DeskPage:
    """One browser's duty desk. What it shows of the open incidents is the feed's board, through its own filter."""

    def __init__(self, console: Console, shell: Shell) -> None:
        self._console = console
        self._visit = shell.visit
        self._texts = shell.texts
        self._acts = Acts(console, shell.visit)
        self._board = console.feed.board
        self._group: Group | None = None
        self._mine = False
        self._query = ""
        self._shown = Shown()
        self._closed: tuple[Row, ...] | None = None
        """The incidents closed today while that tab is open; None on the tab of the open ones."""
        self._selected: int | None = None
        self._build()

    def _build(self) -> None:
        self._counters = Counters(self._texts, on_pick=self._pick_group)
        self._counters.show(self._board.counts, self._group)
        with box("desk"):
            with box("panel list-panel", tag="section"):
                Filters(
                    self._texts,
                    may_act=self._visit.may_act,
                    on_tab=self._pick_tab,
                    on_mine=self._pick_mine,
                    on_query=self._pick_query,
                )
                self._list = self._build_list()
                self._build_keys()
            self._detail = DetailPanel(self._console, self._visit, on_take=self._take, on_close=self._ask_close)
        self._close_dialog = CloseDialog(self._texts, self._acts, self._visit.name)

    def _build_list(self) -> IncidentList:
        texts = self._texts
        kinds = {"kinds": texts.under("condition"), "classes": texts.under("class")}
        incidents = IncidentList(
            texts={**texts.under("desk"), **kinds},
            icons={group.value: symbol for group, symbol in ICONS.items()},
            me=self._visit.name,
            english=texts.language is Language.EN,
            can_act=self._visit.may_act,
            initial=self._shown.update(self._board.rows, self._wanted())
            or Changes(changed=(), order=(), more=0, filtered=False),
        )
        incidents.on("pick", lambda event: self._pick(_id(event)))
        incidents.on("take", lambda event: self._take(_id(event)))
        incidents.on("close", lambda event: self._ask_close(_id(event)))
        return incidents

    def _build_keys(self) -> None:
        keys = [("↑ ↓", "move"), ("T", "take"), ("C", "close"), ("/", "search")]
        with box("keys"):
            for key, name in keys if self._visit.may_act else [keys[0], keys[3]]:
                with box(tag="span"):
                    text(key, tag="kbd")
                    text(self._texts(f"desk.keys_{name}"))
            self._total = text("", "total", data_testid="total")
        self._show_total()

    def on_update(self, update: Update) -> None:
        """Show what the feed has read."""
        if not update.incidents_changed:
            return
        before = self._row(self._selected)
        self._board = update.board
        self._counters.show(self._board.counts, self._group)
        if self._closed is None:
            self._show()
        elif update.venues:
            self._later(self._load_closed())
        if self._selected is not None and self._row(self._selected) is not before:
            self._later(self._detail.show(self._selected))

    def _later(self, work: Coroutine[None, None, None]) -> None:
        background_tasks.create(work, name="duty desk")

    def _rows(self) -> tuple[Row, ...]:
        return self._board.rows if self._closed is None else self._closed

    def _row(self, incident_id: int | None) -> Row | None:
        return next((row for row in self._rows() if row.id == incident_id), None)

    def _wanted(self) -> Filter:
        return Filter(group=self._group, mine=self._visit.name if self._mine else "", query=self._query)

    def _show(self) -> None:
        changes = self._shown.update(self._rows(), self._wanted())
        if changes is not None:
            self._list.run_method("apply", changes)
        self._show_total()

    def _show_total(self) -> None:
        wanted = self._wanted()
        key = "desk.total_cut" if self._board.cut and self._closed is None else "desk.total"
        self._total.text = self._texts(key, n=sum(map(wanted.takes, self._rows())))

    def _pick_group(self, group: Group) -> None:
        self._group = None if self._group is group else group
        self._counters.show(self._board.counts, self._group)
        self._show()

    def _pick_mine(self, mine: bool) -> None:  # noqa: FBT001 - the filter itself
        self._mine = mine
        self._show()

    def _pick_query(self, query: str) -> None:
        self._query = query
        self._show()

    async def _pick_tab(self, closed: bool) -> None:  # noqa: FBT001 - the tab itself
        if closed:
            await self._load_closed()
        else:
            self._closed = None
            self._show()

    async def _load_closed(self) -> None:
        try:
            async with self._console.pool.connection() as connection:
                page = await reads.list_incidents(connection, view=IncidentView.CLOSED, limit=ROWS_SHOWN_MAX)
        except psycopg.Error:
            return  # the banner says that the database does not answer
        today = day_start(utc_now())
        recent = [each for each in page.items if each.closed_at is not None and each.closed_at >= today]
        self._closed = merged({row.id: row for row in self._closed or ()}, recent)
        self._show()

    async def _pick(self, incident_id: int) -> None:
        self._selected = incident_id
        await self._detail.show(incident_id)

    async def _take(self, incident_id: int) -> None:
        row = self._row(incident_id)
        venue = "" if row is None else self._texts.either(row.venue, row.venue_en)
        await self._acts.take(incident_id, venue)

    def _ask_close(self, incident_id: int) -> None:
        row = self._row(incident_id)
        if row is not None and row.state is not IncidentState.CLOSED and self._visit.may_act:
            self._close_dialog.open(row)


def _id(event: events.GenericEventArguments) -> int:
    return int(event.args)


async def build(console: Console, shell: Shell) -> None:
    """The page of the duty desk."""
    with shell.main("page-fixed"):
        text(shell.texts("desk.title"), "sr-only", tag="h1")
        page = DeskPage(console, shell)
    shell.watch(page.on_update)

"""Who speaks GB/T 26875.3 to us without being in the register, and whose shall they be?"""

import psycopg
from nicegui import ui

from firewarden.api import unknown_devices
from firewarden.api.device_profiles import profiles
from firewarden.api.errors import ProblemError, problem_of
from firewarden.api.fetch import LIMIT_MAX
from firewarden.api.integrator import dismiss_device
from firewarden.api.unknown_devices import UnknownDevice
from firewarden.dashboards.console.adoption_dialog import AdoptionDialog, refusal
from firewarden.dashboards.console.console import BASE, Console, leave
from firewarden.dashboards.console.elements import age, box, button, empty, tell, text
from firewarden.dashboards.console.feed import Update
from firewarden.dashboards.console.formats import grouped
from firewarden.dashboards.console.layout import Shell

REFRESHED_EVERY_S = 5.0
_HEADINGS = ("source", "from", "heard", "frames", "said", "profiles", "act")


class AdoptionPage:
    """One browser's list of unknown devices."""

    def __init__(self, console: Console, shell: Shell) -> None:
        self._console = console
        self._visit = shell.visit
        self._texts = shell.texts
        self._rows: tuple[UnknownDevice, ...] = ()
        self._dialog = AdoptionDialog(console, shell.visit, self.refresh)

    def build(self) -> None:
        """Put the page together, still without rows."""
        texts = self._texts
        with box("page-head"):
            text(texts("adoption.title"), tag="h1")
            text(texts("adoption.subtitle"), "muted")
            box("spacer")
            with box("button", tag="a", href=f"{BASE}/gateways"):
                text(texts("adoption.back"))
        with box("panel list-panel", tag="section").style("flex:1"):
            self._body = box("scroll")

    async def load(self) -> None:
        """Read the list. Raises psycopg.Error."""
        async with self._console.pool.connection() as connection:
            page = await unknown_devices.list_unknown(connection, profiles=profiles(), limit=LIMIT_MAX)
        if page.items != self._rows or not page.items:
            self._rows = page.items
            self._show()

    async def refresh(self) -> None:
        """Read again. Where the database does not answer, the banner says so."""
        try:
            await self.load()
        except psycopg.Error:
            return

    def _show(self) -> None:
        texts = self._texts
        self._body.clear()
        with self._body:
            if not self._rows:
                empty("sensors", texts("adoption.empty"), texts("adoption.empty_hint"))
                return
            with box("table", tag="table", data_testid="unknown-devices"):
                with box(tag="thead"), box(tag="tr"):
                    for name in _HEADINGS:
                        text(texts(f"adoption.{name}"), "num" if name == "frames" else "", tag="th", scope="col")
                with box(tag="tbody"):
                    for row in self._rows:
                        self._row(row)

    def _row(self, row: UnknownDevice) -> None:
        texts = self._texts
        with box(tag="tr", data_testid=f"unknown-{row.source_address}"):
            with box(tag="td"):
                text(str(row.source_address), tag="code")
                text(row.source_bytes, "muted block", tag="small")
            with box(tag="td"):
                text(row.peer, tag="code")
                text(row.transport.upper(), "muted block", tag="small")
            with box(tag="td"):
                age(row.last_at)
            text(grouped(row.frames), "num", tag="td")
            text(self._said(row), "said", tag="td")
            text(", ".join(row.last_said.profiles), tag="td")
            with box(tag="td"), box("chips"):
                button(texts("adoption.adopt"), "button button-primary", data_testid="adopt").on(
                    "click", lambda: self._dialog.open(row)
                )
                button(texts("adoption.dismiss"), data_testid="dismiss").on("click", lambda: self._dismiss(row))

    def _said(self, row: UnknownDevice) -> str:
        """The last frame in a few words."""
        texts, last = self._texts, row.last_said
        if not last.said:
            return last.undecoded or texts("adoption.heartbeat" if last.heartbeat else "adoption.nothing")
        lines: list[str] = []
        for each in last.said:
            names = [_named(texts.name("condition", says), says, texts.name("quantity", says)) for says in each.says]
            value = "" if each.value is None else f" {each.value:g} {each.unit}"
            lines.append(f"{each.point} {'、'.join(names) or texts('adoption.normal')}{value}".strip())
        return "\n".join(lines)

    async def _dismiss(self, row: UnknownDevice) -> None:
        try:
            who = await self._console.signed_in(self._visit.token)
            if who is None:
                leave()
                return
            await dismiss_device(self._console.context, who, row.source_address, row.peer)
        except (ProblemError, psycopg.Error) as error:
            tell(refusal(problem_of(error), self._texts), done=False)
        await self.refresh()


def _named(first: str, code: str, second: str) -> str:
    """The name in the catalogue, in whichever group it stands."""
    return second if first == code else first


async def build(console: Console, shell: Shell) -> None:
    """The page of unknown devices."""
    page = AdoptionPage(console, shell)
    with shell.main("page-fixed"):
        page.build()
    await page.load()
    shell.watch(_nothing)
    ui.timer(REFRESHED_EVERY_S, page.refresh, immediate=False)


def _nothing(_: Update) -> None:
    """The timer reads the list: a stranger is no event."""

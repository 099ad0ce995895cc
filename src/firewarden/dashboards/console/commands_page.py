"""What was asked of all gateways, by whom, and what became of it? And of one gateway, where the address names one."""

from collections.abc import Callable, Iterable

import psycopg
from nicegui import events, ui

from firewarden.api import asking
from firewarden.api.asking import CommandRow
from firewarden.api.cursors import InvalidCursorError
from firewarden.api.rows import Page
from firewarden.dashboards.console.command_acts import CommandActs
from firewarden.dashboards.console.command_dialogs import InitialiseDialog
from firewarden.dashboards.console.command_table import CommandTable
from firewarden.dashboards.console.commands_panel import commands_panel
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import attributed, box, button, icon, text
from firewarden.dashboards.console.feed import Update
from firewarden.dashboards.console.frame import Builder
from firewarden.dashboards.console.layout import Shell
from firewarden.ingest.command_words import CommandName
from firewarden.ingest.commanding import CommandState

ROWS_SHOWN = 100
REFRESHED_EVERY_S = 3.0


class CommandsPage:
    """One browser's list of commands: its filters and its place."""

    def __init__(self, console: Console, shell: Shell, cursor: str | None) -> None:
        self._console = console
        self._texts = shell.texts
        self._cursor = cursor
        self._state: CommandState | None = None
        self._command: CommandName | None = None
        self._own = False
        self._drawn: tuple[CommandRow, ...] | None = None
        acts = CommandActs(console, shell.visit)
        dialog = InitialiseDialog(shell.texts, acts, on_done=self.refresh)
        self._table = CommandTable(
            texts=shell.texts, acts=acts, on_confirm=dialog.open, refresh=self.refresh, with_gateways=True
        )

    def build(self) -> None:
        """Put the page together, still without rows."""
        texts = self._texts
        with box("page-head"):
            text(texts("commands.title"), tag="h1")
            text(texts("commands.subtitle"), "muted")
            box("spacer")
            own = button(texts("commands.own"), "chip", aria_pressed="false", data_testid="own")
            self._own_chip = own.on("click", self._toggle_own)
            states = [(state.value, texts.name("command_state", state)) for state in CommandState]
            self._select("state", texts("commands.all_states"), states, self._pick_state)
            commands = [(command.value, texts.name("command", command)) for command in CommandName]
            self._select("command", texts("commands.all_commands"), commands, self._pick_command)
            with box("by-gateway", tag="form", method="get", action=f"{BASE}/commands"):
                box(
                    "input",
                    tag="input",
                    name="gateway",
                    maxlength=64,
                    placeholder=texts("commands.gateway"),
                    aria_label=texts("commands.gateway"),
                    data_testid="gateway",
                )
        with box("panel list-panel", tag="section").style("flex:1"):
            self._body = box("scroll")

    def _select(
        self, name: str, everything: str, options: Iterable[tuple[str, str]], on_pick: Callable[[str], object]
    ) -> None:
        with box("input select", tag="select", aria_label=everything, data_testid=f"filter-{name}").on(
            "change",
            lambda event: on_pick(_value(event)),
            js_handler="(event) => emit(event.target.value)",
        ):
            text(everything, tag="option", value="")
            for value, label in options:
                text(label, tag="option", value=value)

    async def _pick_state(self, value: str) -> None:
        self._state = CommandState(value) if value in {state.value for state in CommandState} else None
        await self._from_the_start()

    async def _pick_command(self, value: str) -> None:
        self._command = CommandName(value) if value in {command.value for command in CommandName} else None
        await self._from_the_start()

    async def _toggle_own(self) -> None:
        self._own = not self._own
        attributed(self._own_chip, {"aria_pressed": "true" if self._own else "false"})
        await self._from_the_start()

    async def _from_the_start(self) -> None:
        self._cursor = None
        await self.refresh()

    async def load(self) -> None:
        """Read the list and draw what is new. Raises psycopg.Error."""
        async with self._console.pool.connection() as connection:
            try:
                page = await self._page(connection)
            except InvalidCursorError:
                self._cursor = None
                page = await self._page(connection)
        if page.items == self._drawn or self._body.is_deleted:
            return
        self._drawn = page.items
        self._body.clear()
        with self._body:
            self._table.draw(page.items)
            if page.next is not None:
                link = f"{BASE}/commands?cursor={page.next}"
                with box("more"), box("button", tag="a", href=link, data_testid="next"):
                    text(self._texts("proof.next"))
                    icon("arrow_forward")

    async def _page(self, connection: psycopg.AsyncConnection) -> Page[CommandRow]:
        return await asking.list_commands(
            connection,
            state=self._state,
            command=self._command,
            own_too=self._own,
            cursor=self._cursor,
            limit=ROWS_SHOWN,
        )

    async def refresh(self) -> None:
        """Read again. Where the database does not answer, the banner says so."""
        try:
            await self.load()
        except psycopg.Error:
            return


def _value(event: events.GenericEventArguments) -> str:
    return str(event.args or "")


def builder(gateway_id: str, cursor: str) -> Builder:
    """What builds the page of all gateways, or of the one that the address names."""

    async def build(console: Console, shell: Shell) -> None:
        if gateway_id:
            await _of_one(console, shell, gateway_id)
            return
        with shell.main("page-fixed"):
            page = CommandsPage(console, shell, cursor or None)
            page.build()
        await page.load()
        shell.watch(_nothing)
        ui.timer(REFRESHED_EVERY_S, page.refresh, immediate=False)

    return build


async def _of_one(console: Console, shell: Shell, gateway_id: str) -> None:
    with shell.main():
        with box("page-head"):
            text(shell.texts("commands.of", id=gateway_id), tag="h1")
            box("spacer")
            with box("button", tag="a", href=f"{BASE}/commands"):
                text(shell.texts("commands.of_all"))
        await commands_panel(console, shell, gateway_id)
    shell.watch(_nothing)


def _nothing(_: Update) -> None:
    """The timer reads commands."""

"""What can be asked of one gateway, and what became of what was asked? For the gateway's own page."""

from collections.abc import Awaitable, Callable
from functools import partial

import psycopg
from nicegui import events, ui

from firewarden.api import asking
from firewarden.api.asking import CommandRow
from firewarden.dashboards.console.command_acts import CommandActs
from firewarden.dashboards.console.command_dialogs import InitialiseDialog, ReadDialog, with_since
from firewarden.dashboards.console.command_table import CommandTable
from firewarden.dashboards.console.console import Console
from firewarden.dashboards.console.elements import box, button, text
from firewarden.dashboards.console.feed import utc_now
from firewarden.dashboards.console.layout import Shell
from firewarden.ingest.command_words import DUTY_MINUTES, CommandName

ROWS_SHOWN = 20
REFRESHED_EVERY_S = 2.0
"""A device answers within seconds, and somebody who has just asked is looking."""

QUICK = (
    (CommandName.CLOCK_SYNC, "schedule"),
    (CommandName.READ_DEVICE_STATE, "monitor_heart"),
    (CommandName.READ_DEVICE_VERSION, "info"),
    (CommandName.READ_DEVICE_CONFIG, "tune"),
    (CommandName.READ_DEVICE_TIME, "more_time"),
)


class CommandsPanel:
    """One browser's view of one gateway's commands."""

    def __init__(self, console: Console, shell: Shell, gateway_id: str) -> None:
        self._console = console
        self._texts = shell.texts
        self._gateway_id = gateway_id
        self._acts = CommandActs(console, shell.visit)
        self._drawn: tuple[CommandRow, ...] | None = None
        self._read = ReadDialog(shell.texts, on_read=self._ask_read)
        self._initialise = InitialiseDialog(shell.texts, self._acts, on_done=self.refresh)
        self._table = CommandTable(
            texts=shell.texts,
            acts=self._acts,
            on_confirm=self._initialise.open,
            refresh=self.refresh,
            with_gateways=False,
        )
        with box("panel commands-panel", tag="section", data_testid="commands-panel"):
            with box("panel-head"):
                text(self._texts("commands.title"), tag="h2")
            with box("ask"):
                self._buttons()
            self._body = box("command-rows")

    def _buttons(self) -> None:
        texts = self._texts
        if self._acts.may(CommandName.DUTY_CHECK):
            with box("ask-duty"):
                self._button(CommandName.DUTY_CHECK, "notifications_active", self._duty, primary=True)
                box(
                    "input minutes",
                    tag="input",
                    id="duty-minutes",
                    type="number",
                    min=1,
                    max=255,
                    placeholder=DUTY_MINUTES,  # a value would be set again whenever the page is drawn
                    aria_label=texts("commands.duty_minutes"),
                    data_testid="duty-minutes",
                )
                text(texts("commands.minutes_unit"), "muted")
        if self._acts.may(CommandName.READ_DEVICE_STATE):
            for command, symbol in QUICK:
                self._button(command, symbol, partial(self._ask, command, {}))
            more = button(texts("commands.read"), symbol="manage_search", data_testid="ask-read")
            more.on("click", self._read.open)
        if self._acts.may(CommandName.INITIALISE):
            self._button(CommandName.INITIALISE, "restart_alt", partial(self._ask, CommandName.INITIALISE, {}))

    def _button(
        self,
        command: CommandName,
        symbol: str,
        act: Callable[..., Awaitable[None]],
        *,
        primary: bool = False,
    ) -> ui.element:
        label = self._texts.name("command", command)
        classes = "button button-primary" if primary else "button"
        element = button(label, classes, symbol=symbol, data_testid=f"ask-{command}")
        if command is CommandName.DUTY_CHECK:
            return element.on("click", act, js_handler="() => emit(document.getElementById('duty-minutes').value)")
        return element.on("click", act)

    async def _duty(self, event: events.GenericEventArguments) -> None:
        typed = str(event.args or DUTY_MINUTES)
        minutes: object = int(typed) if typed.isascii() and typed.isdecimal() else typed
        await self._ask(CommandName.DUTY_CHECK, {"minutes": minutes})

    async def _ask_read(self, command: CommandName, args: dict[str, object]) -> None:
        await self._ask(command, with_since(command, args, utc_now()))

    async def _ask(self, command: CommandName, args: dict[str, object]) -> None:
        await self._acts.ask(self._gateway_id, command, args)
        await self.refresh()

    async def load(self) -> None:
        """Read the newest commands and draw them. Raises psycopg.Error."""
        async with self._console.pool.connection() as connection:
            page = await asking.list_commands(connection, gateway_id=self._gateway_id, limit=ROWS_SHOWN)
        if page.items != self._drawn and not self._body.is_deleted:
            self._drawn = page.items
            self._body.clear()
            with self._body:
                self._table.draw(page.items)

    async def refresh(self) -> None:
        """Read again. Where the database does not answer, the banner says so."""
        try:
            await self.load()
        except psycopg.Error:
            return


async def commands_panel(console: Console, shell: Shell, gateway_id: str) -> None:
    """Put the panel of a gateway into the present element and keep it current. Raises psycopg.Error."""
    panel = CommandsPanel(console, shell, gateway_id)
    await panel.load()
    ui.timer(REFRESHED_EVERY_S, panel.refresh, immediate=False)

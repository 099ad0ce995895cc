"""Two dialogs: what to read from a gateway, and the second word before one is initialised."""

from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta

from nicegui import events, ui

from firewarden.api.asking import CommandRow
from firewarden.dashboards.console.command_acts import CommandActs
from firewarden.dashboards.console.elements import attributed, box, button, icon, text
from firewarden.dashboards.console.i18n import Texts
from firewarden.ingest.command_words import CommandName, arg_names

SINCE_HOURS = 24
"""How far back recorded operations are asked for."""
READS = tuple(command for command in CommandName if command.is_read and arg_names(command))
"""The others have a button of their own."""

# What stands in a number's field until something is typed is asked for. As a value it would be set again whenever the
# page is drawn.
_FIELDS: Mapping[str, Mapping[str, str | int]] = {
    "system_type": {"type": "number", "min": 0, "max": 255, "placeholder": 1},
    "system_address": {"type": "number", "min": 0, "max": 255, "placeholder": 1},
    "component_address": {"type": "text", "maxlength": 8, "placeholder": "0a000200"},
}


class ReadDialog:
    """Which of the commands that only read, and of what."""

    def __init__(self, texts: Texts, *, on_read: Callable[[CommandName, dict[str, object]], Awaitable[None]]) -> None:
        self._texts = texts
        self._on_read = on_read
        self._command = CommandName.READ_SYSTEM_STATE
        self._dialog = ui.dialog()
        with self._dialog, box("dialog", role="dialog", aria_label=texts("commands.read"), data_testid="read-dialog"):
            self._body = box("dialog-body")

    def open(self) -> None:
        """Ask what to read."""
        self._draw()
        self._dialog.open()

    def _draw(self) -> None:
        texts = self._texts
        self._body.clear()
        with self._body:
            text(texts("commands.read"), tag="h2")
            with box("classes", role="radiogroup", aria_label=texts("commands.read")):
                for command in READS:
                    self._chip(command)
            with box("command-fields"):
                for name in _asked(self._command):
                    with box("field"):
                        text(texts(f"commands.field.{name}"), tag="label", for_=f"arg-{name}")
                        box("input", tag="input", id=f"arg-{name}", data_testid=f"arg-{name}", **_FIELDS[name])
            if "since" in arg_names(self._command):
                text(texts("commands.since_hours", n=SINCE_HOURS), "muted")
            with box("dialog-foot"):
                button(texts("close.cancel")).on("click", self._dialog.close)
                wanted = ", ".join(f"document.getElementById('arg-{name}').value" for name in _asked(self._command))
                button(texts("commands.ask"), "button button-primary", data_testid="read-submit").on(
                    "click", self._submit, js_handler=f"() => emit([{wanted}])"
                )

    def _chip(self, command: CommandName) -> None:
        chip = button(self._texts.name("command", command), "chip", role="radio", data_testid=f"read-{command}")
        attributed(chip, {"aria_checked": "true" if command is self._command else "false"})
        chip.on("click", lambda: self._choose(command))

    def _choose(self, command: CommandName) -> None:
        self._command = command
        self._draw()

    async def _submit(self, event: events.GenericEventArguments) -> None:
        typed = event.args if isinstance(event.args, list) else []
        values = dict(zip(_asked(self._command), map(str, typed), strict=False))
        self._dialog.close()
        await self._on_read(self._command, typed_args(values))


def _asked(command: CommandName) -> tuple[str, ...]:
    return tuple(name for name in arg_names(command) if name in _FIELDS)


def typed_args(values: Mapping[str, str]) -> dict[str, object]:
    """What was typed, as args: numbers where they are some. What is wrong, the api refuses with its reason."""
    args: dict[str, object] = {}
    for name, typed in values.items():
        value, field = typed.strip().lower(), _FIELDS[name]
        if field["type"] == "number":
            value = value or str(field["placeholder"])
            args[name] = int(value) if value.isascii() and value.isdecimal() else value
        else:
            args[name] = value
    return args


def with_since(command: CommandName, args: Mapping[str, object], now: datetime) -> dict[str, object]:
    """The same, for recorded operations from a day ago on."""
    since = {"since": (now - timedelta(hours=SINCE_HOURS)).isoformat()} if "since" in arg_names(command) else {}
    return {**args, **since}


class InitialiseDialog:
    """The second word: the gateway's id, written by hand."""

    def __init__(self, texts: Texts, acts: CommandActs, *, on_done: Callable[[], Awaitable[None]]) -> None:
        self._texts = texts
        self._acts = acts
        self._on_done = on_done
        self._row: CommandRow | None = None
        self._dialog = ui.dialog()
        label = texts("commands.initialise_title")
        with self._dialog, box("dialog", role="dialog", aria_label=label, data_testid="initialise-dialog"):
            self._body = box("dialog-body")

    def open(self, row: CommandRow) -> None:
        """Ask for the second word about this command."""
        texts = self._texts
        self._row = row
        self._body.clear()
        with self._body:
            text(texts("commands.initialise_title"), tag="h2")
            with box("alert alert-warn"):
                icon("warning")
                text(texts("commands.initialise_means", gateway=row.gateway_id, by=row.asked_by))
            with box("field"):
                text(texts("commands.initialise_type", gateway=row.gateway_id), tag="label", for_="confirm-gateway")
                box(
                    "input",
                    tag="input",
                    id="confirm-gateway",
                    maxlength=64,
                    autocomplete="off",
                    data_testid="confirm-gateway",
                )
            with box("dialog-foot"):
                button(texts("close.cancel")).on("click", self._dialog.close)
                button(texts("commands.initialise_do"), "button button-fire", data_testid="confirm-submit").on(
                    "click", self._submit, js_handler="() => emit(document.getElementById('confirm-gateway').value)"
                )
        self._dialog.open()

    async def _submit(self, event: events.GenericEventArguments) -> None:
        row, typed = self._row, str(event.args or "").strip()
        if row is not None and await self._acts.confirm(row.id, typed):
            self._dialog.close()
        await self._on_done()

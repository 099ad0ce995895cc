"""What was asked of gateways: the table, with what can still be done about each row."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from nicegui import ui

from firewarden.api.asking import CommandRow
from firewarden.dashboards.console.command_acts import CommandActs
from firewarden.dashboards.console.command_rows import (
    answer_lines,
    asked_words,
    asker,
    may_be_withdrawn,
    state_words,
    tone,
    took,
    waits_for_a_word,
)
from firewarden.dashboards.console.console import BASE
from firewarden.dashboards.console.elements import box, button, empty, text
from firewarden.dashboards.console.formats import full_moment, moment
from firewarden.dashboards.console.i18n import Texts

OnConfirm = Callable[[CommandRow], object]


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandTable:
    """How one page draws commands. `with_gateways`: of several gateways."""

    texts: Texts
    acts: CommandActs
    on_confirm: OnConfirm
    refresh: Callable[[], Awaitable[None]]
    with_gateways: bool

    def draw(self, rows: Sequence[CommandRow]) -> None:
        """Draw the rows into the present element."""
        if not rows:
            empty("forward_to_inbox", self.texts("commands.empty"))
            return
        places = ("gateway", "venue") if self.with_gateways else ()
        with box("table command-table", tag="table", data_testid="commands"):
            with box(tag="thead"), box(tag="tr"):
                for name in ("asked_at", *places, "command", "by", "state", "answer", "todo"):
                    label = "" if name == "todo" else self.texts(f"commands.{name}")
                    text(label, tag="th", scope="col")
            with box(tag="tbody"):
                for row in rows:
                    self._row(row)

    def _row(self, row: CommandRow) -> None:
        texts = self.texts
        with box(tag="tr", data_testid=f"command-{row.id}", data_state=row.state.value):
            text(moment(row.asked_at), "when", tag="td", title=full_moment(row.asked_at))
            if self.with_gateways:
                with box(tag="td"), box(tag="a", href=f"{BASE}/gateways/{row.gateway_id}"):
                    text(row.gateway_id, tag="code")
                with box(tag="td"), box(tag="a", href=f"{BASE}/venues/{row.venue_id}"):
                    text(texts.either(row.venue_name, row.venue_name_en))
            with box(tag="td"):
                text(texts.name("command", row.command), tag="b")
                if words := asked_words(row, texts):
                    text(words, "muted", tag="div")
            text(asker(row, texts), tag="td")
            with box("command-state", tag="td", data_testid="state"):
                box(f"dot {tone(row.state)}", tag="i")
                text(state_words(row, texts))
                if took_ := took(row, texts):
                    text(took_, "muted", tag="div", title=full_moment(row.ended_at))
            with box("answer", tag="td", data_testid="answer"):
                for line in answer_lines(row, texts):
                    text(line, tag="div")
            with box("todo", tag="td"):
                self._todo(row)

    def _todo(self, row: CommandRow) -> None:
        if not self.acts.may(row.command):
            return
        if waits_for_a_word(row):
            self._button("confirm", row, lambda: self.on_confirm(row))
        if may_be_withdrawn(row):
            self._button("withdraw", row, lambda: self._withdraw(row.id))

    def _button(self, name: str, row: CommandRow, act: Callable[[], object]) -> ui.element:
        return button(self.texts(f"commands.{name}"), data_testid=f"{name}-{row.id}").on("click", act)

    async def _withdraw(self, command_id: int) -> None:
        await self.acts.withdraw(command_id)
        await self.refresh()

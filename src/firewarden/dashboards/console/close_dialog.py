"""What did an incident turn out to be? The dialog in which an officer says so."""

from nicegui import events, ui

from firewarden.dashboards.console.acts import Acts
from firewarden.dashboards.console.desk_rows import Row
from firewarden.dashboards.console.elements import attributed, box, button, icon, text
from firewarden.dashboards.console.i18n import Texts
from firewarden.desk.acts import NOTE_LENGTH_MAX
from firewarden.desk.incidents import IncidentClass


class CloseDialog:
    """One dialog for a page, opened for one incident after the other."""

    def __init__(self, texts: Texts, acts: Acts, me: str) -> None:
        self._texts = texts
        self._acts = acts
        self._me = me
        self._row: Row | None = None
        self._class: IncidentClass | None = None
        self._note = ""
        self._dialog = ui.dialog()
        with self._dialog, box("dialog", role="dialog", aria_label=texts("close.title"), data_testid="close-dialog"):
            self._body = box("dialog-body")

    def open(self, row: Row) -> None:
        """Ask about this incident."""
        self._row, self._class, self._note = row, None, ""
        self._body.clear()
        with self._body:
            self._build(row)
        self._dialog.open()

    def _build(self, row: Row) -> None:
        texts = self._texts
        text(f"{texts('close.title')} · {texts.name('condition', row.kind)}", tag="h2")
        where = " ".join(part for part in (row.floor, row.point) if part)
        text(f"{texts.either(row.venue, row.venue_en)}　{where}", "muted")
        if not row.taken_by:
            self._remark(texts("close.untaken"))
        elif row.taken_by != self._me:
            self._remark(texts("close.held_by_other", name=row.taken_by))
        with box("field"):
            text(texts("close.class"), tag="label", id="close-class")
            with box("classes", role="radiogroup", aria_labelledby="close-class"):
                self._chips = {each: self._chip(each) for each in IncidentClass}
        with box("field"):
            text(texts("close.note"), tag="label", for_="close-note")
            box(
                "input",
                tag="textarea",
                id="close-note",
                rows=4,
                maxlength=NOTE_LENGTH_MAX,
                placeholder=texts("close.note_hint"),
                data_testid="close-note",
            ).on("input", self._type, throttle=0.1, js_handler="(event) => emit(event.target.value)")
        self._problem = text("", "alert alert-bad", role="alert", data_testid="close-problem")
        self._problem.visible = False
        with box("dialog-foot"):
            button(texts("close.cancel"), data_testid="close-cancel").on("click", self._dialog.close)
            # The note travels with the press of the button: what was typed last must not be lost to the throttle.
            button(texts("close.submit"), "button button-primary", data_testid="close-submit").on(
                "click", self._submit, js_handler="() => emit(document.getElementById('close-note').value)"
            )

    def _remark(self, message: str) -> None:
        with box("alert alert-warn"):
            icon("info")
            text(message)

    def _chip(self, each: IncidentClass) -> ui.element:
        chip = button(self._texts(f"class.{each}"), "chip", role="radio", data_testid=f"class-{each}")
        return attributed(chip, {"aria_checked": "false"}).on("click", lambda: self._choose(each))

    def _choose(self, chosen: IncidentClass) -> None:
        self._class = chosen
        for each, chip in self._chips.items():
            attributed(chip, {"aria_checked": "true" if each is chosen else "false"})
        self._problem.visible = False

    def _type(self, event: events.GenericEventArguments) -> None:
        self._note = str(event.args or "")

    async def _submit(self, event: events.GenericEventArguments) -> None:
        self._type(event)
        row = self._row
        if row is None:
            return
        if self._class is None:
            self._complain(self._texts("close.class_missing"))
            return
        if len(self._note) > NOTE_LENGTH_MAX:
            self._complain(self._texts("close.note_long", length=NOTE_LENGTH_MAX))
            return
        self._dialog.close()
        await self._acts.close(row.id, self._texts.either(row.venue, row.venue_en), self._class, self._note.strip())

    def _complain(self, message: str) -> None:
        self._problem.text = message
        self._problem.visible = True

"""What would these files change, how far is that, and which rows are wrong? One browser's import."""

from collections.abc import Callable
from functools import partial
from typing import ClassVar

import psycopg
from nicegui import events, ui

from firewarden.api.errors import ProblemError, problem_of
from firewarden.api.integrator import import_files
from firewarden.api.sheet_import import Phase, SheetImport
from firewarden.api.sheets.columns import COLUMNS
from firewarden.api.sheets.faults import Fault, FileError, SheetError
from firewarden.api.sheets.files import NamedFile
from firewarden.api.sheets.plan import Plan
from firewarden.api.sheets.write_csv import write_faults
from firewarden.dashboards.console.acts import explanation
from firewarden.dashboards.console.console import Console, leave
from firewarden.dashboards.console.elements import attributed, box, button, icon, tell, text
from firewarden.dashboards.console.formats import grouped
from firewarden.dashboards.console.uploads import UPLOAD_BYTES_MAX
from firewarden.dashboards.console.visit import Visit

FILES_MAX = 20
FAULTS_SHOWN_MAX = 100

_COLUMNS_ZH = {column.name: column.zh for columns in COLUMNS.values() for column in columns}


class ImportPanel:
    """Files are read and compared first; only then does somebody say that they shall be imported."""

    REDRAWN_EVERY_S: ClassVar = 0.2

    def __init__(self, console: Console, visit: Visit) -> None:
        self._console = console
        self._visit = visit
        self._texts = visit.texts
        self._files: list[NamedFile] = []
        self._busy = False
        self._phase: tuple[str, int, int] | None = None
        self._drawn: tuple[str, int, int] | None = None

    def build(self) -> None:
        """Put the panel together, still without files."""
        texts = self._texts
        with box("panel", tag="section"):
            with box("panel-head"):
                text(texts("register.import"), tag="h2")
            with box("panel-body register-stack"):
                text(texts("register.import_help"), "muted", tag="p")
                self._upload = ui.upload(
                    multiple=True,
                    max_files=FILES_MAX,
                    max_total_size=UPLOAD_BYTES_MAX,
                    auto_upload=True,
                    on_begin_upload=lambda: self._show_phase("uploading"),
                    on_multi_upload=self._uploaded,
                    on_rejected=lambda: tell(texts("register.rejected", mib=UPLOAD_BYTES_MAX >> 20), done=False),
                ).classes("upload-hidden")
                pick = f"(event) => getElement({self._upload.id}).$refs.qRef.pickFiles(event)"
                with box("chips"):
                    button(
                        texts("register.choose"), "button button-primary", symbol="upload_file", data_testid="choose"
                    ).on("click", js_handler=pick)
                self._progress = box("progress")
                with self._progress:
                    self._phase_text = text("", data_testid="phase")
                    self._bar = box(tag="progress", data_testid="progress")
                self._progress.visible = False
                self._result = box("register-stack", aria_live="polite", data_testid="result")

    def redraw(self) -> None:
        """Show how far the work is; it tells so from another thread."""
        if self._phase == self._drawn or self._phase is None:
            return
        self._drawn = self._phase
        name, done, total = self._phase
        rows = f" {grouped(done)} / {grouped(total)}" if total else ""
        self._phase_text.text = self._texts(f"register.phase_{name}") + rows
        if total:
            attributed(self._bar, {"value": done, "max": total})
        else:
            for prop in ("value", "max"):
                self._bar.props.pop(prop, None)

    def _show_phase(self, name: str) -> None:
        self._phase = (name, 0, 0)
        self._progress.visible = True
        self.redraw()

    def _on_progress(self, phase: Phase, done: int, total: int) -> None:
        self._phase = (phase.value, done, total)

    async def _uploaded(self, event: events.MultiUploadEventArguments) -> None:
        self._upload.reset()
        if self._busy:
            return
        self._files = [NamedFile(name=file.name, data=await file.read()) for file in event.files]
        await self._work(dry_run=True)

    async def _work(self, *, dry_run: bool) -> None:
        self._busy = True
        self._result.clear()
        self._show_phase(Phase.READING.value)
        try:
            await self._try(dry_run=dry_run)
        finally:
            self._busy = False
            self._progress.visible = False
            self._phase = self._drawn = None

    async def _try(self, *, dry_run: bool) -> None:
        show = await self._outcome(dry_run=dry_run)
        with self._result:
            show()

    async def _outcome(self, *, dry_run: bool) -> Callable[[], None]:
        """Do it; what to show of how it went."""
        try:
            who = await self._console.signed_in(self._visit.token)
            if who is None:
                leave()
                return _nothing
            found = await import_files(
                self._console.context, who, self._files, dry_run=dry_run, on_progress=self._on_progress
            )
        except SheetError as error:
            return partial(self._faults, error)
        except FileError as error:
            return partial(_alert, "error", self._file_error(error), "alert-bad")
        except (ProblemError, psycopg.Error) as error:
            return partial(_alert, "error", explanation(problem_of(error), self._texts), "alert-bad")
        return partial(self._plan, found, done=not dry_run)

    def _file_error(self, error: FileError) -> str:
        known = self._texts.name("file_error", error.code)
        return str(error) if known == error.code else f"{error.name}：{known}"

    def _plan(self, found: SheetImport, *, done: bool) -> None:
        texts = self._texts
        plan = found.plan
        if done:
            _alert("check_circle", texts("register.done"), "")
        elif not plan.changes:
            _alert("check_circle", texts("register.unchanged_all"), "")
        for name, encoding in found.encodings:
            text(texts("register.encoding", name=name, encoding=encoding.upper()), "muted", tag="p")
        for name in found.not_read:
            text(texts("register.not_read", name=name), "muted", tag="p")
        self._counts(plan)
        if plan.changes and not done:
            with box("chips"):
                button(texts("register.submit"), "button button-primary", data_testid="submit").on(
                    "click", self._import
                )
                button(texts("register.cancel"), data_testid="cancel").on("click", self._cancel)

    def _counts(self, plan: Plan) -> None:
        texts = self._texts
        with box("table", tag="table", data_testid="plan"):
            with box(tag="thead"), box(tag="tr"):
                for heading in ("kind", "added", "changed", "unchanged"):
                    text(texts(f"register.{heading}"), "" if heading == "kind" else "num", tag="th", scope="col")
            with box(tag="tbody"):
                for kind, count in plan.counts.items():
                    with box(tag="tr", data_testid=f"plan-{kind}"):
                        text(texts(f"register.kind_{kind}"), tag="td")
                        for number in (count.added, count.changed, count.unchanged):
                            text(grouped(number), "num", tag="td")

    async def _import(self) -> None:
        if not self._busy:
            await self._work(dry_run=False)

    def _cancel(self) -> None:
        self._files = []
        self._result.clear()

    def _faults(self, error: SheetError) -> None:
        texts = self._texts
        _alert("error", texts("register.faults", n=grouped(error.total)), "alert-bad")
        with box("chips"):
            button(texts("register.faults_file"), symbol="download", data_testid="faults-file").on(
                "click", lambda: ui.download.content(write_faults(error.faults, self._reason), "register-errors.csv")
            )
        with box("fault-scroll"), box("table", tag="table", data_testid="faults"):
            with box(tag="thead"), box(tag="tr"):
                for heading in ("place", "line", "column", "reason"):
                    text(texts(f"register.{heading}"), "num" if heading == "line" else "", tag="th", scope="col")
            with box(tag="tbody"):
                for fault in error.faults[:FAULTS_SHOWN_MAX]:
                    self._fault(fault)
        if error.total > FAULTS_SHOWN_MAX:
            text(texts("register.faults_more", n=grouped(error.total - FAULTS_SHOWN_MAX)), "more", tag="div")

    def _fault(self, fault: Fault) -> None:
        column = _COLUMNS_ZH.get(fault.column, fault.column) if self._texts.language == "zh" else fault.column
        with box(tag="tr"):
            text(" / ".join(part for part in (fault.file, fault.sheet) if part), tag="td")
            text(str(fault.line or ""), "num", tag="td")
            text(column, tag="td")
            text(self._reason(fault), "fault-reason", tag="td")

    def _reason(self, fault: Fault) -> str:
        return self._texts(f"fault.{fault.why}", **fault.values)


def _nothing() -> None:
    """Nothing is shown to somebody who is being sent away."""


def _alert(symbol: str, message: str, classes: str) -> None:
    with box(f"alert {classes}", role="status", data_testid="message"):
        icon(symbol)
        text(message)

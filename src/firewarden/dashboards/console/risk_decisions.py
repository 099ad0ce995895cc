"""What do people decide about a venue's risk? Proposals to accept or decline, and a grade that an officer sets."""

from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from nicegui import events, ui

from firewarden.api import risk_acts
from firewarden.api.errors import Problem
from firewarden.api.policy import Principal, Scope
from firewarden.api.risk_acts import OVERRIDE_MAX, REASON_LENGTH_MAX, OverrideRow, ProposalRow
from firewarden.dashboards.console.acts import Acts, explanation
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import attributed, box, button, empty, grade_badge, icon, text
from firewarden.dashboards.console.evidence import sentence
from firewarden.dashboards.console.feed import utc_now
from firewarden.dashboards.console.formats import full_moment, moment
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.risk_moment import local_form, parse_picked
from firewarden.dashboards.console.visit import Visit
from firewarden.risk.catalogue import Grade
from firewarden.risk.proposals import State

Reload = Callable[[], Awaitable[None]]

OVERRIDE_USUAL = timedelta(days=7)


class Decisions:
    """The acts of one person on proposals and grades, and the dialog that asks for a reason."""

    def __init__(self, console: Console, visit: Visit, reload: Reload) -> None:
        self.may = visit.may(Scope.RISK_WRITE)
        self._console = console
        self._texts = visit.texts
        self._acts = Acts(console, visit)
        self._reload = reload
        self._dialog = ui.dialog()
        with self._dialog, box("dialog", role="dialog", aria_label=visit.texts("decide.reason")):
            self._body = box("dialog-body", data_testid="reason-dialog")

    async def accept(self, proposal: ProposalRow) -> None:
        """Accept at once: nothing more is needed."""

        async def step(who: Principal) -> None:
            await risk_acts.accept_proposal(self._console.context, who, proposal.id)

        await self._acts.do(step, self._texts("decide.accepted"), explain=_explain)
        await self._reload()

    def decline(self, proposal: ProposalRow) -> None:
        """Ask why, then decline."""

        async def act(reason: str, _: str, __: str) -> bool:
            async def step(who: Principal) -> None:
                await risk_acts.decline_proposal(self._console.context, who, proposal.id, reason)

            return await self._acts.do(step, self._texts("decide.declined"), explain=_explain)

        self._ask(self._texts("decide.decline_why", kind=self._texts.name("proposal", proposal.kind)), act)

    def override(self, venue_id: int, grade: Grade) -> None:
        """Ask for a grade, until when, and why; then set it."""

        async def act(reason: str, chosen: str, until: str) -> bool:
            at = parse_picked(until)
            if at is None or chosen not in set(Grade):
                return False

            async def step(who: Principal) -> None:
                await risk_acts.override_grade(
                    self._console.context, who, venue_id, grade=Grade(chosen), reason=reason, until=at
                )

            return await self._acts.do(step, self._texts("decide.overridden"), explain=_explain)

        self._ask(self._texts("decide.override_why"), act, grade=grade)

    def end_override(self, venue_id: int) -> None:
        """Ask why, then let the computed grade hold again."""

        async def act(reason: str, _: str, __: str) -> bool:
            async def step(who: Principal) -> None:
                await risk_acts.end_override(self._console.context, who, venue_id, reason=reason)

            return await self._acts.do(step, self._texts("decide.ended"), explain=_explain)

        self._ask(self._texts("decide.end_why"), act)

    def _ask(self, title: str, act: Callable[[str, str, str], Awaitable[bool]], *, grade: Grade | None = None) -> None:
        texts = self._texts
        self._body.clear()
        with self._body:
            text(title, tag="h2")
            if grade is not None:
                _grade_fields(texts, grade, utc_now())
            with box("field"):
                text(texts("decide.reason"), tag="label", for_="reason")
                box("input", tag="textarea", id="reason", rows=3, maxlength=REASON_LENGTH_MAX, data_testid="reason")
            problem = text(texts("decide.reason_missing"), "alert alert-bad", role="alert")
            problem.visible = False

            async def submit(event: events.GenericEventArguments) -> None:
                reason, chosen, until = [str(each or "") for each in event.args]
                problem.visible = not reason.strip()
                if reason.strip():
                    self._dialog.close()
                    await act(reason.strip(), chosen, until)
                    await self._reload()

            with box("dialog-foot"):
                button(texts("close.cancel")).on("click", self._dialog.close)
                button(texts("decide.submit"), "button button-primary", data_testid="reason-submit").on(
                    "click", submit, js_handler=_FIELDS
                )
        self._dialog.open()


_FIELDS = (
    "() => emit(['reason', 'override-grade', 'override-until'].map((id) => document.getElementById(id)?.value ?? ''))"
)


def _grade_fields(texts: Texts, grade: Grade, now: datetime) -> None:
    with box("field"):
        text(texts("decide.grade"), tag="label", for_="override-grade")
        with box("input select", tag="select", id="override-grade", data_testid="override-grade"):
            for each in Grade:
                option = text(f"{each} · {texts.name('grade', each)}", tag="option", value=each.value)
                if each is grade:
                    attributed(option, {"selected": True})
    with box("field"):
        text(texts("decide.until"), tag="label", for_="override-until")
        box(
            "input",
            tag="input",
            type="datetime-local",
            id="override-until",
            value=local_form(now + OVERRIDE_USUAL),
            min=local_form(now),
            max=local_form(now + OVERRIDE_MAX),
            data_testid="override-until",
        )
        text(texts("decide.until_help", days=OVERRIDE_MAX.days), "muted", tag="small")


def _explain(problem: Problem | None, texts: Texts) -> str:
    if problem is None:
        return texts("notice.database")
    match problem.code:
        case "proposal-conflict":
            return texts("decide.conflict", name=problem.holder or texts("desk.system"))
        case "invalid-until":
            return texts("decide.until_help", days=OVERRIDE_MAX.days)
        case "no-override":
            return texts("decide.no_override")
        case _ if problem.status == HTTPStatus.NOT_FOUND:
            return texts("decide.gone")
        case _:
            return explanation(problem, texts)


def proposal_line(row: ProposalRow, texts: Texts, decisions: Decisions, *, venue: bool = False) -> None:
    """What is proposed, why, until when, and the two buttons, or what became of it."""
    with box("row-item proposal", data_testid=f"proposal-{row.id}"):
        grade_badge(row.grade, texts.name("grade", row.grade))
        with box("row-main"):
            text(texts.name("proposal", row.kind), tag="b")
            if venue:
                with box(tag="a", href=f"{BASE}/venues/{row.venue_id}/risk"):
                    text(f"{texts.either(row.venue_name, row.venue_name_en)} · {row.district}")
            text(sentence("proposal", dict(row.because), texts), tag="small")
        with box("row-end"):
            if row.due_at is not None and row.state is State.OPEN:
                late = " late" if row.due_at < utc_now() else ""
                text(texts("decide.due", at=moment(row.due_at)), f"due{late}", tag="small")
            if row.state is not State.OPEN:
                text(f"{texts.name('proposal_state', row.state)} · {row.decided_by or ''}".rstrip(" ·"))
                text(row.reason, "muted", tag="small")
            elif decisions.may:
                with box("proposal-acts", tag="span"):
                    button(texts("decide.accept"), "button button-primary", data_testid=f"accept-{row.id}").on(
                        "click", lambda: decisions.accept(row)
                    )
                    button(texts("decide.decline"), data_testid=f"decline-{row.id}").on(
                        "click", lambda: decisions.decline(row)
                    )


def proposals_panel(rows: Sequence[ProposalRow], texts: Texts, decisions: Decisions) -> None:
    """What the grade of this venue calls for."""
    with box("panel", tag="section", data_testid="proposals"):
        with box("panel-head"):
            text(texts("proposals.title"), tag="h2")
            text(texts("proposals.subtitle"), "muted")
        if not rows:
            empty("assignment_turned_in", texts("proposals.none"))
        for row in rows:
            proposal_line(row, texts, decisions)


def override_panel(
    venue_id: int, grade: Grade, rows: Sequence[OverrideRow], texts: Texts, decisions: Decisions
) -> None:
    """Who set the grade, until when and why; and the way to set it, or to end that."""
    now = utc_now()
    holds = rows[0] if rows and rows[0].grade is not None and rows[0].until > now else None
    with box("panel", tag="section", data_testid="override"):
        with box("panel-head"):
            text(texts("decide.override"), tag="h2")
            box("spacer")
            if decisions.may and holds is None:
                button(texts("decide.override_set"), data_testid="override-set").on(
                    "click", lambda: decisions.override(venue_id, grade)
                )
            if decisions.may and holds is not None:
                button(texts("decide.override_end"), data_testid="override-end").on(
                    "click", lambda: decisions.end_override(venue_id)
                )
        if not rows:
            text(texts("decide.override_none"), "more", tag="div")
        for row in rows[:10]:
            with box("row-item", data_testid=f"override-{row.id}"):
                if row.grade is None:
                    icon("undo")
                else:
                    grade_badge(row.grade, texts.name("grade", row.grade))
                with box("row-main"):
                    text(row.reason, tag="b")
                    text(f"{row.actor} · {moment(row.at)}", tag="small")
                with box("row-end"):
                    if row.grade is not None:
                        text(texts("decide.until_at", at=full_moment(row.until)), "tag" if row is holds else "muted")

"""What does an officer have to know about one incident, and what was done so far?"""

from collections.abc import Callable

import psycopg
from psycopg import AsyncConnection

from firewarden.api import facts, reads
from firewarden.api.facts import FactRow
from firewarden.api.policy import Scope
from firewarden.api.rows import IncidentAction, IncidentDetail, IncidentRow, VenueDetail
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.desk_rows import ICONS, group_of
from firewarden.dashboards.console.elements import age, box, button, empty, grade_badge, icon, pair, tell, text
from firewarden.dashboards.console.fact_rows import fact_row, gateway_address, without_frames
from firewarden.dashboards.console.feed import utc_now
from firewarden.dashboards.console.formats import NOTHING, full_moment, moment, points
from firewarden.dashboards.console.visit import Visit
from firewarden.desk.incidents import IncidentState

EVIDENCE_SHOWN = 5

COPY_TRACE = """() => {
    const shown = document.getElementById('trace-id');
    if (navigator.clipboard) { navigator.clipboard.writeText(shown.textContent); return; }
    getSelection().selectAllChildren(shown);
    document.execCommand('copy');
}"""
"""Browsers give a page the clipboard only over TLS or on this machine; the older way works everywhere."""

OnAct = Callable[[int], object]


class DetailPanel:
    """The right side of the desk. `show` loads an incident; what is shown stays until the next is there."""

    def __init__(self, console: Console, visit: Visit, *, on_take: OnAct, on_close: OnAct) -> None:
        self._console = console
        self._visit = visit
        self._texts = visit.texts
        self._on_take = on_take
        self._on_close = on_close
        self._wanted: int | None = None
        self._panel = box("panel detail", tag="aside", data_testid="detail")
        with self._panel:
            empty("touch_app", self._texts("detail.none"), self._texts("detail.none_hint"))

    async def show(self, incident_id: int) -> None:
        """Load and show one incident; a later call overtakes an earlier one that is still loading."""
        self._wanted = incident_id
        try:
            async with self._console.pool.connection() as connection:
                detail = await reads.get_incident(connection, incident_id)
                venue_id = None if detail is None else detail.incident.venue_id
                venue = None if venue_id is None else await reads.get_venue(connection, venue_id, now=utc_now())
                said = () if detail is None else await _facts_behind(connection, detail.incident)
        except psycopg.Error:
            tell(self._texts("problem.database"), done=False)
            return
        if self._wanted != incident_id or self._panel.is_deleted:
            return
        self._panel.clear()
        with self._panel:
            if detail is None or venue is None:
                empty("help_outline", self._texts("detail.gone", id=incident_id))
            else:
                self._build(detail, venue, said)

    def _build(self, detail: IncidentDetail, venue: VenueDetail, said: tuple[FactRow, ...]) -> None:
        incident = detail.incident
        with box("detail-body"):
            self._title(incident)
            if incident.state is IncidentState.TAKEN:
                self._holder(incident)
            self._place(incident, venue)
            self._times(incident)
            if incident.state is IncidentState.CLOSED:
                self._verdict(incident)
            self._evidence(said)
            self._history(detail.actions)
        with box("detail-foot"):
            self._foot(incident)

    def _title(self, incident: IncidentRow) -> None:
        texts = self._texts
        group = group_of(incident.kind)
        with box("detail-title"):
            with box(f"detail-kind kind-{group}"):
                icon(ICONS[group])
                text(texts.name("condition", incident.kind))
                text(texts.name("state", incident.state), "tag", data_testid="detail-state")
            text(texts.either(incident.venue_name, incident.venue_name_en), tag="h2", data_testid="detail-venue")
            with box("muted"):
                text(texts("detail.number", id=incident.id))
                text(" · ")
                age(incident.opened_at, incident.closed_at)

    def _holder(self, incident: IncidentRow) -> None:
        mine = incident.taken_by == self._visit.name
        with box("alert"):
            icon("person")
            text(
                self._texts("detail.held_me") if mine else self._texts("detail.held", name=incident.taken_by or ""),
                data_testid="detail-holder",
            )

    def _place(self, incident: IncidentRow, venue: VenueDetail) -> None:
        texts = self._texts
        with box("field"):
            text(texts("detail.phone"), "muted")
            phones = [room for room in venue.control_rooms if room.phone]
            for room in phones[:3]:
                text(room.phone, "phone", tag="a", href=f"tel:{room.phone}", title=room.name)
            if not phones:
                text(NOTHING, "phone")
        with box("pairs", tag="dl"):
            if incident.point_address is not None:
                where = f"{incident.point_floor or ''} {incident.point_name or ''}".strip()
                pair(texts("detail.where"), where or NOTHING)
                pair(texts("detail.point"), incident.point_address)
            text(texts("detail.gateway"), tag="dt")
            with box(tag="dd"), box(tag="a", href=gateway_address(incident.gateway_id)):
                text(incident.gateway_id)
            pair(texts("detail.address"), f"{venue.profile.district} {venue.profile.address}".strip())
        if venue.risk is not None and self._visit.may(Scope.RISK_READ):
            with box("risk-line"):
                grade_badge(venue.risk.grade, texts.name("grade", venue.risk.grade))
                text(texts("detail.risk"), "muted")
                text(points(venue.risk.score), tag="b")

    def _times(self, incident: IncidentRow) -> None:
        texts = self._texts
        with box("pairs", tag="dl"):
            pair(texts("detail.occurred"), full_moment(incident.occurred_at))
            pair(texts("detail.received"), full_moment(incident.received_at))
            pair(texts("detail.opened"), full_moment(incident.opened_at))
            if incident.raises > 1:
                pair(texts("detail.raises"), str(incident.raises))
            if incident.trace_id is not None:
                self._trace(incident.trace_id)

    def _trace(self, trace_id: str) -> None:
        """The id by which the message is found in the logs, to copy."""
        text(self._texts("detail.trace"), tag="dt", title=self._texts("detail.trace_hint"))
        with box("trace", tag="dd"):
            text(trace_id, tag="code", id="trace-id", data_testid="detail-trace")
            label = self._texts("detail.trace_copy")
            button("", "icon-button", symbol="content_copy", title=label, aria_label=label).on(
                "click", js_handler=COPY_TRACE
            )

    def _verdict(self, incident: IncidentRow) -> None:
        with box("pairs", tag="dl"):
            pair(self._texts("detail.closed_as"), self._texts.name("class", incident.incident_class or ""))
            pair(self._texts("detail.note"), incident.note or NOTHING)

    def _evidence(self, said: tuple[FactRow, ...]) -> None:
        if not said:
            return
        with box("field", data_testid="evidence"):
            text(self._texts("detail.evidence"), tag="h2")
            with box("facts", tag="ol"):
                for fact in said:
                    fact_row(fact, self._texts, where=False)
            if all(fact.frame is None for fact in said):
                without_frames(self._texts)

    def _history(self, actions: tuple[IncidentAction, ...]) -> None:
        with box("field"):
            text(self._texts("detail.history"), tag="h2")
            with box("timeline", tag="ol", data_testid="timeline"):
                for action in actions:
                    with box(tag="li"):
                        text(moment(action.at), tag="time")
                        who = self._texts("desk.system") if action.actor == "system" else action.actor
                        text(f"{self._texts.name('act', action.action)} · {who}")

    def _foot(self, incident: IncidentRow) -> None:
        texts = self._texts
        if incident.state is not IncidentState.CLOSED and self._visit.may_act:
            fire = "button button-fire" if incident.priority == 1 else "button button-primary"
            if incident.state is IncidentState.NEW:
                button(texts("detail.take"), fire, data_testid="detail-take").on(
                    "click", lambda: self._on_take(incident.id)
                )
            style = "button" if incident.state is IncidentState.NEW else "button button-primary wide"
            button(texts("detail.close"), style, data_testid="detail-close").on(
                "click", lambda: self._on_close(incident.id)
            )
        with box("button wide", tag="a", href=f"{BASE}/venues/{incident.venue_id}", data_testid="detail-venue-link"):
            icon("apartment")
            text(texts("detail.open_venue"))


async def _facts_behind(connection: AsyncConnection, incident: IncidentRow) -> tuple[FactRow, ...]:
    return (await facts.incident_facts(connection, incident, limit=EVIDENCE_SHOWN)).items

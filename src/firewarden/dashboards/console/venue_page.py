"""What is known of one venue: what it is, who can be called, what is wrong, how dangerous, and what its water does?"""

from dataclasses import dataclass

import psycopg
from nicegui import ui

from firewarden.api import facts as api_facts
from firewarden.api import measurements, reads
from firewarden.api.facts import FactRow
from firewarden.api.policy import Scope
from firewarden.api.rows import IncidentRow, IncidentView, PressureSeries, VenueDetail
from firewarden.dashboards.console import store, venue_facts
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import box, empty, icon, text
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.frame import Builder
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.stretch import Stretch
from firewarden.dashboards.console.venue_facts import conditions, gateways, incidents, profile, unregistered
from firewarden.dashboards.console.venue_plot import INK_DARK, INK_LIGHT, Span
from firewarden.dashboards.console.venue_risk import risk_panel
from firewarden.dashboards.console.venue_water import WaterPanel

REFRESHED_EVERY_S = 10.0
INCIDENTS_SHOWN = 10
FACTS_SHOWN = 12
SERIES_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueFacts:
    """One reading of everything on the page except its water."""

    detail: VenueDetail
    incidents: tuple[IncidentRow, ...]
    unregistered: tuple[store.UnregisteredPoint, ...]
    facts: tuple[FactRow, ...]


class VenuePage:
    """One browser's page of one venue: as it stands, with what happened last, or in `stretch`."""

    def __init__(self, console: Console, shell: Shell, venue_id: int, stretch: Stretch | None = None) -> None:
        self._console = console
        self._visit = shell.visit
        self._texts = shell.texts
        self._venue_id = venue_id
        self._stretch = stretch
        self._ink = INK_DARK if shell.visit.look.dark else INK_LIGHT
        self._stale = False
        self._drawn: VenueFacts | None = None

    async def read(self) -> VenueFacts | None:
        """Everything but the water; None where there is no such venue. Raises psycopg.Error."""
        now = utc_now()
        since, until = (None, None) if self._stretch is None else (self._stretch.since, self._stretch.until)
        async with self._console.pool.connection() as connection:
            detail = await reads.get_venue(connection, self._venue_id, now=now)
            if detail is None:
                return None
            recent = await reads.list_incidents(
                connection,
                view=IncidentView.ALL,
                venue_id=self._venue_id,
                since=since,
                until=until,
                limit=INCIDENTS_SHOWN,
            )
            said = await api_facts.venue_facts(connection, self._venue_id, since=since, until=until, limit=FACTS_SHOWN)
            points = await store.unregistered_points(connection, self._venue_id)
        return VenueFacts(
            detail=detail,
            incidents=recent.items,
            unregistered=points,
            facts=said.items,
        )

    async def read_water(self, span: Span | Stretch) -> tuple[PressureSeries, None]:
        """The water of the last `span`; what detectors say of it is on the page of the risk. Raises psycopg.Error."""
        until = span.until if isinstance(span, Stretch) else utc_now()
        since = span.since if isinstance(span, Stretch) else until - span.length
        async with self._console.pool.connection() as connection:
            series = await measurements.pressure_series(
                connection, self._venue_id, since=since, until=until, points_max=SERIES_MAX
            )
        return series, None

    async def build(self, facts: VenueFacts) -> None:
        """Put the page together. Raises psycopg.Error."""
        if self._stretch is not None:
            self._say(self._stretch)
        self._head = box("venue-head")
        with box("venue-grid"):
            self._left = box("venue-column")
            with box("venue-column"):
                self._water = WaterPanel(self._texts, self._ink, self.read_water, span=self._stretch or Span.SIX_HOURS)
                self._middle = box("venue-column")
            self._right = box("venue-column")
        self._show(facts)
        await self._water.load()

    def _say(self, stretch: Stretch) -> None:
        with box("alert alert-past", role="status", data_testid="stretch"):
            icon("history")
            with box("row-main"):
                text(self._texts("venue.stretch", stretch=stretch.text), tag="b")
                text(self._texts("venue.stretch_help"), tag="small")
            with box("button", tag="a", href=f"{BASE}/venues/{self._venue_id}", data_testid="to-now"):
                text(self._texts("risk.to_now"))

    def _show(self, facts: VenueFacts) -> None:
        detail, texts = facts.detail, self._texts
        self._head.clear()
        with self._head:
            text(texts.either(detail.profile.name, detail.profile.name_en), tag="h1", data_testid="venue-name")
            text(f"{detail.profile.district} · {texts.name('use', detail.profile.use)}", "muted")
            if detail.profile.key_unit:
                text(texts("venue.key_unit"), "tag")
        self._left.clear()
        with self._left:
            profile(detail, texts)
            gateways(detail.gateways, texts)
        self._middle.clear()
        with self._middle:
            conditions(detail, texts)
            incidents(facts.incidents, texts, self._visit.name)
            protocols = frozenset(gateway.protocol for gateway in detail.gateways)
            venue_facts.facts(facts.facts, protocols, texts)
            if facts.unregistered:
                unregistered(facts.unregistered, texts)
        self._right.clear()
        with self._right:
            if self._visit.may(Scope.RISK_READ):
                risk_panel(self._venue_id, detail.risk, texts)
        self._drawn = facts

    def on_update(self, update: Update) -> None:
        """Remember that this venue has changed; the timer reads it."""
        self._stale |= self._venue_id in update.venues

    async def refresh(self) -> None:
        """Read again what an event has touched."""
        if not self._stale:
            return
        self._stale = False
        try:
            facts = await self.read()
        except psycopg.Error:
            self._stale = True  # the banner says that the database does not answer
            return
        if facts is not None:
            self._show(facts)

    async def refresh_water(self) -> None:
        """Read the water again, and the gateways' states with it."""
        self._stale = True
        await self._water.refresh()


def builder(venue_id: int, stretch: Stretch | None = None) -> Builder:
    """What builds the page of one venue, with what happened in `stretch`, or last."""

    async def build(console: Console, shell: Shell) -> None:
        page = VenuePage(console, shell, venue_id, stretch)
        facts = await page.read()
        if facts is None:
            ui.context.client.status_code = 404
            with shell.main():
                empty("domain_disabled", shell.texts("venue.missing", id=venue_id))
            return
        ui.page_title(f"{shell.texts.either(facts.detail.profile.name, facts.detail.profile.name_en)}")
        with shell.main():
            with box("back-link", tag="a", href=f"{BASE}/ranking"):
                icon("arrow_back")
                text(shell.texts("ranking.title"))
            await page.build(facts)
        shell.watch(page.on_update)
        ui.timer(0.5, page.refresh)
        ui.timer(REFRESHED_EVERY_S, page.refresh_water, immediate=False)

    return build

"""Why does a venue stand where it stands in the ranking, now or as it was known at a moment, and what would help?"""

from dataclasses import dataclass
from datetime import datetime, timedelta

import psycopg
from nicegui import ui

from firewarden.api import measurements, reads, risk, risk_acts
from firewarden.api.risk_acts import OverrideRow, ProposalRow
from firewarden.api.risk_rows import RiskExplanation, RiskScore
from firewarden.api.risk_water import WaterMarks, water_marks
from firewarden.api.rows import PressureSeries, VenueProfile
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import age, box, empty, icon, text
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.frame import Builder
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.risk_decisions import Decisions, override_panel, proposals_panel
from firewarden.dashboards.console.risk_facts_dialog import FactsDialog
from firewarden.dashboards.console.risk_moment import MomentBanner, MomentPicker, as_of_query, parse_moment
from firewarden.dashboards.console.risk_panels import changed, headline, repairs, rule_hits, waterfall
from firewarden.dashboards.console.stretch import Stretch
from firewarden.dashboards.console.venue_plot import INK_DARK, INK_LIGHT, Span, score_options
from firewarden.dashboards.console.venue_water import WaterPanel

REFRESHED_EVERY_S = 1.5
TREND = timedelta(days=30)
TREND_MAX = 1_000
PROPOSALS_SHOWN = 20
SERIES_MAX = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    found: RiskExplanation
    trend: tuple[RiskScore, ...]
    proposals: tuple[ProposalRow, ...]
    overrides: tuple[OverrideRow, ...]
    until: datetime


class RiskPage:
    """One browser's page of the risk of one venue."""

    def __init__(self, console: Console, shell: Shell, venue: VenueProfile, as_of: datetime | None) -> None:
        self._console = console
        self._texts = shell.texts
        self._venue = venue
        self._as_of = as_of
        self._ink = INK_DARK if shell.visit.look.dark else INK_LIGHT
        self._decisions = Decisions(console, shell.visit, self._again)
        self._facts = FactsDialog(console, shell.texts, venue.id)
        self._stale = False

    async def read(self) -> _Read:
        """All but the water. Raises psycopg.Error."""
        now = utc_now()
        until = self._as_of or now
        async with self._console.pool.connection() as connection:
            found = await risk.explanation(connection, self._venue, now=now, as_of=self._as_of)
            trend = await risk.trend(
                connection, self._venue.id, since=until - TREND, until=self._as_of, rows_max=TREND_MAX
            )
            proposals = await risk_acts.list_proposals(
                connection, state=None, venue_id=self._venue.id, limit=PROPOSALS_SHOWN
            )
            overrides = await risk_acts.list_overrides(connection, self._venue.id)
        return _Read(found=found, trend=trend, proposals=proposals.items, overrides=overrides, until=until)

    async def _read_water(self, span: Span | Stretch) -> tuple[PressureSeries, WaterMarks]:
        until = span.until if isinstance(span, Stretch) else self._as_of or utc_now()
        since = span.since if isinstance(span, Stretch) else until - span.length
        async with self._console.pool.connection() as connection:
            series = await measurements.pressure_series(
                connection, self._venue.id, since=since, until=until, points_max=SERIES_MAX
            )
            return series, await water_marks(connection, self._venue.id, series, baseline=self._as_of is None)

    async def build(self, first: _Read) -> None:
        """Put the page together. Raises psycopg.Error."""
        texts = self._texts
        with box("venue-head"):
            text(texts.either(self._venue.name, self._venue.name_en), tag="h1", data_testid="venue-name")
            text(f"{self._venue.district} · {texts.name('use', self._venue.use)}", "muted")
            with box("button", tag="a", href=f"{BASE}/venues/{self._venue.id}", data_testid="to-venue"):
                icon("apartment")
                text(texts("risk.to_venue"))
            box("spacer")
            self._at = box("muted", tag="span")
            picker = MomentPicker(texts, utc_now(), self._pick_moment)
            picker.show(self._as_of)
        banner = MomentBanner(texts, self._pick_moment)
        banner.show(first.found.as_of)
        self._body = box("risk-body")
        self._show(first)
        self._water = WaterPanel(texts, self._ink, self._read_water, span=Span.WEEK)
        await self._water.load()

    def _show(self, read: _Read) -> None:
        texts, found, score = self._texts, read.found, read.found.risk
        self._at.clear()
        self._body.clear()
        with self._body:
            if score is None:
                with box("panel", tag="section"):
                    empty("hourglass_empty", texts("risk.none_then" if self._as_of else "venue.risk_none"))
                return
            with box("risk-row head-row"):
                headline(found, score, texts)
                self._trend(read)
            waterfall(score, texts, self._ink, self._facts.open)
            with box("risk-row"):
                changed(found.since_yesterday, texts, self._facts.open)
                repairs(found, score, texts)
            with box("risk-row"):
                rule_hits(score, texts, self._facts.open)
                if self._as_of is None:
                    with box("venue-column"):
                        proposals_panel(read.proposals, texts, self._decisions)
                        override_panel(self._venue.id, score.grade, read.overrides, texts, self._decisions)
        with self._at:
            text(texts("risk.scored"))
            text(" ")
            age(score.at)

    def _trend(self, read: _Read) -> None:
        with box("panel", tag="section", data_testid="trend"):
            with box("panel-head"):
                text(self._texts("risk.trend"), tag="h2")
            with box("panel-body"):
                options = score_options(read.trend, now=read.until, since=read.until - TREND, ink=self._ink, lines=True)
                ui.echart(options).classes("trend-chart")

    async def _pick_moment(self, value: str) -> None:
        at = parse_moment(value, now=utc_now())
        ui.navigate.to(f"/venues/{self._venue.id}/risk{as_of_query(at)}")

    def on_update(self, update: Update) -> None:
        """Remember that this venue has changed; the timer reads it. The past does not change."""
        self._stale |= self._as_of is None and self._venue.id in update.venues

    async def refresh(self) -> None:
        """Read again what an event has touched."""
        if self._stale:
            self._stale = False
            await self._again()

    async def _again(self) -> None:
        try:
            read = await self.read()
        except psycopg.Error:
            self._stale = True  # the banner says that the database does not answer
            return
        if not self._body.is_deleted:
            self._show(read)


def builder(venue_id: int, as_of: str) -> Builder:
    """What builds the page of the risk of one venue."""

    async def build(console: Console, shell: Shell) -> None:
        async with console.pool.connection() as connection:
            venue = await reads.get_profile(connection, venue_id)
        if venue is None:
            ui.context.client.status_code = 404
            with shell.main():
                empty("domain_disabled", shell.texts("venue.missing", id=venue_id))
            return
        moment = parse_moment(as_of, now=utc_now())
        page = RiskPage(console, shell, venue, moment)
        first = await page.read()
        ui.page_title(f"{shell.texts.either(venue.name, venue.name_en)} · {shell.texts('risk.title')}")
        with shell.main():
            with box("back-link", tag="a", href=f"{BASE}/ranking{as_of_query(moment)}"):
                icon("arrow_back")
                text(shell.texts("ranking.title"))
            await page.build(first)
        shell.watch(page.on_update)
        ui.timer(REFRESHED_EVERY_S, page.refresh, immediate=False)

    return build

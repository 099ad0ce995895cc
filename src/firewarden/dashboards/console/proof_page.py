"""Was anything of a day lost, and at which gateway?"""

from datetime import date

import psycopg
from nicegui import ui

from firewarden.api import proof
from firewarden.api.cursors import InvalidCursorError
from firewarden.api.proof import DayProof, GatewayDay
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import box, empty, icon, text
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.frame import Builder
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.proof_parts import (
    address,
    count_cell,
    day_picker,
    figures,
    parse_day,
    verdict_mark,
    verdict_panel,
)
from firewarden.ingest.day import day_of

ROWS_SHOWN = 100
REFRESHED_EVERY_S = 10.0

_NUMBERS = ("numbered", "stored", "open", "given_up", "filled_late", "repeats")


class ProofPage:
    """One browser's page of one day."""

    def __init__(self, console: Console, shell: Shell, day: date, cursor: str | None) -> None:
        self._console = console
        self._texts = shell.texts
        self._day = day
        self._cursor = cursor
        self._drawn: DayProof | None = None

    def build(self) -> None:
        """Put the page together, still without numbers."""
        texts = self._texts
        with box("page-head"):
            text(texts("proof.title"), tag="h1")
            text(texts("proof.subtitle"), "muted")
            box("spacer")
            day_picker(self._day, day_of(utc_now()), texts)
        self._answer = box("page-proof")
        with box("panel list-panel", tag="section").style("flex:1"):
            self._body = box("scroll")

    async def load(self) -> None:
        """Read the day and draw it. Raises psycopg.Error."""
        async with self._console.pool.connection() as connection:
            try:
                found = await proof.day_proof(connection, self._day, cursor=self._cursor, limit=ROWS_SHOWN)
            except InvalidCursorError:
                self._cursor = None
                found = await proof.day_proof(connection, self._day, limit=ROWS_SHOWN)
        if found != self._drawn and not self._body.is_deleted:
            self._drawn = found
            self._draw(found)

    def _draw(self, found: DayProof) -> None:
        texts = self._texts
        self._answer.clear()
        with self._answer:
            verdict_panel(found.total, found.verdict, day=found.day, today=day_of(utc_now()), texts=texts)
            figures(found.total, texts, more={"gateways": found.gateways})
            text(texts("proof.how"), "how", tag="p")
        self._body.clear()
        with self._body, box("page-proof"):
            if not found.items:
                empty("router", texts("gateways.empty"))
                return
            self._table(found)
            if found.next is not None:
                with (
                    box("more"),
                    box("button", tag="a", href=address(found.day, cursor=found.next), data_testid="next"),
                ):
                    text(texts("proof.next"))
                    icon("arrow_forward")

    def _table(self, found: DayProof) -> None:
        texts = self._texts
        with box("table", tag="table", data_testid="proof-gateways"):
            with box(tag="thead"), box(tag="tr"):
                for name in ("verdict", "gateway", "venue", *_NUMBERS):
                    text(texts(f"proof.{name}"), "num" if name in _NUMBERS else "", tag="th", scope="col")
            with box(tag="tbody"):
                for row in found.items:
                    _row(row, found.day, texts)

    async def refresh(self) -> None:
        """Read again. Where the database does not answer, the banner says so."""
        try:
            await self.load()
        except psycopg.Error:
            return


def _row(row: GatewayDay, day: date, texts: Texts) -> None:
    counts = row.counts
    with box(tag="tr", data_testid=f"proof-{row.gateway_id}", data_verdict=row.verdict.value):
        with box(tag="td"):
            verdict_mark(row.verdict, texts)
        with box(tag="td"), box(tag="a", href=address(day, row.gateway_id)):
            text(row.gateway_id, tag="code")
        with box(tag="td"), box(tag="a", href=f"{BASE}/venues/{row.venue_id}"):
            text(texts.either(row.venue_name, row.venue_name_en))
        count_cell(counts.numbered)
        count_cell(counts.stored)
        count_cell(counts.open, "warn")
        count_cell(counts.given_up, "bad")
        count_cell(counts.filled_late)
        count_cell(counts.repeats)


def builder(day: str, cursor: str) -> Builder:
    """What builds the page of the day that an address names."""

    async def build(console: Console, shell: Shell) -> None:
        page = ProofPage(console, shell, parse_day(day, day_of(utc_now())), cursor or None)
        with shell.main("page-fixed"):
            page.build()
        await page.load()
        shell.watch(_nothing)
        ui.timer(REFRESHED_EVERY_S, page.refresh, immediate=False)

    return build


def _nothing(_: Update) -> None:
    """The timer reads the ledger: a stored message is no event."""

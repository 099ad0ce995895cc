"""Was anything of a day lost at one gateway? Boot by boot and lane by lane, with every gap."""

from datetime import date

import psycopg
from nicegui import ui

from firewarden.api import proof
from firewarden.api.proof import GatewayProof, StreamProof
from firewarden.api.upkeep import GapRow, GapState
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import box, empty, icon, text
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.formats import NOTHING, full_moment, grouped
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

REFRESHED_EVERY_S = 10.0

_STREAM_NUMBERS = ("numbers", "numbered", "stored", "open", "given_up", "filled_late", "repeats")
_GAP_MARKS = {
    GapState.OPEN: ("waiting", "hourglass_top"),
    GapState.FILLED_LATE: ("complete", "done"),
    GapState.GIVEN_UP: ("missing", "report"),
}


class GatewayProofPage:
    """One browser's page of one gateway and day."""

    def __init__(self, console: Console, shell: Shell, gateway_id: str, day: date) -> None:
        self._console = console
        self._texts = shell.texts
        self._gateway_id = gateway_id
        self._day = day
        self._drawn: GatewayProof | None = None

    async def read(self) -> GatewayProof | None:
        """The proof; None where there is no such gateway. Raises psycopg.Error."""
        async with self._console.pool.connection() as connection:
            return await proof.gateway_proof(connection, self._gateway_id, self._day)

    def build(self, found: GatewayProof) -> None:
        """Put the page together."""
        texts, gateway = self._texts, found.gateway
        with box("back-link", tag="a", href=address(self._day)):
            icon("arrow_back")
            text(texts("proof.title"))
        with box("page-head"):
            text(texts("proof.of", id=gateway.gateway_id), tag="h1")
            with box(tag="a", href=f"{BASE}/venues/{gateway.venue_id}"):
                text(texts.either(gateway.venue_name, gateway.venue_name_en))
            box("spacer")
            day_picker(self._day, day_of(utc_now()), texts, self._gateway_id)
        self._body = box("page-proof")
        self.show(found)

    def show(self, found: GatewayProof) -> None:
        """Draw what differs from what is drawn: all of it."""
        if found == self._drawn:
            return
        self._drawn = found
        texts, gateway = self._texts, found.gateway
        self._body.clear()
        with self._body:
            verdict_panel(gateway.counts, gateway.verdict, day=self._day, today=day_of(utc_now()), texts=texts)
            figures(gateway.counts, texts, more={"quarantined": found.quarantined})
            _streams(found.streams, texts)
            _gaps(found, texts)
            text(texts("proof.how"), "how", tag="p")

    async def refresh(self) -> None:
        """Read again. Where the database does not answer, the banner says so."""
        try:
            found = await self.read()
        except psycopg.Error:
            return
        if found is not None and not self._body.is_deleted:
            self.show(found)


def _streams(streams: tuple[StreamProof, ...], texts: Texts) -> None:
    with box("panel", tag="section"):
        with box("panel-head"):
            text(texts("proof.streams"), tag="h2")
        if not streams:
            empty("remove_circle_outline", texts("proof.says_nothing"))
            return
        with box("table", tag="table", data_testid="proof-streams"):
            with box(tag="thead"), box(tag="tr"):
                for name in ("verdict", "lane", "boot", *_STREAM_NUMBERS):
                    text(texts(f"proof.{name}"), "num" if name in _STREAM_NUMBERS else "", tag="th", scope="col")
            with box(tag="tbody"):
                for stream in streams:
                    _stream(stream, texts)


def _stream(stream: StreamProof, texts: Texts) -> None:
    counts = stream.counts
    with box(tag="tr", data_testid=f"stream-{stream.boot}-{stream.lane}"):
        with box(tag="td"):
            verdict_mark(stream.verdict, texts)
        text(texts.name("lane", stream.lane), tag="td")
        with box(tag="td"):
            text(stream.boot, "boot", tag="code", title=stream.boot)
        text(_numbers(stream.first_seq, stream.last_seq), "num", tag="td")
        count_cell(counts.numbered)
        count_cell(counts.stored)
        count_cell(counts.open, "warn")
        count_cell(counts.given_up, "bad")
        count_cell(counts.filled_late)
        count_cell(counts.repeats)


def _numbers(first: int | None, last: int | None) -> str:
    if first is None or last is None:
        return NOTHING
    return grouped(first) if first == last else f"{grouped(first)} – {grouped(last)}"


def _gaps(found: GatewayProof, texts: Texts) -> None:
    with box("panel", tag="section"):
        with box("panel-head"):
            text(texts("proof.gaps"), tag="h2")
        if not found.gaps:
            empty("done_all", texts("proof.no_gaps"))
            return
        with box("table", tag="table", data_testid="proof-gaps"):
            with box(tag="thead"), box(tag="tr"):
                for name in ("state", "lane", "boot", "numbers", "missed", "after", "seen", "ended"):
                    text(
                        texts(f"proof.{name}"),
                        "num" if name in {"numbers", "missed"} else "",
                        tag="th",
                        scope="col",
                        title=texts.name("proof", f"{name}_help") if name in {"after", "seen", "ended"} else "",
                    )
            with box(tag="tbody"):
                for gap in found.gaps:
                    _gap(gap, texts)
        if found.more_gaps:
            text(texts("proof.more_gaps", n=len(found.gaps)), "more", tag="div")


def _gap(gap: GapRow, texts: Texts) -> None:
    look, symbol = _GAP_MARKS[gap.state]
    with box(tag="tr", data_testid=f"gap-{gap.lane}-{gap.from_seq}", data_state=gap.state.value):
        with box(tag="td"), box(f"verdict-mark verdict-{look}", tag="span"):
            icon(symbol)
            text(texts.name("gap_state", gap.state))
        text(texts.name("lane", gap.lane), tag="td")
        with box(tag="td"):
            text(gap.boot, "boot", tag="code", title=gap.boot)
        text(_numbers(gap.from_seq, gap.to_seq), "num", tag="td")
        text(grouped(gap.to_seq - gap.from_seq + 1), "num", tag="td")
        text(texts("proof.from_boot") if gap.after_at is None else full_moment(gap.after_at), tag="td")
        text(full_moment(gap.seen_at), tag="td")
        text(full_moment(gap.ended_at), tag="td")


def builder(gateway_id: str, day: str) -> Builder:
    """What builds the page of one gateway and the day that an address names."""

    async def build(console: Console, shell: Shell) -> None:
        page = GatewayProofPage(console, shell, gateway_id, parse_day(day, day_of(utc_now())))
        found = await page.read()
        if found is None:
            ui.context.client.status_code = 404
            with shell.main():
                empty("router", shell.texts("proof.no_gateway", id=gateway_id))
            return
        with shell.main():
            page.build(found)
        shell.watch(_nothing)
        ui.timer(REFRESHED_EVERY_S, page.refresh, immediate=False)

    return build


def _nothing(_: Update) -> None:
    """The timer reads the ledger: a stored message is no event."""

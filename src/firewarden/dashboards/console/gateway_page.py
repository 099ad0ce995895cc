"""What is known of one gateway: who it is, how it is connected, how its day went, and what it sent last?"""

from collections.abc import Callable
from dataclasses import dataclass

import psycopg
from nicegui import ui

from firewarden.api import frames, gateway_detail
from firewarden.api.frames import FrameRow
from firewarden.api.gateway_detail import Device, DeviceLink, GatewayDetail
from firewarden.api.policy import Scope
from firewarden.api.rows import GatewayRow, Protocol
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import age, box, empty, icon, pair, text
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.formats import NOTHING, full_moment, skew
from firewarden.dashboards.console.frame import Builder
from firewarden.dashboards.console.gateways_page import SKEW_BAD_S, state_class
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.proof_parts import address as proof_address
from firewarden.dashboards.console.proof_parts import figures, verdict_panel
from firewarden.dashboards.console.raw_frame_parts import frames_address, frames_table
from firewarden.ingest.day import day_of

REFRESHED_EVERY_S = 10.0
FRAMES_SHOWN = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayFacts:
    """One reading of everything on the page."""

    detail: GatewayDetail
    frames: tuple[FrameRow, ...]


class GatewayPage:
    """One browser's page of one gateway."""

    def __init__(self, console: Console, shell: Shell, gateway_id: str) -> None:
        self._console = console
        self._texts = shell.texts
        self._may_list = shell.visit.may(Scope.PLATFORM_READ)
        self._gateway_id = gateway_id
        self._drawn: GatewayFacts | None = None

    async def read(self) -> GatewayFacts | None:
        """Everything; None where there is no such gateway. Raises psycopg.Error."""
        async with self._console.pool.connection() as connection:
            detail = await gateway_detail.get_gateway(connection, self._gateway_id, now=utc_now())
            if detail is None:
                return None
            shown = self._may_list and detail.device is not None
            page = await frames.list_frames(connection, self._gateway_id, limit=FRAMES_SHOWN) if shown else None
        return GatewayFacts(detail=detail, frames=() if page is None else page.items)

    def build(self, facts: GatewayFacts) -> None:
        """Put the page together."""
        gateway, texts = facts.detail.gateway, self._texts
        with box("back-link", tag="a", href=f"{BASE}/gateways"):
            icon("arrow_back")
            text(texts("gateways.title"))
        with box("page-head"):
            text(gateway.name or gateway.id, tag="h1", data_testid="gateway-name")
            if gateway.name not in {"", gateway.id}:
                text(gateway.id, tag="code")
            text(texts(f"protocol.{gateway.protocol}"), "tag", data_testid="protocol")
            with box(tag="a", href=f"{BASE}/venues/{gateway.venue_id}"):
                text(texts.either(gateway.venue_name, gateway.venue_name_en))
        with box("gateway-grid"):
            self._left = box("gateway-column")
            self._right = box("gateway-column")
        self.show(facts)

    def show(self, facts: GatewayFacts) -> None:
        """Draw what differs from what is drawn: all of it."""
        if facts == self._drawn:
            return
        self._drawn = facts
        self._fill(self._left, lambda: self._who(facts.detail))
        self._fill(self._right, lambda: self._what(facts))

    @staticmethod
    def _fill(column: ui.element, draw: Callable[[], None]) -> None:
        column.clear()
        with column:
            draw()

    def _who(self, detail: GatewayDetail) -> None:
        _hearing(detail.gateway, self._texts)
        _connection(detail, self._texts)
        _identity(detail.gateway, detail.device, self._texts)

    def _what(self, facts: GatewayFacts) -> None:
        _today(facts.detail, self._texts)
        if facts.detail.device is None:
            _no_frames(self._texts)
        elif self._may_list:
            _last_frames(facts, self._texts)

    async def refresh(self) -> None:
        """Read again. Where the database does not answer, the banner says so."""
        try:
            facts = await self.read()
        except psycopg.Error:
            return
        if facts is not None and not self._left.is_deleted:
            self.show(facts)


def _hearing(gateway: GatewayRow, texts: Texts) -> None:
    with box("panel", tag="section", data_testid="hearing"):
        with box("panel-head"):
            text(texts("gateway.hearing"), tag="h2")
            box("spacer")
            box(f"dot {state_class(gateway.state)}", tag="i")
            text(texts.name("gateway_state", gateway.state), tag="b")
            if gateway.since is not None:
                age(gateway.since)
        with box("panel-body"), box("pairs", tag="dl"):
            pair(texts("gateways.heard"), full_moment(gateway.heard_at))
            text(texts("gateways.skew"), tag="dt")
            with box(tag="dd"):
                bad = abs(gateway.clock_skew_s or 0.0) > SKEW_BAD_S
                shown = NOTHING if gateway.clock_skew_s is None else skew(gateway.clock_skew_s)
                text(shown, "tag tag-warn" if bad else "", title=texts("gateways.skew_bad") if bad else "")
            pair(texts("gateway.heartbeat"), f"{gateway.heartbeat_s:g} {texts('unit.s')}")
            pair(texts("gateways.deadline"), f"{gateway.silence_deadline_s:g} {texts('unit.s')}")


def _connection(detail: GatewayDetail, texts: Texts) -> None:
    with box("panel", tag="section", data_testid="link"):
        with box("panel-head"):
            text(texts("gateway.link"), tag="h2")
            if detail.link is not None:
                box("spacer")
                held = detail.link.ended_at is None
                box(f"dot {'is-online' if held else 'is-offline'}", tag="i")
                text(texts("gateway.connected" if held else "gateway.disconnected"), tag="b")
                age(detail.link.ended_at or detail.link.since_at)
        with box("panel-body"):
            if detail.device is None:
                text(texts("gateway.link_mqtt"), "muted", tag="p")
            elif detail.link is None:
                text(texts("gateway.link_never"), "muted", tag="p")
            else:
                _link(detail.link, texts)


def _link(link: DeviceLink, texts: Texts) -> None:
    with box("pairs", tag="dl"):
        pair(texts("gateway.from"), f"{link.transport.upper()} {link.peer}:{link.port}")
        pair(texts("gateway.since"), full_moment(link.since_at))
        if link.ended_at is not None:
            pair(texts("gateway.ended"), full_moment(link.ended_at))
            reason = link.end_reason or ""
            pair(texts("gateway.end_reason"), texts.name("platform.of.ended", reason) if reason else NOTHING)
        pair(texts("gateway.worker"), link.worker)


def _identity(gateway: GatewayRow, device: Device | None, texts: Texts) -> None:
    with box("panel", tag="section", data_testid="identity"):
        with box("panel-head"):
            text(texts("gateway.identity"), tag="h2")
        with box("panel-body"), box("pairs", tag="dl"):
            pair(texts("gateways.id"), gateway.id)
            pair(texts("gateway.protocol"), texts(f"protocol.{gateway.protocol}"))
            if device is not None:
                pair(texts("gateway.source_address"), source_text(device.source_address))
                pair(texts("gateway.peer"), device.peer or texts("gateway.any_peer"))
                pair(texts("gateway.profile"), device.profile)
            else:
                pair(texts("gateway.credential"), texts("gateway.yes" if gateway.has_credential else "gateway.no"))
            pair(texts("gateways.connection"), texts.name("connection", gateway.connection))
            pair(texts("gateways.points"), str(gateway.points))


def source_text(address: int) -> str:
    """The address as a number, and as its six bytes stand in a frame."""
    return f"{address} ({address.to_bytes(6, 'little').hex(' ')})"


def _today(detail: GatewayDetail, texts: Texts) -> None:
    today = day_of(utc_now())
    with box("page-proof", data_testid="today"):
        counts, verdict = detail.today.counts, detail.today.verdict
        verdict_panel(counts, verdict, day=today, today=today, texts=texts)
        more = {"quarantined": detail.today.quarantined}
        if detail.gateway.protocol is Protocol.GB26875:
            more["undecoded"] = detail.today.undecoded
        figures(counts, texts, more=more)
        with box("button", tag="a", href=proof_address(today, detail.gateway.id), data_testid="proof-link"):
            icon("fact_check")
            text(texts("proof.title"))


def _last_frames(facts: GatewayFacts, texts: Texts) -> None:
    gateway_id = facts.detail.gateway.id
    with box("panel", tag="section", data_testid="last-frames"):
        with box("panel-head"):
            text(texts("gateway.last_frames"), tag="h2")
            box("spacer")
            with box(tag="a", href=frames_address(gateway_id), data_testid="all-frames"):
                text(texts("frames.all"))
            with box(tag="a", href=frames_address(gateway_id, undecoded=True), data_testid="undecoded-frames"):
                text(texts("frames.only_undecoded"))
        if facts.frames:
            with box("scroll-x"):
                frames_table(facts.frames, texts)
        else:
            empty("data_object", texts("frames.none"), texts("frames.kept"))


def _no_frames(texts: Texts) -> None:
    with box("panel", tag="section", data_testid="no-frames"):
        empty("data_object", texts("frames.none_mqtt"), texts("frames.none_mqtt_hint"))


def builder(gateway_id: str) -> Builder:
    """What builds the page of one gateway."""

    async def build(console: Console, shell: Shell) -> None:
        page = GatewayPage(console, shell, gateway_id)
        facts = await page.read()
        with shell.main():
            if facts is None:
                ui.context.client.status_code = 404
                empty("router", shell.texts("proof.no_gateway", id=gateway_id))
                return
            page.build(facts)
        ui.page_title(facts.detail.gateway.name or gateway_id)
        shell.watch(_nothing)
        ui.timer(REFRESHED_EVERY_S, page.refresh, immediate=False)

    return build


def _nothing(_: Update) -> None:
    """The timer reads the gateway: hearing it is no event."""

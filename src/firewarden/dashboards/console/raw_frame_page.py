"""What exactly did a device send, byte by byte, and what became of it?"""

from datetime import datetime

from nicegui import ui

from firewarden.api import frames
from firewarden.api.frames import FrameDetail
from firewarden.api.policy import Scope
from firewarden.dashboards.console.console import Console
from firewarden.dashboards.console.elements import box, empty, icon, pair, text
from firewarden.dashboards.console.fact_rows import fact_row, gateway_address
from firewarden.dashboards.console.feed import Update
from firewarden.dashboards.console.formats import full_moment
from firewarden.dashboards.console.frame import Builder
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.raw_frame_parts import (
    copy_field,
    fields_table,
    frames_address,
    hex_view,
    type_name,
    what_to_do,
)
from firewarden.ingest.facts import LEDGER_LANES, Lane

SEQ_DIGITS_MAX = 18


async def _find(console: Console, gateway_id: str, lane: str, seq: str, at: str) -> FrameDetail | None:
    """The frame that an address names; None where there is none, and where the address names nothing."""
    lanes = {each.value: each for each in LEDGER_LANES}
    moment = _parse(at)
    number = seq.isascii() and seq.isdigit() and len(seq) <= SEQ_DIGITS_MAX
    if lane not in lanes or moment is None or not number:
        return None
    async with console.pool.connection() as connection:
        profiles = console.context.profiles
        return await frames.get_frame(connection, gateway_id, Lane(lane), int(seq), at=moment, profiles=profiles)


def _parse(at: str) -> datetime | None:
    try:
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return moment if moment.tzinfo is not None else None


def builder(gateway_id: str, lane: str, seq: str, at: str) -> Builder:
    """What builds the page of one frame."""

    async def build(console: Console, shell: Shell) -> None:
        texts = shell.texts
        found = await _find(console, gateway_id, lane, seq, at)
        with shell.main():
            with box("back-link", tag="a", href=gateway_address(gateway_id)):
                icon("arrow_back")
                text(gateway_id, tag="code")
            if found is None:
                ui.context.client.status_code = 404
                empty("data_object", texts("frame.missing"), texts("frames.kept"))
            else:
                _page(found, texts, may_list=shell.visit.may(Scope.PLATFORM_READ))
        shell.watch(_nothing)

    return build


def _page(found: FrameDetail, texts: Texts, *, may_list: bool) -> None:
    row, raw = found.row, bytes.fromhex(found.hex)
    with box("page-head"):
        text(texts("frame.title", type=type_name(row, texts)), tag="h1", data_testid="frame-title")
        text(full_moment(row.received_at), "muted")
        box("spacer")
        if may_list:
            with box("button", tag="a", href=frames_address(row.gateway_id)):
                icon("list")
                text(texts("frames.of", id=row.gateway_id))
    if row.undecoded is not None:
        with box("alert", role="status", data_testid="undecoded"):
            icon("warning")
            text(texts("frame.undecoded", reason=row.undecoded))
    with box("frame-grid"):
        with box("frame-column"):
            _bytes(found, raw, texts)
            _about(found, texts)
            _became(found, texts)
        with box("frame-column"), box("panel", tag="section"):
            with box("panel-head"):
                text(texts("frame.fields"), tag="h2")
                box("spacer")
                text(texts("frame.read_with", profile=found.profile), "muted")
            if found.profile_missing:
                text(texts("frame.profile_missing", profile=found.profile), "more", tag="div")
            with box("scroll-x"):
                fields_table(found.fields, texts)
    if row.undecoded is not None:
        what_to_do(texts)


def _bytes(found: FrameDetail, raw: bytes, texts: Texts) -> None:
    with box("panel", tag="section"):
        with box("panel-head"):
            text(texts("frame.bytes"), tag="h2")
            box("spacer")
            text(texts("frame.size", n=found.row.size), "muted")
        with box("panel-body"):
            hex_view(raw, found.fields, texts)
            copy_field(raw, texts)


def _about(found: FrameDetail, texts: Texts) -> None:
    row = found.row
    with box("panel", tag="section"):
        with box("panel-head"):
            text(texts("frame.way"), tag="h2")
        with box("panel-body"), box("pairs", tag="dl"):
            pair(texts("frames.received"), full_moment(row.received_at))
            pair(texts("frame.committed"), full_moment(row.committed_at))
            pair(texts("frame.from"), f"{row.transport.upper()} {row.peer}")
            pair(texts("frames.serial"), str(row.serial))
            pair(texts("frame.number"), f"{texts.name('lane', row.lane)} {row.seq}")


def _became(found: FrameDetail, texts: Texts) -> None:
    with box("panel", tag="section", data_testid="became"):
        with box("panel-head"):
            text(texts("frame.became"), tag="h2")
        if not found.facts:
            text(texts("frame.no_facts"), "more", tag="div")
        with box("facts", tag="ol"):
            for fact in found.facts:
                fact_row(fact, texts, link=False)


def _nothing(_: Update) -> None:
    """A frame does not change."""

"""Which frames did a device send, and in which of all devices' frames was something not understood?"""

from nicegui import ui

from firewarden.api import frames, reads
from firewarden.api.cursors import InvalidCursorError
from firewarden.api.frames import FrameRow
from firewarden.api.rows import GatewayRow, Page, Protocol
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import attributed, box, empty, icon, text
from firewarden.dashboards.console.fact_rows import UNDECODED, gateway_address
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.frame import Builder
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.raw_frame_parts import frames_address, frames_table, what_to_do
from firewarden.ingest.wire.gb26875.tables import TYPES

ROWS_SHOWN = 100
TYPE_MAX = 255


class Wanted:
    """Which frames an address asks for; what it names that cannot be is left out."""

    def __init__(self, undecoded: str, unit_type: str, cursor: str) -> None:
        self.undecoded = undecoded == "1"
        known = unit_type.isascii() and unit_type.isdigit() and len(unit_type) <= len(str(TYPE_MAX))
        self.unit_type = int(unit_type) if known and int(unit_type) <= TYPE_MAX else None
        self.cursor = cursor or None


async def _of_gateway(console: Console, gateway_id: str, wanted: Wanted) -> Page[FrameRow]:
    async with console.pool.connection() as connection:
        return await frames.list_frames(
            connection,
            gateway_id,
            unit_type=wanted.unit_type,
            undecoded=wanted.undecoded,
            cursor=wanted.cursor,
            limit=ROWS_SHOWN,
        )


def builder(gateway_id: str, wanted: Wanted) -> Builder:
    """What builds the list of one gateway's frames."""

    async def build(console: Console, shell: Shell) -> None:
        texts = shell.texts
        async with console.pool.connection() as connection:
            found = await reads.list_gateways(connection, gateway_id=gateway_id, limit=1, now=utc_now())
        with shell.main("page-fixed"):
            if not found.items:
                ui.context.client.status_code = 404
                empty("router", texts("proof.no_gateway", id=gateway_id))
                return
            try:
                page = await _of_gateway(console, gateway_id, wanted)
            except InvalidCursorError:
                wanted.cursor = None
                page = await _of_gateway(console, gateway_id, wanted)
            _gateway_list(found.items[0], wanted, page, texts)
        shell.watch(_nothing)

    return build


def _gateway_list(gateway: GatewayRow, wanted: Wanted, page: Page[FrameRow], texts: Texts) -> None:
    with box("back-link", tag="a", href=gateway_address(gateway.id)):
        icon("arrow_back")
        text(gateway.id, tag="code")
    with box("page-head"):
        text(texts("frames.of", id=gateway.id), tag="h1")
        with box(tag="a", href=f"{BASE}/venues/{gateway.venue_id}"):
            text(texts.either(gateway.venue_name, gateway.venue_name_en))
        box("spacer")
        if gateway.protocol is Protocol.GB26875:
            _choices(gateway.id, wanted, texts)
    with box("panel list-panel", tag="section").style("flex:1"), box("scroll"):
        if gateway.protocol is Protocol.MQTT and not page.items:
            empty("data_object", texts("frames.none_mqtt"), texts("frames.none_mqtt_hint"))
        elif not page.items:
            empty("data_object", texts("frames.none"), texts("frames.kept"))
        else:
            frames_table(page.items, texts)
            if page.next is not None:
                _next(
                    frames_address(
                        gateway.id, undecoded=wanted.undecoded, unit_type=wanted.unit_type, cursor=page.next
                    ),
                    texts,
                )


def _choices(gateway_id: str, wanted: Wanted, texts: Texts) -> None:
    for undecoded in (False, True):
        target = frames_address(gateway_id, undecoded=undecoded, unit_type=wanted.unit_type)
        chosen = undecoded is wanted.undecoded
        with box("chip", tag="a", href=target, data_testid=f"undecoded-{int(undecoded)}") as chip:
            text(texts("frames.only_undecoded" if undecoded else "frames.all"))
        attributed(chip, {"aria_pressed": "true" if chosen else "false"})
    page = frames_address(gateway_id, undecoded=wanted.undecoded)
    link = "&" if "?" in page else "?"
    with box("input", tag="select", aria_label=texts("frames.type"), data_testid="type") as select:
        _option("", texts("frames.any_type"), chosen=wanted.unit_type is None)
        for code, name in TYPES.items():
            _option(str(code), f"{code} {texts.either(name.zh, name.en)}", chosen=wanted.unit_type == code)
    select.on(
        "change",
        js_handler=f"(event) => location.href = '{page}' + (event.target.value && '{link}type=' + event.target.value)",
    )


def _option(value: str, label: str, *, chosen: bool) -> None:
    option = text(label, tag="option", value=value)
    if chosen:
        option.props["selected"] = True


def _next(target: str, texts: Texts) -> None:
    with box("more"), box("button", tag="a", href=target, data_testid="next"):
        text(texts("frames.next"))
        icon("arrow_forward")


def undecoded_builder(cursor: str) -> Builder:
    """What builds the list of what was not understood."""

    async def build(console: Console, shell: Shell) -> None:
        texts = shell.texts
        page = await _undecoded(console, cursor or None)
        with shell.main():
            with box("back-link", tag="a", href=f"{BASE}/gateways"):
                icon("arrow_back")
                text(texts("gateways.title"))
            with box("page-head"):
                text(texts("undecoded.title"), tag="h1")
                text(texts("undecoded.subtitle"), "muted")
            with box("panel", tag="section"):
                if page.items:
                    frames_table(page.items, texts, with_gateway=True)
                    if page.next is not None:
                        _next(f"{UNDECODED}?cursor={page.next}", texts)
                else:
                    empty("done_all", texts("undecoded.none"), texts("undecoded.none_hint"))
            what_to_do(texts)
        shell.watch(_nothing)

    return build


async def _undecoded(console: Console, cursor: str | None) -> Page[FrameRow]:
    async with console.pool.connection() as connection:
        try:
            return await frames.list_undecoded(connection, cursor=cursor, limit=ROWS_SHOWN)
        except InvalidCursorError:
            return await frames.list_undecoded(connection, limit=ROWS_SHOWN)


def _nothing(_: Update) -> None:
    """A list with pages stands still while somebody reads it."""

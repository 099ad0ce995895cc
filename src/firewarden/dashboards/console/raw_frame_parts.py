"""How are frames written down: as rows of a list, as bytes, and field by field?"""

from collections.abc import Sequence
from urllib.parse import quote

from nicegui import ui

from firewarden.api.frame_reading import FrameField
from firewarden.api.frames import FrameRow
from firewarden.dashboards.console.elements import box, button, icon, text
from firewarden.dashboards.console.fact_rows import frame_address, gateway_address
from firewarden.dashboards.console.formats import full_moment, grouped
from firewarden.dashboards.console.i18n import Texts
from firewarden.ingest.wire.gb26875.tables import COMMANDS, TYPES, Name

BYTES_A_LINE = 16


def frames_address(gateway_id: str, *, undecoded: bool = False, unit_type: int | None = None, cursor: str = "") -> str:
    """The list of a gateway's frames."""
    values = {
        "undecoded": "1" if undecoded else "",
        "type": "" if unit_type is None else str(unit_type),
        "cursor": cursor,
    }
    query = "&".join(f"{name}={quote(value)}" for name, value in values.items() if value)
    return f"{gateway_address(gateway_id)}/frames{'?' if query else ''}{query}"


def frames_table(rows: Sequence[FrameRow], texts: Texts, *, with_gateway: bool = False) -> None:
    """A row for each frame; each leads to its bytes."""
    columns = (
        "received",
        *(("gateway",) if with_gateway else ()),
        "type",
        "lane",
        "seq",
        "serial",
        "size",
        "undecoded",
    )
    with box("table frames-table", tag="table", data_testid="frames"):
        with box(tag="thead"), box(tag="tr"):
            for name in columns:
                text(texts(f"frames.{name}"), "num" if name in _NUMBERS else "", tag="th", scope="col")
        with box(tag="tbody"):
            for row in rows:
                _row(row, texts, with_gateway=with_gateway)


_NUMBERS = frozenset({"seq", "serial", "size"})


def _row(row: FrameRow, texts: Texts, *, with_gateway: bool) -> None:
    with box(tag="tr", data_testid=f"frame-{row.lane}-{row.seq}"):
        target = frame_address(row.gateway_id, row.lane, row.seq, row.received_at)
        with box(tag="td"), box(tag="a", href=target):
            text(full_moment(row.received_at))
        if with_gateway:
            with box(tag="td"), box(tag="a", href=gateway_address(row.gateway_id)):
                text(row.gateway_id, tag="code")
        text(type_name(row, texts), tag="td")
        text(texts.name("lane", row.lane), tag="td")
        text(grouped(row.seq), "num", tag="td")
        text(str(row.serial), "num", tag="td")
        text(grouped(row.size), "num", tag="td")
        with box("reason", tag="td"):
            if row.undecoded is not None:
                text(row.undecoded, "tag tag-warn")


def type_name(row: FrameRow, texts: Texts) -> str:
    """The type flag with its name; the command where the frame has no type."""
    if row.type is None:
        return _either(COMMANDS.get(row.command), texts) or texts("frames.command", code=row.command)
    return f"{row.type} {_either(TYPES.get(row.type), texts) or texts('frames.private')}"


def _either(name: Name | None, texts: Texts) -> str:
    return "" if name is None else texts.either(name.zh, name.en)


def hex_view(raw: bytes, fields: Sequence[FrameField], texts: Texts) -> None:
    """All bytes, sixteen a line; those of one field belong together and lead to its line below."""
    places = _places(len(raw), fields)
    with box("hex", role="group", aria_label=texts("frame.bytes"), data_testid="hex"):
        for start in range(0, len(raw), BYTES_A_LINE):
            with box("hex-line"):
                text(f"{start:04x}", "hex-offset")
                with box("hex-bytes"):
                    _line(raw, start, places, fields, texts)


def _line(raw: bytes, start: int, places: Sequence[int | None], fields: Sequence[FrameField], texts: Texts) -> None:
    at, end = start, min(start + BYTES_A_LINE, len(raw))
    while at < end:
        place, begun = places[at], at
        while at < end and places[at] == place:
            at += 1
        shown = raw[begun:at].hex(" ")
        if place is None:
            text(shown, "hex-run")
        else:
            name = texts.either(fields[place].name, fields[place].name_en)
            text(shown, f"hex-run hex-{place % 2}", tag="a", href=f"#field-{place}", title=name)


def _places(size: int, fields: Sequence[FrameField]) -> list[int | None]:
    """To which field each byte belongs: the innermost that holds it."""
    places: list[int | None] = [None] * size
    for index, field in enumerate(fields):
        for at in range(field.offset, min(size, field.offset + field.length)):
            places[at] = index
    return places


def fields_table(fields: Sequence[FrameField], texts: Texts) -> None:
    """Field by field: where, which bytes, what it is, what it says."""
    with box("table fields-table", tag="table", data_testid="fields"):
        with box(tag="thead"), box(tag="tr"):
            for name in ("offset", "length", "hex", "name", "value"):
                text(texts(f"frame.{name}"), "num" if name in {"offset", "length"} else "", tag="th", scope="col")
        with box(tag="tbody"):
            for index, field in enumerate(fields):
                with box(f"hex-{index % 2}", tag="tr", id=f"field-{index}", data_testid=f"field-{field.offset}"):
                    text(str(field.offset), "num", tag="td")
                    text(str(field.length), "num", tag="td")
                    with box(tag="td"):
                        text(field.hex, tag="code")
                    text(texts.either(field.name, field.name_en), tag="td")
                    text(texts.either(field.value, field.value_en), tag="td", data_testid="value")


COPY = """() => {
    const field = document.getElementById('frame-hex');
    field.select();
    if (navigator.clipboard) navigator.clipboard.writeText(field.value); else document.execCommand('copy');
}"""
"""Browsers give a page the clipboard only over TLS or on this machine; the older way works everywhere."""


def copy_field(raw: bytes, texts: Texts) -> ui.element:
    """The whole frame as one line to copy."""
    with box("copy-field") as row:
        box("input", tag="input", id="frame-hex", readonly=True, value=raw.hex(), aria_label=texts("frame.bytes"))
        button(texts("frame.copy"), symbol="content_copy", data_testid="copy").on("click", js_handler=COPY)
    return row


def what_to_do(texts: Texts) -> None:
    """What helps where a frame was not understood."""
    with box("panel what-to-do", tag="section", data_testid="what-to-do"):
        with box("panel-head"):
            icon("help_outline")
            text(texts("undecoded.what_to_do"), tag="h2")
        with box("panel-body"), box(tag="ol"):
            for step in ("nothing_lost", "decode", "profile", "documentation"):
                text(texts(f"undecoded.{step}"), tag="li")

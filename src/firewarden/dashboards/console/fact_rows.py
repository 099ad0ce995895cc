"""How is a fact written down, and where is the frame that it was read from?"""

from datetime import datetime
from urllib.parse import quote

from firewarden.api.facts import FactKind, FactRow
from firewarden.dashboards.console.console import BASE
from firewarden.dashboards.console.elements import box, icon, text
from firewarden.dashboards.console.formats import full_moment, moment
from firewarden.dashboards.console.i18n import Texts
from firewarden.ingest.facts import Lane

UNDECODED = f"{BASE}/frames/undecoded"
"""The page of all frames in which something was not understood."""


def frame_address(gateway_id: str, lane: Lane, seq: int, received_at: datetime) -> str:
    """The page of the frame with this number, that came at this moment."""
    number = f"{quote(gateway_id, safe='')}/frames/{lane}/{seq}"
    return f"{BASE}/gateways/{number}?at={quote(received_at.isoformat())}"


def gateway_address(gateway_id: str) -> str:
    """The gateway's own page."""
    return f"{BASE}/gateways/{quote(gateway_id, safe='')}"


def fact_name(fact: FactRow, texts: Texts) -> str:
    """What came, went or was done."""
    if fact.kind is FactKind.ACTION:
        return texts.name("fact.act", fact.what)
    name = texts.name("condition", fact.what)
    name = texts.name("fact.state", fact.what) if name == fact.what else name
    return name if fact.raised else texts("fact.cleared", name=name)


def fact_row(fact: FactRow, texts: Texts, *, where: bool = True, link: bool = True) -> None:
    """One line: what, at which point, when it came, and its frame where there is one."""
    with box("fact-row", tag="li", data_testid=f"fact-{fact.kind}-{fact.id}"):
        text(moment(fact.received_at), tag="time", title=_times(fact, texts))
        with box("row-main"):
            text(fact_name(fact, texts), tag="b")
            if where:
                place = f"{fact.point_floor or ''} {fact.point_name or fact.point_address or fact.gateway_id}".strip()
                text(place, tag="small")
            if fact.operator:
                text(texts("fact.operator", name=fact.operator), tag="small")
        if link and fact.frame is not None:
            frame_link(fact, texts)


def frame_link(fact: FactRow, texts: Texts) -> None:
    """One click to the frame."""
    target = frame_address(fact.gateway_id, fact.lane, fact.seq, fact.received_at)
    with box("frame-link", tag="a", href=target, title=texts("fact.frame_title"), data_testid="frame-link"):
        icon("data_object")
        text(texts("fact.frame"))


def without_frames(texts: Texts) -> None:
    """Why there is no link: nothing that could be shown is kept."""
    text(texts("fact.no_frames"), "muted", tag="small", data_testid="no-frames")


def _times(fact: FactRow, texts: Texts) -> str:
    return texts("fact.times", at=full_moment(fact.at), received=full_moment(fact.received_at))

"""Is the platform itself well? What never came, what could not be read, and who listens."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated

from psycopg import AsyncConnection
from pydantic import Field

from firewarden.api import cursors
from firewarden.api.fetch import fetch_all, fetch_the_one, page_of, rows_wanted
from firewarden.api.reads import listening
from firewarden.api.rows import Page
from firewarden.desk.liveness import BEAT_FRESH, Listening
from firewarden.ingest.facts import Reason


class GapState(StrEnum):
    """What became of messages that were missing."""

    OPEN = "open"
    FILLED_LATE = "filled_late"
    GIVEN_UP = "given_up"


@dataclass(frozen=True, slots=True, kw_only=True)
class GapRow:
    """Messages that a gateway numbered and that were missing when a later one came."""

    gateway_id: str
    boot: str
    lane: str
    from_seq: int
    to_seq: Annotated[int, Field(description="inclusive")]
    state: Annotated[GapState, Field(description="open: may still come; given_up: counted as lost; filled_late: came")]
    after_at: Annotated[
        datetime | None, Field(description="when the message before it was stored; null: the boot began with the gap")
    ]
    seen_at: Annotated[datetime, Field(description="when a later message showed that these are missing")]
    ended_at: Annotated[datetime | None, Field(description="when it was filled, or else given up; null while open")]
    filled_at: datetime | None
    given_up_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class QuarantineRow:
    """One message, or part of one, that could not be taken at its word."""

    id: int
    received_at: datetime
    topic: str
    gateway_id: str | None
    reason: str
    detail: str
    payload_size: Annotated[int, Field(description="bytes")]
    preview: Annotated[str, Field(description="the first 1,000 bytes, with unreadable ones marked")]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlatformState:
    """Is everything listening, and how much is open?"""

    at: datetime
    listening_alarm: Annotated[bool, Field(description="an ingest worker watches the alarm lane")]
    listening_bulk: bool
    last_fact_at: Annotated[datetime | None, Field(description="when a gateway was last heard")]
    incidents_open: int
    fires_open: int
    gateways: int
    gateways_online: Annotated[int, Field(description="heard within their deadlines, without a last will")]
    gaps_open: Annotated[int, Field(description="stretches of messages that are missing and may still come")]
    gaps_given_up: Annotated[int, Field(description="stretches of messages that count as lost")]
    quarantined_last_day: int
    venues: int
    venues_scored: int
    points_registered: int
    points_unregistered: int


_FIRST_GAP = cursors.Gaps(gateway_id="", boot="", lane="alarm", from_seq=0, to_seq=0)


async def list_gaps(
    connection: AsyncConnection,
    *,
    filled_too: bool = False,
    state: GapState | None = None,
    gateway_id: str | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[GapRow]:
    """Holes in gateways' numbering, by gateway, boot and lane; without those that were filled unless `filled_too`.

    `since` and `until` bound the moment when a gap was seen.
    """
    after = _FIRST_GAP if cursor is None else cursors.decode(cursor, cursors.Gaps)
    params = {
        "gateway_id_after": after.gateway_id,
        "boot_after": after.boot,
        "lane_after": after.lane,
        "from_after": after.from_seq,
        "to_after": after.to_seq,
        "gateway_id": gateway_id,
        "filled_too": filled_too or state is GapState.FILLED_LATE,
        "state": state,
        "since": since,
        "until": until,
        "rows": rows_wanted(limit),
    }
    return page_of(await fetch_all(connection, "gaps", params, GapRow), limit, _gap_place)


def _gap_place(row: GapRow) -> cursors.Gaps:
    return cursors.Gaps(
        gateway_id=row.gateway_id, boot=row.boot, lane=row.lane, from_seq=row.from_seq, to_seq=row.to_seq
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Quarantined:
    id: int
    received_at: datetime
    topic: str
    gateway_id: str | None
    reason: str
    detail: str
    payload_size: int
    payload: bytes


async def list_quarantine(
    connection: AsyncConnection,
    *,
    gateway_id: str | None = None,
    reason: Reason | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[QuarantineRow]:
    """What could not be taken at its word, newest first."""
    before = None if cursor is None else cursors.decode(cursor, cursors.Quarantined).id
    params = {"before_id": before, "gateway_id": gateway_id, "reason": reason, "rows": rows_wanted(limit)}
    rows = await fetch_all(connection, "quarantine", params, _Quarantined)
    return page_of([_quarantine_row(row) for row in rows], limit, lambda row: cursors.Quarantined(id=row.id))


def _quarantine_row(row: _Quarantined) -> QuarantineRow:
    return QuarantineRow(
        id=row.id,
        received_at=row.received_at,
        topic=row.topic,
        gateway_id=row.gateway_id,
        reason=row.reason,
        detail=row.detail,
        payload_size=row.payload_size,
        preview=row.payload.decode("utf-8", "replace"),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    last_fact_at: datetime | None
    incidents_open: int
    fires_open: int
    gateways: int
    gateways_online: int
    gaps_open: int
    gaps_given_up: int
    quarantined_last_day: int
    venues: int
    venues_scored: int
    points_registered: int
    points_unregistered: int


async def platform_state(connection: AsyncConnection, *, now: datetime) -> PlatformState:
    """Whether everything listens at `now`, and how much is open."""
    counts = await fetch_the_one(connection, "platform_state", {"now": now}, _Counts)
    ears = await listening(connection, now=now)
    return PlatformState(
        at=now,
        listening_alarm=_fresh(ears.get("alarm"), now),
        listening_bulk=_fresh(ears.get("bulk"), now),
        last_fact_at=counts.last_fact_at,
        incidents_open=counts.incidents_open,
        fires_open=counts.fires_open,
        gateways=counts.gateways,
        gateways_online=counts.gateways_online,
        gaps_open=counts.gaps_open,
        gaps_given_up=counts.gaps_given_up,
        quarantined_last_day=counts.quarantined_last_day,
        venues=counts.venues,
        venues_scored=counts.venues_scored,
        points_registered=counts.points_registered,
        points_unregistered=counts.points_unregistered,
    )


def _fresh(ears: Listening | None, now: datetime) -> bool:
    return ears is not None and ears.beat_at is not None and now - ears.beat_at <= BEAT_FRESH

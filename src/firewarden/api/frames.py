"""Which frames came from a device, byte by byte, and what does each of them say?

A frame is found by its number (lane and sequence number, given by ingest) and the moment at which it came: those of the
facts that it became. What it says is read anew, with the profile that its gateway has now.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from psycopg import AsyncConnection
from pydantic import Field

from firewarden.api import cursors, facts
from firewarden.api.facts import FactRow, frame_path
from firewarden.api.fetch import fetch_all, fetch_one, page_of, rows_wanted
from firewarden.api.frame_reading import FrameField, read_frame
from firewarden.api.rows import Page
from firewarden.ingest.facts import Lane
from firewarden.ingest.profile_files import Profiles

FACTS_MAX = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameRow:
    """One frame that came from a device of GB/T 26875.3 and was confirmed."""

    gateway_id: str
    lane: Lane
    seq: Annotated[int, Field(description="given by ingest: the protocol has no number that lasts")]
    received_at: datetime
    committed_at: datetime
    transport: Annotated[str, Field(description="tcp or udp")]
    peer: str
    serial: Annotated[int, Field(description="the device's own number of it, 0 to 65,535")]
    command: Annotated[int, Field(description="the command byte")]
    type: Annotated[int | None, Field(description="type flag of the application unit; null where it has none")]
    undecoded: Annotated[
        str | None, Field(description="what was not understood, and has no effect; null: all was understood")
    ]
    size: Annotated[int, Field(description="bytes")]
    frame: Annotated[str, Field(description="where it is shown byte by byte")]


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameDetail:
    """One frame, what it says field by field, and which states and acts it became."""

    row: FrameRow
    hex: Annotated[str, Field(description="the whole frame, two digits a byte")]
    profile: Annotated[str, Field(description="the dialect with which it is read here: the gateway's, as it is now")]
    profile_missing: Annotated[bool, Field(description="there is no such profile here: read as the standard says")]
    fields: tuple[FrameField, ...]
    facts: Annotated[
        tuple[FactRow, ...], Field(description="states and acts; its measured values are readings of the venue")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Frame:
    gateway_id: str
    lane: Lane
    seq: int
    received_at: datetime
    committed_at: datetime
    transport: str
    peer: str
    serial: int
    command: int
    type: int | None
    undecoded: str | None
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _WholeFrame(_Frame):
    frame: bytes
    venue_id: int
    profile: str


async def list_frames(
    connection: AsyncConnection,
    gateway_id: str,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    unit_type: int | None = None,
    undecoded: bool = False,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[FrameRow]:
    """Frames of one gateway, newest first; of one type, or only those that were not understood."""
    after = None if cursor is None else cursors.decode(cursor, cursors.Frames)
    params = {
        "gateway_id": gateway_id,
        "since": since,
        "until": until,
        "type": unit_type,
        "undecoded": undecoded,
        "after_at": None if after is None else after.received_at,
        "after_lane": None if after is None else after.lane,
        "after_seq": None if after is None else after.seq,
        "rows": rows_wanted(limit),
    }
    rows = [_row(row) for row in await fetch_all(connection, "frames", params, _Frame)]
    return page_of(
        rows, limit, lambda row: cursors.Frames(received_at=row.received_at, lane=row.lane.value, seq=row.seq)
    )


async def list_undecoded(
    connection: AsyncConnection,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[FrameRow]:
    """Frames of all gateways in which something was not understood, newest first."""
    after = None if cursor is None else cursors.decode(cursor, cursors.UndecodedFrames)
    params = {
        "since": since,
        "until": until,
        "after_at": None if after is None else after.received_at,
        "after_gateway": None if after is None else after.gateway_id,
        "after_lane": None if after is None else after.lane,
        "after_seq": None if after is None else after.seq,
        "rows": rows_wanted(limit),
    }
    rows = [_row(row) for row in await fetch_all(connection, "frames_undecoded", params, _Frame)]
    return page_of(rows, limit, _place_of_all)


def _place_of_all(row: FrameRow) -> cursors.UndecodedFrames:
    return cursors.UndecodedFrames(
        received_at=row.received_at, gateway_id=row.gateway_id, lane=row.lane.value, seq=row.seq
    )


async def get_frame(
    connection: AsyncConnection, gateway_id: str, lane: Lane, seq: int, *, at: datetime, profiles: Profiles
) -> FrameDetail | None:
    """The frame that came at `at` under that number; None where there is none, or none any more."""
    params = {"gateway_id": gateway_id, "lane": lane.value, "seq": seq, "at": at}
    found = await fetch_one(connection, "frame", params, _WholeFrame)
    if found is None:
        return None
    reading = read_frame(found.frame, found.profile, profiles)
    became = await facts.facts_of_frame(
        connection, found.venue_id, gateway_id=gateway_id, lane=lane, seq=seq, at=at, limit=FACTS_MAX
    )
    return FrameDetail(
        row=_row(found),
        hex=found.frame.hex(),
        profile=found.profile,
        profile_missing=reading.profile_missing,
        fields=reading.fields,
        facts=became,
    )


def _row(frame: _Frame) -> FrameRow:
    return FrameRow(
        gateway_id=frame.gateway_id,
        lane=frame.lane,
        seq=frame.seq,
        received_at=frame.received_at,
        committed_at=frame.committed_at,
        transport=frame.transport,
        peer=frame.peer,
        serial=frame.serial,
        command=frame.command,
        type=frame.type,
        undecoded=frame.undecoded,
        size=frame.size,
        frame=frame_path(frame.gateway_id, frame.lane, frame.seq, frame.received_at),
    )

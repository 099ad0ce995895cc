"""What did the devices of a venue say, one fact after the other, and in which frame can it be read?

A fact that came from a device of GB/T 26875.3 was made from a frame, which is kept for a year. What came over MQTT was
made from a message that is not kept: such a fact has no frame.
"""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated
from urllib.parse import quote

from psycopg import AsyncConnection
from pydantic import Field

from firewarden.api import cursors
from firewarden.api.fetch import fetch_all, page_of, rows_wanted
from firewarden.api.rows import IncidentRow, Page
from firewarden.desk.episodes import manual_alarm_change
from firewarden.desk.incidents import Condition
from firewarden.ingest.facts import Act, Lane

API = "/api/v1"


class FactKind(StrEnum):
    """What sort of fact it is."""

    STATE = "state"
    ACTION = "action"


@dataclass(frozen=True, slots=True, kw_only=True)
class FactRow:
    """One state of a point that came or went, or one act of an operator."""

    kind: FactKind
    id: int
    gateway_id: str
    point_id: int | None
    point_address: str | None
    point_name: str | None
    point_floor: str | None
    what: Annotated[str, Field(description="the state, such as `fire`, or the act, such as `reset`")]
    raised: Annotated[bool, Field(description="the state came; false: it went. Of acts true")]
    operator: str
    at: Annotated[datetime, Field(description="by the device's clock, unless that is impossible")]
    sent_at: datetime
    received_at: datetime
    committed_at: datetime
    boot: str
    lane: Lane
    seq: int
    frame: Annotated[
        str | None,
        Field(description="where the frame is that it was read from; null over MQTT, or where it is no longer kept"),
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fact:
    kind: FactKind
    id: int
    gateway_id: str
    point_id: int | None
    point_address: str | None
    point_name: str | None
    point_floor: str | None
    what: str
    raised: bool
    operator: str
    at: datetime
    sent_at: datetime
    received_at: datetime
    committed_at: datetime
    boot: str
    lane: Lane
    seq: int
    framed: bool


def frame_path(gateway_id: str, lane: Lane, seq: int, received_at: datetime) -> str:
    """Where the api shows the frame with this number, that came at this moment."""
    at = received_at.astimezone(UTC).isoformat().replace("+00:00", "Z")
    return f"{API}/gateways/{quote(gateway_id, safe='')}/frames/{lane}/{seq}?at={at}"


async def venue_facts(
    connection: AsyncConnection,
    venue_id: int,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[FactRow]:
    """The facts of a venue that came from `since` to before `until`, newest first."""
    params: dict[str, object] = {"venue_id": venue_id, **_ANY, "since": since, "until": until}
    return await _page(connection, params, cursor, limit)


async def incident_facts(
    connection: AsyncConnection, incident: IncidentRow, *, cursor: str | None = None, limit: int = 50
) -> Page[FactRow]:
    """The facts behind an incident, newest first: what raised and what ended its condition until it was closed."""
    params: dict[str, object] = {
        "venue_id": incident.venue_id,
        "gateway_id": incident.gateway_id,
        "of_point": True,
        "point_id": incident.point_id,
        "states": [incident.kind.value],
        "acts": _acts_behind(incident.kind),
        "lane": None,
        "seq": None,
        "since": incident.received_at,
        "until": incident.closed_at,
    }
    return await _page(connection, params, cursor, limit)


async def facts_of_frame(
    connection: AsyncConnection, venue_id: int, *, gateway_id: str, lane: Lane, seq: int, at: datetime, limit: int
) -> tuple[FactRow, ...]:
    """What became of the frame with this number that came at `at`."""
    window = {"since": at, "until": at + timedelta(microseconds=1)}
    params: dict[str, object] = {
        "venue_id": venue_id,
        **_ANY,
        "gateway_id": gateway_id,
        "lane": lane.value,
        "seq": seq,
        **window,
    }
    return (await _page(connection, params, None, limit)).items


_ANY: dict[str, object] = {
    "gateway_id": None,
    "of_point": False,
    "point_id": None,
    "states": None,
    "acts": None,
    "lane": None,
    "seq": None,
}


def _acts_behind(kind: Condition) -> list[str]:
    if kind is not Condition.MANUAL_ALARM:
        return []
    return [act.value for act in Act if manual_alarm_change(act) is not None]


async def _page(
    connection: AsyncConnection, params: dict[str, object], cursor: str | None, limit: int
) -> Page[FactRow]:
    after = None if cursor is None else cursors.decode(cursor, cursors.Facts)
    params |= {
        "after_at": None if after is None else after.received_at,
        "after_kind": None if after is None else after.kind,
        "after_id": None if after is None else after.id,
        "rows": rows_wanted(limit),
    }
    rows = [_shown(row) for row in await fetch_all(connection, "facts", params, _Fact)]
    return page_of(rows, limit, _place)


def _place(row: FactRow) -> cursors.Facts:
    return cursors.Facts(received_at=row.received_at, kind=row.kind.value, id=row.id)


def _shown(row: _Fact) -> FactRow:
    return FactRow(
        kind=row.kind,
        id=row.id,
        gateway_id=row.gateway_id,
        point_id=row.point_id,
        point_address=row.point_address,
        point_name=row.point_name,
        point_floor=row.point_floor,
        what=row.what,
        raised=row.raised,
        operator=row.operator,
        at=row.at,
        sent_at=row.sent_at,
        received_at=row.received_at,
        committed_at=row.committed_at,
        boot=row.boot,
        lane=row.lane,
        seq=row.seq,
        frame=frame_path(row.gateway_id, row.lane, row.seq, row.received_at) if row.framed else None,
    )

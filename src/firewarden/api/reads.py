"""What do people and programs want to see? Bounded reads over one connection, with rows as dataclasses.

Lists take an opaque `cursor` and give the next one; that of another list raises cursors.InvalidCursorError.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from psycopg import AsyncConnection

from firewarden.api import cursors
from firewarden.api.fetch import fetch_all, fetch_one, fetch_the_one, page_of, rows_wanted
from firewarden.api.liveness import Heard, clock_wrong, gateway_state
from firewarden.api.risk_rows import RiskScore
from firewarden.api.rows import (
    Building,
    ControlRoom,
    CurrentState,
    EpisodeRow,
    GatewayRow,
    IncidentAction,
    IncidentDetail,
    IncidentRow,
    IncidentView,
    Page,
    Protocol,
    VenueDetail,
    VenueProfile,
    VenueRow,
    VenueUse,
)
from firewarden.desk.incidents import Condition
from firewarden.desk.liveness import Listening

PARTS_MAX = 200
"""Buildings, gateways, open episodes or actions that are shown with one thing."""

INGEST_GONE_AFTER = timedelta(minutes=5)
"""A worker that has not beaten for this long has gone, and no longer says anything about listening."""

_NOBODY = Listening(since=None, beat_at=None)
_EAR_OF = {"gb26875": "gb26875"}
"""Which connection of ingest hears gateways of a protocol; MQTT's heartbeats come in bulk."""


async def list_incidents(
    connection: AsyncConnection,
    *,
    view: IncidentView = IncidentView.OPEN,
    kind: Condition | None = None,
    venue_id: int | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[IncidentRow]:
    """Open ones by priority, then newest; closed and all ones newest first. Opened from `since` to before `until`."""
    params: dict[str, object] = {
        "by": "age" if view.is_history else "priority",
        "state": None if view in {IncidentView.OPEN, IncidentView.ALL} else view,
        "kind": kind,
        "venue_id": venue_id,
        "since": since,
        "until": until,
        "rows": rows_wanted(limit),
        "id": None,
        **_after_incident(view, cursor),
    }
    rows = await fetch_all(connection, "incidents", params, IncidentRow)
    return page_of(rows, limit, _past_place if view.is_history else _open_place)


def _after_incident(view: IncidentView, cursor: str | None) -> dict[str, object]:
    if cursor is None:
        return {"after_priority": None, "after_at": None, "after_id": None}
    if view.is_history:
        past = cursors.decode(cursor, cursors.PastIncidents)
        return {"after_priority": None, "after_at": past.opened_at, "after_id": past.id}
    place = cursors.decode(cursor, cursors.OpenIncidents)
    return {"after_priority": place.priority, "after_at": place.opened_at, "after_id": place.id}


def _open_place(row: IncidentRow) -> cursors.OpenIncidents:
    return cursors.OpenIncidents(priority=row.priority, opened_at=row.opened_at, id=row.id)


def _past_place(row: IncidentRow) -> cursors.PastIncidents:
    return cursors.PastIncidents(opened_at=row.opened_at, id=row.id)


async def get_incident(connection: AsyncConnection, incident_id: int) -> IncidentDetail | None:
    """One incident and its first PARTS_MAX actions; None where there is no such incident."""
    filters = ("state", "kind", "venue_id", "since", "until", "after_priority", "after_at", "after_id")
    nothing = dict.fromkeys(filters)
    params = {**nothing, "by": "id", "id": incident_id, "rows": 1}
    row = await fetch_one(connection, "incidents", params, IncidentRow)
    if row is None:
        return None
    of_it = {"incident_id": incident_id, "rows": PARTS_MAX}
    return IncidentDetail(incident=row, actions=await fetch_all(connection, "incident_actions", of_it, IncidentAction))


async def current_states(
    connection: AsyncConnection,
    *,
    district: str | None = None,
    venue_id: int | None = None,
    kind: Condition | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[CurrentState]:
    """What holds now, newest first."""
    place = None if cursor is None else cursors.decode(cursor, cursors.CurrentStates)
    params = {
        "district": district,
        "venue_id": venue_id,
        "kind": kind,
        "after_at": None if place is None else place.raised_at,
        "after_id": None if place is None else place.id,
        "rows": rows_wanted(limit),
    }
    rows = await fetch_all(connection, "current_states", params, CurrentState)
    return page_of(rows, limit, lambda row: cursors.CurrentStates(raised_at=row.raised_at, id=row.id))


async def list_venues(
    connection: AsyncConnection,
    *,
    code: str | None = None,
    search: str | None = None,
    district: str | None = None,
    use: VenueUse | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[VenueRow]:
    """Venues by code. `search` is a part of the code or of a name, letter case aside."""
    params = {
        "after_code": None if cursor is None else cursors.decode(cursor, cursors.Venues).code,
        "code": code,
        "search": None if search is None else f"%{literally(search)}%",
        "district": district,
        "use": use,
        "rows": rows_wanted(limit),
    }
    rows = await fetch_all(connection, "venues", params, VenueRow)
    return page_of(rows, limit, lambda row: cursors.Venues(code=row.code))


def literally(text: str) -> str:
    """`text` as a part of a LIKE pattern."""
    return text.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")


async def get_profile(connection: AsyncConnection, venue: int | str) -> VenueProfile | None:
    """What the register says about a venue, by id (int) or code (str)."""
    params = {
        "id": venue if isinstance(venue, int) else None,
        "code": venue if isinstance(venue, str) else None,
    }
    return await fetch_one(connection, "venue", params, VenueProfile)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counts:
    episodes_open: int
    open_incidents: int
    points_registered: int
    points_unregistered: int


async def get_venue(connection: AsyncConnection, venue: int | str, *, now: datetime) -> VenueDetail | None:
    """All that a page about one venue shows, by id (int) or code (str); None where there is none."""
    profile = await get_profile(connection, venue)
    if profile is None:
        return None
    of_it = {"venue_id": profile.id, "rows": PARTS_MAX}
    counts = await fetch_the_one(connection, "venue_counts", of_it, _Counts)
    gateways = await list_gateways(connection, venue_id=profile.id, limit=PARTS_MAX, now=now)
    return VenueDetail(
        profile=profile,
        buildings=await fetch_all(connection, "buildings", of_it, Building),
        control_rooms=await fetch_all(connection, "control_rooms", of_it, ControlRoom),
        gateways=gateways.items,
        episodes=await fetch_all(connection, "episodes", of_it, EpisodeRow),
        episodes_open=counts.episodes_open,
        open_incidents=counts.open_incidents,
        points_registered=counts.points_registered,
        points_unregistered=counts.points_unregistered,
        risk=await fetch_one(connection, "risk", of_it, RiskScore),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gateway:
    id: str
    name: str
    venue_id: int
    venue_code: str
    venue_name: str
    venue_name_en: str
    connection: str
    heartbeat_s: float
    silence_deadline_s: float
    has_credential: bool
    heard_at: datetime | None
    online: bool | None
    changed_at: datetime | None
    clock_skew_s: float | None
    protocol: Protocol
    points: int
    source_address: int | None
    peer: str | None
    profile: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ears:
    """How ingest listens on one kind of connection (`alarm` or `bulk`)."""

    connection: str
    since: datetime
    beat_at: datetime


async def listening(connection: AsyncConnection, *, now: datetime) -> dict[str, Listening]:
    """How ingest listens, by kind of connection; a kind is absent where nobody listened lately."""
    ears = await fetch_all(connection, "listening", {"alive_after": now - INGEST_GONE_AFTER}, Ears)
    return {ear.connection: Listening(since=ear.since, beat_at=ear.beat_at) for ear in ears}


async def list_gateways(
    connection: AsyncConnection,
    *,
    gateway_id: str | None = None,
    venue_id: int | None = None,
    cursor: str | None = None,
    limit: int = 50,
    now: datetime,
) -> Page[GatewayRow]:
    """Gateways by id, each with whether it is heard at `now`."""
    after = None if cursor is None else cursors.decode(cursor, cursors.Gateways).id
    params = {"id": gateway_id, "venue_id": venue_id, "after_id": after, "rows": rows_wanted(limit)}
    rows = await fetch_all(connection, "gateways", params, _Gateway)
    ears = await listening(connection, now=now)
    shown = [_gateway_row(row, ears.get(_EAR_OF.get(row.protocol, "bulk"), _NOBODY), now) for row in rows]
    return page_of(shown, limit, lambda row: cursors.Gateways(id=row.id))


def _gateway_row(row: _Gateway, ears: Listening, now: datetime) -> GatewayRow:
    heard = Heard(
        heard_at=row.heard_at,
        online=row.online,
        changed_at=row.changed_at,
        connection=row.connection,
        silence_deadline_s=row.silence_deadline_s,
    )
    state, since = gateway_state(heard, ears, now)
    return GatewayRow(
        id=row.id,
        name=row.name,
        venue_id=row.venue_id,
        venue_code=row.venue_code,
        venue_name=row.venue_name,
        venue_name_en=row.venue_name_en,
        protocol=row.protocol,
        connection=row.connection,
        state=state,
        since=since,
        heard_at=row.heard_at,
        clock_skew_s=row.clock_skew_s,
        clock_wrong=clock_wrong(row.clock_skew_s),
        heartbeat_s=row.heartbeat_s,
        silence_deadline_s=row.silence_deadline_s,
        points=row.points,
        has_credential=row.has_credential,
        source_address=row.source_address,
        peer=row.peer,
        profile=row.profile,
    )

"""What does a reader get back? One dataclass for each kind of row that the api and the console show."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Annotated, Generic, TypeVar

from pydantic import Field

from firewarden.api.resolution import Resolution
from firewarden.api.risk_rows import RiskScore
from firewarden.desk.incidents import Condition, IncidentAct, IncidentClass, IncidentState
from firewarden.risk.catalogue import Grade
from firewarden.risk.facts import Use as VenueUse

Item = TypeVar("Item")
Scalar = str | int | float | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Page(Generic[Item]):
    """A bounded stretch of a list. `next` continues it and is null at its end."""

    items: tuple[Item, ...]
    next: Annotated[str | None, Field(description="pass it as `cursor`; opaque; null when this was the last page")]


class IncidentView(StrEnum):
    """Which incidents to list: the open ones (fire first, newest first), or by age alone."""

    OPEN = "open"
    NEW = "new"
    TAKEN = "taken"
    CLOSED = "closed"
    ALL = "all"

    @property
    def is_history(self) -> bool:
        """Listed newest first, whatever their priority."""
        return self in (IncidentView.CLOSED, IncidentView.ALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentRow:
    """One incident as a list shows it; every moment of its life is UTC."""

    id: int
    kind: Condition
    priority: Annotated[int, Field(description="1 is fire, 5 is least")]
    state: IncidentState
    late: Annotated[bool, Field(description="the fact was old when it arrived")]
    raises: Annotated[int, Field(description="how often the condition came")]
    venue_id: int
    venue_code: str
    venue_name: str
    venue_name_en: str
    district: Annotated[str, Field(description="of the venue")]
    gateway_id: str
    point_id: int | None
    point_address: str | None
    point_name: str | None
    point_floor: str | None
    point_registered: Annotated[bool, Field(description="false: the register does not know this point")]
    occurred_at: Annotated[datetime, Field(description="by the fact")]
    received_at: datetime
    committed_at: datetime
    opened_at: datetime
    recovered_at: Annotated[datetime | None, Field(description="the condition ended by itself")]
    taken_at: datetime | None
    taken_by: str | None
    closed_at: datetime | None
    closed_by: str | None
    incident_class: IncidentClass | None
    note: str
    trace_id: Annotated[
        str | None, Field(description="of the message that opened it (docs/observability.md); null: no message did")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentAction:
    """One thing that was done to an incident; `actor` is a person's name, or `system`."""

    id: int
    at: datetime
    actor: str
    action: IncidentAct
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class IncidentDetail:
    """One incident with all that was ever done to it, oldest first."""

    incident: IncidentRow
    actions: tuple[IncidentAction, ...]


class GatewayState(StrEnum):
    """Is a gateway heard?"""

    ONLINE = "online"
    OFFLINE = "offline"  # the broker published its last will
    SILENT = "silent"  # nothing heard for longer than its deadline
    NEVER_HEARD = "never_heard"
    NOT_IN_SERVICE = "not_in_service"
    UNKNOWN = "unknown"  # nobody listened for long enough to tell


class Protocol(StrEnum):
    """What a gateway speaks."""

    MQTT = "mqtt"
    GB26875 = "gb26875"


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayRow:
    """One gateway and whether it is heard."""

    id: str
    name: str
    venue_id: int
    venue_code: str
    venue_name: str
    venue_name_en: str
    protocol: Protocol
    connection: Annotated[str, Field(description="contracted, installed, trial, in_service, suspended or retired")]
    state: GatewayState
    since: Annotated[datetime | None, Field(description="since when `state` holds; null where that is unknown")]
    heard_at: datetime | None
    clock_skew_s: Annotated[float | None, Field(description="gateway's clock minus ours")]
    clock_wrong: Annotated[bool, Field(description="its clock is more than 5 s off")]
    heartbeat_s: float
    silence_deadline_s: float
    points: int
    has_credential: bool
    source_address: Annotated[int | None, Field(description="of its GB/T 26875.3 frames; null: it speaks MQTT")] = None
    peer: Annotated[str | None, Field(description="from where such frames may come; null: from anywhere")] = None
    profile: Annotated[str | None, Field(description="of its GB/T 26875.3 dialect")] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EpisodeRow:
    """One condition that holds now. A null point means the gateway or the control room itself."""

    id: int
    kind: Condition
    gateway_id: str
    point_id: int | None
    point_address: str | None
    point_name: str | None
    point_floor: str | None
    raised_at: datetime
    last_raised_at: datetime
    raises: int
    late: Annotated[bool, Field(description="the fact that began it was over ten minutes old when it arrived")]
    incident_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CurrentState:
    """One condition that holds now, and where. A null point means the gateway or the control room itself."""

    id: int
    kind: Condition
    venue_id: int
    venue_code: str
    venue_name: str
    venue_name_en: str
    district: str
    gateway_id: str
    point_id: int | None
    point_address: str | None
    point_name: str | None
    point_floor: str | None
    raised_at: datetime
    last_raised_at: datetime
    raises: int
    late: Annotated[bool, Field(description="the fact that began it was over ten minutes old when it arrived")]
    incident_id: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueRow:
    """One venue as a list shows it; score and grade are null until it is scored, or where the reader may not know."""

    id: int
    code: str
    name: str
    name_en: str
    use: VenueUse
    district: str
    key_unit: bool
    score: float | None
    grade: Grade | None
    open_incidents: int
    gateways: int


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueProfile:
    """What the register says about a venue. Coordinates are WGS-84 degrees."""

    id: int
    code: str
    name: str
    name_en: str
    use: VenueUse
    district: str
    address: str
    lat: float | None
    lon: float | None
    area_m2: float | None
    height_m: float | None
    built_year: int | None
    key_unit: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Building:
    """One building of a venue."""

    name: str
    floors_above: int | None
    floors_below: int | None
    height_m: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ControlRoom:
    """Whom to call at a venue."""

    name: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueDetail:
    """All that one page about a venue shows. `episodes` is cut at `episodes_open`'s first 200."""

    profile: VenueProfile
    buildings: tuple[Building, ...]
    control_rooms: tuple[ControlRoom, ...]
    gateways: tuple[GatewayRow, ...]
    episodes: tuple[EpisodeRow, ...]
    episodes_open: int
    open_incidents: int
    points_registered: int
    points_unregistered: int
    risk: Annotated[RiskScore | None, Field(description="null until the venue is scored, or without `risk:read`")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """The readings of one stretch of time, starting at `at`."""

    at: datetime
    mean: float
    lowest: float
    highest: float
    readings: int
    late: Annotated[
        int | None, Field(description="how many were over ten minutes old when they arrived; null over two days")
    ] = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Series:
    """One measured quantity of one point. `low` and `high` are its normal band, where known."""

    point_id: int
    gateway_id: str
    address: str
    name: str
    floor: str
    quantity: str
    unit: str
    low: float | None
    high: float | None
    latest: float
    """The newest reading, whatever the samples are made of: every view of the same moment shows the same value."""
    latest_at: datetime
    samples: tuple[Sample, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class PressureSeries:
    """Water pressures and levels of a venue; a sample covers `step_s` seconds, empty stretches have none.

    Beyond two days samples are made of hours, beyond sixty of days of Asia/Shanghai; `since` is then the start of one.
    """

    since: datetime
    until: datetime
    resolution: Resolution
    step_s: float
    series: tuple[Series, ...]

"""What does a browser have to be told so that its list of incidents is right? Only what changed, and a bounded list."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from firewarden.api.rows import IncidentRow
from firewarden.dashboards.console.formats import epoch_ms, moment
from firewarden.desk.incidents import Condition, IncidentState

ROWS_SHOWN_MAX = 200
"""A person cannot read more, and a browser should not have to draw more; the rest is counted and can be filtered."""

QUERY_LENGTH_MAX = 64


class Group(StrEnum):
    """The five colours of the desk; each kind of incident belongs to one."""

    FIRE = "fire"
    MANUAL_ALARM = "manual_alarm"
    SUPERVISE = "supervise"
    FAULT = "fault"
    OFFLINE = "offline"


ICONS: Mapping[Group, str] = {
    Group.FIRE: "local_fire_department",
    Group.MANUAL_ALARM: "back_hand",
    Group.SUPERVISE: "visibility",
    Group.FAULT: "build",
    Group.OFFLINE: "wifi_off",
}
"""A shape for each group, so that none is told by its colour alone (Material Icons, packaged with NiceGUI)."""

_OWN_GROUP = {Condition(group.value): group for group in Group}


def group_of(kind: Condition) -> Group:
    """The group of a kind; whatever has none of its own is some fault."""
    return _OWN_GROUP.get(kind, Group.FAULT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One incident as the browser draws it: no language in it, times as milliseconds and as local text."""

    id: int
    kind: Condition
    group: Group
    priority: int
    state: IncidentState
    venue: str
    venue_en: str
    code: str
    district: str
    gateway: str
    point: str
    floor: str
    address: str
    registered: bool
    late: bool
    raises: int
    recovered: bool
    opened_ms: int
    opened_text: str
    taken_by: str
    closed_by: str
    closed_ms: int | None
    closed_text: str
    incident_class: str
    note: str


def row_of(incident: IncidentRow) -> Row:
    """What a list shows of an incident."""
    address = incident.point_address or ""
    return Row(
        id=incident.id,
        kind=incident.kind,
        group=group_of(incident.kind),
        priority=incident.priority,
        state=incident.state,
        venue=incident.venue_name,
        venue_en=incident.venue_name_en,
        code=incident.venue_code,
        district=incident.district,
        gateway=incident.gateway_id,
        point=incident.point_name or address,
        floor=incident.point_floor or "",
        address=address,
        registered=incident.point_registered,
        late=incident.late,
        raises=incident.raises,
        recovered=incident.recovered_at is not None,
        opened_ms=epoch_ms(incident.opened_at) or 0,
        opened_text=moment(incident.opened_at),
        taken_by=incident.taken_by or "",
        closed_by=incident.closed_by or "",
        closed_ms=epoch_ms(incident.closed_at),
        closed_text=moment(incident.closed_at) if incident.closed_at else "",
        incident_class=incident.incident_class or "",
        note=incident.note,
    )


def merged(known: Mapping[int, Row], incidents: Iterable[IncidentRow]) -> tuple[Row, ...]:
    """The rows of `incidents`; an unchanged one stays the same object, which is how browsers' lists find changes."""
    rows: list[Row] = []
    for incident in incidents:
        row = row_of(incident)
        before = known.get(row.id)
        rows.append(before if before is not None and before == row else row)
    return tuple(rows)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which rows one person wants to see. Empty: all of them."""

    group: Group | None = None
    mine: str = ""
    query: str = ""

    @property
    def active(self) -> bool:
        """Whether anything may be hidden."""
        return self != Filter()

    def takes(self, row: Row) -> bool:
        """Whether `row` is wanted; the query is looked for in every text of the row, whatever its case."""
        if self.group is not None and row.group is not self.group:
            return False
        if self.mine and row.taken_by != self.mine:
            return False
        return not self.query or self.query.casefold() in _searchable(row)


def _searchable(row: Row) -> str:
    texts = (
        row.venue,
        row.venue_en,
        row.code,
        row.district,
        row.gateway,
        row.point,
        row.floor,
        row.address,
        row.taken_by,
    )
    return "\n".join(texts).casefold()


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What the browser must change: rows that are new or different, and the ids of all rows shown, in order."""

    changed: tuple[Row, ...]
    order: tuple[int, ...]
    more: int
    filtered: bool


@dataclass(slots=True)
class Shown:
    """What one browser has been given, and so what it need not be given again."""

    _rows: dict[int, Row] = field(default_factory=dict[int, Row])
    _last: tuple[tuple[int, ...], int, bool] | None = None

    def update(self, rows: Sequence[Row], wanted: Filter) -> Changes | None:
        """What to send so that the browser shows `rows` as far as they are `wanted`; None where nothing changed."""
        hits = [row for row in rows if wanted.takes(row)]
        visible = hits[:ROWS_SHOWN_MAX]
        changed = tuple(row for row in visible if self._rows.get(row.id) is not row)
        outline = (tuple(row.id for row in visible), len(hits) - len(visible), wanted.active)
        if not changed and outline == self._last:
            return None
        self._rows = {row.id: row for row in visible}
        self._last = outline
        return Changes(changed=changed, order=outline[0], more=outline[1], filtered=outline[2])


@dataclass(frozen=True, slots=True, kw_only=True)
class Count:
    """How many incidents of a group are open, and how many of them nobody has taken."""

    total: int = 0
    waiting: int = 0


def counts(rows: Iterable[Row]) -> dict[Group, Count]:
    """The open incidents of every group."""
    total = dict.fromkeys(Group, 0)
    waiting = dict.fromkeys(Group, 0)
    for row in rows:
        total[row.group] += 1
        waiting[row.group] += row.state is IncidentState.NEW
    return {group: Count(total=total[group], waiting=waiting[group]) for group in Group}


def ringing(rows: Iterable[Row]) -> tuple[int, ...]:
    """The fires and manual alarms that nobody has taken and that were not old when they came: these sound."""
    return tuple(row.id for row in rows if row.priority == 1 and row.state is IncidentState.NEW and not row.late)

"""How are a venue's profile, gateways, conditions and incidents written down?"""

from firewarden.api.facts import FactRow
from firewarden.api.rows import EpisodeRow, GatewayRow, IncidentRow, Protocol, VenueDetail
from firewarden.dashboards.console.desk_rows import ICONS, Group, group_of
from firewarden.dashboards.console.elements import age, box, empty, icon, pair, text
from firewarden.dashboards.console.fact_rows import fact_row, gateway_address, without_frames
from firewarden.dashboards.console.formats import NOTHING, grouped, moment, skew
from firewarden.dashboards.console.gateways_page import SKEW_BAD_S, state_class
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.store import UnregisteredPoint
from firewarden.desk.incidents import PRIORITY, IncidentState

CONDITIONS_SHOWN = 30
PARTS_SHOWN = 12

QUIET = "radio_button_checked"


def profile(detail: VenueDetail, texts: Texts) -> None:
    """What the register says, whom to call, and the buildings."""
    venue = detail.profile
    with box("panel", tag="section", data_testid="profile"):
        with box("panel-head"):
            text(texts("venue.profile"), tag="h2")
        with box("panel-body"):
            for room in detail.control_rooms[:PARTS_SHOWN]:
                with box("field"):
                    text(room.name, "muted")
                    text(room.phone or NOTHING, "phone", tag="a", href=f"tel:{room.phone}")
            if not detail.control_rooms:
                text(texts("venue.no_control_room"), "muted")
            with box("pairs profile-pairs", tag="dl"):
                pair(texts("venue.code"), venue.code)
                pair(texts("venue.address"), venue.address or NOTHING)
                pair(texts("venue.area"), _with_unit(venue.area_m2, texts("unit.m2")))
                pair(texts("venue.height"), _with_unit(venue.height_m, texts("unit.m")))
                pair(texts("venue.built"), str(venue.built_year or NOTHING))
                pair(texts("venue.points"), _points(detail, texts))
        if detail.buildings:
            with box("panel-body buildings"):
                text(texts("venue.buildings"), tag="h2")
                for building in detail.buildings[:PARTS_SHOWN]:
                    with box("building"):
                        text(building.name)
                        floors = texts(
                            "venue.floors",
                            above=_number(building.floors_above),
                            below=_number(building.floors_below),
                        )
                        text(floors, tag="small")


def _points(detail: VenueDetail, texts: Texts) -> str:
    registered = grouped(detail.points_registered)
    if not detail.points_unregistered:
        return registered
    return f"{registered} + {detail.points_unregistered} {texts('desk.unregistered')}"


def _with_unit(value: float | None, unit: str) -> str:
    return NOTHING if value is None else f"{grouped(value)} {unit}"


def _number(value: int | None) -> str:
    return NOTHING if value is None else str(value)


def gateways(rows: tuple[GatewayRow, ...], texts: Texts) -> None:
    """Each gateway with its state and its clock."""
    with box("panel", tag="section", data_testid="venue-gateways"):
        with box("panel-head"):
            text(texts("venue.gateways"), tag="h2")
        if not rows:
            text(texts("venue.no_gateways"), "more", tag="div")
        for row in rows[:PARTS_SHOWN]:
            _gateway(row, texts)


def _gateway(row: GatewayRow, texts: Texts) -> None:
    with box("row-item", data_testid=f"gateway-{row.id}"):
        box(f"dot {state_class(row.state)}", tag="i")
        with box("row-main"):
            text(row.name or row.id)
            with box(tag="a", href=gateway_address(row.id)):
                text(row.id, tag="code")
        with box("row-end"):
            with box(tag="span"):
                text(texts.name("gateway_state", row.state), tag="b")
                if row.since is not None:
                    text(" · ")
                    age(row.since)
            if row.clock_skew_s is not None:
                bad = abs(row.clock_skew_s) > SKEW_BAD_S
                text(f"{texts('gateways.skew')} {skew(row.clock_skew_s)}", "tag tag-warn" if bad else "", tag="small")


def conditions(detail: VenueDetail, texts: Texts) -> None:
    """What holds now, what needs a person first."""
    ordered = sorted(detail.episodes, key=lambda each: (PRIORITY.get(each.kind, 9), each.raised_at))
    with box("panel", tag="section", data_testid="conditions"):
        with box("panel-head"):
            text(texts("venue.conditions"), tag="h2")
            box("spacer")
            text(str(detail.episodes_open), "muted")
        if not ordered:
            empty("check_circle", texts("venue.no_conditions"))
        for episode in ordered[:CONDITIONS_SHOWN]:
            _condition(episode, texts)
        rest = detail.episodes_open - min(len(ordered), CONDITIONS_SHOWN)
        if rest > 0:
            text(texts("venue.more_conditions", n=rest), "more", tag="div")


def _condition(episode: EpisodeRow, texts: Texts) -> None:
    group: Group | None = group_of(episode.kind) if episode.kind in PRIORITY else None
    with box(f"row-item kind-{group or 'quiet'}"):
        icon(ICONS[group] if group else QUIET)
        with box("row-main"):
            with box(tag="span"):
                text(texts.name("condition", episode.kind), tag="b")
                if episode.late:
                    _late(texts)
            where = f"{episode.point_floor or ''} {episode.point_name or episode.point_address or episode.gateway_id}"
            text(where.strip(), tag="small")
        with box("row-end"):
            age(episode.raised_at)
            text(moment(episode.raised_at), tag="small")


def facts(rows: tuple[FactRow, ...], protocols: frozenset[Protocol], texts: Texts) -> None:
    """What the devices said last, each fact with the frame that it was read from."""
    with box("panel", tag="section", data_testid="venue-facts"):
        with box("panel-head"):
            text(texts("venue.facts"), tag="h2")
        if not rows:
            text(texts("venue.no_facts"), "more", tag="div")
        with box("facts", tag="ol"):
            for row in rows:
                fact_row(row, texts)
        if rows and Protocol.MQTT in protocols:
            with box("more"):
                without_frames(texts)


def _late(texts: Texts) -> None:
    text(" ")
    text(texts("desk.late"), "flag", title=texts("desk.late_title"))


def incidents(rows: tuple[IncidentRow, ...], texts: Texts, me: str) -> None:
    """The newest incidents, open or closed."""
    with box("panel", tag="section", data_testid="venue-incidents"):
        with box("panel-head"):
            text(texts("venue.incidents"), tag="h2")
        if not rows:
            text(texts("venue.no_incidents"), "more", tag="div")
        for row in rows:
            _incident(row, texts, me)


def _incident(row: IncidentRow, texts: Texts, me: str) -> None:
    group = group_of(row.kind)
    with box(f"row-item kind-{group}"):
        icon(ICONS[group])
        with box("row-main"):
            with box(tag="span"):
                text(texts.name("condition", row.kind), tag="b")
                if row.late:
                    _late(texts)
            where = f"{row.point_floor or ''} {row.point_name or row.point_address or row.gateway_id}"
            text(where.strip(), tag="small")
        with box("row-end"):
            closed = row.state is IncidentState.CLOSED
            state = texts.name("class", row.incident_class or "") if closed else texts.name("state", row.state)
            who = row.closed_by or row.taken_by or ""
            name = {"system": texts("desk.system"), me: texts("desk.me")}.get(who, who)
            text(f"{state} · {name}" if name else state)
            text(moment(row.opened_at), tag="small")


def unregistered(points: tuple[UnregisteredPoint, ...], texts: Texts) -> None:
    """Points that only their gateway knows."""
    with box("panel", tag="section", data_testid="unregistered"):
        with box("panel-head"):
            text(texts("venue.unregistered"), tag="h2")
            box("spacer")
            text(str(len(points)), "tag tag-warn")
        with box("panel-body"):
            text(texts("venue.unregistered_help"), "muted", tag="p")
            with box("chips unregistered-points"):
                for point in points[:PARTS_SHOWN]:
                    text(point.address, "tag tag-warn", title=f"{point.gateway_id} · {moment(point.created_at)}")

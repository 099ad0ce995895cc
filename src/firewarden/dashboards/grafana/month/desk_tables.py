"""Episodes, incidents and acts of the simulated month, as rows."""

from collections.abc import Iterator, Sequence

from firewarden.dashboards.grafana.month.desk import Episode
from firewarden.dashboards.grafana.month.tables import Table
from firewarden.desk.incidents import PRIORITY, IncidentAct

SYSTEM = "system"


def tables(episodes: Sequence[Episode]) -> list[Table]:
    """Incidents before episodes, which name them."""
    opened = sorted((e for e in episodes if e.incident is not None), key=lambda e: _number(e) or 0)
    return [
        Table(
            name="incident",
            columns=(
                "id venue_id gateway_id point_id kind priority state late raises occurred_at received_at committed_at "
                "opened_at recovered_at taken_at taken_by closed_at closed_by class"
            ),
            rows=[_incident(episode) for episode in opened],
            identity="id",
        ),
        Table(
            name="episode",
            columns=(
                "id venue_id gateway_id point_id kind raised_at cleared_at raises last_raised_at incident_id late"
            ),
            rows=[_episode(episode) for episode in episodes],
            identity="id",
        ),
        Table(
            name="incident_action",
            columns="incident_id at actor action",
            rows=sorted((row for episode in opened for row in _acts(episode)), key=lambda row: str(row[1])),
        ),
    ]


def _number(episode: Episode) -> int | None:
    return episode.incident.id if episode.incident else None


def _place(episode: Episode) -> tuple[object, ...]:
    point = episode.point.id if episode.point else None
    return episode.gateway.venue.id, episode.gateway.id, point, episode.kind.value


def _incident(episode: Episode) -> tuple[object, ...]:
    incident = episode.incident
    assert incident is not None
    return (
        incident.id, *_place(episode), PRIORITY[episode.kind], incident.state, episode.late, episode.raises,
        episode.raised, episode.received, incident.committed, incident.opened, incident.recovered, incident.taken,
        incident.seat, incident.closed, incident.closed_by, incident.verdict,
    )  # fmt: skip


def _episode(episode: Episode) -> tuple[object, ...]:
    return (
        episode.id, *_place(episode), episode.raised, episode.cleared, episode.raises, episode.last_raised,
        _number(episode), episode.late,
    )  # fmt: skip


def _acts(episode: Episode) -> Iterator[tuple[object, ...]]:
    incident = episode.incident
    assert incident is not None
    yield incident.id, incident.opened, SYSTEM, IncidentAct.OPEN.value
    if episode.raises > 1 and episode.last_raised > incident.opened:
        yield incident.id, episode.last_raised, SYSTEM, IncidentAct.RAISE_AGAIN.value
    if incident.taken:
        yield incident.id, incident.taken, incident.seat, IncidentAct.TAKE.value
    if incident.recovered and incident.closed_by != SYSTEM:
        yield incident.id, incident.recovered, SYSTEM, IncidentAct.RECOVER.value
    if incident.closed:
        act = IncidentAct.CLOSE_RECOVERED if incident.closed_by == SYSTEM else IncidentAct.CLOSE
        yield incident.id, incident.closed, incident.closed_by, act.value

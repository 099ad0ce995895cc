"""Facts as other processes would commit them: rows of the desk and of ingest, each with its notification."""

from datetime import UTC, datetime
from typing import LiteralString

import psycopg

from firewarden.ingest.facts import Quantity


def act(url: str, *statements: tuple[LiteralString, list[object]], wake: bool = True) -> None:
    """Commit some statements in one transaction, and wake who listens."""
    with psycopg.connect(url) as connection:
        for query, values in statements:
            connection.execute(query, values)
        if wake:
            connection.execute("NOTIFY fw_event")
            connection.execute("NOTIFY fw_fact, 'bulk'")


def open_fire(url: str, venue: int, gateway: str, point: int | None, *, at: datetime, wake: bool = True) -> None:
    """The desk opens a fire with its incident."""
    act(
        url,
        (
            "WITH made AS (INSERT INTO incident (venue_id, gateway_id, point_id, kind, priority, occurred_at,"
            " received_at, committed_at, opened_at) VALUES (%s, %s, %s, 'fire', 1, %s, %s, %s, %s)"
            " RETURNING id, venue_id) INSERT INTO event (kind, venue_id, incident_id, data)"
            " SELECT 'incident.opened', venue_id, id, '{}' FROM made",
            [venue, gateway, point, at, at, at, at],
        ),
        wake=wake,
    )


def close_fires(url: str, venue: int, incident_class: str, at: datetime) -> None:
    """An officer judges every open fire of a venue."""
    act(
        url,
        (
            "WITH judged AS (UPDATE incident SET state = 'closed', closed_at = %s, closed_by = 'zhao', class = %s"
            " WHERE venue_id = %s AND state <> 'closed' RETURNING id, venue_id)"
            " INSERT INTO event (kind, venue_id, incident_id, data) SELECT 'incident.closed', venue_id, id, '{}'"
            " FROM judged",
            [at, incident_class, venue],
        ),
    )


OPENED: LiteralString = (
    "WITH made AS (INSERT INTO episode (venue_id, gateway_id, point_id, kind, raised_at, last_raised_at)"
    " VALUES (%s, %s, %s, %s, %s, %s) RETURNING id, venue_id)"
    " INSERT INTO event (kind, venue_id, data)"
    " SELECT 'episode.opened', venue_id, jsonb_build_object('episode_id', id) FROM made"
)


def open_episode(url: str, venue: int, gateway: str, point: int | None, kind: str, *, since: datetime) -> None:
    """The desk notices a condition."""
    act(url, (OPENED, [venue, gateway, point, kind, since, since]))


def close_episodes(url: str, venue: int, kind: str, at: datetime) -> None:
    """The desk sees every condition of that kind end."""
    act(
        url,
        (
            "WITH ended AS (UPDATE episode SET cleared_at = %s WHERE venue_id = %s AND kind = %s"
            " AND cleared_at IS NULL RETURNING id, venue_id) INSERT INTO event (kind, venue_id, data)"
            " SELECT 'episode.closed', venue_id, jsonb_build_object('episode_id', id) FROM ended",
            [at, venue, kind],
        ),
    )


def operate(url: str, venue: int, gateway: str, action: str, at: datetime) -> None:
    """Somebody in the control room does something."""
    act(
        url,
        (
            "INSERT INTO operator_action (gateway_id, venue_id, action, at, device_at, sent_at, received_at, boot,"
            " lane, seq) VALUES (%s, %s, %s, %s, %s, %s, %s, 'b', 'state', 1)",
            [gateway, venue, action, at, at, at, at],
        ),
    )


def check_duty(url: str, gateway: str, state: str, at: datetime, *, asked_by: str = "platform") -> None:
    """A duty check is asked for and ends."""
    act(
        url,
        (
            "INSERT INTO gateway_command (gateway_id, command, asked_by, asked_at, due_at, deadline_at)"
            " VALUES (%s, 'duty_check', %s, %s, %s, %s)",
            [gateway, asked_by, at, at, at],
        ),
        (
            "UPDATE gateway_command SET state = %s, ended_at = %s, first_sent_at = asked_at WHERE gateway_id = %s"
            " AND ended_at IS NULL",
            [state, at, gateway],
        ),
    )


def record(url: str, venue: int, kind: str, key: str, at: datetime) -> None:
    """Somebody imports a record."""
    act(
        url,
        (
            "INSERT INTO risk_record (venue_id, source, key, kind, at, imported_by)"
            " VALUES (%s, 'test', %s, %s, %s, 'li')",
            [venue, key, kind, at],
        ),
    )


def override(url: str, venue: int, grade: str | None, at: datetime, until: datetime) -> None:
    """An officer sets a grade, or takes it back."""
    act(
        url,
        (
            "INSERT INTO risk_override (venue_id, grade, reason, actor, at, until)"
            " VALUES (%s, %s, 'seen', 'li', %s, %s)",
            [venue, grade, at, until],
        ),
    )


def read(url: str, point: int, *values: tuple[datetime, float]) -> None:
    """Ingest stores pressures of one point."""
    rows: list[tuple[LiteralString, list[object]]] = [
        (
            "INSERT INTO reading (point_id, quantity, at, value, sent_at, received_at) VALUES (%s, %s, %s, %s, %s, %s)",
            [point, int(Quantity.PRESSURE), at, value, at, max(at, datetime.now(tz=UTC))],
        )
        for at, value in values
    ]
    times = [at for at, _ in values]
    batch: tuple[LiteralString, list[object]] = (
        "INSERT INTO reading_batch (point_ids, rows, at_min, at_max) VALUES (%s, %s, %s, %s)",
        [[point], len(values), min(times), max(times)],
    )
    act(url, *rows, batch)


def hear(url: str, gateway: str, at: datetime, *, online: bool = True) -> None:
    """Ingest hears a gateway, or (online false) its last will."""
    act(
        url,
        (
            "INSERT INTO gateway_liveness (gateway_id, heard_at, boot, online, changed_at) VALUES (%s, %s, 'b', %s, %s)"
            " ON CONFLICT (gateway_id) DO UPDATE SET heard_at = excluded.heard_at, online = excluded.online,"
            " changed_at = excluded.changed_at",
            [gateway, at, online, at],
        ),
    )


def add_point(url: str, venue: int, gateway: str, address: str, component: int) -> int:
    """One more point of the register."""
    with psycopg.connect(url) as connection:
        row = connection.execute(
            "INSERT INTO point (gateway_id, venue_id, address, component) VALUES (%s, %s, %s, %s) RETURNING id",
            [gateway, venue, address, component],
        ).fetchone()
    assert row is not None
    return int(row[0])

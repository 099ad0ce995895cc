"""Facts as other processes would commit them: rows of the desk and of ingest, each with its notification."""

from datetime import datetime
from typing import LiteralString

import psycopg
from psycopg.types.json import Jsonb

from firewarden.ingest.facts import Quantity


def act(url: str, *statements: tuple[LiteralString, list[object]], wake: bool = True) -> None:
    """Commit some statements in one transaction, and wake who listens."""
    with psycopg.connect(url) as connection:
        for query, values in statements:
            connection.execute(query, values)
        if wake:
            connection.execute("NOTIFY fw_event")
            connection.execute("NOTIFY fw_fact, 'bulk'")


def _event(kind: str, venue: int) -> tuple[LiteralString, list[object]]:
    return "INSERT INTO event (kind, venue_id, data) VALUES (%s, %s, %s)", [kind, venue, Jsonb({})]


def open_fire(url: str, venue: int, gateway: str, point: int | None, *, at: datetime, wake: bool = True) -> None:
    """The desk opens a fire with its incident."""
    act(
        url,
        (
            "INSERT INTO incident (venue_id, gateway_id, point_id, kind, priority, occurred_at, received_at,"
            " committed_at, opened_at) VALUES (%s, %s, %s, 'fire', 1, %s, %s, %s, %s)",
            [venue, gateway, point, at, at, at, at],
        ),
        _event("incident.opened", venue),
        wake=wake,
    )


def close_fires(url: str, venue: int, incident_class: str, at: datetime) -> None:
    """An officer judges every open fire of a venue."""
    act(
        url,
        (
            "UPDATE incident SET state = 'closed', closed_at = %s, closed_by = 'zhao', class = %s"
            " WHERE venue_id = %s AND state <> 'closed'",
            [at, incident_class, venue],
        ),
        _event("incident.closed", venue),
    )


def open_episode(url: str, venue: int, gateway: str, point: int | None, kind: str, *, since: datetime) -> None:
    """The desk notices a condition."""
    act(
        url,
        (
            "INSERT INTO episode (venue_id, gateway_id, point_id, kind, raised_at, last_raised_at)"
            " VALUES (%s, %s, %s, %s, %s, %s)",
            [venue, gateway, point, kind, since, since],
        ),
        _event("episode.opened", venue),
    )


def read(url: str, point: int, *values: tuple[datetime, float]) -> None:
    """Ingest stores pressures of one point."""
    rows: list[tuple[LiteralString, list[object]]] = [
        (
            "INSERT INTO reading (point_id, quantity, at, value, sent_at, received_at) VALUES (%s, %s, %s, %s, %s, %s)",
            [point, int(Quantity.PRESSURE), at, value, at, at],
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

"""Old and young rows of every class, for tests of what is forgotten and what is found."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg

from tests.integration.city import GATEWAY

OLD = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(days=1_500)
YOUNG = datetime.now(tz=UTC).replace(microsecond=0) - timedelta(days=20)


@dataclass(frozen=True, slots=True, kw_only=True)
class Incidents:
    """Which is which."""

    old: int
    reopened: int
    """Opened long ago, closed lately."""
    still_open: int
    young: int


def one(connection: psycopg.Connection, query: LiteralString, *values: object) -> int:
    """A statement that returns one number."""
    row = connection.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])


def add_incident(
    connection: psycopg.Connection, venue: int, opened: datetime, closed: datetime | None, *, kind: str = "fire"
) -> int:
    """An incident with its act and its episode."""
    incident = one(
        connection,
        "INSERT INTO incident (venue_id, gateway_id, kind, priority, state, occurred_at, received_at, committed_at,"
        " opened_at, closed_at, closed_by, class) VALUES (%s, %s, %s, 1, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        *(venue, GATEWAY, kind, "closed" if closed else "new", opened, opened, opened, opened, closed),
        *(("x", "test") if closed else (None, None)),
    )
    connection.execute(
        "INSERT INTO incident_action (incident_id, at, actor, action) VALUES (%s, %s, 'system', 'open')",
        [incident, opened],
    )
    connection.execute(
        "INSERT INTO episode (venue_id, gateway_id, kind, raised_at, cleared_at, last_raised_at, incident_id)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s)",
        [venue, GATEWAY, kind, opened, closed, opened, incident],
    )
    return incident


def add_state(connection: psycopg.Connection, venue: int, at: datetime) -> None:
    """A state change."""
    connection.execute(
        "INSERT INTO state_change (gateway_id, venue_id, state, raised, at, device_at, sent_at, received_at, boot,"
        " lane, seq) VALUES (%s, %s, 'fire', true, %s, %s, %s, %s, 'b', 'alarm', 1)",
        [GATEWAY, venue, at, at, at, at],
    )


def add_rows(connection: psycopg.Connection, venue: int, at: datetime) -> None:
    """A row of each of the other classes."""
    add_state(connection, venue, at)
    connection.execute(
        "INSERT INTO audit (at, actor, action, target, outcome) VALUES (%s, 'a', 'b', 'c', 'done')", [at]
    )
    connection.execute(
        "INSERT INTO quarantine (received_at, topic, reason, detail, payload, payload_size)"
        " VALUES (%s, 't', 'r', 'd', '', 0)",
        [at],
    )
    connection.execute(
        "INSERT INTO operator_action (gateway_id, venue_id, action, at, device_at, sent_at, received_at, boot, lane,"
        " seq) VALUES (%s, %s, 'reset', %s, %s, %s, %s, 'b', 'state', 1)",
        [GATEWAY, venue, at, at, at, at],
    )
    connection.execute(
        "INSERT INTO command_reply (gateway_id, command, result, at, received_at, boot, seq)"
        " VALUES (%s, 'c', 'done', %s, %s, 'b', 1)",
        [GATEWAY, at, at],
    )
    connection.execute(
        "INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, version)"
        " VALUES (%s, %s, 1, 'A', 1, '[]', 'v')",
        [venue, at],
    )


FRAME = bytes.fromhex(
    "40400000010100000C1F0A1A0100000000000100000000003000020201010128010A000002000000000000000000000000000000000000"
    "000000000000000000000000000000000000000C1F0A1AC52323"
)
"""Of a device; whether it is sound matters to nobody here."""


def add_device(connection: psycopg.Connection, point_id: int, at: datetime) -> None:
    """The gateway is a device that sent one frame with a fire, and is connected."""
    connection.execute(
        "INSERT INTO gb_device (gateway_id, source_address, created_at) VALUES (%s, 1, %s - interval '1 day')",
        [GATEWAY, at],
    )
    connection.execute(
        "INSERT INTO message_ledger (gateway_id, boot, lane, stored, first_at, last_at)"
        " VALUES (%s, 'gb26875', 'alarm', '{[1,2)}', %s, %s)",
        [GATEWAY, at, at],
    )
    add_frame(connection, at)
    connection.execute(
        "INSERT INTO state_change (gateway_id, venue_id, point_id, state, raised, at, device_at, sent_at, received_at,"
        " boot, lane, seq) SELECT gateway_id, venue_id, id, 'fire', true, %s, %s, %s, %s, 'gb26875', 'alarm', 1"
        " FROM point WHERE id = %s",
        [at, at, at, at, point_id],
    )
    connection.execute("INSERT INTO component_state VALUES (%s, '{fire}', %s)", [point_id, at])
    connection.execute(
        "INSERT INTO device_link (gateway_id, worker, transport, peer, port, since_at)"
        " VALUES (%s, 'w', 'tcp', '10.0.0.7', 4000, %s)",
        [GATEWAY, at],
    )


def add_frame(connection: psycopg.Connection, at: datetime, *, seq: int = 1, undecoded: str | None = None) -> None:
    """A frame of the device."""
    connection.execute(
        "INSERT INTO raw_frame (gateway_id, boot, lane, seq, received_at, transport, peer, serial, command, type,"
        " digest, undecoded, frame) VALUES (%s, 'gb26875', 'alarm', %s, %s, 'tcp', '10.0.0.7', 0, 2, 2, 7, %s, %s)",
        [GATEWAY, seq, at, undecoded, FRAME],
    )


def add_unknown(connection: psycopg.Connection, heard: datetime) -> None:
    """A device that nobody adopted."""
    connection.execute("INSERT INTO gb_unknown VALUES (2, '10.0.0.8', 'udp', %s, %s, 1, %s)", [heard, heard, FRAME])


def add_command(connection: psycopg.Connection, asked: datetime, ended: datetime | None) -> None:
    """A duty check, answered or still on its way."""
    connection.execute(
        "INSERT INTO gateway_command (gateway_id, command, asked_by, asked_at, state, due_at, deadline_at, ended_at)"
        " VALUES (%s, 'duty_check', 'x', %s, %s, %s, %s, %s)",
        [GATEWAY, asked, "answered" if ended else "sent", asked, asked, ended],
    )

"""Rows for tests of the api: a small register, and what ingest, desk and risk would have written."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import LiteralString

import psycopg

T0 = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class City:
    """Ids of three venues V1, V2, V3, each with a gateway G1, G2, G3 and a point."""

    venues: tuple[int, int, int]
    points: tuple[int, int, int]


def one(url: str, query: LiteralString, values: Sequence[object] = ()) -> int:
    """Run a statement that returns one number."""
    with psycopg.connect(url) as connection:
        row = connection.execute(query, values).fetchone()
    assert row is not None
    return int(row[0])


def run(url: str, query: LiteralString, values: Sequence[object] = ()) -> None:
    """Run a statement."""
    with psycopg.connect(url) as connection:
        connection.execute(query, values)


def seed_city(url: str) -> City:
    """Three venues of two districts."""
    venues: list[int] = []
    points: list[int] = []
    for number, district in enumerate(("雨湖区", "雨湖区", "岳塘区"), start=1):
        venue = one(
            url,
            "INSERT INTO venue (code, name, name_en, use, district) VALUES (%s, %s, %s, 'mall', %s) RETURNING id",
            [f"V{number}", f"商场{number}", f"Mall {number}", district],
        )
        run(url, "INSERT INTO gateway (id, venue_id) VALUES (%s, %s)", [f"G{number}", venue])
        point = one(
            url,
            "INSERT INTO point (gateway_id, venue_id, address, name, floor, quantity, low, high)"
            " VALUES (%s, %s, '11.1/99.01000000', '最不利点', '3F', 'pressure', 0.1, 0.3) RETURNING id",
            [f"G{number}", venue],
        )
        venues.append(venue)
        points.append(point)
    return City(venues=(venues[0], venues[1], venues[2]), points=(points[0], points[1], points[2]))


def seed_incident(
    url: str,
    city: City,
    *,
    kind: str = "fire",
    priority: int = 1,
    venue: int = 0,
    after_s: float = 0,
    with_point: bool = True,
) -> int:
    """A new incident at one of the city's points (or its gateway), opened `after_s` seconds after T0; its id."""
    at = T0 + timedelta(seconds=after_s)
    return one(
        url,
        "INSERT INTO incident (venue_id, gateway_id, point_id, kind, priority, occurred_at, received_at, committed_at,"
        " opened_at) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s) RETURNING id",
        [
            city.venues[venue],
            f"G{venue + 1}",
            city.points[venue] if with_point else None,
            kind,
            priority,
            at,
            at,
            at,
            at,
        ],
    )


def seed_point(url: str, city: City, address: str, *, venue: int = 0, registered: bool = True) -> int:
    """Another point of a venue's gateway; its id."""
    return one(
        url,
        "INSERT INTO point (gateway_id, venue_id, address, registered) VALUES (%s, %s, %s, %s) RETURNING id",
        [f"G{venue + 1}", city.venues[venue], address, registered],
    )


def seed_risk(url: str, venue_id: int, score: float, *, grade: str = "B", at: datetime = T0) -> None:
    """The score of a venue now, and the same in its history."""
    factors = json.dumps([{"code": "use", "points": score, "evidence": {"use": "mall", "assumed": False}}])
    triggers = json.dumps([{"code": "offline_72h", "evidence": {"silent": 1}}])
    doubts = json.dumps([{"code": "gateways_silent", "lost": 0.1, "evidence": {"count": 1, "of": 1}}])
    values = [venue_id, at, score, grade, factors, triggers, doubts]
    run(
        url,
        "INSERT INTO risk_score (venue_id, at, score, grade, confidence, factors, triggers, doubts, version)"
        " VALUES (%s, %s, %s, %s, 0.9, %s, %s, %s, '1') ON CONFLICT (venue_id) DO UPDATE SET score = excluded.score,"
        " grade = excluded.grade, at = excluded.at",
        values,
    )
    run(
        url,
        "INSERT INTO risk_score_history (venue_id, at, score, grade, confidence, factors, triggers, doubts, version)"
        " VALUES (%s, %s, %s, %s, 0.9, %s, %s, %s, '1')",
        values,
    )


def seed_event(url: str, kind: str = "incident.opened") -> int:
    """One committed event with its notification; its id."""
    with psycopg.connect(url) as connection:
        return write_event(connection, kind)


def write_event(connection: psycopg.Connection, kind: str = "incident.opened") -> int:
    """One event in the caller's transaction; its id."""
    row = connection.execute(
        'INSERT INTO event (kind, data) VALUES (%s, \'{"kind": "fire"}\') RETURNING id', [kind]
    ).fetchone()
    connection.execute("NOTIFY fw_event")
    assert row is not None
    return int(row[0])

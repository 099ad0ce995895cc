"""Do the views read what is asked for alone: of history the time that is wanted, and of the present no history?"""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from firewarden.deploy.services import BlockingServices

Plan = dict[str, Any]

STATE = (
    "venue",
    "gateway",
    "point",
    "system",
    "water_point",
    "open_incident",
    "risk",
    "risk_factor",
    "process",
    "job",
    "worker",
)
OF_HISTORY = {
    "command_reply",
    "episode",
    "event",
    "gateway_command",
    "incident",
    "message_day",
    "message_gap",
    "operator_action",
    "quarantine",
    "risk_fact",
    "risk_score_history",
    "state_change",
}
OF_THE_PRESENT = {
    "episode_open",
    "incident_one_open",
    "incident_open_order",
    "message_gap_asking",
    "message_gap_open",
    "message_gap_waiting",
}
"""Indexes that hold what is open, and nothing else."""


@pytest.fixture(scope="module")
def filled(services: BlockingServices, template: str) -> Iterator[psycopg.Connection]:
    """A database with a month of history, as the reader, whose plans do not depend on how small it is."""
    name = sql.Identifier("test_board_plans")
    with psycopg.connect(services.database_url, autocommit=True) as server:
        server.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(name, sql.Identifier(template)))
    with psycopg.connect(
        make_conninfo(services.database_url, dbname="test_board_plans"), autocommit=True
    ) as connection:
        connection.execute(Path(__file__).with_name("plans.sql").read_bytes())
        connection.execute("SET ROLE fw_grafana")
        connection.execute("SET enable_seqscan = off")
        connection.execute("SET jit = off")
        yield connection
    with psycopg.connect(services.database_url, autocommit=True) as server:
        server.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


def nodes(plan: Plan) -> Iterator[Plan]:
    """A node of a plan and all below it."""
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def plan(connection: psycopg.Connection, query: sql.SQL | sql.Composed, *, run: bool = False) -> list[Plan]:
    """The nodes of the plan of a query; `run`: it is run, and those that it left out are left out."""
    head = sql.SQL("EXPLAIN (FORMAT JSON, ANALYZE, TIMING OFF) " if run else "EXPLAIN (FORMAT JSON) ")
    row = connection.execute(head + query).fetchone()
    assert row is not None
    told = row[0] if isinstance(row[0], list) else json.loads(row[0])
    return [node for node in nodes(told[0]["Plan"]) if node.get("Actual Loops", 1) > 0]


def chunks(found: list[Plan]) -> set[str]:
    """The partitions that a plan reads."""
    return {node["Relation Name"] for node in found if str(node.get("Relation Name", "")).startswith("_hyper_")}


@pytest.mark.parametrize(
    ("query", "most"),
    [
        ("SELECT time, value FROM board.reading WHERE {} AND venue_id = 3", 3),
        ("SELECT avg(value) FROM board.reading WHERE {} AND quantity = 'pressure'", 3),
        ("SELECT time, mean FROM board.reading_hour WHERE {} AND venue_id = 3", 2),
        ("SELECT state, count(*) FROM board.fact WHERE {} GROUP BY 1", 2),
    ],
)
def test_of_history_only_the_partitions_of_the_time_are_read(
    filled: psycopg.Connection, query: LiteralString, most: int
) -> None:
    """Whether the bounds are written out, as Grafana writes them, or reckoned from now."""
    row = filled.execute("SELECT now()").fetchone()
    assert row is not None
    since, until = (row[0] - timedelta(days=2), row[0] - timedelta(days=1))
    written = sql.SQL("time BETWEEN {} AND {}").format(since.isoformat(), until.isoformat())
    reckoned = sql.SQL("time BETWEEN now() - interval '2 days' AND now() - interval '1 day'")
    everything = chunks(plan(filled, sql.SQL(query).format(sql.SQL("true"))))
    for bounds in (written, reckoned):
        read = chunks(plan(filled, sql.SQL(query).format(bounds), run=True))
        assert 1 <= len(read) <= most < len(everything), bounds


@pytest.mark.parametrize("view", STATE)
def test_the_present_is_read_without_history(filled: psycopg.Connection, view: str) -> None:
    """What is open has indexes of its own; of readings a day is looked at, and of the rest one row for each key."""
    found = plan(filled, sql.SQL("SELECT * FROM {}").format(sql.Identifier("board", view)), run=True)
    assert len(chunks(found)) <= 2
    for node in found:
        of = str(node.get("Relation Name", ""))
        index = str(node.get("Index Name", ""))
        if of in OF_HISTORY:
            looked_up = "Index Cond" in node or index in OF_THE_PRESENT
            assert looked_up, (node["Node Type"], of, index)


@pytest.mark.parametrize(
    ("query", "index"),
    [
        ("SELECT * FROM board.episode WHERE time > now() - interval '1 hour'", "episode_raised"),
        ("SELECT * FROM board.incident WHERE time > now() - interval '1 hour'", "incident_opened"),
        ("SELECT * FROM board.grade_change WHERE time > now() - interval '1 day'", "risk_score_history_changes"),
        ("SELECT * FROM board.duty_check WHERE time > now() - interval '1 hour'", "gateway_command_duty"),
        ("SELECT * FROM board.command WHERE time > now() - interval '1 hour'", "gateway_command_asked"),
        ("SELECT * FROM board.gap WHERE time > now() - interval '1 hour'", "message_gap_seen"),
        ("SELECT * FROM board.quarantine WHERE time > now() - interval '1 hour'", "quarantine_received"),
        ("SELECT * FROM board.water_finding WHERE time > now() - interval '1 hour'", "risk_fact_water_at"),
        ("SELECT * FROM board.message_day WHERE time > now() - interval '1 day'", "message_day_time"),
        (
            "SELECT time, score FROM board.risk_history WHERE venue_id = 3 AND time > now() - interval '1 day'",
            "risk_score_history_",
        ),
    ],
)
def test_a_bound_on_the_time_uses_an_index(filled: psycopg.Connection, query: LiteralString, index: str) -> None:
    """A month of another table is not read through to find an hour."""
    used = [str(node["Index Name"]) for node in plan(filled, sql.SQL(query)) if "Index Name" in node]
    assert any(name.startswith(index) for name in used), used

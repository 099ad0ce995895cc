"""Does every alert rule ask what the database can answer, and fire for what it should and for nothing else?"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest
from psycopg.types.json import Jsonb

from firewarden.dashboards.grafana.alerts import rules
from firewarden.dashboards.grafana.alerts.rule import Beyond, Rule
from firewarden.dashboards.grafana.check.expand import Span, expand

NUMBERS = {"int2", "int4", "int8", "float4", "float8", "numeric"}
Rows = dict[tuple[str, ...], float | None]


@pytest.fixture
def db(database: str) -> Iterator[psycopg.Connection]:
    """The owner of the test's database."""
    with psycopg.connect(database, autocommit=True) as connection:
        yield connection


def asked(connection: psycopg.Connection, rule: Rule) -> Rows:
    """What a rule's query answers to Grafana's login: the number of each row, by the row's texts."""
    now = datetime.now(tz=UTC)
    statement = expand(rule.sql, {}, Span(begin=now - timedelta(seconds=rule.look_back_s), end=now)).sql
    with connection.transaction():
        connection.execute("SET LOCAL ROLE fw_grafana")
        cursor = connection.execute(statement.encode())
        kinds = [connection.adapters.types[column.type_code].name for column in cursor.description or ()]
        (number,) = [at for at, kind in enumerate(kinds) if kind in NUMBERS]
        assert {kind for at, kind in enumerate(kinds) if at != number} <= {"text"}
        rows = cursor.fetchall()
    return {tuple(value for at, value in enumerate(row) if at != number): row[number] for row in rows}


def fires(connection: psycopg.Connection, rule: Rule) -> set[tuple[str, ...]]:
    """The rows for which a rule would fire once it has held long enough."""
    found = asked(connection, rule)
    assert len(found) == len(set(found)), "two rows with the same labels are an error to Grafana"
    return {
        labels
        for labels, value in found.items()
        if value is not None and (value > rule.limit if rule.beyond is Beyond.ABOVE else value < rule.limit)
    }


def process(
    connection: psycopg.Connection,
    name: str,
    *,
    worker: str = "1",
    standby: bool = False,
    ago_s: float = 2,
    ended: bool = False,
    figures: dict[str, float] | None = None,
) -> None:
    """A process that last reported so long ago."""
    connection.execute(
        """
        INSERT INTO process_figures (process, worker, standby, version, started_at, at, every_s, ended_at, figures,
            before, before_at)
        VALUES (%s, %s, %s, '0', now() - interval '1 day', now() - make_interval(secs => %s), 5,
            CASE WHEN %s THEN now() END, %s, '{}', now())
        """,
        (name, worker, standby, ago_s, ended, Jsonb(figures or {})),
    )


@pytest.mark.parametrize("rule", rules.RULES, ids=lambda rule: rule.name)
def test_every_rule_can_be_asked_of_an_empty_platform(db: psycopg.Connection, rule: Rule) -> None:
    """One number and texts, in one row or none; only what nobody does fires, and the watchdog is silent."""
    expected: set[Any] = (
        {("ingest",), ("desk",), ("risk",), ("upkeep",), ("api",)} if rule is rules.WORK_MISSING else set()
    )
    assert fires(db, rule) == expected


def test_who_said_that_it_ends_is_not_dead(db: psycopg.Connection) -> None:
    """Killed workers and killed spares are; who reports or ended is not. A spare does nobody's work."""
    process(db, "ingest")
    process(db, "ingest", worker="2", ago_s=60)
    process(db, "desk", ago_s=3_600, ended=True)
    process(db, "desk", standby=True)
    process(db, "risk", worker="9", ago_s=60)
    process(db, "risk", standby=True, ago_s=60)
    process(db, "upkeep")
    process(db, "api")
    assert fires(db, rules.PROCESS_DEAD) == {
        ("ingest", "2", "worker"),
        ("risk", "9", "worker"),
        ("risk", "1", "spare"),
    }
    assert fires(db, rules.WORK_MISSING) == {("desk",), ("risk",)}
    assert asked(db, rules.DEAD_MANS_SWITCH) == {(): 4.0}


def test_lag_is_that_of_those_who_work(db: psycopg.Connection) -> None:
    """Alarms are late sooner than others; the last words of the dead, and spares, count for nothing."""
    late = {'firewarden_lag_seconds{of="alarm"}': 2.1, 'firewarden_lag_seconds{of="bulk"}': 10.1}
    process(db, "ingest", figures=late)
    process(db, "ingest", worker="2", figures=late, ago_s=60)
    process(db, "ingest", standby=True, figures=late)
    process(db, "desk", figures={'firewarden_lag_seconds{of="desk.alarm"}': 1.9, 'firewarden_lag_seconds{of="x"}': 9.9})
    assert fires(db, rules.ALARM_LAG) == {("ingest", "1", "alarm")}
    assert fires(db, rules.LAG) == {("ingest", "1", "bulk")}


def test_the_broker_is_asked_for_by_connection(db: psycopg.Connection) -> None:
    """That of alarms may stand while the other does not; devices without a broker have none."""
    name = "firewarden_ingest_connected"
    stands = {"alarm": 1.0, "bulk": 0.0, "gb26875": 0.0}
    figures = {f'{name}{{connection="{each}"}}': value for each, value in stands.items()}
    process(db, "ingest", figures=figures)
    assert fires(db, rules.BROKER_DISCONNECTED) == {("ingest", "1", "bulk")}


def test_retries_are_counted_over_a_restart(db: psycopg.Connection) -> None:
    """What grew is counted, also where the counter began anew; collisions are not."""
    process(db, "desk", figures={})
    for minutes, lost, collided in ((4, 5, 10), (3, 5, 20), (2, 7, 30), (1, 1, 40)):
        figures = {
            'firewarden_retries_total{error="OperationalError"}': lost,
            'firewarden_retries_total{error="DeadlockDetected"}': collided,
        }
        db.execute(
            "INSERT INTO process_figures_minute (process, worker, at, figures)"
            " VALUES ('desk', '1', date_trunc('minute', now()) - make_interval(mins => %s), %s)",
            (minutes, Jsonb(figures)),
        )
        db.execute("UPDATE process_figures SET figures = %s", (Jsonb(figures),))
    assert asked(db, rules.DATABASE_TROUBLE) == {("desk", "1"): 3.0}


def test_disks_are_told_apart(db: psycopg.Connection) -> None:
    """Each folder has its share; below 15 % it is low, below 5 % full."""
    process(
        db,
        "upkeep",
        figures={
            'firewarden_disk_free_bytes{of="state"}': 10.0,
            'firewarden_disk_size_bytes{of="state"}': 100.0,
            'firewarden_disk_free_bytes{of="database"}': 9.0,
            'firewarden_disk_size_bytes{of="database"}': 200.0,
        },
    )
    assert fires(db, rules.DISK_LOW) == {("upkeep", "1", "state"), ("upkeep", "1", "database")}
    assert fires(db, rules.DISK_FULL) == {("upkeep", "1", "database")}


@pytest.mark.parametrize(("days", "fired"), [(13.9, True), (14.1, False), (-1, True)])
def test_a_certificate_fires_two_weeks_ahead(db: psycopg.Connection, days: float, *, fired: bool) -> None:
    """And goes on when it has expired."""
    end_s = (datetime.now(tz=UTC) + timedelta(days=days)).timestamp()
    process(db, "ingest", figures={'firewarden_certificate_expires_timestamp_seconds{of="broker"}': end_s})
    assert fires(db, rules.CERTIFICATE) == ({("ingest", "1", "broker")} if fired else set())


def test_jobs(db: psycopg.Connection) -> None:
    """One that failed, one that did not end well for long, one that is well."""
    db.execute(
        """
        INSERT INTO upkeep_job (name, period_s, started_at, finished_at, outcome, duration_s, done_at) VALUES
            ('rollup', 300, now(), now(), 'failed', 1, now()),
            ('retention', 86400, now() - interval '3 days', now(), 'done', 1, now() - interval '3 days'),
            ('compression', 86400, now(), now(), 'done', 1, now())
        """
    )
    assert fires(db, rules.JOB_FAILED) == {("rollup",)}
    assert fires(db, rules.JOB_OVERDUE) == {("retention",)}


def test_only_hours_that_are_over_wait(db: psycopg.Connection) -> None:
    """The hour that goes on is due by nature."""
    due = """
        INSERT INTO rollup_due (day, from_at, to_at) SELECT day, day + %s, day + interval '24 hours'
        FROM (SELECT date_trunc('day', now(), 'Asia/Shanghai') + %s AS day) AS at
    """
    db.execute(due, (timedelta(), timedelta(days=1)))
    assert fires(db, rules.ROLLUP_BEHIND) == set()
    db.execute(due, (timedelta(hours=5), timedelta(days=-2)))
    assert asked(db, rules.ROLLUP_BEHIND) == {(): 1.0}


@pytest.mark.parametrize(
    ("ages_h", "labels", "fired"), [((), "never", False), ((25,), "yes", False), ((27,), "yes", True)]
)
def test_the_link_to_119_is_tested_daily(
    db: psycopg.Connection, ages_h: tuple[int, ...], labels: str, *, fired: bool
) -> None:
    """Two hours more than a day; never recorded is said and does not fire."""
    for hours in ages_h:
        db.execute(
            "INSERT INTO link_test (at, outcome, by) VALUES (now() - make_interval(hours => %s), 'ok', 'x')", (hours,)
        )
    assert set(asked(db, rules.LINK_TEST)) == {(labels,)}
    assert fires(db, rules.LINK_TEST) == ({(labels,)} if fired else set())


def test_quarantine_counts_the_last_hour(db: psycopg.Connection) -> None:
    """What came two hours ago was told then."""
    for hours in (0.5, 2):
        db.execute(
            "INSERT INTO quarantine (received_at, topic, gateway_id, reason, detail, payload, payload_size)"
            " VALUES (now() - make_interval(secs => %s), 'x', 'g', 'bad_json', '', '', 0)",
            (hours * 3_600,),
        )
    assert asked(db, rules.QUARANTINE) == {(): 1.0}


@pytest.mark.parametrize(("silent", "online", "fired"), [(4, 1, False), (5, 21, False), (5, 15, True), (30, 2, True)])
def test_gateways_are_silent_in_bulk(db: psycopg.Connection, silent: int, online: int, *, fired: bool) -> None:
    """A fifth, five at least, within half an hour; who has been away for long, or is not in service, does not count."""
    db.execute("INSERT INTO venue (code, name, district, use) VALUES ('V', 'v', 'd', 'mall')")
    states = [*["offline"] * silent, *["online"] * online, *["long"] * 40, *["retired"] * 40]
    for at, state in enumerate(states):
        db.execute(
            "INSERT INTO gateway (id, venue_id, name, connection) SELECT %s, id, 'g', %s FROM venue",
            (f"G{at}", "retired" if state == "retired" else "in_service"),
        )
        db.execute(
            "INSERT INTO gateway_liveness (gateway_id, heard_at, online, changed_at)"
            " VALUES (%s, now() - make_interval(hours => %s), %s, now())",
            (f"G{at}", 9 if state == "long" else 0, state == "online"),
        )
    assert fires(db, rules.GATEWAYS_SILENT) == ({()} if fired else set())

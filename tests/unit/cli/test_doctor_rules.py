"""Can each rule of the doctor fail, and does each say what mends it?"""

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from firewarden.api.processes import EXPECTED, Processes, ProcessRow
from firewarden.cli.doctor import broker, database_rules, machine_rules
from firewarden.cli.doctor.broker import BrokerFacts
from firewarden.cli.doctor.database import (
    Beat,
    DatabaseFacts,
    Gaps,
    Grafana,
    Grant,
    PlatformFacts,
    Quarantined,
    RoleRow,
    Server,
    Silent,
)
from firewarden.cli.doctor.findings import Finding, Severity, as_json, as_text, exit_status, note, ok, warning
from firewarden.cli.doctor.machine import MachineFacts, ProcessFacts, StateFacts
from firewarden.figures.verdict import Condition
from firewarden.store.database import Role
from firewarden.store.migrate import load
from firewarden.upkeep.seen import JobRun, JobState

AT = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)

STATE = StateFacts(
    root=Path("/srv/firewarden"),
    exists=True,
    writable=True,
    format="1",
    open_secrets=(),
    free_bytes=80_000_000_000,
    total_bytes=100_000_000_000,
    cluster="17",
    stale=(),
)
RUNNING = ProcessFacts(name="ingest", state="running", alive=True, restarts=0)
MACHINE = MachineFacts(
    python=(3, 11),
    locks={"requirements.lock": "abc"},
    stamp="abc",
    state=STATE,
    supervisor_recorded=True,
    supervisor_runs=True,
    processes=(RUNNING,),
    taken_ports={},
    embedded_database=True,
    embedded_broker=True,
    services_fetched=True,
    browser=True,
    zone_file=True,
    clock_kept=True,
    traces_wanted=False,
    traces_installed=False,
)
SERVER = Server(
    version=170_000,
    version_text="17.0",
    timescaledb="2.19",
    timescaledb_available=True,
    now=AT,
    standby=False,
    encoding="UTF8",
    collation_recorded="2.36",
    collation_actual="2.36",
    fsync="on",
    full_page_writes="on",
    connections_max=100,
    connections=10,
    migrated=True,
    size_bytes=10_000_000,
)


def process(kind: str, **changes: object) -> ProcessRow:
    """A process that is well, but for the changes."""
    well = ProcessRow(
        process=kind,
        worker="1",
        standby=False,
        version="0.1.0",
        started_at=AT,
        seen_at=AT,
        condition=Condition.WELL,
        since=None,
        lag_s=None,
        of=None,
        errors=(),
        last_error=None,
        last_error_at=None,
        figures={},
        before={},
        before_s=60,
    )
    return replace(well, **changes)  # pyright: ignore[reportArgumentType]


def job(*, overdue: bool = False, outcome: str = "done") -> JobState:
    """A periodic job and its last run."""
    run = JobRun(
        name="rollup", started_at=AT, finished_at=AT, outcome=outcome, rows=1, duration_s=1, detail="", done_at=AT
    )
    return JobState(name="rollup", purpose="", period_s=300, overdue=overdue, last=run)


WELL = tuple(process(kind) for kind in EXPECTED)
PLATFORM = PlatformFacts(
    processes=Processes(at=AT, processes=WELL, missing=()),
    beats=(Beat(connection="alarm", age_s=1), Beat(connection="bulk", age_s=1)),
    jobs=(job(),),
    gaps=Gaps(open=0, given_up=0, gateways=0),
    quarantined=(),
    silent=Silent(gateways=10, silent=1),
    missing_grants=(),
)
DATABASE = DatabaseFacts(
    address="postgresql://127.0.0.1/firewarden",
    server=SERVER,
    applied={step.version: step.checksum for step in load()},
    roles=tuple(RoleRow(name=role.value, exists=True, member=True) for role in Role),
    grafana=Grafana(may_login=True, powerful=False, others=[]),
    platform=PLATFORM,
)


def only_wrong(findings: list[Finding]) -> list[tuple[str, Severity]]:
    """What is not well; each says what mends it."""
    assert all(finding.mend for finding in findings if finding.severity in {Severity.WARNING, Severity.ERROR})
    assert all(finding.said.endswith((".", "…")) and "\n" not in finding.said for finding in findings)
    return [(finding.check, finding.severity) for finding in findings if finding.severity is not Severity.OK]


def test_a_sound_installation_has_nothing_to_mend() -> None:
    """Where all is well nothing is reported, and the status is 0."""
    found = [
        *machine_rules.judge(MACHINE),
        *database_rules.judge(DATABASE),
        *broker.judge(BrokerFacts(address="mqtt://x")),
    ]
    found += broker.judge_sessions(0, 3)
    assert only_wrong(found) == []
    assert exit_status(found) == 0


ERROR, WARNING, NOTE = Severity.ERROR, Severity.WARNING, Severity.NOTE


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (replace(MACHINE, python=(3, 9)), [("python", ERROR)]),
        (replace(MACHINE, stamp="other"), [("environment", WARNING)]),
        (replace(MACHINE, stamp=None), [("environment", NOTE)]),
        (replace(MACHINE, traces_wanted=True), [("traces", ERROR)]),
        (replace(MACHINE, state=replace(STATE, writable=False)), [("state folder", ERROR)]),
        (replace(MACHINE, state=replace(STATE, exists=False)), [("state folder", NOTE)]),
        (replace(MACHINE, state=replace(STATE, format="99")), [("state folder", ERROR)]),
        (replace(MACHINE, state=replace(STATE, open_secrets=("postgres",))), [("secrets", ERROR)]),
        (replace(MACHINE, state=replace(STATE, free_bytes=2_000_000_000)), [("disk", WARNING)]),
        (replace(MACHINE, state=replace(STATE, free_bytes=20_000_000)), [("disk", ERROR)]),
        (replace(MACHINE, state=replace(STATE, cluster="15")), [("cluster", ERROR)]),
        (replace(MACHINE, services_fetched=False), [("programs", NOTE)]),
        (replace(MACHINE, browser=False), [("browser", NOTE)]),
        (replace(MACHINE, zone_file=False), [("time zone", ERROR)]),
        (replace(MACHINE, clock_kept=False), [("clock", WARNING)]),
        (replace(MACHINE, clock_kept=None), [("clock", NOTE)]),
        (replace(MACHINE, taken_ports={"postgres": 15432}), [("ports", WARNING)]),
        (replace(MACHINE, supervisor_recorded=False), [("supervisor", NOTE)]),
        (replace(MACHINE, supervisor_runs=False), [("supervisor", ERROR)]),
        (replace(MACHINE, processes=(replace(RUNNING, state="waiting to restart"),)), [("supervisor", ERROR)]),
        (replace(MACHINE, processes=(replace(RUNNING, state="starting"),)), [("supervisor", NOTE)]),
        (replace(MACHINE, processes=(replace(RUNNING, alive=False),)), [("supervisor", ERROR)]),
        (replace(MACHINE, processes=(replace(RUNNING, restarts=9),)), [("supervisor", WARNING)]),
        (replace(MACHINE, state=replace(STATE, stale=(Path("/a/.x.unfinished"),) * 7)), [("left over", WARNING)]),
    ],
)
def test_each_fault_of_the_machine_is_found(facts: MachineFacts, expected: list[tuple[str, Severity]]) -> None:
    """One fault, one finding, and nothing else."""
    assert only_wrong(machine_rules.judge(facts)) == expected


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"version": 140_000}, [("database", ERROR)]),
        ({"standby": True}, [("database", ERROR)]),
        ({"timescaledb": None}, [("TimescaleDB", ERROR)]),
        ({"timescaledb": None, "timescaledb_available": False}, [("TimescaleDB", ERROR)]),
        ({"fsync": "off"}, [("durability", ERROR)]),
        ({"full_page_writes": "off"}, [("durability", ERROR)]),
        ({"encoding": "SQL_ASCII"}, [("encoding", ERROR)]),
        ({"collation_actual": "2.41"}, [("collation", WARNING)]),
        ({"connections": 95}, [("connections", WARNING)]),
    ],
)
def test_each_fault_of_the_server_is_found(changes: dict[str, object], expected: list[tuple[str, Severity]]) -> None:
    """One fault, one finding, and nothing else."""
    server = replace(SERVER, **changes)  # pyright: ignore[reportArgumentType]
    assert only_wrong(database_rules.judge(replace(DATABASE, server=server))) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (DatabaseFacts(address="x", problem="no answer within 5 s"), [("database", ERROR)]),
        (replace(DATABASE, clock_ahead_s=-5.0), [("clocks", WARNING)]),
        (replace(DATABASE, clock_ahead_s=300.0), [("clocks", ERROR)]),
        (replace(DATABASE, applied=dict(list(DATABASE.applied.items())[:3])), [("migrations", ERROR)]),
        (replace(DATABASE, applied={**DATABASE.applied, 9999: "x"}), [("migrations", ERROR)]),
        (replace(DATABASE, applied={**DATABASE.applied, 1: "x"}), [("migrations", ERROR)]),
        (replace(DATABASE, broken_indexes=("episode_incident",)), [("indexes", WARNING)]),
        (replace(DATABASE, roles=(RoleRow(name="fw_desk", exists=False, member=False),)), [("roles", ERROR)]),
        (replace(DATABASE, roles=(RoleRow(name="fw_desk", exists=True, member=False),)), [("roles", ERROR)]),
        (replace(DATABASE, grafana=None), [("grafana", NOTE)]),
        (replace(DATABASE, grafana=Grafana(may_login=True, powerful=True, others=[])), [("grafana", ERROR)]),
        (replace(DATABASE, grafana=Grafana(may_login=True, powerful=False, others=["fw_api"])), [("grafana", ERROR)]),
        (replace(DATABASE, grafana=Grafana(may_login=False, powerful=False, others=[])), [("grafana", WARNING)]),
        (replace(DATABASE, platform=None), [("tables", ERROR)]),
    ],
)
def test_each_fault_of_the_database_is_found(facts: DatabaseFacts, expected: list[tuple[str, Severity]]) -> None:
    """One fault, one finding, and nothing else."""
    assert only_wrong(database_rules.judge(facts)) == expected


def with_process(row: ProcessRow) -> Processes:
    """All processes well, but for this one."""
    return replace(PLATFORM.processes, processes=tuple(row if each.process == row.process else each for each in WELL))


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"missing_grants": (Grant(role="fw_desk", object="incident", privilege="INSERT"),)}, [("rights", ERROR)]),
        ({"processes": Processes(at=AT, processes=WELL[1:], missing=("ingest",))}, [("processes", ERROR)]),
        ({"processes": with_process(process("desk", condition=Condition.SILENT))}, [("processes", ERROR)]),
        ({"processes": with_process(process("desk", condition=Condition.STOPPED))}, [("processes", ERROR)]),
        ({"processes": with_process(process("desk", condition=Condition.STANDBY))}, [("processes", ERROR)]),
        ({"processes": with_process(process("desk", condition=Condition.BEHIND, lag_s=9.0, of="x"))},
         [("processes", WARNING)]),
        ({"processes": with_process(process("desk", condition=Condition.TROUBLED, errors=("E",)))},
         [("processes", WARNING)]),
        ({"processes": with_process(process("desk", version="0.0.9"))}, [("versions", WARNING)]),
        ({"beats": (Beat(connection="bulk", age_s=1),)}, [("listening", ERROR)]),
        ({"beats": (Beat(connection="alarm", age_s=99), Beat(connection="bulk", age_s=1))}, [("listening", ERROR)]),
        ({"silent": Silent(gateways=10, silent=10)}, [("gateways", WARNING)]),
        ({"jobs": (job(overdue=True),)}, [("jobs", WARNING)]),
        ({"jobs": (job(outcome="failed"),)}, [("jobs", WARNING)]),
        ({"gaps": Gaps(open=1, given_up=0, gateways=1)}, [("gaps", WARNING)]),
        ({"gaps": Gaps(open=0, given_up=1, gateways=1)}, [("gaps", WARNING)]),
        ({"quarantined": (Quarantined(reason="bad_json", messages=3, gateways=1),)}, [("quarantine", WARNING)]),
    ],
)  # fmt: skip
def test_each_fault_of_the_platform_is_found(changes: dict[str, object], expected: list[tuple[str, Severity]]) -> None:
    """One fault, one finding, and nothing else."""
    platform = replace(PLATFORM, **changes)  # pyright: ignore[reportArgumentType]
    assert only_wrong(database_rules.judge(replace(DATABASE, platform=platform))) == expected


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        (BrokerFacts(address="x", problem="refused"), [("broker", ERROR)]),
        (BrokerFacts(address="x", refused_lanes=("alarm",)), [("broker rights", ERROR)]),
        (BrokerFacts(address="x", echoed=False), [("broker rights", ERROR)]),
        (BrokerFacts(address="x", open_to_all=True), [("broker access", ERROR)]),
    ],
)
def test_each_fault_of_the_broker_is_found(facts: BrokerFacts, expected: list[tuple[str, Severity]]) -> None:
    """One fault, one finding, and nothing else."""
    assert only_wrong(list(broker.judge(facts))) == expected


def test_a_broker_that_forgets_sessions_is_found() -> None:
    """That it knew none at the very first connection is no fault; that it forgot one later is."""
    assert only_wrong(list(broker.judge_sessions(2, 2))) == []
    assert only_wrong(list(broker.judge_sessions(1, 4))) == [("broker sessions", ERROR)]


def test_the_worst_comes_first_and_makes_the_status() -> None:
    """Errors before warnings before notes; what is well is shown when asked for; JSON says the same."""
    found = [
        ok("a", "Well."),
        note("b", "So."),
        warning("c", "Soon.", "mend c"),
        replace(warning("d", "Broken.", "mend d"), severity=ERROR),
    ]
    assert exit_status(found) == 2
    assert exit_status(found[:3]) == 1
    assert exit_status(found[:2]) == 0
    text = as_text(found, verbose=False)
    assert [line.split()[0] for line in text.splitlines()] == ["ERROR", "->", "WARNING", "->", "NOTE", "4"]
    assert "a: Well." in as_text(found, verbose=True)
    told = json.loads(as_json(found))
    assert told["status"] == 2
    assert told["findings"][3] == {"check": "d", "severity": "error", "said": "Broken.", "mend": "mend d"}

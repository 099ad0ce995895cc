"""Does the doctor see what there is: a real database, a real broker, folders as they come?"""

import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncGenerator
from pathlib import Path

import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from tests.integration.city import GATEWAY, SECRET, admit, register_venue
from tests.integration.proxy import Proxy, proxied
from typer.testing import CliRunner

from firewarden.cli.app import build
from firewarden.cli.doctor import broker, database_rules, machine, machine_rules
from firewarden.cli.doctor import database as database_asked
from firewarden.cli.doctor.findings import Finding, Severity
from firewarden.deploy.services import BlockingServices
from firewarden.deploy.state import open_state, secret

RUNNER = CliRunner()
READY_FOR_QUERY = b"Z\x00\x00\x00\x05I"


def wrong(findings: list[Finding]) -> dict[str, Severity]:
    """What is to be mended."""
    return {each.check: each.severity for each in findings if each.severity in {Severity.WARNING, Severity.ERROR}}


async def test_a_fresh_database_wants_its_processes(database: str) -> None:
    """Everything about the server is well (but that tests do without fsync); nobody works there, and that is said."""
    found = database_rules.judge(await database_asked.look(database))
    assert wrong(found).keys() == {"durability", "processes", "listening"}
    assert {each.check for each in found if each.severity is Severity.OK} >= {
        "database", "TimescaleDB", "migrations", "roles", "rights", "clocks", "encoding", "collation", "indexes", "jobs"
    }  # fmt: skip


async def test_what_was_broken_in_the_database_is_found(database: str) -> None:
    """A right taken away, an index half made, a gap, something not understood, an older version."""
    register_venue(database)
    with psycopg.connect(database) as connection:
        connection.execute("REVOKE INSERT ON incident FROM fw_desk")
        connection.execute("UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'episode_incident'::regclass")
        connection.execute("DELETE FROM schema_migration WHERE version > 5")
        connection.execute(
            "INSERT INTO message_ledger (gateway_id, boot, lane, first_at, last_at)"
            " VALUES (%s, 'b', 'alarm', now(), now())",
            [GATEWAY],
        )
        connection.execute(
            "INSERT INTO message_gap (gateway_id, boot, lane, from_seq, to_seq, seen_at, moved_at)"
            " VALUES (%s, 'b', 'alarm', 1, 2, now() - interval '1 hour', now())",
            [GATEWAY],
        )
        connection.execute(
            "INSERT INTO quarantine (received_at, topic, gateway_id, reason, detail, payload, payload_size)"
            " VALUES (now(), 't', %s, 'bad_json', '', '', 0)",
            [GATEWAY],
        )
    found = wrong(database_rules.judge(await database_asked.look(database)))
    assert found.keys() >= {"rights", "indexes", "migrations", "gaps", "quarantine"}
    with psycopg.connect(database) as connection:
        connection.execute("GRANT INSERT ON incident TO fw_desk")


async def test_an_empty_database_wants_migrations(services: BlockingServices) -> None:
    """Of a database without tables that is said, and nothing fails on the way."""
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS doctor_empty WITH (FORCE)")
        connection.execute("CREATE DATABASE doctor_empty TEMPLATE template0")
    found = wrong(
        database_rules.judge(await database_asked.look(make_conninfo(services.database_url, dbname="doctor_empty")))
    )
    assert found["migrations"] is Severity.ERROR
    assert found["TimescaleDB"] is Severity.ERROR
    with psycopg.connect(services.database_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE doctor_empty WITH (FORCE)")


class Falling:
    """Lets a client sign in, and then nothing more come to it."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy = proxy

    def __call__(self, number: int, data: bytes) -> bytes:
        """Stall once the server is ready for queries."""
        del number
        if data.endswith(READY_FOR_QUERY):
            self._proxy.stall()
        return data


async def test_a_database_that_is_away_or_hangs_is_a_finding(database: str) -> None:
    """Nobody there, a wrong password, no address, no answer: each a sentence, in bounded time."""
    given = conninfo_to_dict(database)
    away = await database_asked.look("postgresql://someone:secret-word@127.0.0.1:1/x")
    assert "refused" in str(away.problem)
    assert "secret-word" not in f"{away.address}{away.problem}"
    spoilt = await database_asked.look("postgresql://someone:secret/word@127.0.0.1:1/x")
    assert "percent-encode" in str(spoilt.problem)
    assert "word" not in f"{spoilt.address}{spoilt.problem}".replace("password", "")
    async with proxied(str(given["host"]), int(str(given["port"]))) as between:
        through = make_conninfo(database, host="127.0.0.1", port=between.port)
        between.stall()
        mute = await database_asked.look(through)
        between.flow()
        between.to_client = Falling(between)
        hangs = await database_asked.look(through, within_s=0.3)
    assert "no answer within 0.3 s" in str(hangs.problem)
    for facts in (away, spoilt, mute, hangs):
        assert wrong(database_rules.judge(facts)) == {"database": Severity.ERROR}


async def test_the_broker_is_asked_as_who_we_are(services: BlockingServices) -> None:
    """Our account hears every lane and strangers get nothing; a gateway's account does not; a wrong one is refused."""
    admit(services, GATEWAY)
    ours = await broker.look(services.mqtt_url)
    assert wrong(list(broker.judge(ours))) == {}
    address = services.mqtt_url.rpartition("@")[2]
    gateways = await broker.look(f"mqtt://{GATEWAY}:{SECRET}@{address}")
    assert wrong(list(broker.judge(gateways))) == {"broker rights": Severity.ERROR}
    refused = await broker.look(f"mqtt://firewarden:not-the-password@{address}")
    assert refused.problem is not None
    assert "not-the-password" not in f"{refused.address}{refused.problem}"
    nobody = await broker.look("mqtt://127.0.0.1:1")
    assert wrong(list(broker.judge(nobody))) == {"broker": Severity.ERROR}


@pytest.fixture
async def silent_port() -> AsyncGenerator[int]:
    """A port at which somebody listens and never says anything."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield int(listening.getsockname()[1])


async def test_a_broker_that_hangs_is_a_finding(silent_port: int) -> None:
    """Whoever listens and says nothing is asked for a moment only."""
    facts = await broker.look(f"mqtt://127.0.0.1:{silent_port}", within_s=0.3)
    assert facts.problem is not None


def test_the_folder_is_looked_at_as_it_is(tmp_path: Path) -> None:
    """A password that others may read, a half-fetched package, another's port, another format: all of it is seen."""
    state = open_state(tmp_path / "state")
    secret(state, "postgres")
    assert wrong(machine_rules.judge(machine.look({}, state.root))).keys() <= {"clock", "environment", "disk"}
    (state.secrets / "postgres").chmod(0o644)
    (state.packages / ".services-1.unfinished").mkdir()
    half = state.root / ".ports.json.abc"
    half.write_text("{")
    os.utime(half, (time.monotonic(), time.monotonic()))
    (state.root / "version").write_text("99")
    with socket.create_server(("127.0.0.1", 0)) as taken:
        state.ports_file.write_text(f'{{"postgres": {taken.getsockname()[1]}}}')
        found = wrong(machine_rules.judge(machine.look({}, state.root)))
        assert found.keys() >= {"secrets", "left over", "ports", "state folder"}
    assert machine.look({}, tmp_path / "nothing" / "there").state.exists is False


def test_the_command_works_when_nothing_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without database, broker and folder it says what it could not look at; the status is that of the findings."""
    monkeypatch.setenv("FIREWARDEN_STATE", str(tmp_path / "none"))
    for name in ("FIREWARDEN_DATABASE_URL", "FIREWARDEN_MQTT_URL"):
        monkeypatch.delenv(name, raising=False)
    done = RUNNER.invoke(build("doctor"), ["doctor", "--json"])
    assert done.exit_code in {0, 1}, done.output
    assert '"check": "broker"' in done.output
    monkeypatch.setenv("FIREWARDEN_MQTT_URL", "mqtt://127.0.0.1:1")
    broken = RUNNER.invoke(build("doctor"), ["doctor"])
    assert broken.exit_code == 2
    assert broken.output.startswith("ERROR    broker: ")


AS_ANOTHER = """
import os, sys
from pathlib import Path
from firewarden.cli.doctor import machine, machine_rules
os.setresgid(65534, 65534, 65534)
os.setresuid(65534, 65534, 65534)
found = machine_rules.judge(machine.look({}, Path(sys.argv[1])))
print([each.said for each in found if each.check == "state folder"])
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_another_user_is_told_whose_it_is(tmp_path: Path) -> None:
    """A folder that this user may not even look into is a finding, not a failure."""
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    state = open_state(closed / "state")
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    for root in (state.root, closed / "nothing"):
        done = subprocess.run(
            [sys.executable, "-c", AS_ANOTHER, root], env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "cannot be written by this user" in done.stdout

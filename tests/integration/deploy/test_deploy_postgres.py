"""The embedded database."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from pathlib import Path

import psutil
import psycopg
import pytest
from tests.integration.deploy.waiting import eventually

from firewarden.deploy.errors import DeployError
from firewarden.deploy.external import check_database
from firewarden.deploy.services import BlockingServices, blocking_services
from firewarden.deploy.state import State

pytestmark = pytest.mark.services
MakeState = Callable[[], State]


def _count(url: str) -> int | None:
    try:
        with psycopg.connect(url, connect_timeout=2) as connection:
            row = connection.execute("SELECT count(*) FROM kept").fetchone()
    except psycopg.OperationalError:
        return None
    return None if row is None else int(row[0])


def test_data_survives_stop_and_start(make_state: MakeState, service_packages: Path) -> None:
    """What was written before an orderly stop is there after the next start, under the same password."""
    state = make_state()
    with blocking_services(state, packages=service_packages) as first:
        with psycopg.connect(first.database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 7)")
        pids = first.services.supervisor.pids()
    assert not any(psutil.pid_exists(pid) for pid in pids.values())
    with blocking_services(state, packages=service_packages) as second:
        assert _count(second.database_url) == 7


def test_a_killed_postmaster_returns_with_its_data(make_state: MakeState, service_packages: Path) -> None:
    """After SIGKILL, with sessions open and one of them busy, the database comes back and has what was committed."""
    with blocking_services(make_state(), packages=service_packages) as running:
        with psycopg.connect(running.database_url, autocommit=True) as connection:
            connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 5)")
        idle = psycopg.connect(running.database_url)
        busy = psycopg.connect(running.database_url)
        work = threading.Thread(target=_sleep_in_database, args=(busy,))
        work.start()
        before = running.kill("postgres")
        rows = eventually(lambda: _count(running.database_url), "the database answers again")
        work.join()
        for session in (idle, busy):
            session.close()
        assert rows == 5
        assert running.services.supervisor.pids()["postgres"] != before


def _sleep_in_database(connection: psycopg.Connection) -> None:
    with pytest.raises(psycopg.OperationalError):
        connection.execute("SELECT pg_sleep(600)")


def test_a_stale_lock_file_does_not_prevent_the_start(make_state: MakeState, service_packages: Path) -> None:
    """A postmaster.pid whose number now belongs to another living process is taken away."""
    state = make_state()
    with blocking_services(state, packages=service_packages):
        pass
    lock = state.postgres / "data" / "postmaster.pid"
    lock.write_text(f"{os.getpid()}\n{lock.parent}\n1\n1\n\n127.0.0.1\n", encoding="ascii")
    with blocking_services(state, packages=service_packages) as running:
        assert running.services.supervisor.pids()["postgres"]


def test_another_major_version_is_refused(make_state: MakeState, service_packages: Path) -> None:
    """Data of another PostgreSQL version is left untouched, and the message names both versions."""
    state = make_state()
    with blocking_services(state, packages=service_packages):
        pass
    (state.postgres / "data" / "PG_VERSION").write_text("16\n", encoding="ascii")
    with (
        pytest.raises(DeployError, match="PostgreSQL 16; this program runs PostgreSQL 17"),
        blocking_services(state, packages=service_packages),
    ):
        raise AssertionError("it started")


def test_only_this_machine_can_connect(services: BlockingServices) -> None:
    """Database and broker listen on the loopback address and nowhere else."""
    for pid in services.services.supervisor.pids().values():
        listening = [one.laddr for one in psutil.Process(pid).net_connections("inet") if one.status == "LISTEN"]
        assert {address.ip for address in listening} == {"127.0.0.1"}


def test_root_does_not_run_the_services(services: BlockingServices) -> None:
    """The services run as an ordinary account, whoever started them."""
    for pid in services.services.supervisor.pids().values():
        assert psutil.Process(pid).uids().effective != 0


def test_the_database_is_what_the_platform_expects(services: BlockingServices) -> None:
    """TimescaleDB can be installed, text is UTF-8, days end in Shanghai, and wrong passwords are refused."""
    with psycopg.connect(services.database_url) as connection:
        row = connection.execute(
            "SELECT current_setting('server_encoding'), current_setting('timezone'), "
            "current_setting('data_checksums'), current_setting('shared_preload_libraries')"
        ).fetchone()
    assert row == ("UTF8", "Asia/Shanghai", "on", "timescaledb")
    wrong = services.database_url.replace("postgres:", "postgres:x")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)


async def test_an_external_database_is_examined(services: BlockingServices) -> None:
    """A database that fits passes; one that cannot be reached is explained without its password."""
    await check_database(services.database_url)
    with pytest.raises(DeployError, match="cannot be used") as caught:
        await check_database("postgresql://li:geheim@127.0.0.1:1/fw")
    assert "geheim" not in str(caught.value)
    assert "FIREWARDEN_DATABASE_URL" in caught.value.hint

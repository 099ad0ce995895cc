"""When the disk of the database is full, do messages wait, and does the log say so?"""

import asyncio
import contextlib
import os
import shutil
import uuid
from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo
from tests.integration.ingest.faulty import scene
from tests.integration.ingest.small_disk import SaidToBeFull, SmallDisk, small_disk

from firewarden.deploy import postgres
from firewarden.deploy.account import service_account
from firewarden.deploy.ports import any_free
from firewarden.deploy.postgres import Postgres
from firewarden.deploy.services import BlockingServices
from firewarden.deploy.state import State
from firewarden.deploy.supervisor import Supervisor
from firewarden.store.migrate import migrate

FULL = "the disk of the database is full"


@contextmanager
def _database_on(disk: SmallDisk, services: BlockingServices, template: str) -> Generator[str]:
    """A migrated database whose tables lie on that disk."""
    name = f"test_{uuid.uuid4().hex}"
    space, base = sql.Identifier(f"space_{name}"), sql.Identifier(template)
    with psycopg.connect(services.database_url, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE TABLESPACE {} LOCATION {}").format(space, str(disk.folder / "data")))
        try:
            owner.execute(
                sql.SQL("CREATE DATABASE {} TEMPLATE {} TABLESPACE {}").format(sql.Identifier(name), base, space)
            )
            yield make_conninfo(services.database_url, dbname=name)
        finally:
            owner.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))
            owner.execute(sql.SQL("DROP TABLESPACE {}").format(space))


async def test_a_full_disk(services: BlockingServices, database: str, template: str) -> None:
    """Nothing is acknowledged that has no room; with room again everything is stored, without anybody's help."""
    with small_disk() as disk:
        if disk is None:
            await _full_and_empty(services, database, SaidToBeFull(database))
        else:
            with _database_on(disk, services, template) as on_disk:
                await _full_and_empty(services, on_disk, disk)


async def _full_and_empty(services: BlockingServices, database: str, disk: SmallDisk | SaidToBeFull) -> None:
    async with scene(services, database) as it:
        disk.fill()
        it.send(150)  # pages that are there already have some room
        await it.logged("database_trouble", connection="alarm", advice=FULL)
        first = it.gateway.numbers["alarm"] + 1
        it.send(5)
        await it.arrived(first + 4)
        assert it.acknowledged_since("alarm", first) == []
        disk.empty()
        await it.all_is_well()
        await it.logged("database_works_again", connection="alarm")


async def test_a_full_disk_of_the_log(
    services: BlockingServices, service_packages: Path, make_state: Callable[[], State]
) -> None:
    """Without room for its write-ahead log the database ends, again and again: what was acknowledged is there after."""
    with small_disk() as disk:
        if disk is None:
            pytest.skip("only root may mount a small disk; continuous integration does")
        supervisor = Supervisor(make_state().logs)
        try:
            server = await _server_with_its_log_on(disk, service_packages, make_state(), supervisor)
            async with scene(services, server.url()) as it:
                disk.fill()
                await asyncio.to_thread(_use_up_the_log, server.url())
                first = it.gateway.numbers["alarm"] + 1
                it.send(5)
                await it.arrived(first + 4)
                await it.logged("database_trouble", connection="alarm")
                assert it.acknowledged_since("alarm", first) == []
                disk.empty()
                await it.all_is_well()
        finally:
            await supervisor.stop_all()


async def _server_with_its_log_on(disk: SmallDisk, packages: Path, state: State, supervisor: Supervisor) -> Postgres:
    server = Postgres(packages=packages, state=state, account=service_account(), port=any_free(), durable=False)
    postgres.prepare(server)
    log = server.data / "pg_wal"
    shutil.copytree(log, disk.folder / "data", dirs_exist_ok=True)
    shutil.rmtree(log)
    log.symlink_to(disk.folder / "data")
    for path in (log, disk.folder / "data", *(disk.folder / "data").rglob("*")):
        if server.account is not None:
            os.chown(path, server.account.uid, server.account.gid, follow_symlinks=False)
    await supervisor.start(postgres.process(server))
    await postgres.ensure_database(server)
    migrate(server.url())
    return server


def _use_up_the_log(url: str) -> None:
    """Begin segment after segment, until there is no room for one and the server ends."""
    with contextlib.suppress(psycopg.OperationalError), psycopg.connect(url, autocommit=True) as connection:
        for _ in range(100):
            connection.execute("SELECT pg_switch_wal(), txid_current()")
        raise AssertionError("there was room for 100 segments")

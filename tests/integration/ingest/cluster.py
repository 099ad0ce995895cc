"""A primary and a streaming standby, made from the embedded packages."""

import os
import shutil
import subprocess
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo

from firewarden.deploy import postgres
from firewarden.deploy.account import give_to, service_account
from firewarden.deploy.ports import any_free
from firewarden.deploy.postgres import Postgres
from firewarden.deploy.state import State
from firewarden.deploy.supervisor import Supervisor
from firewarden.store.migrate import migrate

PRIMARY, STANDBY = "primary", "standby"


@dataclass(slots=True, kw_only=True)
class Cluster:
    """Two servers; at first `primary` may write."""

    primary: Postgres
    standby: Postgres
    supervisor: Supervisor

    @property
    def url(self) -> str:
        """Both servers; whoever connects finds the one that may write."""
        ports = f"{self.primary.port},{self.standby.port}"
        return make_conninfo(
            self.primary.url(), host="127.0.0.1,127.0.0.1", port=ports, target_session_attrs="read-write"
        )

    def configure(self, name: str, value: str) -> None:
        """Change one setting of the primary."""
        with psycopg.connect(self.primary.url("postgres"), autocommit=True) as connection:
            connection.execute(sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), value))
            connection.execute("SELECT pg_reload_conf()")

    def follows(self) -> bool:
        """Whether the standby confirms commits."""
        with psycopg.connect(self.primary.url("postgres")) as connection:
            found = connection.execute("SELECT count(*) FROM pg_stat_replication WHERE sync_state = 'sync'").fetchone()
        return found is not None and found[0] == 1

    async def fail_over(self) -> None:
        """Kill the primary for good, and promote the standby."""
        self.supervisor.kill(PRIMARY)
        await self.supervisor.stop(PRIMARY)
        with psycopg.connect(self.standby.url("postgres"), autocommit=True) as connection:
            connection.execute("SELECT pg_promote()")


@asynccontextmanager
async def cluster(packages: Path, make_state: Callable[[], State]) -> AsyncGenerator[Cluster]:
    """A migrated database on a primary, followed by a standby."""
    supervisor = Supervisor(make_state().logs)
    try:
        primary = _server(packages, make_state())
        postgres.prepare(primary)
        await supervisor.start(replace(postgres.process(primary), name=PRIMARY))
        await postgres.ensure_database(primary)
        migrate(primary.url())
        standby = _server(packages, make_state())
        _copy(primary, standby)
        postgres.prepare(standby)
        await supervisor.start(replace(postgres.process(standby), name=STANDBY))
        yield Cluster(primary=primary, standby=standby, supervisor=supervisor)
    finally:
        await supervisor.stop_all()


def _server(packages: Path, state: State) -> Postgres:
    return Postgres(packages=packages, state=state, account=service_account(), port=any_free(), durable=False)


def _copy(primary: Postgres, standby: Postgres) -> None:
    shutil.copytree(primary.state.secrets, standby.state.secrets, dirs_exist_ok=True)
    give_to(standby.account, standby.state.postgres)
    account = standby.account
    command = [standby.program("pg_basebackup"), "--pgdata", str(standby.data), "--dbname", primary.url("postgres")]
    command += ["--checkpoint", "fast", "--write-recovery-conf", "--no-sync"]
    subprocess.run(
        command,
        cwd="/",
        env={**os.environ, "LC_ALL": "C.UTF-8"},
        user=account.uid if account else None,
        group=account.gid if account else None,
        extra_groups=[] if account else None,
        check=True,
    )

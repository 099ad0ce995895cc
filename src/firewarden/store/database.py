"""How does a process reach the database, and as whom?"""

import time
from collections.abc import Callable
from enum import StrEnum

import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import AsyncConnectionPool

from firewarden.store.errors import DatabaseUnreachableError


class Role(StrEnum):
    """The database role of a process: what its room may write, and no more."""

    INGEST = "fw_ingest"
    DESK = "fw_desk"
    RISK = "fw_risk"
    API = "fw_api"
    UPKEEP = "fw_upkeep"


# A transaction that waits for a dead peer would hold its locks, and with them every fire behind it.
STATEMENT_TIMEOUT_MS = 30_000
IDLE_IN_TRANSACTION_TIMEOUT_MS = 10_000
CONNECT_TIMEOUT_S = 5


def conninfo(url: str, role: Role, *, name: str) -> str:
    """Connection string of `url` for one process: acts as `role`, shows itself as `name`, never waits for ever."""
    # The session of a machine that vanished holds its locks until the server notices: seconds, not the default hours.
    server = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000"
    options = (
        # A server set to synchronous_commit=off would lose what we acknowledged: what we say after COMMIT must be true.
        f"-c role={role.value} -c timezone=UTC -c synchronous_commit=on -c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS} {server}"
    )
    given = conninfo_to_dict(url).get("options")
    return make_conninfo(
        url,
        application_name=name,
        options=f"{given} {options}" if given else options,
        connect_timeout=CONNECT_TIMEOUT_S,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=10_000,
    )


async def connect(
    url: str, role: Role, *, name: str, on_connected: Callable[[float], None] = lambda _: None
) -> AsyncConnection:
    """One connection in autocommit mode; transactions are opened where they are needed.

    `on_connected` gets the seconds it took. Raises DatabaseUnreachableError.
    """
    began_s = time.monotonic()
    try:
        connection = await AsyncConnection.connect(conninfo(url, role, name=name), autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseUnreachableError(f"cannot connect to the database: {error}") from error
    on_connected(time.monotonic() - began_s)
    return connection


def pool(url: str, role: Role, *, name: str, size_max: int) -> AsyncConnectionPool:
    """A pool of at most `size_max` autocommit connections; the caller opens and closes it."""
    return AsyncConnectionPool(
        conninfo(url, role, name=name),
        min_size=1,
        max_size=size_max,
        timeout=CONNECT_TIMEOUT_S,
        kwargs={"autocommit": True},
        check=AsyncConnectionPool.check_connection,
        open=False,
    )

"""How does a process reach the database, and as whom?"""

import re
import time
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TypeVar

import psycopg
from psycopg import AsyncConnection
from psycopg.abc import PQGen
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.errors import Diagnostic
from psycopg.pq import TransactionStatus
from psycopg.rows import TupleRow
from psycopg_pool import AsyncConnectionPool

from firewarden.store.errors import DatabaseAddressError, DatabaseUnreachableError

T = TypeVar("T")


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
# The server ends a statement itself, if it lives. The answer of one that does not live never comes.
ANSWER_TIMEOUT_S = 45.0
_PORTS = re.compile("[0-9,]*")
assert ANSWER_TIMEOUT_S * 1000 > STATEMENT_TIMEOUT_MS


class NoAnswerError(psycopg.OperationalError):
    """The server said nothing for longer than it may take: whether it did what it was told is not known."""


class NotReplicatedError(psycopg.OperationalError):
    """The server gave up waiting for its synchronous standby: what was committed would be lost with the server."""


class Connection(AsyncConnection[TupleRow]):
    """A connection that waits for no answer for ever, and believes no COMMIT that the standby did not confirm."""

    answer_timeout_s: float | None = None
    _unconfirmed: bool = False

    async def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:  # noqa: ASYNC109 - psycopg's
        """Wait for one answer. Raises NoAnswerError, NotReplicatedError; the connection is closed then."""
        try:
            answer = await super().wait(gen, interval, self.answer_timeout_s if timeout is None else timeout)
        except psycopg.OperationalError as error:
            if timeout is None and self.pgconn.transaction_status == TransactionStatus.ACTIVE:
                await self.close()  # a rollback would wait behind the answer that does not come
                raise NoAnswerError(f"no answer within {self.answer_timeout_s} s: {error}") from error
            raise
        if self._unconfirmed:
            await self.close()
            raise NotReplicatedError("the synchronous standby did not confirm the commit")
        return answer

    def on_notice(self, notice: Diagnostic) -> None:
        """Hear what the server says beside its answers. Its text may be in any language, its source is not."""
        # Who cancels a COMMIT ends only its wait for the standby: it then succeeds, with this notice.
        self._unconfirmed = self._unconfirmed or notice.source_function == "SyncRepWaitForLSN"


def conninfo(url: str, role: Role, *, name: str) -> str:
    """Connection string of `url` for one process: acts as `role`, shows itself as `name`, never waits for ever.

    Raises DatabaseAddressError where `url` is no address.
    """
    # The session of a machine that vanished holds its locks until the server notices: seconds, not the default hours.
    server = "-c tcp_keepalives_idle=5 -c tcp_keepalives_interval=2 -c tcp_keepalives_count=3 -c tcp_user_timeout=10000"
    timeouts = (
        f"-c statement_timeout={STATEMENT_TIMEOUT_MS}"
        f" -c idle_in_transaction_session_timeout={IDLE_IN_TRANSACTION_TIMEOUT_MS} {server}"
    )
    # A server set to synchronous_commit=off would lose what we acknowledged: what we say after COMMIT must be true.
    fixed = f"-c role={role.value} -c timezone=UTC -c synchronous_commit=on"
    given = read_address(url)
    own = str(given.get("options") or "")
    # Of several servers one is the primary, and which one changes; the others would refuse every write.
    several = {"target_session_attrs": "read-write"} if "," in str(given.get("host", "")) else {}
    return make_conninfo(
        url,
        application_name=name,
        options=" ".join(part for part in (timeouts, own, fixed) if part),
        **({} if "target_session_attrs" in given else several),
        connect_timeout=CONNECT_TIMEOUT_S,
        keepalives_idle=5,
        keepalives_interval=2,
        keepalives_count=3,
        tcp_user_timeout=10_000,
    )


def read_address(url: str) -> Mapping[str, object]:
    """The parts of the database's address. Raises DatabaseAddressError, which quotes none of them."""
    try:
        given: Mapping[str, object] | None = conninfo_to_dict(url)
    except psycopg.ProgrammingError:
        given = None
    if given is None or _PORTS.fullmatch(str(given.get("port") or "")) is None:
        # What libpq says of it quotes a part of the address, which may be of the password.
        raise DatabaseAddressError(
            "FIREWARDEN_DATABASE_URL is no address: percent-encode what is special in its user and password"
        )
    return given


async def connect(
    url: str,
    role: Role,
    *,
    name: str,
    answer_timeout_s: float | None = None,
    on_connected: Callable[[float], None] = lambda _: None,
) -> Connection:
    """One connection in autocommit mode; transactions are opened where they are needed.

    `answer_timeout_s`: longer than its statements may take; None where they may take any time. `on_connected` gets the
    seconds that it took to connect. Raises DatabaseUnreachableError.
    """
    began_s = time.monotonic()
    try:
        connection = await Connection.connect(conninfo(url, role, name=name), autocommit=True)
    except psycopg.OperationalError as error:
        raise DatabaseUnreachableError(f"cannot connect to the database: {error}") from error
    connection.answer_timeout_s = answer_timeout_s
    connection.add_notice_handler(connection.on_notice)
    on_connected(time.monotonic() - began_s)
    return connection


def pool(url: str, role: Role, *, name: str, size_max: int) -> AsyncConnectionPool:
    """A pool of at most `size_max` autocommit connections; the caller opens and closes it."""
    # What is asked over a pool differs each time, and some of it reads hypertables of a year's chunks. A plan for any
    # values opens every one of them; a plan for these values leaves out those that cannot hold an answer.
    given = read_address(url).get("options")
    planned = make_conninfo(url, options=f"{given or ''} -c plan_cache_mode=force_custom_plan".strip())
    made: AsyncConnectionPool[AsyncConnection[TupleRow]] = AsyncConnectionPool(
        conninfo(planned, role, name=name),
        connection_class=Connection,
        configure=_wait_at_most,
        min_size=1,
        max_size=size_max,
        timeout=CONNECT_TIMEOUT_S,
        kwargs={"autocommit": True},
        check=_still_answers,
        open=False,
    )
    return made


async def _wait_at_most(connection: AsyncConnection[TupleRow]) -> None:
    assert isinstance(connection, Connection)
    connection.answer_timeout_s = ANSWER_TIMEOUT_S


async def _still_answers(connection: AsyncConnection[TupleRow]) -> None:
    """Look whether a connection is of use before somebody gets it: one that hangs is thrown away within seconds."""
    assert isinstance(connection, Connection)
    connection.answer_timeout_s = CONNECT_TIMEOUT_S
    await AsyncConnectionPool.check_connection(connection)
    connection.answer_timeout_s = ANSWER_TIMEOUT_S

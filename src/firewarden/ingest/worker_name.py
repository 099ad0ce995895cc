"""Whose name is it? Two processes with one worker's name would take its sessions from each other without end."""

import asyncio
import time
import zlib
from dataclasses import dataclass, field

import psycopg
import stamina
import structlog
from psycopg import AsyncConnection

from firewarden.ingest.register_cache import SQL
from firewarden.store.database import ANSWER_TIMEOUT_S, Role, connect
from firewarden.store.errors import DatabaseUnreachableError, StoreError
from firewarden.store.only_one import be_only_one, try_be_only_one

log = structlog.stdlib.get_logger("ingest")

ASK_EVERY_S = 0.5
"""How soon a spare takes over from one that ended."""
ASKED_MAX = 4
"""How often somebody asks who does not want to be a spare."""
LINGER_S = 15.0
"""The database may keep the lock of a connection that broke for so long (see store.database)."""
RETRY_WAIT_MAX_S = 5.0
UNREACHABLE = (psycopg.OperationalError, psycopg.InterfaceError, psycopg.InternalError, DatabaseUnreachableError)
_SPACE = 0x46_57_49_4E << 32  # "FWIN", and then the name


class NameTakenError(StoreError):
    """A process works under the name."""


def lock_key(worker: str) -> int:
    """The advisory lock of a worker's name."""
    return _SPACE | zlib.crc32(worker.encode())


@dataclass(slots=True)
class WorkerName:
    """The right to work under a name: a lock of the database, which ends with our connection."""

    database_url: str = field(repr=False)  # retries are logged with their arguments, and this holds a password
    worker: str
    _connection: AsyncConnection | None = None
    _held: bool = False

    @stamina.retry(on=UNREACHABLE, attempts=None, timeout=None, wait_initial=0.05, wait_max=RETRY_WAIT_MAX_S)
    async def take(self) -> None:
        """Return when the name is ours; while another process has it, we are its spare."""
        connection = await self._connect()
        if not await try_be_only_one(connection, lock_key(self.worker)):
            log.warning("waiting_as_spare", worker=self.worker)
            await be_only_one(connection, lock_key(self.worker), ask_every_s=ASK_EVERY_S)
            log.info("took_over", worker=self.worker)
        self._held = True

    async def take_now(self) -> None:
        """Make the name ours. Raises NameTakenError, DatabaseUnreachableError."""
        connection = await self._connect()
        for _ in range(ASKED_MAX):
            if await try_be_only_one(connection, lock_key(self.worker)):
                self._held = True
                return
            await asyncio.sleep(ASK_EVERY_S)  # the database may not have noticed yet that a process ended
        await self.release()
        raise NameTakenError(f"a process works as ingest worker {self.worker!r}; end that one first")

    async def lost(self) -> None:
        """Return when another process has the name. While nobody can know, nobody can take it."""
        missing_since = None
        while missing_since is None or time.monotonic() - missing_since < LINGER_S:
            await asyncio.sleep(ASK_EVERY_S)
            held = await self._still_held()
            if held:
                missing_since = None
            elif held is not None and missing_since is None:
                missing_since = time.monotonic()
        log.warning("name_lost", worker=self.worker)

    async def release(self) -> None:
        """Let the name go."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

    async def _still_held(self) -> bool | None:
        """Whether we have the name, or got it back; None where the database cannot say."""
        try:
            if self._connection is None or self._connection.closed:
                await self._connect()
                self._held = False
            assert self._connection is not None
            if self._held:
                await self._connection.execute(SQL["still_there"])
            else:
                self._held = await try_be_only_one(self._connection, lock_key(self.worker))
        except UNREACHABLE:
            await self.release()
            return None
        return self._held

    async def _connect(self) -> AsyncConnection:
        await self.release()
        self._connection = await connect(
            self.database_url,
            Role.INGEST,
            name=f"firewarden ingest {self.worker} name",
            answer_timeout_s=ANSWER_TIMEOUT_S,
        )
        return self._connection

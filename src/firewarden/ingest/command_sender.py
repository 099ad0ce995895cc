"""Who sends the commands that are due, and says when one is over? A task of every ingest process. (docs/adr/0124)

The table is the truth; NOTIFY only wakes earlier than the clock. A command is given to a transport inside the
transaction that says so, by whoever holds its row: of two processes one sends. Where the commit fails it is sent again,
under the same id.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import monotonic

import structlog
from psycopg import AsyncConnection
from psycopg.rows import dict_row

from firewarden.ingest.command_lines import Lines
from firewarden.ingest.command_schedule import Schedule
from firewarden.ingest.command_words import CommandName, read_args
from firewarden.ingest.commanding import (
    ATTEMPTS_MAX,
    CommandState,
    Happening,
    Pending,
    Step,
    after,
    after_sending,
    next_step,
)
from firewarden.ingest.trouble import RETRIED, Outage
from firewarden.store.database import ANSWER_TIMEOUT_S, Role, connect
from firewarden.store.queries import Queries
from firewarden.store.wake import wait_for_notify

SQL = Queries("firewarden.ingest", "command_queries.sql")

POLL_S = 1.0
ROWS_MAX = 50
"""Commands looked at in one round, about one a second: what has piled up is worked off at that pace."""

log = structlog.stdlib.get_logger("ingest.commands")


@dataclass(frozen=True, slots=True, kw_only=True)
class _Due:
    pending: Pending
    is_device: bool


async def work_off(connection: AsyncConnection, lines: Lines, *, worker: str, now: datetime) -> int:
    """Send what is due and end what is over, as far as this process can. Returns how many commands that were."""
    async with connection.transaction():
        found = await _due(connection, lines, now)
        for due in found:
            match next_step(due.pending, now):
                case Step.SEND:
                    await _send(connection, lines, due, worker=worker, now=now)
                case Step.END:
                    await _end(connection, due.pending, Happening.EXPIRED, now)
                case Step.WAIT:
                    await connection.execute(SQL["command_waits"], {"id": due.pending.id})
    return len(found)


async def _due(connection: AsyncConnection, lines: Lines, now: datetime) -> Sequence[_Due]:
    values = {
        "now": now,
        "attempts_max": ATTEMPTS_MAX,
        "mqtt": lines.mqtt.connected,
        "devices": list(lines.devices.reaches()),
        "rows": ROWS_MAX,
    }
    async with connection.cursor(row_factory=dict_row) as cursor:
        await cursor.execute(SQL["due_commands"], values)
        return [_read(row) for row in await cursor.fetchall()]


def _read(row: dict[str, object]) -> _Due:
    is_device = bool(row.pop("is_device"))
    name, state = CommandName(str(row.pop("command"))), CommandState(str(row.pop("state")))
    return _Due(pending=Pending(command=name, state=state, **row), is_device=is_device)  # pyright: ignore[reportArgumentType]


async def _send(connection: AsyncConnection, lines: Lines, due: _Due, *, worker: str, now: datetime) -> None:
    pending = due.pending
    try:
        given = _given(lines, due, now)
    except ValueError as error:  # what no api of ours writes, or a profile cannot say; it must not stop the others
        await _end(connection, pending, Happening.REFUSED, now, str(error))
        return
    if not given:
        return
    sent = after_sending(pending, now)
    values = {
        "id": sent.id,
        "state": sent.state.value,
        "attempts": sent.attempts,
        "first_sent_at": sent.first_sent_at,
        "due_at": sent.due_at,
        "deadline_at": sent.deadline_at,
    }
    await connection.execute(SQL["command_sent"], {**values, "now": now, "worker": worker})
    log.info(
        "command_sent", gateway=pending.gateway_id, command=pending.command.value, id=sent.id, attempt=sent.attempts
    )


def _given(lines: Lines, due: _Due, now: datetime) -> bool:
    """Give a command to the gateway's transport; whether it took it. Raises ValueError where it cannot be said."""
    pending = due.pending
    read_args(pending.command, pending.args)
    if due.is_device:
        return lines.devices.send(pending.gateway_id, pending.outgoing)
    return lines.mqtt.send(pending.gateway_id, pending.outgoing, now)


async def _end(
    connection: AsyncConnection, pending: Pending, happening: Happening, now: datetime, detail: str = ""
) -> None:
    state = after(pending.state, happening)
    assert state is not None, "only what is open can end"
    values = {"id": pending.id, "state": state.value, "now": now, "detail": detail}
    await connection.execute(SQL["command_ended"], values)
    log.info(
        "command_over", gateway=pending.gateway_id, command=pending.command.value, id=pending.id, state=state.value
    )


class CommandSender:
    """The task. It has a connection to the database of its own, so that no fact waits for it."""

    def __init__(
        self, database_url: str, worker: str, lines: Lines, *, answer_timeout_s: float = ANSWER_TIMEOUT_S
    ) -> None:
        self._database_url = database_url
        self._worker = worker
        self._lines = lines
        self._answer_timeout_s = answer_timeout_s
        self._outage = Outage()
        self._schedule = Schedule()
        self.ready = asyncio.Event()

    async def run(self) -> None:
        """Work until cancelled. What fails now is done in a second, over a new connection."""
        while True:
            try:
                connection = await connect(
                    self._database_url,
                    Role.INGEST,
                    name=f"firewarden ingest {self._worker} commands",
                    answer_timeout_s=self._answer_timeout_s,
                )
                async with connection:
                    await self._work_over(connection)
            except RETRIED as error:
                what_to_do = self._outage.failed(error, monotonic())
                if what_to_do is not None:
                    log.error("commands_wait_for_database", reason=str(error), advice=what_to_do)  # noqa: TRY400
            await asyncio.sleep(POLL_S)

    async def _work_over(self, connection: AsyncConnection) -> None:
        await connection.execute(SQL["listen"])
        while True:
            now, due_at = await _moment(connection)
            await self._schedule.ask(connection, now)
            if due_at is not None and due_at <= now:
                await work_off(connection, self._lines, worker=self._worker, now=now)
            self._works()
            self.ready.set()
            await wait_for_notify(connection, timeout_s=POLL_S)

    def _works(self) -> None:
        lasted_s = self._outage.over(monotonic())
        if lasted_s is not None:
            log.info("commands_go_on", after_s=round(lasted_s, 1))


async def _moment(connection: AsyncConnection) -> tuple[datetime, datetime | None]:
    """The database's time, and when something is due."""
    cursor = await connection.execute(SQL["moment"])
    row = await cursor.fetchone()
    assert row is not None
    now, due_at = row
    return now, due_at

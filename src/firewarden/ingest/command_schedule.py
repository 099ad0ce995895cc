"""What does the platform ask gateways by itself? Their clocks are set and the silent ones polled. (docs/adr/0125)

All processes keep one schedule: it is judged from the tables, and one at a time looks. Nothing is asked while the same
is still open, and a city is asked piece by piece.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from firewarden.ingest.commanding import SEND_WITHIN
from firewarden.store.queries import Queries

SQL = Queries("firewarden.ingest", "command_queries.sql")

LOOK_EVERY = timedelta(seconds=5)
ASKED_MAX = 100
"""Gateways asked for one thing in one look: 20 a second, so that 10,000 are polled within the margin below."""
CLOCK_EVERY = timedelta(days=1)
CLOCK_PAUSE = timedelta(minutes=1)
"""A gateway whose line comes and goes is not told the time with each return."""
POLL_WITHIN = timedelta(hours=2)
"""GB 50440: the inspection period of the communication with each gateway."""
POLL_AFTER = timedelta(minutes=110)

assert POLL_AFTER + LOOK_EVERY < POLL_WITHIN


@dataclass(slots=True)
class Schedule:
    """When this process looks next."""

    _looks_at: datetime | None = field(default=None)

    async def ask(self, connection: AsyncConnection, now: datetime) -> int:
        """Ask for what is due, where it is time to look. Returns how many gateways were asked for something."""
        if self._looks_at is not None and self._looks_at - LOOK_EVERY <= now < self._looks_at:
            return 0
        self._looks_at = now + LOOK_EVERY
        return await ask_what_is_due(connection, now)


async def ask_what_is_due(connection: AsyncConnection, now: datetime) -> int:
    """Ask in the platform's name for what is due at `now`. Returns how many gateways were asked for something."""
    common = {"now": now, "send_within": SEND_WITHIN, "rows": ASKED_MAX}
    async with connection.transaction():
        if not await _is_ours(connection):
            return 0
        clocks = {**common, "every": CLOCK_EVERY, "pause": CLOCK_PAUSE}
        asked = (await connection.execute(SQL["ask_clock_syncs"], clocks)).rowcount
        return asked + (await connection.execute(SQL["ask_polls"], {**common, "every": POLL_AFTER})).rowcount


async def _is_ours(connection: AsyncConnection) -> bool:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["only_one_sweeps"])
        return bool(await cursor.fetchone())

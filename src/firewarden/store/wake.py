"""When is there something new to read? NOTIFY says at once, the clock says at the latest; the table is the truth."""

from typing import LiteralString

from psycopg import AsyncConnection

FACT_CHANNEL: LiteralString = "fw_fact"
"""Ingest committed facts; the payload is its connection, `alarm` or `bulk`."""

EVENT_CHANNEL: LiteralString = "fw_event"
"""A row was added to `event`."""


async def wait_for_notify(connection: AsyncConnection, *, timeout_s: float) -> None:
    """Return at the first notification of a channel that `connection` listens to, or after `timeout_s`.

    Notifications that came while the connection was busy with something else are not lost.
    """
    async for _ in connection.notifies(timeout=timeout_s, stop_after=1):
        pass

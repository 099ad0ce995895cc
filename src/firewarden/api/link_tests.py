"""Was the link to the 119 centre tested? Somebody tests it and says how it went; the platform sends nothing itself."""

from enum import StrEnum

from psycopg import AsyncConnection

from firewarden.api.fetch import execute


class Outcome(StrEnum):
    """How a test went."""

    OK = "ok"
    FAILED = "failed"


async def record_link_test(connection: AsyncConnection, outcome: Outcome, *, by: str) -> None:
    """Keep that `by` tested the link now."""
    await execute(connection, "record_link_test", {"outcome": outcome.value, "by": by})

"""Which rows go into an exported ranking? All that the filters let through, of one moment, up to a bound."""

from datetime import datetime
from http import HTTPStatus

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool

from firewarden.api import cursors
from firewarden.api.errors import refuse
from firewarden.api.fetch import execute
from firewarden.api.risk import Wanted, place_of, places
from firewarden.api.risk_words import Language
from firewarden.api.sheets.export import Value
from firewarden.api.sheets.ranking import cells

ROWS_MAX = 50_000
"""Far more than a city has; what a file of it takes fits into memory."""

_PIECE = 2_000


async def exported(
    pool: AsyncConnectionPool, wanted: Wanted, *, now: datetime, language: Language
) -> list[tuple[Value, ...]]:
    """The rows as cells. The connection is given back before anything is sent. Raises ProblemError (too-many-rows)."""
    async with pool.connection() as connection, connection.transaction():
        # All pieces show the same moment, or a venue that moves between two of them would be there twice.
        await execute(connection, "one_moment", {})
        return await _all_pieces(connection, wanted, now, language)


async def _all_pieces(
    connection: AsyncConnection, wanted: Wanted, now: datetime, language: Language
) -> list[tuple[Value, ...]]:
    found: list[tuple[Value, ...]] = []
    after: cursors.Ranking | cursors.Movers | None = None
    while True:
        rows = await places(connection, wanted, now=now, after=after, rows=_PIECE)
        if rows and rows[0].total > ROWS_MAX:
            detail = f"{rows[0].total} venues are more than the {ROWS_MAX} of one file: narrow the filter"
            raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "too-many-rows", detail)
        found += [cells(row, language, wanted.as_of or now) for row in rows]
        if len(rows) < _PIECE:
            return found
        after = place_of(rows[-1], wanted)

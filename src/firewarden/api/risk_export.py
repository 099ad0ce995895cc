"""Which rows go into an exported ranking, and who took it? All that pass the filters, of one moment, up to a bound."""

from datetime import UTC, datetime
from http import HTTPStatus

from psycopg import AsyncConnection

from firewarden.api import cursors
from firewarden.api.audit import Entry, audited
from firewarden.api.context import ApiContext
from firewarden.api.errors import refuse
from firewarden.api.fetch import execute
from firewarden.api.policy import Principal
from firewarden.api.risk import Wanted, place_of, places
from firewarden.api.risk_words import Language
from firewarden.api.sheets.export import Value
from firewarden.api.sheets.ranking import cells

ROWS_MAX = 50_000
"""Far more than a city has; what a file of it takes fits into memory."""

_PIECE = 2_000


async def exported(
    context: ApiContext, principal: Principal, wanted: Wanted, *, now: datetime, form: str, language: Language
) -> list[tuple[Value, ...]]:
    """The rows as cells, for a file that leaves the platform: who took it, and what of it, is recorded before.

    The connection is given back before anything is sent. Raises ProblemError (too-many-rows).
    """
    entry = Entry(actor=principal.actor, action="risk.export", target=f"ranking.{form}", detail=_told(wanted))
    async with audited(context.pool, entry) as connection:
        # All pieces show the same moment, or a venue that moves between two of them would be there twice.
        await execute(connection, "one_moment", {})
        return await _all_pieces(connection, wanted, now, language)


def _told(wanted: Wanted) -> dict[str, str]:
    """The filters that were set, and of when the ranking is; without `as_of` it is of the row's own moment."""
    told: dict[str, str | None] = {
        "district": wanted.district,
        "use": wanted.use,
        "grade": wanted.grade,
        "search": wanted.search,
        "movers": wanted.movers,
        "over": wanted.over if wanted.by_change else None,
        "sort": wanted.order,
        "as_of": None if wanted.as_of is None else wanted.as_of.astimezone(UTC).isoformat(),
    }
    return {name: str(value) for name, value in told.items() if value is not None}


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

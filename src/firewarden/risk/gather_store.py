"""What is new in the tables of others since the last reading, or is in them at all, as facts?"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from typing import LiteralString, TypeVar

from psycopg import AsyncConnection
from psycopg.rows import class_row, scalar_row

from firewarden.risk import gather
from firewarden.risk.gather import Found
from firewarden.risk.state.facts import Micros
from firewarden.risk.state.groups import DETECTORS
from firewarden.store.queries import Queries
from firewarden.store.reading_after import Window

SQL = Queries("firewarden.risk", "gather.sql")

PAGE = 500
"""How many rows of one source are taken in one step."""
NEW_VENUES = 200
"""How many venues that nothing is known of are taken in one step."""

ACTS_WITHIN = timedelta(hours=1)
"""What the control room does later than this after a fire signal is no answer to it."""

_Row = TypeVar("_Row")
_Ids = list[int]


class Source(StrEnum):
    """Whose rows are facts."""

    EPISODES = "episodes"
    INCIDENTS = "incidents"
    DUTIES = "duties"
    RECORDS = "records"
    OVERRIDES = "overrides"


@dataclass(frozen=True, slots=True, kw_only=True)
class News:
    """Facts with numbers still to be given. `whole`: there is no more in the window."""

    found: list[Found]
    whole: bool


async def news(connection: AsyncConnection, window: Window) -> News:
    """What was committed within the window and is not yet told, at most PAGE rows of each source."""
    place = {"since": window.since, "limit": PAGE, "within": ACTS_WITHIN}
    pages = {source: await _ids(connection, SQL[_NEWS[source]], place) for source in Source}
    acted = await _ids(connection, SQL["acted_news"], place)
    found = [fact for source, ids in pages.items() if ids for fact in await _facts(connection, source, ids)]
    answered = sorted({*acted, *pages[Source.INCIDENTS]})
    if answered:
        found += await _handled(connection, answered)
    return News(found=found, whole=all(len(ids) < PAGE for ids in (*pages.values(), acted)))


async def page_after(connection: AsyncConnection, source: Source, after: int) -> tuple[list[Found], int | None]:
    """The untold facts of the next PAGE rows of a source, and where it goes on; None: it is at its end."""
    ids = await _ids(connection, SQL[f"{source.value}_after"], {"after": after, "limit": PAGE})
    if not ids:
        return [], None
    found = list(await _facts(connection, source, ids))
    if source is Source.INCIDENTS:
        found += await _handled(connection, ids)
    return found, ids[-1] if len(ids) == PAGE else None


async def new_venues(connection: AsyncConnection) -> list[int]:
    """At most NEW_VENUES venues of the register of which nothing is known."""
    return await _ids(connection, SQL["new_venues"], {"limit": NEW_VENUES})


async def register(connection: AsyncConnection, venues: Iterable[int], now: Micros) -> list[Found]:
    """What the register says of the given venues, whether that is news or not."""
    values = {"ids": sorted(venues), "detectors": sorted(DETECTORS)}
    rows = await _rows(connection, gather.RegisterRow, SQL["register"], values)
    return [gather.of_register(row, now) for row in rows]


_NEWS: Mapping[Source, str] = {
    Source.EPISODES: "episode_news",
    Source.INCIDENTS: "incident_news",
    Source.DUTIES: "duty_news",
    Source.RECORDS: "record_news",
    Source.OVERRIDES: "override_news",
}


async def _facts(connection: AsyncConnection, source: Source, ids: Sequence[int]) -> Iterable[Found]:
    values, query = {"ids": list(ids)}, SQL[source.value]
    match source:
        case Source.EPISODES:
            episodes = await _rows(connection, gather.EpisodeRow, query, values)
            return [found for row in episodes for found in gather.of_episode(row)]
        case Source.INCIDENTS:
            incidents = await _rows(connection, gather.IncidentRow, query, values)
            return [found for row in incidents for found in gather.of_incident(row)]
        case Source.DUTIES:
            return map(gather.of_duty, await _rows(connection, gather.DutyRow, query, values))
        case Source.RECORDS:
            return map(gather.of_record, await _rows(connection, gather.RecordRow, query, values))
        case Source.OVERRIDES:
            return map(gather.of_override, await _rows(connection, gather.OverrideRow, query, values))


async def _handled(connection: AsyncConnection, incidents: Sequence[int]) -> list[Found]:
    values = {"ids": list(incidents), "within": ACTS_WITHIN}
    rows = await _rows(connection, gather.HandledRow, SQL["handled"], values)
    return [gather.of_handled(row) for row in rows]


async def _rows(
    connection: AsyncConnection, kind: type[_Row], query: LiteralString, values: Mapping[str, object]
) -> list[_Row]:
    async with connection.cursor(row_factory=class_row(kind)) as cursor:
        await cursor.execute(query, values)
        return await cursor.fetchall()


async def _ids(connection: AsyncConnection, query: LiteralString, values: Mapping[str, object]) -> _Ids:
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(query, values)
        return [value for value in await cursor.fetchall() if isinstance(value, int)]

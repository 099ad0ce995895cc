"""What does a score rest on? The facts of a venue by their numbers, each with what can be opened to verify it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Annotated

from psycopg import AsyncConnection
from pydantic import Field

from firewarden.api import cursors
from firewarden.api.facts import API, frame_path
from firewarden.api.fetch import fetch_all, page_of, rows_wanted
from firewarden.api.rows import Page
from firewarden.ingest.facts import Lane


@dataclass(frozen=True, slots=True, kw_only=True)
class RiskFact:
    """One fact that risk has taken in. `data` is as its kind has it."""

    number: Annotated[int, Field(description="1, 2, … within the venue: what `facts` of a factor names")]
    at: Annotated[datetime, Field(description="when it happened")]
    stepped_at: Annotated[datetime, Field(description="when risk learnt it: scores from then on count it")]
    kind: Annotated[str, Field(examples=["raised"])]
    source: Annotated[str, Field(description="`episode`, `incident`, `command`, `record`, `register`, `water`, …")]
    source_id: str
    data: dict[str, object]
    point_id: int | None
    point_address: str | None
    point_name: str | None
    point_floor: str | None
    incident_id: int | None
    gateway_id: Annotated[str | None, Field(description="of the frame that it was read from; null: none is kept")] = (
        None
    )
    lane: Lane | None = None
    seq: int | None = None
    frame_at: datetime | None = None
    link: Annotated[
        str | None, Field(description="where it can be verified: its frame, or its incident; null: nowhere")
    ] = None


async def risk_facts(
    connection: AsyncConnection,
    venue_id: int,
    *,
    numbers: Sequence[int] | None = None,
    cursor: str | None = None,
    limit: int = 50,
) -> Page[RiskFact]:
    """The facts with these numbers, or all, newest first."""
    before = None if cursor is None else cursors.decode(cursor, cursors.RiskFacts).number
    params = {
        "venue_id": venue_id,
        "numbers": None if numbers is None else list(numbers),
        "before": before,
        "rows": rows_wanted(limit),
    }
    rows = await fetch_all(connection, "risk_facts", params, RiskFact)
    page = page_of(rows, limit, lambda row: cursors.RiskFacts(number=row.number))
    return Page(items=tuple(_linked(row) for row in page.items), next=page.next)


def _linked(row: RiskFact) -> RiskFact:
    if row.frame_at is not None and row.gateway_id and row.lane and row.seq is not None:
        return replace(row, link=frame_path(row.gateway_id, row.lane, row.seq, row.frame_at))
    return row if row.incident_id is None else replace(row, link=f"{API}/incidents/{row.incident_id}/facts")

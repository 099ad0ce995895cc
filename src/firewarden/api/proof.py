"""Was anything of a day lost? Per gateway, what was numbered, what is stored of it, and whether the two add up.

Every number that a gateway's stream rose by on a day was either stored in its turn or seen to be missing. What was
missing stands in the table of gaps, what was stored in the counters of the ledger: two records, kept by different
statements, that must give the same sum. Where they do not, the page says so instead of "nothing is missing".
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated

from psycopg import AsyncConnection
from pydantic import Field

from firewarden.api import cursors, upkeep
from firewarden.api.fetch import fetch_all, fetch_one, fetch_the_one, page_of, rows_wanted
from firewarden.api.upkeep import GapRow
from firewarden.ingest.day import day_begins, day_ends

STREAMS_MAX = 200
GAPS_MAX = 200
QUARANTINED_MAX = 10_000


class Verdict(StrEnum):
    """What a day's numbers say, the worst first."""

    DOES_NOT_ADD_UP = "does_not_add_up"  # counters and gaps contradict each other: the record itself is damaged
    MISSING = "missing"  # some messages never came, and no longer will
    WAITING = "waiting"  # some are missing and may still come
    COMPLETE = "complete"  # every message is stored
    NOTHING = "nothing"  # there was none


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """The messages of a day. What came for a gap of an earlier day is in `stored` and `late`, not in `numbered`."""

    numbered: Annotated[int, Field(description="messages that the day accounts for, stored or missing")]
    stored: Annotated[int, Field(description="messages stored on the day, each once")]
    late: Annotated[int, Field(description="of those, how many filled a gap, also one of an earlier day")]
    repeats: Annotated[int, Field(description="messages that came again, without effect")]
    filled_late: Annotated[int, Field(description="of the day's messages, how many were missing at first")]
    open: Annotated[int, Field(description="of the day's messages, how many are missing and may still come")]
    given_up: Annotated[int, Field(description="of the day's messages, how many count as lost")]

    @property
    def missing(self) -> int:
        """How many of the day's messages are not stored."""
        return self.open + self.given_up

    @property
    def unexplained(self) -> int:
        """By how much what was counted differs from what was stored or seen to be missing; 0 where all is well."""
        return self.numbered - (self.stored - self.late) - (self.open + self.filled_late + self.given_up)


def verdict(counts: Counts) -> Verdict:
    """What `counts` say."""
    if counts.unexplained:
        return Verdict.DOES_NOT_ADD_UP
    if counts.given_up:
        return Verdict.MISSING
    if counts.open:
        return Verdict.WAITING
    return Verdict.COMPLETE if counts.numbered or counts.stored else Verdict.NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamProof:
    """One boot and lane of a gateway on a day."""

    boot: str
    lane: str
    first_seq: Annotated[int | None, Field(description="null where only late messages or repeats came")]
    last_seq: int | None
    counts: Counts
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayDay:
    """One gateway on a day, in a list."""

    gateway_id: str
    gateway_name: str
    venue_id: int
    venue_name: str
    venue_name_en: str
    counts: Counts
    verdict: Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayProof:
    """Everything about one gateway and day. A day that is not over is proven as far as it has come."""

    day: date
    since: datetime
    until: Annotated[datetime, Field(description="the midnight with which the day ends, in Shanghai")]
    gateway: GatewayDay
    streams: Annotated[tuple[StreamProof, ...], Field(description=f"newest boot first; at most {STREAMS_MAX}")]
    gaps: Annotated[tuple[GapRow, ...], Field(description=f"seen on the day; at most {GAPS_MAX}")]
    more_gaps: bool
    quarantined: Annotated[int, Field(description=f"messages or parts put into quarantine, up to {QUARANTINED_MAX}")]


@dataclass(frozen=True, slots=True, kw_only=True)
class DayProof:
    """All gateways on a day: the sums, and a page of the list, those with most missing first."""

    day: date
    total: Counts
    verdict: Verdict
    gateways: Annotated[int, Field(description="gateways from which anything came")]
    items: tuple[GatewayDay, ...]
    next: Annotated[str | None, Field(description="pass it as `cursor`; opaque; null when this was the last page")]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Counted:
    counted: int
    stored: int
    late: int
    repeats: int
    open: int
    filled_late: int
    given_up: int

    def counts(self) -> Counts:
        return Counts(
            numbered=self.counted,
            stored=self.stored,
            late=self.late,
            repeats=self.repeats,
            filled_late=self.filled_late,
            open=self.open,
            given_up=self.given_up,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stream(_Counted):
    boot: str
    lane: str
    first_seq: int | None
    last_seq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Gateway(_Counted):
    gateway_id: str
    gateway_name: str
    venue_id: int
    venue_name: str
    venue_name_en: str
    trouble: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Total(_Counted):
    gateways: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Number:
    n: int


def _bounds(day: date) -> dict[str, object]:
    return {"day": day, "since": day_begins(day), "until": day_ends(day)}


async def day_proof(connection: AsyncConnection, day: date, *, cursor: str | None = None, limit: int = 50) -> DayProof:
    """All gateways on `day`. Raises OverflowError for a day at the end of the calendar."""
    after = None if cursor is None else cursors.decode(cursor, cursors.Proofs)
    params = {
        **_bounds(day),
        "gateway_id": None,
        "trouble_after": None if after is None else after.trouble,
        "id_after": None if after is None else after.id,
        "rows": rows_wanted(limit),
    }
    rows = await fetch_all(connection, "proof_gateways", params, _Gateway)
    page = page_of(rows, limit, lambda row: cursors.Proofs(trouble=row.trouble, id=row.gateway_id))
    total = await fetch_the_one(connection, "proof_total", _bounds(day), _Total)
    return DayProof(
        day=day,
        total=total.counts(),
        verdict=verdict(total.counts()),
        gateways=total.gateways,
        items=tuple(map(_gateway_day, page.items)),
        next=page.next,
    )


async def gateway_proof(connection: AsyncConnection, gateway_id: str, day: date) -> GatewayProof | None:
    """One gateway on `day`; None where there is no such gateway. Raises OverflowError as `day_proof` does."""
    params: dict[str, object] = {**_bounds(day), "gateway_id": gateway_id}
    alone = {**params, "trouble_after": None, "id_after": None, "rows": 1}
    row = await fetch_one(connection, "proof_gateways", alone, _Gateway)
    if row is None:
        return None
    streams = await fetch_all(connection, "proof_streams", {**params, "rows": STREAMS_MAX}, _Stream)
    gaps = await upkeep.list_gaps(
        connection,
        filled_too=True,
        gateway_id=gateway_id,
        since=day_begins(day),
        until=day_ends(day),
        limit=GAPS_MAX,
    )
    refused = await fetch_the_one(connection, "proof_quarantined", {**params, "rows": QUARANTINED_MAX}, _Number)
    return GatewayProof(
        day=day,
        since=day_begins(day),
        until=day_ends(day),
        gateway=_gateway_day(row),
        streams=tuple(_stream_proofs(streams)),
        gaps=gaps.items,
        more_gaps=gaps.next is not None,
        quarantined=refused.n,
    )


def _gateway_day(row: _Gateway) -> GatewayDay:
    counts = row.counts()
    return GatewayDay(
        gateway_id=row.gateway_id,
        gateway_name=row.gateway_name,
        venue_id=row.venue_id,
        venue_name=row.venue_name,
        venue_name_en=row.venue_name_en,
        counts=counts,
        verdict=verdict(counts),
    )


def _stream_proofs(rows: Iterable[_Stream]) -> Iterable[StreamProof]:
    for row in rows:
        counts = row.counts()
        yield StreamProof(
            boot=row.boot,
            lane=row.lane,
            first_seq=row.first_seq,
            last_seq=row.last_seq,
            counts=counts,
            verdict=verdict(counts),
        )

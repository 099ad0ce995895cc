"""How dangerous is each venue now, or was it thought to be at some moment? Bounded reads of what risk has written.

A ranking of the past is made of the scores that were kept (ADR 0154): what was learnt later changes nothing of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime, timedelta

from psycopg import AsyncConnection

from firewarden.api import cursors
from firewarden.api.fetch import fetch_all, fetch_one, fetch_the_one, page_of, rows_wanted
from firewarden.api.reads import literally
from firewarden.api.risk_change import appeared, changes
from firewarden.api.risk_rows import (
    AsOf,
    Change,
    Movers,
    NotKept,
    Over,
    RankedVenue,
    Ranking,
    RankOrder,
    Repair,
    RiskExplanation,
    RiskScore,
)
from firewarden.api.rows import Page, VenueProfile, VenueUse
from firewarden.risk.catalogue import Grade

YESTERDAY = timedelta(days=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which venues of the ranking, in which order, and of when (None: as it stands)."""

    district: str | None = None
    use: VenueUse | None = None
    grade: Grade | None = None
    search: str | None = None
    movers: Movers | None = None
    over: Over = Over.DAY
    order: RankOrder = RankOrder.RANK
    as_of: datetime | None = None

    @property
    def by_change(self) -> bool:
        """Listed by change; movers always are."""
        return self.movers is not None or self.order is RankOrder.CHANGE

    @property
    def way(self) -> int:
        """1: rises first; -1: falls first."""
        return -1 if self.movers is Movers.DOWN else 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Place(RankedVenue):
    """One row with how many there are: that the filters let through, and that have a score."""

    scored: int
    total: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Rank:
    rank: int
    scored: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moment:
    at: datetime | None


async def ranking(
    connection: AsyncConnection, wanted: Wanted, *, now: datetime, cursor: str | None = None, limit: int = 50
) -> Ranking:
    """One page; ranks are those among all scored venues, whatever the filter."""
    after = None if cursor is None else cursors.decode(cursor, cursors.Movers if wanted.by_change else cursors.Ranking)
    rows = await places(connection, wanted, now=now, after=after, rows=rows_wanted(limit))
    page = page_of(rows, limit, lambda row: place_of(row, wanted))
    return Ranking(
        items=tuple(_ranked(row) for row in page.items),
        next=page.next,
        total=rows[0].total if rows else 0,
        scored=rows[0].scored if rows else 0,
        as_of=await as_of_words(connection, wanted.as_of),
    )


async def places(
    connection: AsyncConnection,
    wanted: Wanted,
    *,
    now: datetime,
    after: cursors.Ranking | cursors.Movers | None = None,
    rows: int,
) -> tuple[Place, ...]:
    """So many rows of the ranking at most, after a place in its order."""
    params: dict[str, object] = {
        "district": wanted.district,
        "use": wanted.use,
        "grade": wanted.grade,
        "search": None if wanted.search is None else f"%{literally(wanted.search)}%",
        "as_of": wanted.as_of,
        "since": (wanted.as_of or now) - wanted.over.length,
        "way": wanted.way,
        "only_moved": wanted.movers is not None,
        "after_grade": after.grade if isinstance(after, cursors.Ranking) else None,
        "after_score": after.score_tenths / 10 if isinstance(after, cursors.Ranking) else None,
        "after_moved": after.tenths / 10 if isinstance(after, cursors.Movers) else None,
        "after_venue": None if after is None else after.venue_id,
        "rows": rows,
    }
    return await fetch_all(connection, "movers" if wanted.by_change else "ranking", params, Place)


def place_of(row: RankedVenue, wanted: Wanted) -> cursors.Ranking | cursors.Movers:
    """Where the next page begins after this row."""
    if wanted.by_change:
        return cursors.Movers(tenths=wanted.way * round((row.change or 0.0) * 10), venue_id=row.venue_id)
    return cursors.Ranking(grade=row.risk.grade, score_tenths=round(row.risk.score * 10), venue_id=row.venue_id)


def _ranked(row: Place) -> RankedVenue:
    return RankedVenue(**{each.name: getattr(row, each.name) for each in fields(RankedVenue)})


async def as_of_words(connection: AsyncConnection, at: datetime | None) -> AsOf | None:
    """What can be said of that moment; None for the present."""
    if at is None:
        return None
    kept = await fetch_the_one(connection, "scores_kept_since", {}, _Moment)
    gone = (NotKept.BEFORE_KEPT,) if kept.at is not None and at < kept.at else ()
    return AsOf(at=at, not_kept=(NotKept.RANK_INTERVAL, NotKept.GRADE_SINCE, NotKept.REGISTER, *gone))


async def score_of(connection: AsyncConnection, venue_id: int, *, at: datetime | None = None) -> RiskScore | None:
    """The score of a venue as it stands, or as it stood at a moment; None where it had none."""
    name = "risk" if at is None else "risk_at"
    return await fetch_one(connection, name, {"venue_id": venue_id, "at": at}, RiskScore)


async def history(
    connection: AsyncConnection, venue_id: int, *, cursor: str | None = None, limit: int = 50
) -> Page[RiskScore]:
    """The scores a venue had, newest first."""
    before = None if cursor is None else cursors.decode(cursor, cursors.RiskHistory).at
    params = {"venue_id": venue_id, "before": before, "rows": rows_wanted(limit)}
    rows = await fetch_all(connection, "risk_history", params, RiskScore)
    return page_of(rows, limit, lambda row: cursors.RiskHistory(at=row.at))


async def trend(
    connection: AsyncConnection, venue_id: int, *, since: datetime, until: datetime | None, rows_max: int
) -> tuple[RiskScore, ...]:
    """The newest scores between two moments without their factors, newest first, and the one that held at `since`."""
    params = {"venue_id": venue_id, "since": since, "until": until, "rows": rows_max}
    return await fetch_all(connection, "risk_trend", params, RiskScore)


async def explanation(
    connection: AsyncConnection, venue: VenueProfile, *, now: datetime, as_of: datetime | None = None
) -> RiskExplanation:
    """All that is known of why a venue stands where it stands, now or at a moment."""
    risk = await score_of(connection, venue.id, at=as_of)
    ranks: tuple[_Rank, ...] = ()
    if risk is not None:
        wanted = [(risk.grade, risk.score), *((each.grade, each.score) for each in risk.counterfactuals)]
        ranks = await _ranks(connection, venue.id, wanted, as_of=as_of)
    return RiskExplanation(
        venue_id=venue.id,
        venue_code=venue.code,
        venue_name=venue.name,
        venue_name_en=venue.name_en,
        use=venue.use,
        district=venue.district,
        rank=ranks[0].rank if ranks else None,
        scored=ranks[0].scored if ranks else 0,
        risk=risk,
        repairs=() if risk is None else _repairs(risk, ranks[1:]),
        since_yesterday=None
        if risk is None
        else await _change(connection, venue.id, risk, since=(as_of or now) - YESTERDAY),
        as_of=await as_of_words(connection, as_of),
    )


def _repairs(risk: RiskScore, ranks: Sequence[_Rank]) -> tuple[Repair, ...]:
    return tuple(
        Repair(item=each.item, score=each.score, grade=each.grade, rank=rank.rank, evidence=each.evidence)
        for each, rank in zip(risk.counterfactuals, ranks, strict=True)
    )


async def _ranks(
    connection: AsyncConnection, venue_id: int, wanted: Sequence[tuple[Grade, float]], *, as_of: datetime | None
) -> tuple[_Rank, ...]:
    params = {
        "venue_id": venue_id,
        "as_of": as_of,
        "grades": [grade.value for grade, _ in wanted],
        "scores": [score for _, score in wanted],
    }
    return await fetch_all(connection, "ranks_of", params, _Rank)


async def _change(connection: AsyncConnection, venue_id: int, risk: RiskScore, *, since: datetime) -> Change | None:
    before = await score_of(connection, venue_id, at=since)
    if before is None:
        return None
    [then] = await _ranks(connection, venue_id, [(before.grade, before.score)], as_of=since)
    hits_before, hits = [hit.rule for hit in before.hits], [hit.rule for hit in risk.hits]
    triggers_before, triggers = [each.code for each in before.triggers], [each.code for each in risk.triggers]
    return Change(
        since=since,
        score=before.score,
        grade=before.grade,
        rank=then.rank,
        change=round(risk.score - before.score, 1),
        factors=changes(before, risk),
        hits_new=appeared(hits_before, hits),
        hits_gone=appeared(hits, hits_before),
        triggers_new=appeared(triggers_before, triggers),
        triggers_gone=appeared(triggers, triggers_before),
    )

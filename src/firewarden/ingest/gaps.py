"""What is missing, and what is done about it: rows of gaps, giving up, and whom to ask to send again.

Giving up and asking are done from the tables once a second, not by the batches: a lane that has gone quiet is judged
like any other, all workers together keep one pace, and a batch pays for none of it.
"""

from datetime import datetime, timedelta

from psycopg import AsyncConnection

from firewarden.ingest.facts import LEDGER_LANES, Lane
from firewarden.ingest.ledger import GapChange, SeqSet, Span, Stream
from firewarden.store.queries import Queries

SQL = Queries("firewarden.ingest")

GIVE_UP_AFTER = timedelta(seconds=30)
"""A gateway sends again after 20 s what was not confirmed; of what has not moved for this long it has no more."""
GIVEN_UP_ROWS_MAX = 2_000
"""Gaps looked at in one sweep; the next one is a second later."""

ASK_AFTER = timedelta(seconds=2)
"""Workers that share a lane overtake each other for a moment: that is no gap to ask about."""
ASK_PAUSE = timedelta(seconds=10)
"""A gateway is not asked again within this time, by whatever worker: at most three times before a gap is given up."""
ASKED_MAX = 50
"""Gateways asked in one sweep: after a lost session a city is asked over half a minute, not in one moment."""

assert ASK_AFTER < ASK_PAUSE < GIVE_UP_AFTER


async def write_change(
    connection: AsyncConnection, stream: Stream, change: GapChange, *, after_at: datetime | None, now: datetime
) -> None:
    """Write what a batch did to the gaps of a stream. `after_at`: when the message before the new ones was stored."""
    values = {**_values(stream), "now": now, "after_at": after_at}
    for gap, pieces in change.moved:
        first, *others = pieces
        cut = {
            "from_seq": gap.first,
            "to_seq": gap.last,
            "piece_to": first.span.last,
            "piece_filled": first.filled,
            "firsts": [piece.span.first for piece in others],
            "lasts": [piece.span.last for piece in others],
            "filled": [piece.filled for piece in others],
        }
        await connection.execute(SQL["split_gap"], {**values, **cut})
    for span in change.opened:
        await connection.execute(SQL["open_gap"], {**values, "from_seq": span.first, "to_seq": span.last})


async def reached(connection: AsyncConnection, stream: Stream, numbers: SeqSet) -> int:
    """Up to which number everything of a stream is stored or given up."""
    holes = numbers.holes()
    if not holes:
        return numbers.through()
    values = {**_values(stream), "from_seq": holes[0].first}
    cursor = await connection.execute(SQL["given_up_gaps"], values)
    return numbers.through([Span(int(first), int(last)) for first, last in await cursor.fetchall()])


async def to_give_up(connection: AsyncConnection, lanes: tuple[Lane, ...], now: datetime) -> list[Stream]:
    """The streams of `lanes` with gaps that have not moved for GIVE_UP_AFTER."""
    values = {
        "lanes": [lane.value for lane in lanes if lane in LEDGER_LANES],
        "before": now - GIVE_UP_AFTER,
        "now": now,
        "rows": GIVEN_UP_ROWS_MAX,
    }
    cursor = await connection.execute(SQL["streams_to_give_up"], values)
    return [Stream(gateway, boot, Lane(lane)) for gateway, boot, lane in await cursor.fetchall()]


async def give_up(connection: AsyncConnection, streams: list[Stream], now: datetime) -> int:
    """Give up what has not moved in streams that the transaction holds. Returns how many gaps that were."""
    values = {**columns(streams), "before": now - GIVE_UP_AFTER, "now": now}
    return (await connection.execute(SQL["give_up_gaps"], values)).rowcount


async def want_resend(connection: AsyncConnection, now: datetime) -> None:
    """Every gateway that is connected shall be asked to send again what is not confirmed."""
    await connection.execute(SQL["want_resend"], {"now": now})


async def claim_resends(connection: AsyncConnection, now: datetime) -> list[str]:
    """The gateways that the caller must ask now, and nobody else; at most ASKED_MAX."""
    values = {"now": now, "seen_before": now - ASK_AFTER, "asked_before": now - ASK_PAUSE, "rows": ASKED_MAX}
    cursor = await connection.execute(SQL["claim_resends"], values)
    return [str(gateway) for (gateway,) in await cursor.fetchall()]


def columns(streams: "list[Stream]") -> dict[str, list[str]]:
    """Streams as the arrays that statements take."""
    return {
        "gateways": [stream.gateway for stream in streams],
        "boots": [stream.boot for stream in streams],
        "lanes": [stream.lane.value for stream in streams],
    }


def _values(stream: Stream) -> dict[str, str]:
    return {"gateway_id": stream.gateway, "boot": stream.boot, "lane": stream.lane.value}

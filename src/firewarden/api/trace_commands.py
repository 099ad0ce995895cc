"""`firewarden trace`: the way of one message on the command line."""

import re
from datetime import UTC, datetime
from typing import Annotated

import msgspec
import typer
from psycopg import AsyncConnection

from firewarden.api.command_line import CommandError, in_transaction, plainly
from firewarden.api.tracing import Way, by_message, by_trace_id
from firewarden.ingest.facts import LEDGER_LANES
from firewarden.ingest.trace_id import MessageId

_TRACE_ID = re.compile(r"[0-9a-f]{32}")
_SEQ = re.compile(r"[0-9]{1,18}")
_LANES = tuple(lane.value for lane in LEDGER_LANES)

Names = Annotated[list[str], typer.Argument(metavar="TRACE_ID | GATEWAY BOOT LANE SEQ", show_default=False)]
Days = Annotated[int, typer.Option("--days", min=1, max=3660, help="How far back to look for it.")]
Json = Annotated[bool, typer.Option("--json", help="For programs.")]


def register(app: typer.Typer) -> None:
    """Add `firewarden trace`."""
    app.command("trace", rich_help_panel="Administration")(trace)


def trace(names: Names, *, days: Days = 31, as_json: Json = False) -> None:
    """Follow one message from its gateway to the screen; status 1 where nothing is known of it."""
    with plainly():
        found = in_transaction(lambda connection: _find(connection, names, days))
        if found is None:
            raise CommandError(
                f"nothing of the last {days} days belongs to {' '.join(names)}; --days looks further back"
            )
        typer.echo(_json(found) if as_json else _text(found))


async def _find(connection: AsyncConnection, names: list[str], days: int) -> Way | None:
    now = datetime.now(tz=UTC)
    match names:
        case [trace_id]:
            if _TRACE_ID.fullmatch(trace_id.lower()) is None:
                raise CommandError(f"expected 32 hexadecimal digits or GATEWAY BOOT LANE SEQ, got {trace_id!r}")
            return await by_trace_id(connection, trace_id.lower(), now=now, days=days)
        case [gateway, boot, lane, seq] if lane in _LANES and _SEQ.fullmatch(seq) is not None:
            message = MessageId(gateway=gateway, boot=boot, lane=lane, seq=int(seq))
            return await by_message(connection, message, now=now, days=days)
        case _:
            raise CommandError(f"expected TRACE_ID or GATEWAY BOOT LANE SEQ, with a lane of {', '.join(_LANES)}")


def _text(way: Way) -> str:
    message = way.message
    lines = [f"trace    {way.trace_id}"]
    if message is not None:
        lines.append(f"message  {message.gateway} boot {message.boot} lane {message.lane} number {message.seq}")
    for station in way.stations:
        at = "" if station.at is None else station.at.astimezone(UTC).isoformat(sep=" ", timespec="milliseconds")
        lines.append(f"{at:<30}{station.what}")
    return "\n".join(lines)


def _json(way: Way) -> str:
    message = way.message
    named = (
        None
        if message is None
        else {"gateway": message.gateway, "boot": message.boot, "lane": message.lane, "seq": message.seq}
    )
    stations = [{"at": station.at, "what": station.what} for station in way.stations]
    told = {"trace_id": way.trace_id, "message": named, "incidents": list(way.incidents), "stations": stations}
    return msgspec.json.format(msgspec.json.encode(told), indent=2).decode()

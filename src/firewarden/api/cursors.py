"""Where does the next page start? Opaque texts, checked for form and for the list they belong to.

A cursor names the last row that was shown, by the keys of the list's order, so rows that come or go meanwhile
neither repeat nor hide others. It holds nothing secret, so it is validated and not signed: a forged one only starts
a page elsewhere in a list that its sender may read anyway.
"""

import base64
import binascii
import re
from datetime import datetime, timedelta
from typing import Annotated, TypeVar

import msgspec

from firewarden.risk.catalogue import Grade

CURSOR_LENGTH_MAX = 16_384
"""Longer texts are refused unread; our longest are stream positions among many running transactions."""

BIGINT_MAX = 2**63 - 1
RESUME_AGE_MAX = timedelta(days=6)
"""How old a stream position may be: a day less than the desk keeps events."""

Id = Annotated[int, msgspec.Meta(ge=0, le=BIGINT_MAX)]
Instant = Annotated[datetime, msgspec.Meta(tz=True)]
_Key = Annotated[str, msgspec.Meta(max_length=256, pattern=r"^[^\x00]*$")]


class InvalidCursorError(ValueError):
    """The text is not a cursor of this list."""


class OpenIncidents(msgspec.Struct, frozen=True, kw_only=True, tag="o", array_like=True):
    """After this one in the order priority, newest, id."""

    priority: Annotated[int, msgspec.Meta(ge=1, le=5)]
    opened_at: Instant
    id: Id


class PastIncidents(msgspec.Struct, frozen=True, kw_only=True, tag="p", array_like=True):
    """After this one in the order newest, id."""

    opened_at: Instant
    id: Id


class CurrentStates(msgspec.Struct, frozen=True, kw_only=True, tag="c", array_like=True):
    """After this one in the order newest, id."""

    raised_at: Instant
    id: Id


class Venues(msgspec.Struct, frozen=True, kw_only=True, tag="v", array_like=True):
    """After this code."""

    code: _Key


class Ranking(msgspec.Struct, frozen=True, kw_only=True, tag="r", array_like=True):
    """After this one in the order grade (D first), score (in tenths, falling), venue."""

    grade: Grade
    score_tenths: Annotated[int, msgspec.Meta(ge=0, le=1000)]
    venue_id: Id


class Movers(msgspec.Struct, frozen=True, kw_only=True, tag="y", array_like=True):
    """After this one in the order of movement (in tenths, in the asked direction, falling), venue."""

    tenths: Annotated[int, msgspec.Meta(ge=-1000, le=1000)]
    venue_id: Id


class RiskFacts(msgspec.Struct, frozen=True, kw_only=True, tag="k", array_like=True):
    """Before this number of a venue's facts."""

    number: Id


class RiskHistory(msgspec.Struct, frozen=True, kw_only=True, tag="h", array_like=True):
    """Before this moment."""

    at: Instant


class Gateways(msgspec.Struct, frozen=True, kw_only=True, tag="g", array_like=True):
    """After this id."""

    id: _Key


class Gaps(msgspec.Struct, frozen=True, kw_only=True, tag="m", array_like=True):
    """After this one in the order gateway, boot, lane, numbers."""

    gateway_id: _Key
    boot: _Key
    lane: Annotated[str, msgspec.Meta(pattern="^(alarm|state|reading|reply)$")]
    from_seq: Id
    to_seq: Id


class Proofs(msgspec.Struct, frozen=True, kw_only=True, tag="w", array_like=True):
    """After this one in the order of what is missing (most first), gateway."""

    trouble: Id
    id: _Key


class UnknownDevices(msgspec.Struct, frozen=True, kw_only=True, tag="u", array_like=True):
    """Before this one in the order last heard, source address, peer."""

    at: Instant
    source: Id
    peer: Annotated[str, msgspec.Meta(pattern=r"^[0-9a-f.:]{2,45}$")]


class Facts(msgspec.Struct, frozen=True, kw_only=True, tag="f", array_like=True):
    """After this one in the order newest, states before acts, id."""

    received_at: Instant
    kind: Annotated[str, msgspec.Meta(pattern="^(state|action)$")]
    id: Id


class Frames(msgspec.Struct, frozen=True, kw_only=True, tag="b", array_like=True):
    """After this one in the order newest, lane, number."""

    received_at: Instant
    lane: Annotated[str, msgspec.Meta(pattern="^(alarm|state|reading|reply)$")]
    seq: Id


class UndecodedFrames(msgspec.Struct, frozen=True, kw_only=True, tag="d", array_like=True):
    """After this one in the order newest, gateway, lane, number."""

    received_at: Instant
    gateway_id: _Key
    lane: Annotated[str, msgspec.Meta(pattern="^(alarm|state|reading|reply)$")]
    seq: Id


class Quarantined(msgspec.Struct, frozen=True, kw_only=True, tag="q", array_like=True):
    """Before this id."""

    id: Id


class Accounts(msgspec.Struct, frozen=True, kw_only=True, tag="n", array_like=True):
    """After this id, in the lists of users and keys."""

    id: Id


class Audit(msgspec.Struct, frozen=True, kw_only=True, tag="a", array_like=True):
    """Before this id."""

    id: Id


class Commands(msgspec.Struct, frozen=True, kw_only=True, tag="x", array_like=True):
    """Before this id."""

    id: Id


class OpenProposals(msgspec.Struct, frozen=True, kw_only=True, tag="d", array_like=True):
    """After this one in the order grade (D first), when it is due (null last), id."""

    grade: Grade
    due_at: Instant | None
    id: Id


class PastProposals(msgspec.Struct, frozen=True, kw_only=True, tag="e", array_like=True):
    """Before this id."""

    id: Id


class StreamPosition(msgspec.Struct, frozen=True, kw_only=True, tag="s", array_like=True):
    """Everything visible in `snapshot` (text form of pg_snapshot) was sent; the position was made at `at`."""

    at: Instant
    snapshot: Annotated[str, msgspec.Meta(max_length=CURSOR_LENGTH_MAX)]


Place = (
    OpenIncidents
    | PastIncidents
    | CurrentStates
    | Venues
    | Ranking
    | Movers
    | RiskFacts
    | RiskHistory
    | Gateways
    | Gaps
    | Proofs
    | UnknownDevices
    | Facts
    | Frames
    | UndecodedFrames
    | Quarantined
    | Accounts
    | Audit
    | Commands
    | OpenProposals
    | PastProposals
    | StreamPosition
)
Cursor = TypeVar("Cursor", bound=Place)

_ALPHABET = re.compile(r"[A-Za-z0-9_-]+")
_SNAPSHOT = re.compile(r"(\d{1,20}):(\d{1,20}):((?:\d{1,20})(?:,\d{1,20})*)?")
_XID_MAX = 2**63 - 1


def encode(cursor: Place) -> str:
    """The text form, safe in URLs and headers."""
    return base64.urlsafe_b64encode(msgspec.json.encode(cursor)).rstrip(b"=").decode()


def decode(text: str, kind: type[Cursor]) -> Cursor:
    """Read a cursor of one kind of list. Raises InvalidCursorError."""
    if len(text) > CURSOR_LENGTH_MAX or not _ALPHABET.fullmatch(text):
        raise InvalidCursorError("the cursor is not one of ours")
    try:
        raw = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        cursor = msgspec.json.decode(raw, type=kind)
    except (binascii.Error, msgspec.DecodeError, UnicodeDecodeError, ValueError) as error:
        raise InvalidCursorError("the cursor is damaged, or belongs to another list") from error
    if isinstance(cursor, StreamPosition):
        check_snapshot(cursor.snapshot)
    return cursor


def check_snapshot(text: str) -> None:
    """Raise InvalidCursorError where PostgreSQL could not read `text` as a pg_snapshot."""
    match = _SNAPSHOT.fullmatch(text)
    if match is None:
        raise InvalidCursorError("the stream position is damaged")
    xmin, xmax = int(match[1]), int(match[2])
    running = [int(xid) for xid in match[3].split(",")] if match[3] else []
    if not (1 <= xmin <= xmax <= _XID_MAX):
        raise InvalidCursorError("the stream position is damaged")
    if running != sorted(set(running)) or any(not xmin <= xid < xmax for xid in running):
        raise InvalidCursorError("the stream position is damaged")

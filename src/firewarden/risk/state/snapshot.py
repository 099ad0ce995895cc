"""How is a state kept between two runs of the process? As MessagePack: exact, and the same bytes for the same facts."""

from collections.abc import Iterable

import msgspec

from firewarden.risk.state.facts import Micros, Overridden, Registered
from firewarden.risk.state.situation import Open, OpenFinding, OpenFire
from firewarden.risk.state.venue import VenueState

VERSION = "state-1"
"""A state of another version is made again from the facts."""


class SnapshotError(Exception):
    """These bytes are no state of this version."""


class _Snapshot(msgspec.Struct, array_like=True, forbid_unknown_fields=True):
    version: str
    prefix: int
    beyond: list[int]
    register: Registered | None
    override: Overridden | None
    sums: list[bytes]
    events: list[int]
    running: list[int]
    begun: list[bytes]
    spent: list[bytes]
    open: list[Open]
    ended: list[int]
    fires: list[OpenFire]
    judged: list[int]
    findings: list[OpenFinding]
    findings_ended: list[str]
    ordered: list[tuple[str, tuple[Micros, int, Micros]]]
    closed: list[tuple[str, Micros]]
    kept: list[tuple[str, list[tuple[Micros, int]]]]
    lines: list[tuple[str, Micros]]
    hits_seen: list[tuple[str, Micros]]


_ENCODER = msgspec.msgpack.Encoder()
_DECODER = msgspec.msgpack.Decoder(_Snapshot)


def encode(state: VenueState) -> bytes:
    """The whole state."""
    return _ENCODER.encode(
        _Snapshot(
            version=VERSION,
            prefix=state.prefix,
            beyond=sorted(state.beyond),
            register=state.register if state.register.number else None,  # nobody said anything yet
            override=state.override,
            sums=_to_bytes(state.sums),
            events=state.events,
            running=state.running,
            begun=_to_bytes(state.begun),
            spent=_to_bytes(state.spent),
            open=[state.open[key] for key in sorted(state.open)],
            ended=sorted(state.ended),
            fires=[state.fires[key] for key in sorted(state.fires)],
            judged=sorted(state.judged),
            findings=[state.findings[key] for key in sorted(state.findings)],
            findings_ended=sorted(state.findings_ended),
            ordered=sorted(state.ordered.items()),
            closed=sorted(state.closed.items()),
            kept=sorted(state.kept.items()),
            lines=sorted(state.lines.items()),
            hits_seen=sorted(state.hits_seen.items()),
        )
    )


def decode(data: bytes) -> VenueState:
    """What encode wrote. Raises SnapshotError."""
    try:
        read = _DECODER.decode(data)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise SnapshotError(f"not a state: {error}") from error
    state = VenueState()
    lengths = ((read.sums, state.sums), (read.events, state.events), (read.running, state.running))
    lengths += ((read.begun, state.begun), (read.spent, state.spent))
    if read.version != VERSION or any(len(found) != len(expected) for found, expected in lengths):
        raise SnapshotError(f"a state of version {read.version}, expected {VERSION}")
    state.prefix, state.beyond = read.prefix, set(read.beyond)
    state.register, state.override = read.register or state.register, read.override
    state.sums, state.events = _to_ints(read.sums), read.events
    state.running, state.begun, state.spent = read.running, _to_ints(read.begun), _to_ints(read.spent)
    state.open, state.ended = {o.episode: o for o in read.open}, set(read.ended)
    state.fires, state.judged = {f.incident: f for f in read.fires}, set(read.judged)
    state.findings, state.findings_ended = {f.finding: f for f in read.findings}, set(read.findings_ended)
    state.ordered, state.closed = dict(read.ordered), dict(read.closed)
    state.kept = {kind: [(at, number) for at, number in kept] for kind, kept in read.kept}
    state.lines, state.hits_seen = dict(read.lines), dict(read.hits_seen)
    return state


def _to_bytes(numbers: Iterable[int]) -> list[bytes]:
    """MessagePack has no integers of this size."""
    return [n.to_bytes(n.bit_length() // 8 + 1, "little", signed=True) if n else b"" for n in numbers]


def _to_ints(numbers: Iterable[bytes]) -> list[int]:
    return [int.from_bytes(n, "little", signed=True) for n in numbers]

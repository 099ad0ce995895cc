"""What came and what went, where a device tells each time all that is? Compared with what it told before."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from firewarden.ingest.facts import StateChange
from firewarden.ingest.gb_received import GbReceived
from firewarden.ingest.rows import PointKey, StateRow, WholeState
from firewarden.ingest.sorting import gateway_of


def changes(
    rows: Iterable[StateRow], remembered: Mapping[int, frozenset[str]], shared: Collection[int] = ()
) -> tuple[list[StateRow], list[WholeState]]:
    """The rows that count, and what is to be remembered of the points whose states changed.

    `rows`: of each word first all states that it does not hold, as falls, then those that it holds, as rises. A state
    can only go that was there; a rise counts each time, because a device may not have told that the last one ended.
    `shared`: points that stand for several of a device, where the word of one does not end what another told.
    """
    states: dict[int, set[str]] = {}
    newest: dict[int, StateRow] = {}
    counting: list[StateRow] = []
    for row in rows:
        held = states.setdefault(row.point_id, set(remembered.get(row.point_id, ())))
        newest[row.point_id] = row
        if row.raised:
            held.add(row.state)
        elif row.state in held and row.point_id not in shared:
            held.remove(row.state)
        else:
            continue
        counting.append(row)
    whole = [
        WholeState(point_id=point_id, states=tuple(sorted(held)), changed_at=newest[point_id].received_at)
        for point_id, held in sorted(states.items())
        if frozenset(held) != remembered.get(point_id, frozenset[str]())
    ]
    return counting, whole


def told_anew(
    framed: Sequence[GbReceived], repeated: Collection[int], standing: Mapping[PointKey, frozenset[str]]
) -> set[int]:
    """Which of the `repeated` are no resends after all, though the same was told a moment ago; by identity.

    A device without clock begins its serials anew when it starts: then the second fire of a minute is the same bytes as
    the first. It is one if it says anything else than what stands since. `standing`: before `framed`, by point.
    """
    states = dict(standing)
    anew: set[int] = set()
    for received in framed:
        words = _words(received)
        if id(received) in repeated:
            if not received.undated or all(states.get(point, told) == told for point, told in words):
                continue
            anew.add(id(received))
        states.update(words)
    return anew


def _words(received: GbReceived) -> list[tuple[PointKey, frozenset[str]]]:
    envelope = received.envelope
    facts = () if envelope is None else envelope.facts
    gateway = gateway_of(received)
    return [((gateway, one.point), frozenset[str](one.set)) for one in facts if isinstance(one, StateChange)]

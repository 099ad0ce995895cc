"""What came and what went, where a device tells each time all that is? Compared with what it told before."""

from collections.abc import Iterable, Mapping

from firewarden.ingest.rows import StateRow, WholeState


def changes(
    rows: Iterable[StateRow], remembered: Mapping[int, frozenset[str]]
) -> tuple[list[StateRow], list[WholeState]]:
    """The rows that count, and what is to be remembered of the points whose states changed.

    `rows`: of each word first all states that it does not hold, as falls, then those that it holds, as rises. A state
    can only go that was there; a rise counts each time, because a device may not have told that the last one ended.
    """
    states: dict[int, set[str]] = {}
    newest: dict[int, StateRow] = {}
    counting: list[StateRow] = []
    for row in rows:
        held = states.setdefault(row.point_id, set(remembered.get(row.point_id, ())))
        newest[row.point_id] = row
        if row.raised:
            held.add(row.state)
        elif row.state in held:
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

"""What of a venue is out of order, sorted by what it means? And can its false alarms be seen at all?"""

import msgspec

from firewarden.risk.scoring.codes import Cause
from firewarden.risk.state.facts import Group, Trouble
from firewarden.risk.state.situation import Open, Situation

_SAYS_NOTHING = {Trouble.FIRE, Trouble.MANUAL_ALARM, Trouble.STARTED, Trouble.FEEDBACK}
_SUPPLY = {Trouble.POWER_FAULT, Trouble.MAIN_POWER_FAULT, Trouble.BACKUP_POWER_FAULT, Trouble.BUS_FAULT}
BROKEN = frozenset({Trouble.FAULT, Trouble.LINK_FAULT, Trouble.LINE_FAULT})
_SYSTEMS = {
    Group.PUMP: Cause.PUMP,
    Group.VALVE: Cause.VALVE,
    Group.PANEL: Cause.PANEL,
    Group.POWER: Cause.POWER,
    Group.SMOKE_CONTROL: Cause.SMOKE_CONTROL,
}
_ALARMING = {Group.DETECTOR, Group.PANEL, Group.OTHER}
_SILENCING = BROKEN | {Trouble.SHIELDED, Trouble.TEST, Trouble.BUS_FAULT, Trouble.POWER_FAULT}


def _cause(group: Group, trouble: Trouble) -> Cause | None:
    """What a trouble of equipment of a group counts as. None: as nothing."""
    if trouble in _SAYS_NOTHING:
        return None
    if trouble is Trouble.OFFLINE or (group is Group.GATEWAY and trouble is Trouble.LINE_FAULT):
        return Cause.OFFLINE
    if trouble in {Trouble.TEST, Trouble.DELAYED}:
        return Cause.TESTING
    if trouble in _SUPPLY and not (group is Group.PUMP and trouble is Trouble.POWER_FAULT):
        return Cause.POWER
    return _of_equipment(group, trouble)


def _of_equipment(group: Group, trouble: Trouble) -> Cause:
    if group is Group.DETECTOR and trouble is Trouble.SHIELDED:
        return Cause.DETECTORS_SHIELDED
    if group is Group.DETECTOR and trouble in BROKEN:
        return Cause.DETECTORS_FAULTY
    if trouble is Trouble.SUPERVISE and group is not Group.VALVE:
        return Cause.OTHER_OUT
    return _SYSTEMS.get(group, Cause.OTHER_OUT)


CAUSE_OF: dict[tuple[Group, Trouble], Cause | None] = {(g, t): _cause(g, t) for g in Group for t in Trouble}
HIDES = frozenset(
    (g, t) for g in Group for t in Trouble if t is Trouble.OFFLINE or (g in _ALARMING and t in _SILENCING)
)
"""What keeps a detector from giving alarms, false ones too: shielded, out of order, in test, its panel or bus dead."""


class Picture(msgspec.Struct, frozen=True, gc=False):
    """`out`: open troubles by what they count as. `hidden`: some false alarms could not be seen if there were any."""

    out: dict[Cause, list[Open]]
    hidden: bool

    def of(self, cause: Cause) -> list[Open]:
        """The open troubles that count as `cause`."""
        return self.out.get(cause, [])


def picture(situation: Situation) -> Picture:
    """Sort what is open."""
    out: dict[Cause, list[Open]] = {}
    hidden = situation.coverage.gateways_silent > 0
    for trouble in situation.troubles:
        kind = (trouble.group, trouble.trouble)
        cause = CAUSE_OF[kind]
        if cause is not None:
            out.setdefault(cause, []).append(trouble)
            hidden = hidden or kind in HIDES
    return Picture(out, hidden)


def distinct(troubles: list[Open]) -> int:
    """How many points these are; each trouble without a point is one of its own."""
    if len(troubles) < 2:  # noqa: PLR2004 - none, or one: the usual cases, asked many times for each score
        return len(troubles)
    points = {trouble.point for trouble in troubles}
    return len(points) if None not in points else len(points) - 1 + sum(trouble.point is None for trouble in troubles)

"""Which sums does a state keep, with which half-lives, and which facts go into which?"""

from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import Group, Micros, RecordKind, Trouble, Verdict, WaterKind

COUNTS: tuple[tuple[str, int], ...] = (
    ("fires_1095", 1095),
    ("false_alarms_90", 90),
    ("signals_90", 90),
    ("faults_90", 90),
    ("complaints_365", 365),
    ("violations_730", 730),
    ("inspections_365", 365),
    ("other_365", 365),
    ("duty_missed", 30),
    ("duty_answered", 30),
    ("judged_false", 180),
    ("judged_other", 180),
    ("handled", 30),
    ("handled_log", 30),
)
"""Sums of weights, and their half-lives in days. The first eight are fields of Counts."""

COUNT_HALF_LIVES: tuple[Micros, ...] = tuple(days * DAY for _, days in COUNTS)
(
    FIRES,
    FALSE_ALARMS,
    SIGNALS,
    FAULTS,
    COMPLAINTS,
    VIOLATIONS,
    INSPECTIONS,
    OTHER,
    DUTY_MISSED,
    DUTY_ANSWERED,
    JUDGED_FALSE,
    JUDGED_OTHER,
    HANDLED,
    HANDLED_LOG,
) = range(len(COUNTS))

SHARES: tuple[tuple[str, int], ...] = (
    ("detectors_faulty_30", 30),
    ("detectors_shielded_30", 30),
    ("panel_30", 30),
    ("pump_30", 30),
    ("valve_30", 30),
    ("power_30", 30),
    ("water_7", 7),
    ("offline_14", 14),
)
"""Times out of order, and their half-lives in days: the fields of Shares."""

SHARE_HALF_LIVES: tuple[Micros, ...] = tuple(days * DAY for _, days in SHARES)
(
    DETECTORS_FAULTY,
    DETECTORS_SHIELDED,
    PANEL,
    PUMP,
    VALVE,
    POWER,
    WATER,
    OFFLINE,
) = range(len(SHARES))

LOG_STEP = 1 << 20
"""Logarithms are kept as whole numbers of 1/LOG_STEP."""

KEPT = 20
"""How many of the newest facts of each kind are kept as evidence."""

DUTY_SHOWN = 10
"""How many of the last duty checks are told one by one."""

DUTY_PRIOR = (0.5, 4.5)
"""One check in ten is not answered, said with the weight of five checks: what is seen soon outweighs it."""

FALSE_PRIOR = (19.5, 0.5)
"""97.5 % of the signals of automatic fire alarms in England were false; said with the weight of twenty signals."""

FAULT_TROUBLES = frozenset(
    {
        Trouble.FAULT,
        Trouble.LINK_FAULT,
        Trouble.LINE_FAULT,
        Trouble.POWER_FAULT,
        Trouble.MAIN_POWER_FAULT,
        Trouble.BACKUP_POWER_FAULT,
        Trouble.BUS_FAULT,
    }
)
"""What counts as a fault that began."""

_BROKEN = {Trouble.FAULT, Trouble.LINK_FAULT, Trouble.LINE_FAULT}
_SUPPLY = {Trouble.POWER_FAULT, Trouble.MAIN_POWER_FAULT, Trouble.BACKUP_POWER_FAULT, Trouble.BUS_FAULT}
_OUT: dict[Group, dict[int, set[Trouble]]] = {
    Group.DETECTOR: {DETECTORS_FAULTY: _BROKEN | {Trouble.POWER_FAULT}, DETECTORS_SHIELDED: {Trouble.SHIELDED}},
    Group.PANEL: {PANEL: _BROKEN | {Trouble.MANUAL, Trouble.SHIELDED}},
    Group.PUMP: {PUMP: _BROKEN | {Trouble.MANUAL, Trouble.SHIELDED, Trouble.POWER_FAULT}},
    Group.VALVE: {VALVE: _BROKEN | {Trouble.SUPERVISE, Trouble.SHIELDED}},
    Group.POWER: {POWER: _BROKEN | {Trouble.SHIELDED}},
    Group.GATEWAY: {OFFLINE: {Trouble.OFFLINE, Trouble.LINE_FAULT}},
}


def _shares(group: Group, trouble: Trouble) -> tuple[int, ...]:
    found = {share for share, troubles in _OUT.get(group, {}).items() if trouble in troubles}
    if trouble in _SUPPLY:
        found.add(POWER)
    if trouble is Trouble.OFFLINE:
        found.add(OFFLINE)
    return tuple(sorted(found))


SHARES_OF: dict[tuple[Group, Trouble], tuple[int, ...]] = {
    (group, trouble): _shares(group, trouble) for group in Group for trouble in Trouble
}
"""Which times out of order a trouble of equipment of a group belongs to.

A gateway's line fault cuts it off from the panel: as little is heard as through a silent one.
"""

COUNT_OF_RECORD: dict[RecordKind, int] = {
    RecordKind.FIRE: FIRES,
    RecordKind.ALARM: SIGNALS,
    RecordKind.FALSE_ALARM: FALSE_ALARMS,
    RecordKind.FAULT: FAULTS,
    RecordKind.INSPECTION: INSPECTIONS,
    RecordKind.VIOLATION: VIOLATIONS,
    RecordKind.COMPLAINT: COMPLAINTS,
    RecordKind.OTHER: OTHER,
}
"""What an imported record counts as; orders are kept open until they are closed, and counted nowhere."""

FALSE = frozenset({Verdict.FALSE_ALARM, Verdict.MALICIOUS})
NO_SIGNAL = frozenset({Verdict.TEST, Verdict.MAINTENANCE})
"""Not counted as signals at all."""

MISSING_WATER = frozenset({WaterKind.BELOW, WaterKind.MAIN_BURST})
EXPLAINED = frozenset({WaterKind.BELOW, WaterKind.ABOVE, WaterKind.SHIFT, WaterKind.DRIFT})
"""What a running pump or a test of the venue can cause. A sensor that is stuck or silent is so for another reason."""

PUMP_RUNS_MAX: Micros = DAY // 2
TEST_MAX: Micros = DAY
"""A pump or a test that has gone on for longer explains nothing any more: the flag itself may be stuck."""

"""How often does what go wrong? Every rate and every probability of the city's behaviour, by name."""

from collections.abc import Iterable
from dataclasses import dataclass, fields, replace
from math import inf

YEAR_S = 365.25 * 86_400.0
MONTH_S = YEAR_S / 12
WEEK_S = 7 * 86_400.0
DAY_S = 86_400.0
HOUR_S = 3_600.0
MINUTE_S = 60.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Odds:
    """Rates as in a real city; `_per_x_y` names whose and per what; the others are probabilities.

    Points are those of the real building, of which the simulated one has a share.
    """

    # alarms
    false_alarms_per_point_year: float = 0.034  # 0.052 a detector, and two thirds of the points are detectors
    rogue_venue: float = 0.015
    rogue_alarms_per_venue_day: float = 5.0
    real_fire_detected: float = 0.35
    manual_alarms_per_venue_year: float = 2.0
    bursts_per_venue_year: float = 1.0
    tests_per_venue_month: float = 2.0
    test_reported: float = 0.85  # the others test without saying so

    # what breaks, and who puts it out of service
    device_faults_per_point_year: float = 0.012
    panel_faults_per_venue_year: float = 1.5
    line_faults_per_venue_year: float = 2.0
    supervisory_signals_per_venue_year: float = 2.0
    pump_manual_per_venue_year: float = 0.8
    pump_manual_for_days: float = 0.10
    shields_per_venue_month: float = 1.2
    shield_forgotten: float = 0.06
    water_faults_per_venue_year: float = 1.5

    # the gateway itself
    silent_spells_per_gateway_week: float = 0.3
    restarts_per_gateway_month: float = 1.0
    clock_wrong: float = 0.02
    flash_missing: float = 0.10
    lost_while_silent: float = 0.03  # of a buffered message
    sent_twice: float = 0.01  # of a message

    # a GB/T 26875.3 device and its line, each of a frame
    frame_spoilt: float = 0.01  # a byte is wrong, and the checksum says so
    garbage_before_frame: float = 0.02
    frame_split: float = 0.10  # arrives in two pieces
    frames_glued: float = 0.20  # a heartbeat waits and goes out in one piece with the next frame
    datagram_lost: float = 0.01
    line_left_open: float = 0.3  # of silences: the mobile network forgets the connection and tells nobody
    duty_unanswered: float = 0.2  # of duty checks: nobody is there


def odds_with(assignments: Iterable[str]) -> Odds:
    """The usual odds, but for what `NAME=VALUE` names. Raises ValueError."""
    known = {field.name for field in fields(Odds)}
    changed: dict[str, float] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals or name not in known:
            raise ValueError(f"expected NAME=VALUE with a name of odds.py, got {assignment!r}")
        changed[name] = float(value)
        if not 0 <= changed[name] < inf:
            raise ValueError(f"{name} must be 0 or more, got {value}")
    return replace(Odds(), **changed)

"""How often does what happen in a year? Rates of an average venue; a venue's hidden quality makes them better or worse.

Rates are per venue and year unless a name says otherwise, durations are medians. None was checked against the
data of a city; docs/simulator.md says which were set after published figures.
"""

from dataclasses import dataclass
from math import exp

MEAN_RATIO = 1.145
"""Mean of city.risk_ratio over the qualities of a city, Beta(2, 2): by it a city as a whole keeps the rates below."""

NIGHT_H = (2.0, 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class YearOdds:
    """Everything that the simulated year draws from, by name."""

    # fire
    uncontrolled: float = 0.12  # of fires, while the suppression is in order: NFPA, 88 % effective
    uncontrolled_out: float = 1.0  # while it is out
    late_by_shield: float = 1.5  # times more uncontrolled while detectors are shielded or faulty
    fire_detected: float = 0.35
    season_winter: float = 1.3  # November to March
    season_summer: float = 0.85  # June to September

    # fire signals
    false_per_point: float = 0.034
    rogue: float = 0.015
    rogue_per_day: float = 5.0
    night_share: float = 0.5  # of false signals by night against by day
    tests: float = 24.0
    test_reported: float = 0.85

    # what breaks, and how long
    device_faults_per_point: float = 0.012
    panel_faults: float = 1.5
    line_faults: float = 2.0
    repair_h: float = 9.0
    repair_sigma: float = 1.55  # with the median of 9 h a mean of 30 h
    poor_agency: float = 0.13
    poor_agency_slower: float = 3.0
    no_contract: float = 0.10  # of housing estates
    no_contract_slower: float = 5.0

    # what people put out of service
    pump_manual: float = 0.8
    pump_manual_h: float = 6.0
    pump_manual_long: float = 0.10
    pump_manual_long_h: float = 120.0
    panel_manual: float = 1.0
    panel_manual_h: float = 8.0
    shields: float = 14.4
    shield_h: float = 3.0
    shield_forgotten: float = 0.06
    shield_forgotten_h: float = 72.0
    valves: float = 2.0
    valve_h: float = 1.0
    valve_left_shut: float = 0.04
    valve_left_shut_h: float = 72.0
    water_troubles: float = 1.5

    # the gateway
    drops: float = 15.6
    sim_unpaid: float = 0.15
    sim_unpaid_h: float = 96.0
    hardware_death: float = 0.25
    hardware_death_h: float = 72.0
    night_off: float = 0.04  # of venues: somebody switches it off from 22 to 7

    # people
    duty_checks: float = 104.0  # two a week
    duty_missed_day: float = 0.07
    duty_missed_night: float = 0.16
    duty_missed_rogue: float = 0.60
    handling_s: float = 45.0
    complaints: float = 0.40
    complaint_substantiated: float = 0.45
    inspections: float = 0.5
    violation_found: float = 0.30
    order_days: float = 30.0

    # major hazards: what cannot be put right at once
    hazard_after_days: float = 3.0  # a facility out for so long
    hazard_determined: float = 0.12  # with the unseen ones about 70 of the 110 that the city's whole register has
    hazards_unseen: float = 0.012  # blocked exits, walls taken out: no telemetry sees them


def worse(quality: float) -> float:
    """How much oftener, or longer, things go wrong in a venue of this quality than on average."""
    return exp(2.4 * (0.5 - quality)) / MEAN_RATIO

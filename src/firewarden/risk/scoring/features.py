"""Which numbers does the likelihood of a fire depend on? Of management and ignition; the facilities count elsewhere.

`vector` says what is known, with NaN for what is not: that is what models learn from. `assume` fills in what a score
takes instead, and never makes it better: the upper quartile of the use for what nobody entered, the cap of the alarm
habit while false alarms could not be seen.
"""

from functools import cache
from math import isnan, log, log1p, nan

from firewarden.risk.facts import Use
from firewarden.risk.learn.design import Feature
from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.picture import Picture
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import Micros, Registered
from firewarden.risk.state.moments import day_in_china
from firewarden.risk.state.situation import OpenOrder, Situation

FEATURES: tuple[Feature, ...] = (
    Feature(name="use", sign=1, prior=1.0, prior_sd=0.2, source="T: fires a year of the use, as an offset"),
    Feature(name="size", sign=1, prior=0.5, prior_sd=0.15, source="T: fires grow with the root of the area in a use"),
    Feature(name="age", sign=1, prior=0.06, prior_sd=0.06, source="E: per ten years"),
    Feature(name="height", sign=1, prior=0.1, prior_sd=0.1, source="E: per e-fold of 24 m"),
    Feature(name="fires", sign=1, prior=1.2, prior_sd=0.4, source="L: 1.2 per log1p of confirmed fires"),
    Feature(name="alarms", sign=1, prior=0.5, prior_sd=0.2, source="L: 0.5 per log of false alarms, 1 at its cap"),
    Feature(name="faults", sign=1, prior=0.3, prior_sd=0.15, source="E: per log of faults over what is expected"),
    Feature(name="neglect", sign=1, prior=0.7, prior_sd=0.3, source="E: share of time that systems were out"),
    Feature(name="offline", sign=1, prior=0.3, prior_sd=0.2, source="L: 0.3, share of time offline"),
    Feature(name="complaints", sign=1, prior=0.3, prior_sd=0.2, source="E: per log1p, capped at log1p(3) (L)"),
    Feature(name="violations", sign=1, prior=0.3, prior_sd=0.2, source="E: per log1p"),
    Feature(name="inspections", sign=0, prior=0.0, prior_sd=0.2, source="E: who is inspected is chosen, not random"),
    Feature(name="activity", sign=0, prior=0.1, prior_sd=0.2, source="E: a control for how much happens there"),
    Feature(name="orders", sign=1, prior=0.4, prior_sd=0.2, source="L: 0.4 per overdue order"),
    Feature(name="duty", sign=1, prior=0.5, prior_sd=0.2, source="L: 0.5 per logit of a missed duty check"),
)
(USE, SIZE, AGE, HEIGHT, FIRES, ALARMS, FAULTS, NEGLECT, OFFLINE, COMPLAINTS, VIOLATIONS, INSPECTIONS, ACTIVITY, ORDERS,
 DUTY) = range(len(FEATURES))  # fmt: skip

TYPICAL: tuple[float, ...] = (
    log(0.03 * w.HORIZON_DAYS / w.YEAR_DAYS),
    0.0,
    1.5,
    0.0,
    *(0.0 for _ in range(10)),
    log(w.DUTY_TYPICAL / (1 - w.DUTY_TYPICAL)),
)
"""A typical venue: a middling use and area, 15 years old, 24 m high, nothing special."""

_LOG_COMPLAINTS_MAX = log1p(w.COMPLAINTS_MAX)
_LOG_RATE = {use: log(row.fires_per_year * w.HORIZON_DAYS / w.YEAR_DAYS) for use, row in w.USES.items()}
_LOG_RATE_UNKNOWN = log(w.USE_UNKNOWN.fires_per_year * w.HORIZON_DAYS / w.YEAR_DAYS)
_LOG_TYPICAL_HANDLING = log(w.HANDLING_TYPICAL_S)


def vector(situation: Situation) -> list[float]:
    """The features as far as they are known, in the order of FEATURES; NaN where they are not."""
    register, counts = situation.register, situation.counts
    use = register.use
    stratum = w.USE_UNKNOWN if use is None else w.USES[use]
    return [
        nan if use is None else _LOG_RATE[use],
        nan if register.area_m2 is None else log(max(1.0, register.area_m2) / stratum.typical_m2),
        nan if register.built_year is None else age_years(register.built_year, situation.at) / 10,
        nan if register.height_m is None else height_log(register.height_m),
        log1p(counts.fires_1095),
        min(1.0, sum(alarm_parts(situation))),
        faults_log(register, counts.faults_90) if register.gateways else nan,
        neglect(situation),
        _offline(situation),
        min(log1p(counts.complaints_365), _LOG_COMPLAINTS_MAX),
        log1p(counts.violations_730),
        log1p(counts.inspections_365),
        log1p(counts.other_365),
        _orders(situation),
        _logit(situation.duty.mean),
    ]


def vector_again(before: list[float], situation: Situation) -> list[float]:
    """The features once something of what `before` was made of is put right: no repair changes any other."""
    known = list(before)
    known[OFFLINE] = _offline(situation)
    known[ORDERS] = _orders(situation)
    return known


def assume(known: list[float], situation: Situation, seen: Picture) -> tuple[float, ...]:
    """What a score takes for `known`: never less, and without gaps."""
    x = list(known)
    missing = [i for i, value in enumerate(x) if isnan(value)]
    if missing:
        substitutes = _substitutes(situation.register.use)
        for column in missing:
            x[column] = substitutes.get(column, nan)
    if seen.hidden or situation.fires:
        # An unjudged signal counts as the cap of the habit: it is a fire or one more false alarm.
        x[ALARMS] = 1.0
    return tuple(x)


@cache
def _substitutes(use: Use | None) -> dict[int, float]:
    stratum = w.USE_UNKNOWN if use is None else w.USES[use]
    return {
        USE: _LOG_RATE_UNKNOWN,
        SIZE: log(w.SIZE_UNKNOWN_RATIO if use is None else stratum.assumed_m2 / stratum.typical_m2),
        AGE: w.AGE_UNKNOWN_YEARS / 10,
        HEIGHT: height_log(stratum.assumed_m),
        FAULTS: 0.0,
    }


def _offline(situation: Situation) -> float:
    return min(1.0, situation.shares.offline_14)


def _orders(situation: Situation) -> float:
    return float(min(w.OVERDUE_MAX, len(overdue(situation)))) if situation.orders else 0.0


def age_years(built_year: int, at: Micros) -> int:
    """Whole years since then by the calendar of Shanghai; a year in the future is now."""
    return min(w.AGE_MAX_YEARS, max(0, day_in_china(at).year - built_year))


def height_log(height_m: float) -> float:
    """How often 24 m fits in, as a logarithm between a third and a tenfold."""
    return min(2.3, log(max(8.0, height_m) / 24))


def false_alarms_expected(register: Registered) -> float:
    """As many as so many detectors give, counted with a half-life of 90 days."""
    return w.FALSE_PER_DETECTOR * register.detectors * w.MEAN_LIFE_90_YEARS


def alarm_parts(situation: Situation) -> tuple[float, float]:
    """How far false alarms, and slow handling, fill the alarm habit; together they fill it at most once."""
    expected = log1p(false_alarms_expected(situation.register))
    alarms = min(1.0, max(0.0, log1p(situation.counts.false_alarms_90) - expected) / w.ALARMS_FULL_LOG)
    if situation.handling_log_s is None:
        return alarms, w.HANDLING_UNKNOWN
    doublings = (situation.handling_log_s - _LOG_TYPICAL_HANDLING) / log(2)
    return alarms, min(1.0, max(0.0, doublings) / w.HANDLING_FULL_LOG2)


def faults_expected(register: Registered) -> float:
    """As many as a venue of so many points has, counted with a half-life of 90 days."""
    return (w.FAULTS_PER_VENUE + w.FAULTS_PER_POINT * register.points) * w.MEAN_LIFE_90_YEARS


def faults_log(register: Registered, count: float) -> float:
    """Faults over what is expected, as a logarithm; few of them are no merit: who says nothing has none either."""
    over = log((count + w.FAULTS_SHRINK) / (faults_expected(register) + w.FAULTS_SHRINK))
    return max(0.0, min(w.FAULTS_LOG_MAX, over))


def neglect(situation: Situation) -> float:
    """For how much of the last weeks systems were out of order, 0 to 1; a twentieth of the detectors is a quarter."""
    shares = situation.shares
    detectors = 5 * (shares.detectors_faulty_30 + shares.detectors_shielded_30)
    return min(1.0, shares.pump_30 + shares.panel_30 + shares.valve_30 + shares.power_30 + detectors)


def overdue(situation: Situation) -> tuple[OpenOrder, ...]:
    """The open orders whose time is up."""
    return tuple(order for order in situation.orders if _due(order) < situation.at)


def _due(order: OpenOrder) -> Micros:
    return order.since + w.OVERDUE_DEFAULT_DAYS * DAY if order.due_at is None else order.due_at


def _logit(share: float) -> float:
    inside = min(0.98, max(0.005, share))
    return log(inside / (1 - inside))

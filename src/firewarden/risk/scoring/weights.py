"""What does each fact weigh? The one table of weights: data with reasons, no code that decides.

Weights are logarithms: 0.7 doubles. Sources, by the letters used below:
  T  a table of fire rates, sizes and heights by use, made for one city of 2.7 million people: estimates
  R  published reliability of sprinklers: 88 % overall; some 65 % of the failures to operate are systems shut
     off, so that a fire without them is up to 8.3 times as likely to get out of control
  L  starting log-weights of live indicators, proposed from the literature
  S  the share of fires and of deaths by hour: 10.3 % and 31.3 % between midnight and six
  E  our own judgement, to be replaced when there is something better
"""

from dataclasses import dataclass
from math import log

from firewarden.risk.facts import Use

HORIZON_DAYS = 90
YEAR_DAYS = 365.25


@dataclass(frozen=True, slots=True, kw_only=True)
class UseWeights:
    """One use. The assumed figures, for what nobody entered, are about its upper quartile."""

    fires_per_year: float  # T
    typical_m2: float  # T
    assumed_m2: float  # T
    assumed_m: float  # T
    crowd: float  # E: how many are there, and how hard it is for them to get out
    vulnerable: float = 0.0  # E: they need others to get out
    sleeping: float = 0.0  # S
    contents: float = 0.0  # E: it explodes, or cannot be replaced


SLEEPING = 0.3
"""S: a fire between midnight and six kills 3.0 times as often as the mean fire, one by day 0.77 times as often. Where
nobody is at night only the second counts; where people sleep, the mean: 1 / 0.77 = 1.3. A constant of the use, so that
no score rises and falls with the sun."""

USES: dict[Use, UseWeights] = {
    Use.MALL: UseWeights(fires_per_year=0.06, typical_m2=12_000, assumed_m2=24_000, assumed_m=24, crowd=0.7),
    Use.COMPLEX: UseWeights(fires_per_year=0.25, typical_m2=95_000, assumed_m2=133_000, assumed_m=80, crowd=0.8),
    Use.HOTEL: UseWeights(
        fires_per_year=0.03, typical_m2=6_500, assumed_m2=13_200, assumed_m=65, crowd=0.5, sleeping=SLEEPING
    ),
    Use.ENTERTAINMENT: UseWeights(fires_per_year=0.03, typical_m2=1_500, assumed_m2=2_500, assumed_m=20, crowd=0.9),
    Use.RESTAURANT: UseWeights(fires_per_year=0.04, typical_m2=2_500, assumed_m2=4_000, assumed_m=17, crowd=0.5),
    Use.HOSPITAL: UseWeights(
        fires_per_year=0.12,
        typical_m2=28_000,
        assumed_m2=60_000,
        assumed_m=68,
        crowd=0.6,
        vulnerable=0.8,
        sleeping=SLEEPING,
    ),
    Use.ELDER_CARE: UseWeights(
        fires_per_year=0.02,
        typical_m2=4_500,
        assumed_m2=8_500,
        assumed_m=20,
        crowd=0.4,
        vulnerable=0.8,
        sleeping=SLEEPING,
    ),
    Use.SCHOOL: UseWeights(
        fires_per_year=0.015, typical_m2=15_000, assumed_m2=38_500, assumed_m=32, crowd=0.6, vulnerable=0.3
    ),
    Use.OFFICE: UseWeights(fires_per_year=0.015, typical_m2=18_000, assumed_m2=34_000, assumed_m=90, crowd=0.3),
    Use.HOUSING: UseWeights(
        fires_per_year=0.30, typical_m2=120_000, assumed_m2=200_000, assumed_m=83, crowd=0.3, sleeping=SLEEPING
    ),
    Use.FACTORY: UseWeights(fires_per_year=0.02, typical_m2=14_000, assumed_m2=30_000, assumed_m=20, crowd=0.4),
    Use.WAREHOUSE: UseWeights(fires_per_year=0.01, typical_m2=12_000, assumed_m2=25_500, assumed_m=13, crowd=0.2),
    Use.EXPLOSIVE: UseWeights(
        fires_per_year=0.01, typical_m2=3_000, assumed_m2=4_500, assumed_m=11, crowd=0.4, contents=0.8
    ),
    Use.CULTURE: UseWeights(fires_per_year=0.02, typical_m2=12_000, assumed_m2=18_000, assumed_m=30, crowd=0.6),
    Use.HERITAGE: UseWeights(
        fires_per_year=0.01, typical_m2=4_000, assumed_m2=6_000, assumed_m=11, crowd=0.2, contents=0.4
    ),
    Use.GOVERNMENT: UseWeights(fires_per_year=0.01, typical_m2=9_000, assumed_m2=14_000, assumed_m=49, crowd=0.2),
}

USE_UNKNOWN = UseWeights(
    fires_per_year=0.06,
    typical_m2=4_000,
    assumed_m2=38_500,
    assumed_m=68,
    crowd=0.7,
    vulnerable=0.3,
    sleeping=SLEEPING,
    contents=0.0,
)
"""The upper quartile of each column above, each for itself; of the typical areas the lower one, because the same area
is more in a use of small ones."""

SIZE_UNKNOWN_RATIO = 2.0
"""The upper quartile of the areas within a use is about twice the middle one (T)."""

AGE_UNKNOWN_YEARS = 30
AGE_MAX_YEARS = 60

# --- what is expected of a venue of its size, per year (T) ---
FALSE_PER_DETECTOR = 0.052
FAULTS_PER_VENUE = 4.3  # loop, power and panel 1.5, pump 0.8, the line to the gateway 2
FAULTS_PER_POINT = 0.012
FAULTS_SHRINK = 3.0  # E: as if so many had been seen where so many are expected
FAULTS_LOG_MAX = 2.0
MEAN_LIFE_90_YEARS = 90 / log(2) / YEAR_DAYS
"""How many years' worth of events a count with a half-life of 90 days holds."""

ALARMS_FULL_LOG = 1.0
"""The alarm habit is at its cap where false alarms are e times what is expected (E)."""
HANDLING_TYPICAL_S = 60.0
HANDLING_FULL_LOG2 = 2.0
"""Or where acting takes four times as long as is typical; L 0.3 per doubling is just about half of 0.5 (T: 60 s)."""
HANDLING_UNKNOWN = 0.1  # E: of the cap

COMPLAINTS_MAX = 3.0
"""More complaints than that say more about who complains (L)."""
OVERDUE_MAX = 5
OVERDUE_DEFAULT_DAYS = 90
"""An order without a date is overdue after so long (T: the default time for putting a hazard right)."""
DUTY_TYPICAL = 0.10

# --- P(a fire gets out of control) ---
UNCONTROLLED_HEALTHY = 0.12  # R
UNCONTROLLED_LOG_MAX = -log(UNCONTROLLED_HEALTHY)  # R: 2.12, nothing would put it out
PUMP = UNCONTROLLED_LOG_MAX  # R
VALVE_SHUT = UNCONTROLLED_LOG_MAX  # R: in a wrong position, or shielded: nobody can tell
VALVE_FAULTY = 0.7  # E: it may be in a wrong position
PANEL_MANUAL = 0.7  # L: nothing starts by itself
PANEL_FAULTY = 0.4  # E: a common fault, mostly of a part
DETECTORS_FAULTY = 0.8  # L: 0.4 where a twentieth is faulty, saturating
DETECTORS_SHIELDED = 1.2  # L: 0.6 where a twentieth is shielded, saturating
OTHER_OUT = 0.4  # E: half of the faulty detectors
HALF_SHARE = 0.05
WATER_PRESSURE = 0.8  # L
WATER_LEVEL = 0.6  # L
WATER_SHIFT = 0.4  # E: against its own habit, not under its limit
SENSORS_BLIND = 0.3  # E: as for a silent gateway
POWER_MAIN = 0.4  # E: the battery lasts hours
POWER_BACKUP = 0.4  # E
POWER_BUS = 0.7  # E: a dead bus is blind
POWER_OTHER = 0.4  # E
SMOKE_MANUAL = 0.4  # E: a hazard ratio of 1.5, the low end of what is discussed
SMOKE_FAULTY = 0.2  # E
OFFLINE = 0.5  # L 0.3, and 0.2 for what a typical venue has out of order unseen
TEST = 0.3  # E
DELAYED = 0.2  # E

# --- consequence, in times an ordinary venue ---
HEIGHTS = ((10.0, 0.0), (24.0, 0.2), (50.0, 0.5), (100.0, 1.0))
"""E: 24, 50 and 100 m are where Chinese design rules for high buildings get stricter; straight lines between."""
LARGE_PER_LOG = 0.1  # E: for each e-fold of area over LARGE_FROM_M2
LARGE_FROM_M2 = 1_000.0
KEY_UNIT = 0.3  # E: listed because of what a fire would do
KEY_UNIT_UNKNOWN = 0.2

# --- grades, in tenths of a point; days below a line before it is given up (supervision of fire safety by grade) ---
LINES = (300, 550, 750)
WAIT_DAYS = (30, 30, 60)

# --- confidence: what each gap takes away, in hundredths; they add up to less than 100 (E) ---
LOST_STATIC_EACH = 4
LOST_NO_GATEWAY = 55
LOST_GATEWAYS_SILENT = 40
LOST_NO_POINTS = 10
LOST_NO_SENSORS = 5
LOST_SENSORS_SILENT = 15

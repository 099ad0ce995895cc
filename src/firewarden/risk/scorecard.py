"""What does each fact weigh? The one table of weights: data with reasons, no code that decides.

Sources, by the letters used below:
  T  a table of fire rates, sizes and heights by use, made for one city of 2.7 million people: estimates
  R  published reliability of sprinklers: 88 % overall; some 65 % of the failures to operate are systems shut
     off, so that a fire without them is up to 8 times as likely to get out of control
  L  starting log-weights of live indicators, proposed from the literature: 0.4 faults, 0.6 shielded points,
     0.7 panel in manual, 0.8 pressure below its limit, 0.5 per log of false alarms, 1.2 per log of confirmed
     fires, 0.3 offline
  E  our own judgement, to be replaced when there is something better
Points are counted in tenths. The caps of all curves add up to exactly 1,000 tenths (checked on import), so
that a score needs no clipping and its parts always add up to it.
"""

from dataclasses import dataclass
from datetime import timedelta

from firewarden.risk.catalogue import STATIC_CODES, FactorCode, Grade
from firewarden.risk.curve import Curve
from firewarden.risk.facts import Use

VERSION = "scorecard-1"

HABIT_WINDOW_DAYS = 90
HABIT_HALF_LIFE_DAYS = 60.0
"""Alarm calls forgotten with a half-life of 60-120 days ranked the next fires best, 3 days worst."""

OUT_LONG = timedelta(hours=24)
OUT_LONG_SHARE = 0.20
SUPPRESSION_MANUAL_LONG = timedelta(hours=24)
OFFLINE_LONG = timedelta(hours=72)
"""The hard triggers of grade D."""

SENSOR_RECENT = timedelta(minutes=30)
"""A water sensor that has missed six samples of five minutes is silent."""

GRADE_FROM_TENTHS = ((750, Grade.D), (550, Grade.C), (300, Grade.B), (0, Grade.A))


@dataclass(frozen=True, slots=True, kw_only=True)
class UseWeights:
    """One stratum. The assumed figures, for what nobody entered, are about its upper quartile."""

    fires_per_year: float  # T
    people_tenths: int  # E: 0-40, who is there and how hard it is for them to get out
    assumed_area_m2: float  # T
    assumed_height_m: float  # T


USES: dict[Use, UseWeights] = {
    Use.MALL: UseWeights(fires_per_year=0.06, people_tenths=28, assumed_area_m2=24_000, assumed_height_m=24),
    Use.COMPLEX: UseWeights(fires_per_year=0.25, people_tenths=32, assumed_area_m2=133_000, assumed_height_m=80),
    Use.HOTEL: UseWeights(fires_per_year=0.03, people_tenths=34, assumed_area_m2=13_200, assumed_height_m=65),
    Use.ENTERTAINMENT: UseWeights(fires_per_year=0.03, people_tenths=36, assumed_area_m2=2_500, assumed_height_m=20),
    Use.RESTAURANT: UseWeights(fires_per_year=0.04, people_tenths=20, assumed_area_m2=4_000, assumed_height_m=17),
    Use.HOSPITAL: UseWeights(fires_per_year=0.12, people_tenths=40, assumed_area_m2=60_000, assumed_height_m=68),
    Use.ELDER_CARE: UseWeights(fires_per_year=0.02, people_tenths=40, assumed_area_m2=8_500, assumed_height_m=20),
    Use.SCHOOL: UseWeights(fires_per_year=0.015, people_tenths=26, assumed_area_m2=38_500, assumed_height_m=32),
    Use.OFFICE: UseWeights(fires_per_year=0.015, people_tenths=12, assumed_area_m2=34_000, assumed_height_m=90),
    Use.HOUSING: UseWeights(fires_per_year=0.30, people_tenths=26, assumed_area_m2=200_000, assumed_height_m=83),
    Use.FACTORY: UseWeights(fires_per_year=0.02, people_tenths=16, assumed_area_m2=30_000, assumed_height_m=20),
    Use.WAREHOUSE: UseWeights(fires_per_year=0.01, people_tenths=8, assumed_area_m2=25_500, assumed_height_m=13),
    Use.EXPLOSIVE: UseWeights(fires_per_year=0.01, people_tenths=40, assumed_area_m2=4_500, assumed_height_m=11),
    Use.CULTURE: UseWeights(fires_per_year=0.02, people_tenths=22, assumed_area_m2=18_000, assumed_height_m=30),
    Use.HERITAGE: UseWeights(fires_per_year=0.01, people_tenths=18, assumed_area_m2=6_000, assumed_height_m=11),
    Use.GOVERNMENT: UseWeights(fires_per_year=0.01, people_tenths=8, assumed_area_m2=14_000, assumed_height_m=49),
}

USE_UNKNOWN = UseWeights(fires_per_year=0.06, people_tenths=34, assumed_area_m2=38_500, assumed_height_m=68)
"""The upper quartile of the column above, each for itself."""

AGE_UNKNOWN_YEARS = 30
KEY_UNIT_UNKNOWN_TENTHS = 20

# --- what the venue is: 300 tenths ---
FIRE_RATE = Curve(  # T: logarithmic by eye, so that a 30-fold rate spans the part
    name="fire rate of the use",
    unit="fires a year",
    knots=((0.01, 0), (0.02, 12), (0.04, 24), (0.12, 44), (0.30, 60)),
)
PEOPLE = Curve(name="people", unit="table", knots=((0, 0), (40, 40)))  # E
AREA = Curve(  # T: within a use fires grow about with the root of the area; small buildings burn more per m²
    name="floor area",
    unit="m²",
    knots=((500, 0), (2_000, 18), (10_000, 36), (50_000, 54), (200_000, 70)),
)
HEIGHT = Curve(  # E: 24, 50 and 100 m are where Chinese design rules for high buildings get stricter
    name="height", unit="m", knots=((10, 0), (24, 15), (50, 35), (100, 60))
)
AGE = Curve(name="age", unit="years", knots=((0, 0), (10, 8), (20, 20), (30, 30), (40, 40)))  # E
KEY_UNIT = Curve(name="key unit", unit="yes = 1", knots=((0, 0), (1, 30)))  # E: listed because of what a fire would do

# --- what happens there now: 700 tenths ---
FIRES = Curve(  # E: one signal is mostly false, a second point of the same venue seldom is
    name="unjudged fire incidents", unit="incidents", knots=((0, 0), (1, 170), (2, 200), (5, 220))
)
PUMP = Curve(name="pump not automatic", unit="hours", knots=((0, 80), (24, 100)))  # R: the heaviest lasting fact
PANEL = Curve(name="panel or device not automatic", unit="hours", knots=((0, 25), (24, 35)))  # L 0.7
VALVE = Curve(name="valve signal", unit="hours", knots=((0, 10), (24, 15)))  # R: a shut valve, but signals are coarse
WATER_COUNT = Curve(name="sensors outside", unit="sensors", knots=((0, 0), (1, 30), (2, 38), (4, 45)))  # L 0.8
WATER_DEPTH = Curve(name="deepest", unit="widths of the band", knots=((0, 0), (0.1, 5), (1, 25)))  # E
WATER_HOURS = Curve(  # L: a test dips for minutes, a failure lasts longer than ten
    name="longest outside", unit="hours", knots=((0, 0), (1 / 6, 10), (24, 20))
)
SHIELDED_ANY = Curve(name="any shielded", unit="points", knots=((0, 0), (1, 10)))  # L 0.6
SHIELDED_SHARE = Curve(name="share shielded", unit="of registered points", knots=((0, 0), (0.05, 20), (0.2, 35)))  # L
SHIELDED_HOURS = Curve(name="longest shielded", unit="hours", knots=((0, 0), (24, 10), (72, 20)))  # E
OFFLINE_SHARE = Curve(name="share silent", unit="of gateways", knots=((0, 0), (0.5, 15), (1, 20)))  # L 0.3
OFFLINE_HOURS = Curve(name="longest silent", unit="hours", knots=((0, 5), (1, 10), (24, 25), (72, 35)))  # E
FAULTS_ANY = Curve(name="any out of order", unit="points", knots=((0, 0), (1, 5)))  # L 0.4
FAULTS_SHARE = Curve(name="share out of order", unit="of registered points", knots=((0, 0), (0.05, 12), (0.2, 25)))  # L
FAULTS_HOURS = Curve(  # E: a day, five working days, a month: repair limits in use
    name="longest out of order", unit="hours", knots=((0, 0), (24, 5), (120, 8), (720, 10))
)
POWER_MAIN = Curve(name="main supply", unit="hours", knots=((0, 8), (24, 10)))  # E: the battery lasts hours
POWER_BACKUP = Curve(name="backup supply", unit="hours", knots=((0, 5), (24, 7)))  # E
POWER_OTHER = Curve(name="bus or unnamed supply", unit="hours", knots=((0, 10), (24, 13)))  # E: a dead bus is blind
FALSE_ALARMS = Curve(  # L 0.5 per log
    name="false alarms", unit="decayed count", knots=((0, 0), (1, 4), (3, 8), (10, 12), (30, 15))
)
REAL_FIRES = Curve(name="confirmed fires", unit="decayed count", knots=((0, 0), (1, 7), (2, 10)))  # L 1.2 per log
SIGNALS = Curve(name="fire signals", unit="in the window", knots=((0, 0), (5, 1), (50, 5)))  # L
TEST_MODE = Curve(name="left in test", unit="hours", knots=((0, 2), (24, 8)))  # E
DELAYED = Curve(name="output delayed", unit="hours", knots=((0, 2), (24, 4)))  # E
SUPERVISE = Curve(name="other supervisory signal", unit="hours", knots=((0, 4), (24, 8)))  # E

PARTS: dict[FactorCode, tuple[Curve, ...]] = {
    FactorCode.USE: (FIRE_RATE, PEOPLE),
    FactorCode.SIZE: (AREA,),
    FactorCode.HEIGHT: (HEIGHT,),
    FactorCode.AGE: (AGE,),
    FactorCode.KEY_UNIT: (KEY_UNIT,),
    FactorCode.OPEN_FIRE: (FIRES,),
    FactorCode.SUPPRESSION_OUT: (PUMP, PANEL, VALVE),
    FactorCode.WATER: (WATER_COUNT, WATER_DEPTH, WATER_HOURS),
    FactorCode.SHIELDED: (SHIELDED_ANY, SHIELDED_SHARE, SHIELDED_HOURS),
    FactorCode.OFFLINE: (OFFLINE_SHARE, OFFLINE_HOURS),
    FactorCode.FAULTS: (FAULTS_ANY, FAULTS_SHARE, FAULTS_HOURS),
    FactorCode.POWER: (POWER_MAIN, POWER_BACKUP, POWER_OTHER),
    FactorCode.ALARM_HABIT: (FALSE_ALARMS, REAL_FIRES, SIGNALS),
    FactorCode.OTHER: (TEST_MODE, DELAYED, SUPERVISE),
}
"""Every factor is the sum of its parts."""

CAPS: dict[FactorCode, int] = {code: sum(part.cap for part in parts) for code, parts in PARTS.items()}
"""The most a factor can add, in tenths."""

# --- confidence: what each gap takes away, in hundredths; they add up to less than 100 (E throughout) ---
LOST_STATIC_EACH = 4
LOST_NO_GATEWAY = 55
LOST_GATEWAYS_SILENT = 40
"""All gateways silent; in proportion where only some are."""
LOST_NO_POINTS = 10
LOST_NO_SENSORS = 5
LOST_SENSORS_SILENT = 15
"""All sensors silent; in proportion where only some are."""

TENTHS_MAX = 1_000
STATIC_TENTHS_MAX = 300
CONFIDENCE_FULL = 100


def _check() -> None:
    """Raises ValueError where the numbers above do not fit together."""
    if tuple(PARTS) != tuple(FactorCode):
        raise ValueError("every factor has its weights, in the order of the catalogue")
    if sum(CAPS.values()) != TENTHS_MAX:
        raise ValueError("the caps must add up to 100.0 points: a score is never clipped")
    if sum(CAPS[code] for code in STATIC_CODES) != STATIC_TENTHS_MAX:
        raise ValueError("what a venue is must weigh 30 of 100 points")
    gateways = max(LOST_NO_GATEWAY, LOST_GATEWAYS_SILENT)
    sensors = max(LOST_NO_SENSORS, LOST_SENSORS_SILENT)
    lost = len(STATIC_CODES) * LOST_STATIC_EACH + gateways + LOST_NO_POINTS + sensors
    if lost > CONFIDENCE_FULL:
        raise ValueError("confidence must not fall below 0")


_check()

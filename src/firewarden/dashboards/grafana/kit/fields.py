"""What is a column called, in which unit is it, how is it coded? A column of the views means the same on every board.

Units end the names of the views' columns, as everywhere in this project: `lag_s`, `size_bytes`. So a unit is found by
the name, and only what has no such ending stands in FIELDS.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from firewarden.dashboards.grafana.kit.colours import CALM, CODES, FAULT, FIRE, GOOD, MANUAL, OFFLINE


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """How one column is shown.

    `codes` is the group of names and colours that its values belong to; `colour` is that of a series or bar.
    """

    unit: str | None = None
    codes: str | None = None
    decimals: int | None = None
    width: int | None = None
    hidden: bool = False
    colour: str | None = None


COUNT = Field(unit="none", decimals=0, width=90)
TIME = Field(unit="dateTimeAsIso", width=160)
TEXT = Field(unit="string")
"""Text that may look like a number: `00123` stays as it is."""
SHARE = Field(unit="percentunit", decimals=1, width=100)

ENDINGS: Mapping[str, Field] = {
    "_s": Field(unit="s", width=100),
    "_ms": Field(unit="ms", width=100),
    "_bytes": Field(unit="bytes", width=110),
    "_rate": SHARE,
    "_share": SHARE,
    "_at": TIME,
    "_since": TIME,
}
TEXTS = (
    "floor",
    "seat",
    "protocol",
    "link_end_reason",
    "version",
    "feature",
    "part",
    "codes",
    "address",
    "system",
    "profile",
)
FIELDS: Mapping[str, Field] = {
    "time": TIME,
    "at": TIME,
    "since": TIME,
    "kind": Field(codes="condition", width=110),
    "worst_kind": Field(codes="condition", width=110),
    "condition": Field(codes="condition", width=110),
    "fact_state": Field(codes="fact_state", width=110),
    "state": Field(codes="state", width=90),
    "class": Field(codes="class", width=110),
    "use": Field(codes="use", width=110),
    "grade": Field(codes="grade", width=80),
    "grade_before": Field(codes="grade", width=80),
    "connection": Field(codes="connection", width=110),
    "gateway_state": Field(codes="gateway_state", width=100),
    "lane": Field(codes="lane", width=90),
    "quantity": Field(codes="quantity", width=90),
    "finding": Field(codes="water_kind", width=110),
    "gap_state": Field(codes="gap_state", width=110),
    "check_state": Field(codes="command_state", width=110),
    "command_state": Field(codes="command_state", width=110),
    "outcome": Field(codes="outcome", width=90),
    "proposal_state": Field(codes="proposal_state", width=90),
    "system_kind": Field(codes="system_kind", width=150),
    "component": Field(codes="component", width=150),
    "factor": Field(codes="factor", width=150),
    "guard": Field(codes="guard", width=120),
    "model_kind": Field(codes="model_kind", width=110),
    "venue_id": Field(unit="none", decimals=0, hidden=True),
    "gateway_key": Field(hidden=True),
    "lat": Field(unit="none", hidden=True),
    "lon": Field(unit="none", hidden=True),
    "venue_code": Field(unit="string", width=110),
    "code": Field(unit="string", width=110),
    "district": Field(unit="string", width=100),
    "score": Field(unit="none", decimals=1, width=80, colour=CALM),
    "normal": Field(unit="none", colour=GOOD),
    "within": Field(unit="none", colour=GOOD),
    "alarmed": Field(unit="none", colour=FIRE),
    "below": Field(unit="none", colour=FIRE),
    "above": Field(unit="none", colour=MANUAL),
    "fault": Field(unit="none", colour=FAULT),
    "shielded": Field(unit="none", colour=CODES["condition"]["shielded"]),
    "others": Field(unit="none", colour=CALM),
    "unheard": Field(unit="none", colour=OFFLINE),
    "current": Field(unit="none", colour=CALM),
    "predicted_share": Field(unit="percentunit", decimals=1, colour=OFFLINE),
    "observed_share": Field(unit="percentunit", decimals=1, colour=CALM),
    "name": Field(unit="string", width=240),
    "venue_name": Field(unit="string", width=240),
    "point_name": Field(unit="string", width=180),
    "key_unit": Field(codes="yes_no", width=90),
    "fired": Field(codes="yes_no", width=80),
    "overdue": Field(codes="yes_no", width=80),
    "proposal_kind": Field(codes="proposal", width=170),
    "rate": Field(unit="percentunit", decimals=2, width=90),
    "base_rate": Field(unit="percentunit", decimals=2),
    "median_score": Field(unit="none", decimals=1),
    "mean_points": Field(unit="none", decimals=2, colour=CALM),
    "points": Field(unit="none", decimals=1, colour=CALM),
    "since_day": Field(unit="none", decimals=1, width=90),
    "since_week": Field(unit="none", decimals=1, width=90),
    "last_value": Field(unit="none", decimals=3, width=90),
    "low": Field(unit="none", decimals=2, width=80),
    "high": Field(unit="none", decimals=2, width=80),
    "value": Field(unit="none", decimals=3, width=90),
    "unit": Field(unit="string", width=70),
    "gateway_id": Field(unit="string", width=150),
    **dict.fromkeys(TEXTS, TEXT),
    "position": Field(unit="percent", decimals=0, colour=CALM),
    "auc": Field(unit="none", decimals=3),
    "auc_low": Field(unit="none", decimals=3),
    "auc_high": Field(unit="none", decimals=3),
    "ap": Field(unit="none", decimals=3),
    "ece": Field(unit="none", decimals=4),
    "lift": Field(unit="none", decimals=1, colour=CALM),
    "recall_share": Field(unit="percentunit", decimals=0, colour=CALM),
    "false_per_100": Field(unit="none", decimals=1),
    "usual": Field(unit="none", decimals=1, colour=OFFLINE),
    "made_at": TIME,
    "link_since": TIME,
    "confidence": SHARE,
    "coverage": SHARE,
    "area_m2": Field(unit="areaM2", width=100),
    "process": Field(codes="platform.process", width=230),
    "alive": Field(codes="yes_no", width=80),
    "standby": Field(codes="yes_no", width=80),
    "job": Field(codes="platform.job_name", width=260),
    "began": Field(unit="none", colour=FAULT),
    "ended": Field(unit="none", colour=GOOD),
    "fell_silent": Field(unit="none", colour=OFFLINE),
    "heard_again": Field(unit="none", colour=GOOD),
    "listens_to": Field(codes="listens_to", width=160),
    "link_end_reason": Field(codes="platform.of.ended", width=160),
    "profile": Field(unit="string", width=160),
    "table_name": Field(unit="string", width=240),
    "shown_p50_s": Field(unit="s", decimals=1),
    "shown_p95_s": Field(unit="s", decimals=1),
}
NUMBER = Field(unit="none")


def of(name: str) -> Field:
    """How the column of that name is shown; a plain number or text where nothing is known of it."""
    if name in FIELDS:
        return FIELDS[name]
    return next((field for ending, field in ENDINGS.items() if name.endswith(ending)), NUMBER)

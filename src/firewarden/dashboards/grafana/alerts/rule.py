"""What is an alert rule? What it asks the database, from where on it fires, and what it says where no answer comes."""

from dataclasses import dataclass
from enum import StrEnum

DATASOURCE_UID = "fw-timescale"
"""Alert rules know no variables: they name the provisioned data source."""

LOOK_BACK_S = 600


class Severity(StrEnum):
    """Who is woken. `watchdog` is the rule that always fires."""

    CRITICAL = "critical"
    WARNING = "warning"
    WATCHDOG = "watchdog"


class Beyond(StrEnum):
    """On which side of the limit a value is bad."""

    ABOVE = "gt"
    BELOW = "lt"


class NoData(StrEnum):
    """What a rule says where its query has no rows."""

    OK = "OK"
    ALERTING = "Alerting"


class OnError(StrEnum):
    """What a rule says where its query could not be asked.

    ERROR makes one `DatasourceError` of all rules together, ALERTING the rule's own alert, OK silence.
    """

    ERROR = "Error"
    ALERTING = "Alerting"
    OK = "OK"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """One rule. `sql` gives one number a row, and texts that tell the rows apart: they become labels.

    `name` is that of its runbook page and of its words; `hold` is how long it must hold before anybody is told.
    `figure` names what the platform board shows of the same: a key of its panels.
    """

    name: str
    sql: str
    beyond: Beyond
    limit: float
    hold: str
    severity: Severity
    no_data: NoData = NoData.OK
    on_error: OnError = OnError.ERROR
    look_back_s: int = LOOK_BACK_S
    figure: str | None = None

    @property
    def uid(self) -> str:
        """Its id in Grafana, the same in every installation."""
        return f"fw-{self.name}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Rules that answer one kind of question, asked together every `every_s` seconds."""

    name: str
    every_s: int
    rules: tuple[Rule, ...]

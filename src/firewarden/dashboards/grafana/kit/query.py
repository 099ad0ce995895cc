"""What does a panel ask? Its own SQL, or the rows that another panel of the board has already fetched."""

from typing import Literal

from grafana_foundation_sdk.cog import variants
from grafana_foundation_sdk.models.dashboard import DataSourceRef

SQL_TYPE = "grafana-postgresql-datasource"
SOURCE = DataSourceRef(type_val=SQL_TYPE, uid="${ds}")
SHARED = DataSourceRef(type_val="datasource", uid="-- Dashboard --")

Shape = Literal["table", "time_series"]


class Sql(variants.Dataquery):
    """One statement for the data source that the variable `ds` names.

    `time_series`: columns `time` and numbers, or exactly `time`, `metric` (text, becomes the series' name) and `value`;
    rows in the order of time. `table`: rows as they come.
    """

    def __init__(self, ref: str, sql: str, shape: Shape) -> None:
        self.ref = ref
        self.sql = sql
        self.shape = shape

    def to_json(self) -> dict[str, object]:
        """What Grafana's PostgreSQL data source reads."""
        return {
            "datasource": SOURCE,
            "editorMode": "code",
            "format": self.shape,
            "rawQuery": True,
            "rawSql": self.sql,
            "refId": self.ref,
        }


class Shared(variants.Dataquery):
    """The rows of another panel, before that panel's transformations: one query, several views of it."""

    def __init__(self, panel_id: int) -> None:
        self.panel_id = panel_id

    def to_json(self) -> dict[str, object]:
        """What Grafana's dashboard data source reads."""
        return {"datasource": SHARED, "panelId": self.panel_id, "refId": "A", "withTransforms": False}

"""What happened at that time? Incidents, tests, maintenance and deployments as marks in every plot of a board."""

from collections.abc import Mapping

from grafana_foundation_sdk.models.dashboard import AnnotationQuery, AnnotationTarget

from firewarden.dashboards.grafana.kit.colours import CALM, FIRE, OFFLINE, SUPERVISE
from firewarden.dashboards.grafana.kit.query import SOURCE
from firewarden.dashboards.grafana.kit.words import Words

KINDS: Mapping[str, str] = {"incident": FIRE, "test": CALM, "maintenance": OFFLINE, "deployment": SUPERVISE}
"""The colour of each kind. Only incidents are shown at first; the others are switched on at the head of the board."""


class SqlMarks(AnnotationTarget):
    """A statement with the columns time, timeend, text and tags."""

    def __init__(self, sql: str) -> None:
        super().__init__(limit=500, match_any=False, tags=[], type_val="tags")
        self.sql = sql

    def to_json(self) -> dict[str, object]:
        """The fields that the schema asks for, and those that the SQL data source reads."""
        asked = {"editorMode": "code", "format": "table", "rawQuery": True, "rawSql": self.sql, "refId": "Anno"}
        return {**super().to_json(), **asked}


def queries(words: Words, sql: Mapping[str, str], scope: str) -> list[AnnotationQuery]:
    """The four queries; `scope` is the city or the venue that is chosen: `annotation_SCOPE_KIND` in common.sql."""
    return [
        AnnotationQuery(
            name=words(f"annotation.{kind}"),
            datasource=SOURCE,
            enable=kind == "incident",
            icon_color=colour,
            target=SqlMarks(sql[f"annotation_{scope}_{kind}"]),
        )
        for kind, colour in KINDS.items()
    ]

"""Two small boards without a mistake, to plant mistakes in."""

import copy
from collections.abc import Mapping
from typing import Any

from firewarden.dashboards.grafana.check.board import Board, read
from firewarden.dashboards.grafana.check.static import Known

SQL = {"type": "grafana-postgresql-datasource", "uid": "${ds}"}
SHARED = {"type": "datasource", "uid": "-- Dashboard --"}
KNOWN = Known(
    pages=("/console/", "/console/venues/{venue_id}"), histories=frozenset({"incident", "reading", "reading_hour"})
)


def chosen(sql: str) -> str:
    """The statement with what a board's district narrows it to in the place of the at sign."""
    return sql.replace("@", "('__all' IN ($district) OR district IN ($district))")


Raw = dict[str, Any]


def panel(number: int, kind: str, sql: str, shape: str = "table", **more: Any) -> Raw:
    """A panel with a statement of its own, below the one before."""
    return {
        "id": number,
        "title": f"Panel {number}",
        "type": kind,
        "gridPos": {"x": 0, "y": 4 * number, "w": 12, "h": 4},
        "datasource": SQL,
        "fieldConfig": {"defaults": {}, "overrides": []},
        "targets": [{"refId": "A", "datasource": SQL, "format": shape, "rawQuery": True, "rawSql": sql}],
        **more,
    }


def shared(number: int, of: int) -> Raw:
    """A panel that shows the rows of another."""
    made = panel(number, "stat", "")
    return {**made, "datasource": SHARED, "targets": [{"refId": "A", "datasource": SHARED, "panelId": of}]}


def override(name: str, **properties: object) -> Raw:
    """What is said of a column by its name."""
    told = [{"id": key, "value": value} for key, value in properties.items()]
    return {"matcher": {"id": "byName", "options": name}, "properties": told}


VARIABLES: list[Raw] = [
    {
        "name": "ds",
        "type": "datasource",
        "query": "grafana-postgresql-datasource",
        "current": {"value": "fw-timescale"},
    },
    {
        "name": "district",
        "type": "query",
        "query": "SELECT DISTINCT district FROM board.venue ORDER BY 1",
        "datasource": SQL,
        "multi": True,
        "includeAll": True,
        "allValue": "'__all'",
        "current": {"value": ["$__all"]},
    },
    {
        "name": "venue",
        "type": "query",
        "query": chosen("SELECT name AS __text, venue_id::text AS __value FROM board.venue WHERE @ ORDER BY code"),
        "datasource": SQL,
    },
    {"name": "console", "type": "constant", "query": "http://127.0.0.1:8080"},
]
LINK = "${console}/console/venues/${__data.fields.venue_id}?from=${__from}&to=${__to}"
BOARD_LINK = "/d/fw-two?var-venue=${__data.fields.venue_id}&from=${__from}&to=${__to}"
PANELS: list[Raw] = [
    panel(1, "stat", chosen("SELECT count(*) AS n, sum(open_faults) AS faults FROM board.venue WHERE @")),
    shared(2, 1),
    panel(
        3,
        "table",
        chosen("SELECT venue_id, code, name FROM board.venue WHERE @ ORDER BY code LIMIT 100"),
        fieldConfig={
            "defaults": {"links": [{"title": "x", "url": LINK}, {"title": "y", "url": BOARD_LINK}]},
            "overrides": [override("name", displayName="Name")],
        },
        transformations=[{"id": "organize", "options": {"excludeByName": {"code": True}, "renameByName": {}}}],
    ),
    panel(
        4,
        "timeseries",
        "SELECT $__timeGroup(time, '1d') AS time, kind AS metric, count(*) AS n FROM board.incident"
        " WHERE $__timeFilter(time) GROUP BY 1, 2 ORDER BY 1",
        "time_series",
    ),
    panel(5, "table", "SELECT kind, state FROM board.incident WHERE venue_id = nullif(${venue:sqlstring}, '')::bigint"
          " AND $__timeFilter(time) LIMIT 100"),
]  # fmt: skip
ANNOTATION: Raw = {
    "name": "Incidents",
    "datasource": SQL,
    "target": {"rawSql": "SELECT time, kind AS text FROM board.incident WHERE $__timeFilter(time) LIMIT 100"},
}


def raw(uid: str = "fw-one", *, panels: list[Raw] | None = None) -> Raw:
    """The JSON of a board without a mistake."""
    return copy.deepcopy(
        {
            "uid": uid,
            "title": uid,
            "tags": ["firewarden", "en"],
            "time": {"from": "now-7d", "to": "now"},
            "links": [{"type": "dashboards", "tags": ["firewarden", "en"], "url": ""}],
            "templating": {"list": VARIABLES},
            "annotations": {"list": [ANNOTATION]},
            "panels": PANELS if panels is None else panels,
        }
    )


def boards(first: Mapping[str, Any] | None = None) -> tuple[Board, ...]:
    """Two boards, the first as given."""
    return read("en/one.json", raw() if first is None else first), read("en/two.json", raw("fw-two"))

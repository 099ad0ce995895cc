"""How does a rule look to Grafana? As its API takes it, and as a provisioning file holds it: nearly the same."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, cast

from grafana_foundation_sdk.builders import alerting, expr
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.variants import Dataquery
from grafana_foundation_sdk.models.alerting import RelativeTimeRange
from grafana_foundation_sdk.models.dashboard import DataSourceRef

from firewarden.dashboards.grafana.alerts.notify import (
    TEAM,
    Addresses,
    Json,
    JsonObject,
    mute_timing,
    receivers,
    root,
)
from firewarden.dashboards.grafana.alerts.rule import DATASOURCE_UID, Group, Rule
from firewarden.dashboards.grafana.alerts.rules import GROUPS
from firewarden.dashboards.grafana.alerts.words import Words

FOLDER_UID = "fw-alerts"
RUNBOOKS = "docs/runbooks"
"""The folder of the checkout. Where the pages are served somewhere, their address makes links of it."""

PLATFORM_BOARD = "fw-platform"
SQL_TYPE = "grafana-postgresql-datasource"
_EXPRESSION = "__expr__"
_ROWS_MAX = 43_200
_INTERVAL_MS = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Places:
    """Where an alert leads. `panels` has the ids of the platform board's panels, by their keys."""

    console: str
    runbooks: str = RUNBOOKS
    board: str = PLATFORM_BOARD
    panels: Mapping[str, int] = field(default_factory=dict[str, int])


class _Sql(Dataquery):
    """A query of the PostgreSQL data source, which the SDK has no type of."""

    def __init__(self, sql: str) -> None:
        self._sql = sql

    def to_json(self) -> dict[str, object]:
        """As Grafana's query editor would have it: a table, its number found by its type."""
        return {
            "refId": "A",
            "datasource": {"type": SQL_TYPE, "uid": DATASOURCE_UID},
            "editorMode": "code",
            "format": "table",
            "rawQuery": True,
            "rawSql": self._sql,
            "intervalMs": _INTERVAL_MS,
            "maxDataPoints": _ROWS_MAX,
        }


class _SqlQuery(Builder[Dataquery]):
    def __init__(self, sql: str) -> None:
        self._sql = sql

    def build(self) -> Dataquery:
        return _Sql(self._sql)


def rule_for_api(rule: Rule, group: Group, words: Words, places: Places) -> JsonObject:
    """A rule as the provisioning API takes it: A asks, B reduces each row to its number, C compares."""
    said = words.rules[rule.name]
    here = DataSourceRef(type_val=_EXPRESSION, uid=_EXPRESSION)
    reduced = expr.TypeReduce().ref_id("B").expression("A").reducer("last").datasource(here)
    beyond = expr.ExprTypeThresholdConditionsEvaluator().type(rule.beyond.value).params([rule.limit])
    condition = expr.ExprTypeThresholdConditions().evaluator(beyond)
    compared = expr.TypeThreshold().ref_id("C").expression("B").conditions([condition]).datasource(here)
    built = (
        alerting.Rule(said.title)
        .uid(rule.uid)
        .org_id(1)
        .folder_uid(FOLDER_UID)
        .rule_group(group.name)
        .condition("C")
        .with_query(
            alerting.Query("A")
            .datasource_uid(DATASOURCE_UID)
            .model(_SqlQuery(rule.sql))
            .relative_time_range(RelativeTimeRange(from_val=rule.look_back_s, to=0))
        )
        .with_query(alerting.Query("B").datasource_uid(_EXPRESSION).model(reduced))
        .with_query(alerting.Query("C").datasource_uid(_EXPRESSION).model(compared))
        .for_val(rule.hold)
        .no_data_state(rule.no_data.value)
        .exec_err_state(rule.on_error.value)
        .labels({"team": TEAM, "severity": rule.severity.value})
        .annotations(_annotations(rule, words, places))
        .build()
    )
    return cast("JsonObject", json.loads(json.dumps(built, cls=JSONEncoder)))


def _annotations(rule: Rule, words: Words, places: Places) -> dict[str, str]:
    said = words.rules[rule.name]
    found = {
        "summary": said.summary,
        "description": said.description,
        "runbook_url": f"{places.runbooks.rstrip('/')}/{rule.name}.md",
        "console": f"{places.console.rstrip('/')}/console/platform",
    }
    panel = places.panels.get(rule.figure or "")
    if panel is not None:
        found |= {"__dashboardUid__": places.board, "__panelId__": str(panel)}
    return found


def group_for_api(group: Group, words: Words, places: Places) -> JsonObject:
    """A group with its rules, which the API replaces as a whole."""
    rules: list[Json] = [rule_for_api(rule, group, words, places) for rule in group.rules]
    return {"title": group.name, "folderUid": FOLDER_UID, "interval": group.every_s, "rules": rules}


def rules_file(words: Words, places: Places, groups: Sequence[Group] = GROUPS) -> JsonObject:
    """What alerting/rules.yaml holds."""
    return {"apiVersion": 1, "groups": [_group_in_file(group, words, places) for group in groups]}


def _group_in_file(group: Group, words: Words, places: Places) -> Json:
    return {
        "orgId": 1,
        "name": group.name,
        # By title: files do not know uids of folders. No board lies in it, so it may come before or after them.
        "folder": words.folder,
        "interval": f"{group.every_s}s",
        "rules": [_in_file(rule_for_api(rule, group, words, places)) for rule in group.rules],
    }


_NOT_IN_FILES = ("orgID", "folderUID", "ruleGroup")


def _in_file(rule: Mapping[str, Any]) -> Json:
    kept = {key: value for key, value in rule.items() if key not in _NOT_IN_FILES}
    annotations = rule["annotations"]
    if "__panelId__" in annotations:
        kept |= {"dashboardUid": annotations["__dashboardUid__"], "panelId": int(annotations["__panelId__"])}
    return kept


def contacts_file(addresses: Addresses) -> JsonObject:
    """What alerting/contact-points.yaml holds."""
    points: list[Json] = [{"orgId": 1, "name": name, "receivers": each} for name, each in receivers(addresses).items()]
    return {"apiVersion": 1, "contactPoints": points}


def policies_file() -> JsonObject:
    """What alerting/policies.yaml holds: the whole tree of the organization, since a file can hold no less."""
    return {"apiVersion": 1, "policies": [{"orgId": 1, **root()}]}


def mute_timings_file() -> JsonObject:
    """What alerting/mute-timings.yaml holds."""
    return {"apiVersion": 1, "muteTimes": [{"orgId": 1, **mute_timing()}]}

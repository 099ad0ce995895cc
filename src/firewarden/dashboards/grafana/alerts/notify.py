"""Who is told of which alert, how often, and when not? Contact points, the tree of policies, the hours of maintenance.

Written as what Grafana reads: the SDK's types of these (time ranges, weekdays) are not those of its API.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from firewarden.dashboards.grafana.alerts.rule import Severity

Json: TypeAlias = "Mapping[str, Json] | Sequence[Json] | str | int | float | bool | None"
JsonObject: TypeAlias = "dict[str, Json]"

OPERATORS = "fw-operators"
WATCHDOG = "fw-watchdog"
MAINTENANCE = "fw-maintenance"
TEAM = "firewarden"

WEBHOOK = "$FIREWARDEN_ALERT_WEBHOOK"
EMAIL = "$FIREWARDEN_ALERT_EMAIL"
WATCHDOG_WEBHOOK = "$FIREWARDEN_WATCHDOG_WEBHOOK"
"""Grafana itself puts these in from its environment, when it reads the files."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Addresses:
    """Where messages go. An e-mail is sent where there is an address; a webhook always has one."""

    webhook: str = WEBHOOK
    watchdog: str = WATCHDOG_WEBHOOK
    email: str | None = None


def receivers(addresses: Addresses) -> dict[str, list[JsonObject]]:
    """The receivers of each contact point, by its name."""
    operators = [_webhook("fw-operators-webhook", addresses.webhook)]
    if addresses.email is not None:
        settings: JsonObject = {"addresses": addresses.email, "singleEmail": True}
        operators.append({"uid": "fw-operators-email", "type": "email", "settings": settings})
    # The watchdog's message repeats for ever and is never over: the end of it is no news.
    watchdog = {**_webhook("fw-watchdog-webhook", addresses.watchdog), "disableResolveMessage": True}
    return {OPERATORS: operators, WATCHDOG: [watchdog]}


def _webhook(uid: str, url: str) -> JsonObject:
    return {"uid": uid, "type": "webhook", "settings": {"url": url, "httpMethod": "POST"}}


def route() -> JsonObject:
    """Our part of the tree of policies: everything with our team's label, and nothing else."""
    return {
        "receiver": OPERATORS,
        "object_matchers": [["team", "=", TEAM]],
        "group_by": ["grafana_folder", "alertname"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [
            {
                # Its silence is the alarm: whoever receives it has to hear it often, and by itself.
                "receiver": WATCHDOG,
                "object_matchers": [["severity", "=", Severity.WATCHDOG.value]],
                "group_wait": "0s",
                "group_interval": "1m",
                "repeat_interval": "5m",
            },
            {
                # A database that is away makes every rule err: that is one message.
                "receiver": OPERATORS,
                "object_matchers": [["alertname", "=", "DatasourceError"]],
                "group_by": ["alertname"],
                "group_wait": "1m",
                "repeat_interval": "1h",
            },
            {
                "receiver": OPERATORS,
                "object_matchers": [["severity", "=", Severity.CRITICAL.value]],
                "group_wait": "10s",
                "repeat_interval": "1h",
            },
            {
                # Only what can wait is muted during maintenance.
                "receiver": OPERATORS,
                "object_matchers": [["severity", "=", Severity.WARNING.value]],
                "repeat_interval": "12h",
                "mute_time_intervals": [MAINTENANCE],
            },
        ],
    }


def root() -> JsonObject:
    """The tree of a Grafana that is ours alone."""
    return {
        "receiver": OPERATORS,
        "group_by": ["grafana_folder", "alertname"],
        "group_wait": "30s",
        "group_interval": "5m",
        "repeat_interval": "4h",
        "routes": [route()],
    }


def mute_timing() -> JsonObject:
    """The weekly hours in which updates are made: Sunday night in China."""
    return {
        "name": MAINTENANCE,
        "time_intervals": [
            {
                "times": [{"start_time": "02:00", "end_time": "04:00"}],
                "weekdays": ["sunday"],
                "location": "Asia/Shanghai",
            }
        ],
    }

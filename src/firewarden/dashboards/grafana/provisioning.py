"""What does a Grafana read when it starts, so that it has everything? Files for data source, boards and alerts."""

from collections.abc import Mapping
from dataclasses import dataclass

import yaml

from firewarden.dashboards.grafana.alerts import shape
from firewarden.dashboards.grafana.alerts.notify import Addresses, JsonObject
from firewarden.dashboards.grafana.alerts.rule import DATASOURCE_UID
from firewarden.dashboards.grafana.alerts.shape import Places
from firewarden.dashboards.grafana.alerts.words import Words

FOLDERS: Mapping[str, tuple[str, str]] = {"zh": ("fw", "消防远程监控"), "en": ("fw-en", "Firewarden")}
"""Uid and title of the folder that holds the boards of a language."""

MOUNTED_AT = "/etc/grafana/provisioning"
LOGIN = "fw_grafana_login"
PASSWORD = "$FIREWARDEN_GRAFANA_DB_PASSWORD"  # noqa: S105 - the name of a variable that Grafana puts in
CONNECTIONS_MAX = 10
POSTGRES_VERSION = 1700
_WIDTH = 4_096
"""No line of ours is broken: what is read by people is broken where it was written."""

_HEAD = "# Made by `firewarden grafana {made_by}`. What is changed here is lost when it is made again.\n"


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """How Grafana reaches the database. What begins with a dollar Grafana takes from its own environment."""

    address: str = "$FIREWARDEN_GRAFANA_DB_ADDRESS"
    name: str = "$FIREWARDEN_GRAFANA_DB_NAME"
    sslmode: str = "$FIREWARDEN_GRAFANA_DB_SSLMODE"
    password: str = PASSWORD


DATABASE_VARIABLES = tuple(
    value.removeprefix("$") for value in (Database().address, Database().name, Database().sslmode)
)
"""What Grafana's environment must have as well where the files do not name the database."""


def address_of(database: str) -> tuple[str, str]:
    """Address and name of `HOST:PORT/NAME`. Raises ValueError for anything else: no passwords stand there."""
    address, _, name = database.rpartition("/")
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit() or not name or "@" in database or "/" in address:
        raise ValueError("expected HOST:PORT/NAME")
    return address, name


def data_source(database: Database) -> JsonObject:
    """The data source, under the uid that alerts name and boards choose first."""
    return {
        "name": "Firewarden",
        "uid": DATASOURCE_UID,
        "type": shape.SQL_TYPE,
        "access": "proxy",
        "url": database.address,
        "user": LOGIN,
        "jsonData": {
            "database": database.name,
            "sslmode": database.sslmode,
            "postgresVersion": POSTGRES_VERSION,
            "timescaledb": True,
            "maxOpenConns": CONNECTIONS_MAX,
        },
        "secureJsonData": {"password": database.password},
    }


def files(
    words: Words,
    places: Places,
    addresses: Addresses,
    database: Database,
    *,
    mounted_at: str = MOUNTED_AT,
    made_by: str = "build",
) -> dict[str, str]:
    """The files of a provisioning folder, which Grafana finds at `mounted_at`, by their paths; boards lie beside."""
    source = {**data_source(database), "orgId": 1, "editable": False}
    contents: dict[str, JsonObject] = {
        "datasources/firewarden.yaml": {"apiVersion": 1, "datasources": [source]},
        "dashboards/firewarden.yaml": _providers(mounted_at),
        "alerting/rules.yaml": shape.rules_file(words, places),
        "alerting/contact-points.yaml": shape.contacts_file(addresses),
        "alerting/policies.yaml": shape.policies_file(),
        "alerting/mute-timings.yaml": shape.mute_timings_file(),
    }
    return {path: _HEAD.format(made_by=made_by) + yaml_text(content) for path, content in contents.items()}


def _providers(mounted_at: str) -> JsonObject:
    return {
        "apiVersion": 1,
        "providers": [
            {
                "name": f"firewarden-{language}",
                "orgId": 1,
                "folder": title,
                "folderUid": uid,
                "type": "file",
                "allowUiUpdates": False,
                "updateIntervalSeconds": 60,
                "options": {"path": f"{mounted_at}/boards/{language}"},
            }
            for language, (uid, title) in FOLDERS.items()
        ],
    }


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as they are read, and never an alias."""

    def ignore_aliases(self, data: object) -> bool:  # noqa: ARG002 - the library's hook
        """Say everything where it belongs: Grafana's readers are not the only ones."""
        return True


def _text(dumper: yaml.SafeDumper, value: str) -> yaml.ScalarNode:
    return dumper.represent_scalar("tag:yaml.org,2002:str", value, style="|" if "\n" in value else None)


_Dumper.add_representer(str, _text)


def yaml_text(content: JsonObject) -> str:
    """The content as YAML, always the same text for the same content."""
    return yaml.dump(content, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH)

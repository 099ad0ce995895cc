"""What do Grafana 11, 12 and 13 say of a board? By the schemas in tests/data/grafana, as a Grafana reads a file."""

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, ValidationError

FOLDER = Path(__file__).parents[3] / "data" / "grafana"
VERSIONS = ("11", "12", "13")
Json = Mapping[str, Any]

# The SDK writes a variable of any kind with the fields of all kinds, and the data source's own fields into the target
# of an annotation; both are as old as Grafana 7 and read by all of these.
_BESIDE = {
    "auto", "auto_count", "auto_min", "time_options", "editorMode", "format", "rawQuery", "rawSql", "refId",
}  # fmt: skip


@cache
def schema(version: str) -> dict[str, Any]:
    """The schema of a version."""
    return json.loads((FOLDER / f"dashboard-{version}.json").read_text(encoding="utf-8"))


def kinds(version: str) -> frozenset[str]:
    """The kinds of panels whose options the schema has."""
    return frozenset(schema(version)["panels"])


def kind_of(panel: Json) -> str:
    """As the schema writes it."""
    return str(panel["type"]).replace("-", "")


def problems(board: Json, version: str) -> list[str]:
    """Everything that a Grafana of that version would not understand."""
    return [*_dashboard(board, version), *(one for panel in board["panels"] for one in _panel(panel, version))]


def _dashboard(board: Json, version: str) -> Iterator[str]:
    for error in Draft7Validator(schema(version)).iter_errors(dict(board)):
        if not _beside(error):
            yield _told(error)


def _beside(error: ValidationError) -> bool:
    """Whether nothing but those fields is too many."""
    if error.validator != "additionalProperties":
        return False
    known = error.schema.get("properties", {}) if isinstance(error.schema, dict) else {}
    given = error.instance
    return isinstance(given, dict) and given.keys() - known.keys() <= _BESIDE


def _panel(panel: Json, version: str) -> Iterator[str]:
    """What the kind's own options must be. What is left out, Grafana sets to its default."""
    known = schema(version)["panels"].get(kind_of(panel), {})
    config = panel.get("fieldConfig") or {}
    given = {
        "options": [panel.get("options")],
        "custom": [(config.get("defaults") or {}).get("custom"), *_overridden(config)],
    }
    for key, values in given.items():
        for value in values if key in known else ():
            of = {**schema(version), "$ref": known[key]["$ref"]}
            for error in Draft7Validator(of).iter_errors(value) if value is not None else ():
                if error.validator != "required":
                    yield f"panel {panel.get('id')} {panel['type']} {key}: {_told(error)}"


def _overridden(config: Json) -> Iterator[dict[str, Any]]:
    for override in config.get("overrides") or ():
        for each in override.get("properties") or ():
            name = str(each["id"])
            if name.startswith("custom."):
                yield {name.removeprefix("custom."): each.get("value")}


def _told(error: ValidationError) -> str:
    where = ".".join(str(part) for part in error.absolute_path)
    return f"{where}: {error.message[:300]}"

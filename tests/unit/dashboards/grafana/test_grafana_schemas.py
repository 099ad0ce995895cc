"""Can a Grafana 11, 12 and 13 load the boards? By their own types."""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
from tests.unit.dashboards.grafana.schemas import VERSIONS, kind_of, kinds, problems

GENERATED = Path(__file__).parents[4] / "src/firewarden/dashboards/grafana/generated"
BOARDS = sorted(path.relative_to(GENERATED).as_posix() for path in GENERATED.glob("*/*.json"))


def board(path: str) -> dict[str, Any]:
    """A generated board."""
    return json.loads((GENERATED / path).read_text(encoding="utf-8"))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("path", BOARDS)
def test_every_board_is_what_grafana_understands(path: str, version: str) -> None:
    """Every generated board has the types that this Grafana declares."""
    assert problems(board(path), version) == []


@pytest.mark.parametrize("version", VERSIONS)
def test_the_schemas_know_every_kind_of_panel(version: str) -> None:
    """The options of every kind of panel that the boards have are among the types."""
    used = {kind_of(panel) for path in BOARDS for panel in board(path)["panels"]} - {"row"}
    assert used <= kinds(version)


def first(found: dict[str, Any], kind: str) -> dict[str, Any]:
    """The first panel of a kind."""
    return next(panel for panel in found["panels"] if panel["type"] == kind)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(
    ("what", "value"),
    [("title", 7), ("tags", "firewarden"), ("refresh", 10), ("graphTooltip", "shared"), ("editable", "no")],
)
def test_a_wrong_type_is_found(version: str, what: str, value: object) -> None:
    """A property of the board that has another type than Grafana declares is found."""
    found = problems({**board(BOARDS[0]), what: value}, version)
    assert any(problem.startswith(f"{what}:") for problem in found)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wrong_option_of_a_panel_is_found(version: str) -> None:
    """An option of a panel's own that has another type is found, and so is a field setting."""
    broken = copy.deepcopy(board("zh/city.json"))
    first(broken, "stat")["options"]["colorMode"] = "rainbow"
    first(broken, "timeseries")["fieldConfig"]["defaults"]["custom"]["lineWidth"] = "thick"
    found = problems(broken, version)
    assert any("stat options: colorMode" in problem for problem in found)
    assert any("timeseries custom: lineWidth" in problem for problem in found)


def test_an_option_that_nobody_knows_is_found() -> None:
    """A misspelt option is found by the schema of the version whose SDK writes the boards."""
    broken = copy.deepcopy(board("zh/city.json"))
    first(broken, "stat")["options"]["colourMode"] = "value"
    assert any("colourMode" in problem for problem in problems(broken, "11"))

"""Which boards does Firewarden bring, and how do they learn where the console is?"""

import json
from collections.abc import Mapping
from importlib.resources import files
from typing import Any, cast

Board = Mapping[str, Any]
"""A dashboard as Grafana's JSON has it."""

CONSOLE = "console"
"""The boards' constant with the base address of the console."""

LANGUAGES = ("zh", "en")


def boards(language: str) -> dict[str, Board]:
    """The boards of a language as they stand in the package, by their files' names."""
    folder = files("firewarden.dashboards.grafana").joinpath("generated", language)
    if not folder.is_dir():
        return {}
    found = {path.name: path.read_text(encoding="utf-8") for path in folder.iterdir() if path.name.endswith(".json")}
    return {name: cast("Board", json.loads(found[name])) for name in sorted(found)}


def with_console(board: Board, url: str) -> Board:
    """The board with links that lead to the console at `url`."""
    address = url.rstrip("/")
    templating: Mapping[str, Any] = board.get("templating", {})
    variables = [_addressed(variable, address) for variable in templating.get("list", ())]
    return {**board, "templating": {**templating, "list": variables}}


def _addressed(variable: Mapping[str, Any], address: str) -> Mapping[str, Any]:
    if (variable.get("name"), variable.get("type")) != (CONSOLE, "constant"):
        return variable
    chosen = {"text": address, "value": address, "selected": True}
    changed = {"query": address, "current": chosen}
    return {**variable, **changed, **({"options": [chosen]} if variable.get("options") else {})}


def text_of(board: Board) -> str:
    """The board as a file holds it."""
    return json.dumps(board, ensure_ascii=False, indent=2, sort_keys=True) + "\n"

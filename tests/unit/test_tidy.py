"""Does the code keep the habits that no linter checks?"""

import ast
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = sorted(path for folder in ("src", "tests") for path in (ROOT / folder).rglob("*.py"))
FUNCTION_LINES_MAX = 60
FILE_LINES_MAX = 400
CORE = (
    "ingest/facts.py",
    "ingest/capture.py",
    "ingest/frame_text.py",
    "ingest/wire",
    "ingest/mqtt_session.py",
    "ingest/batch.py",
    "ingest/ledger.py",
    "ingest/clock.py",
    "ingest/flood.py",
    "ingest/halving.py",
    "ingest/intake.py",
    "ingest/rows.py",
    "ingest/watermark.py",
    "ingest/sorting.py",
    "ingest/hearing.py",
    "ingest/values.py",
    "ingest/trace_id.py",
    "desk/incidents.py",
    "desk/episodes.py",
    "desk/liveness.py",
    "figures/series.py",
    "figures/spans.py",
    "figures/verdict.py",
    "figures/lag.py",
    "dashboards/grafana/kit",
    "dashboards/grafana/boards",
    "dashboards/grafana/check/board.py",
    "dashboards/grafana/check/bounds.py",
    "dashboards/grafana/check/columns.py",
    "dashboards/grafana/check/expand.py",
    "dashboards/grafana/check/finding.py",
    "dashboards/grafana/check/intervals.py",
    "dashboards/grafana/check/links.py",
    "dashboards/grafana/check/rules.py",
    "dashboards/grafana/check/selections.py",
    "dashboards/grafana/check/static.py",
    "dashboards/grafana/check/texts.py",
)


def name(path: Path) -> str:
    """A readable test id."""
    return str(path.relative_to(ROOT))


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


@pytest.mark.parametrize("path", SOURCES, ids=name)
def test_files_and_functions_stay_small(path: Path) -> None:
    """A file has at most 400 lines, a function at most 60."""
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= FILE_LINES_MAX
    long = [f"{f.name}:{f.lineno}" for f in functions(ast.parse(text)) if _lines(f) > FUNCTION_LINES_MAX]
    assert long == []


@pytest.mark.parametrize(
    "path", [p for p in SOURCES if p.parts[-1] != "__init__.py" or p.read_text().strip()], ids=name
)
def test_modules_say_what_question_they_answer(path: Path) -> None:
    """Every module has a docstring, and every test a sentence that says what must hold."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert ast.get_docstring(tree)
    if path.name.startswith("test_"):
        silent = [f.name for f in functions(tree) if f.name.startswith("test_") and not ast.get_docstring(f)]
        assert silent == []


def core_files() -> list[Path]:
    """The modules that decide and do nothing else."""
    found: list[Path] = []
    for entry in CORE:
        path = ROOT / "src/firewarden" / entry
        found += sorted(path.rglob("*.py")) if path.is_dir() else [path]
    return found


@pytest.mark.parametrize("path", core_files(), ids=name)
def test_core_modules_do_not_read_the_clock(path: Path) -> None:
    """Time is an argument in every core module."""
    calls = [
        node.attr
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"now", "utcnow", "today", "monotonic", "perf_counter"}
    ]
    assert calls == []


def _lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    return (function.end_lineno or function.lineno) - function.lineno + 1


def test_the_simulator_is_forbidden_every_module_of_ingest_but_the_words() -> None:
    """Its import contract names each module of the room except the nouns and the MQTT contract's format."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"][
        "contracts"
    ]
    [ours] = [one for one in contracts if one.get("source_modules") == ["firewarden.gateway_sim"]]
    room = {path.stem for path in (ROOT / "src/firewarden/ingest").glob("*.py")} - {"__init__", "facts", "trace_id"}
    assert {f"firewarden.ingest.{name}" for name in room} <= set(ours["forbidden_modules"])

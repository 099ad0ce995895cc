"""Can every bench be called by name?"""

import pytest
import typer
from typer.testing import CliRunner

from firewarden.bench.commands import register


@pytest.mark.parametrize("name", ["copy", "frames", "ingest", "alarm", "backlog", "memory", "query"])
def test_every_bench_has_a_quick_form_and_a_report(name: str) -> None:
    """The tests need the one, people the other."""
    app = typer.Typer()
    register(app)
    command = typer.main.get_command(app)
    answer = CliRunner().invoke(app, ["bench", name, "--help"] if hasattr(command, "commands") else [name, "--help"])
    assert answer.exit_code == 0, answer.output

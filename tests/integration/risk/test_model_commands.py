"""The commands of models, draws and guards: what they print, and the status that they end with."""

import json

import pytest
from typer.testing import CliRunner, Result

from firewarden.cli.app import build
from tests.integration.risk.test_models import city

pytestmark = pytest.mark.services


def run(url: str, *words: str) -> Result:
    """One command of risk."""
    return CliRunner().invoke(build("risk"), ["risk", *words], env={"FIREWARDEN_DATABASE_URL": url})


def test_a_draw_is_made_and_repeated_on_the_command_line(database: str) -> None:
    """`choose` says whom, `drawn` that it comes out equal, `helped` that it is too early to say."""
    city(database, 50)
    made = run(database, "choose", "--size", "5", "--nonce", "n")
    assert (made.exit_code, made.stdout.splitlines()[0]) == (0, "draw 1: 5 venues")
    drawn = run(database, "drawn", "1")
    told = json.loads(drawn.stdout)
    assert (drawn.exit_code, told["repeated"], len(told["frame"])) == (0, "equal", 50)
    assert run(database, "choose", "--size", "51").exit_code == 1
    assert run(database, "choose", "--size", "5", "--exploration", "0.05").exit_code == 1
    assert run(database, "drawn", "7").exit_code == 1
    helped = json.loads(run(database, "helped", "--json").stdout)
    assert (helped["rounds"], helped["groups"][0]["fire"]["verdict"]) == (1, "too_little_data")


def test_models_are_told_and_refusals_have_a_status(database: str) -> None:
    """Without facts nothing is learnt, the prior scores, nothing can be undone, and guards say what they can."""
    assert "nothing was made" in run(database, "train").stdout
    assert run(database, "models").stdout.startswith("prior-")
    assert json.loads(run(database, "models", "--json").stdout)["acts"] == []
    for words in (("rollback", "--reason", "r"), ("release", "--reason", "r"), ("promote", "x", "--reason", "r")):
        refused = run(database, *words)
        assert (refused.exit_code, refused.stderr.startswith("refused:")) == (1, True)
    guards = run(database, "guards", "--run", "--json")
    assert guards.exit_code == 0
    assert {one["name"] for one in json.loads(guards.stdout)} >= {"coverage", "calibration", "fallback", "lift.fire"}

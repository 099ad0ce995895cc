"""Three rounds of chaos in a small mixed city: real processes, real faults, and a clean scorecard after each."""

import io
from pathlib import Path

import msgspec
import pytest
from rich.console import Console

from firewarden.proof.chaos import ChaosOptions, run_chaos
from firewarden.proof.chaos_commands import ODDS, PACE, RESEND_AFTER_S, SPEED
from firewarden.proof.chaos_plan import plan
from firewarden.proof.chaos_report import Round, show_report, show_round, write_report
from firewarden.proof.chaos_stage import CityOptions

pytestmark = pytest.mark.services

SEED = 8
ROUNDS = (1, 2, 3)
CITY = CityOptions(
    venues=30,
    seed=SEED,
    speed=SPEED,
    pace=PACE,
    seconds=6,
    resend_after_s=RESEND_AFTER_S,
    odds=ODDS,
    protocol="mixed",
)


class Said:
    """Writes down what a person would see."""

    def __init__(self) -> None:
        self.text = io.StringIO()
        self.console = Console(file=self.text, width=150)

    def begins(self) -> None:
        """Nothing to show."""

    def ends(self, one: Round) -> None:
        """A round as the command shows it."""
        show_round(one, SEED, self.console)


@pytest.mark.timeout(300)
async def test_nothing_is_lost_while_everything_breaks(packages_cache: Path, tmp_path: Path) -> None:
    """After each of three rounds every count that must be zero is zero, and the report tells what struck."""
    said = Said()
    report = await run_chaos(ChaosOptions(rounds=ROUNDS, city=CITY, packages=packages_cache), said.console, said)
    show_report(report, said.console)
    assert report.passed, said.text.getvalue()
    for one in report.rounds:
        assert one.scorecard.messages.sent > 100
        assert one.scorecard.incidents.opened > 0
        assert one.scorecard.frames.confirmed > 0
        assert tuple(struck.fault for struck in one.struck) == plan(
            SEED, one.number, seconds=CITY.seconds, lines=CITY.lines
        )
    write_report(report, tmp_path / "report.json")
    written = msgspec.json.decode((tmp_path / "report.json").read_bytes())
    assert written["passed"] is True
    assert [one["number"] for one in written["rounds"]] == list(ROUNDS)

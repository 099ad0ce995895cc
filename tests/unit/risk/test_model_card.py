"""The model card says what the code does."""

from pathlib import Path

from tests.unit.risk.strategies import NOW
from typer import Typer
from typer.testing import CliRunner

from firewarden.risk import scorecard as card
from firewarden.risk.catalogue import FactorCode, Grade
from firewarden.risk.commands import explanation, register
from firewarden.risk.facts import Static, Use, VenueFacts
from firewarden.risk.model_card import BEGIN, END, weights
from firewarden.risk.score import score

CARD = Path(__file__).parents[3] / "docs" / "risk.md"


def test_the_card_shows_the_weights_of_the_code() -> None:
    """The tables of docs/risk.md are those of this version; `firewarden risk weights` prints the new ones."""
    text = CARD.read_text(encoding="utf-8")
    assert text[text.index(BEGIN) : text.index(END) + len(END)] == weights()


def test_the_weights_name_everything() -> None:
    """Every factor, every use and every grade stands in the tables."""
    text = weights()
    assert all(f"`{name}`" in text for name in (*FactorCode, *Use))
    assert all(f"| {grade} |" in text for grade in Grade)


def test_the_command_prints_the_tables() -> None:
    """`risk weights` prints exactly what belongs into the card, and needs no database."""
    app = Typer()
    register(app)
    assert CliRunner().invoke(app, ["risk", "weights"]).output == weights() + "\n"


def test_an_explanation_names_the_heaviest_first() -> None:
    """What the command line prints starts with the score and lists all factors, the heaviest first."""
    result = score(VenueFacts(static=Static()), NOW)
    lines = explanation(result)
    assert lines[0].startswith(f"score {result.points}  grade {result.grade}")
    heaviest = max(result.factors, key=lambda factor: factor.tenths)
    assert heaviest.code.value in lines[1]
    assert len(lines) == 1 + len(FactorCode) + len(result.triggers) + len(result.doubts)
    assert card.VERSION in lines[0]

"""The published weights are those of the code."""

from pathlib import Path

import pytest

from firewarden.risk.facts import Use
from firewarden.risk.scoring import weights as w
from firewarden.risk.scoring.card import BEGIN, END, weights
from firewarden.risk.scoring.features import FEATURES

PAGE = Path(__file__).parents[3] / "docs" / "risk" / "scoring.md"


def test_the_page_has_the_tables_of_the_code() -> None:
    """Whoever changes a weight runs `firewarden risk weights` and puts its output into the page."""
    text = PAGE.read_text(encoding="utf-8")
    assert text[text.index(BEGIN) : text.index(END) + len(END)] == weights()


def test_every_use_has_weights() -> None:
    """No use of the register is without its row, and what is assumed is more than what is typical."""
    assert set(w.USES) == set(Use)
    assert all(row.assumed_m2 > row.typical_m2 for row in w.USES.values())


def test_every_prior_weight_has_a_source() -> None:
    """Names are unique, and no weight stands there without where it comes from."""
    assert len({feature.name for feature in FEATURES}) == len(FEATURES)
    assert all(feature.source[:2] in {"T:", "L:", "E:"} for feature in FEATURES)


def test_confidence_never_falls_below_nothing() -> None:
    """All gaps together take at most all of it."""
    gateways = max(w.LOST_NO_GATEWAY, w.LOST_GATEWAYS_SILENT)
    sensors = max(w.LOST_NO_SENSORS, w.LOST_SENSORS_SILENT)
    assert 5 * w.LOST_STATIC_EACH + gateways + w.LOST_NO_POINTS + sensors <= 100


def test_suppression_off_is_the_worst_of_the_facilities() -> None:
    """No protection at all is what a pump that is out amounts to: 8.3 times a healthy venue."""
    assert w.PUMP == w.VALVE_SHUT == w.UNCONTROLLED_LOG_MAX == pytest.approx(2.12, abs=0.001)

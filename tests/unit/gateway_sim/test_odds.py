"""Odds are changed by name, and never to what is no rate."""

from dataclasses import replace

import pytest

from firewarden.gateway_sim.odds import Odds, odds_with


def test_only_what_is_named_changes() -> None:
    """Everything else stays as it is in a real city."""
    assert odds_with([]) == Odds()
    assert odds_with(["lost_while_silent=0", "sent_twice=0.5"]) == replace(
        Odds(), lost_while_silent=0.0, sent_twice=0.5
    )


@pytest.mark.parametrize(
    "assignment", ["", "sent_twice", "nothing=1", "sent_twice=", "sent_twice=-1", "sent_twice=nan", "sent_twice=inf"]
)
def test_what_is_no_rate_is_refused(assignment: str) -> None:
    """An unknown name, no number, or one that cannot be a rate."""
    with pytest.raises(ValueError, match=r"NAME=VALUE|could not convert|must be 0 or more"):
        odds_with([assignment])

"""Does work that is shared, or left out, give what doing all of it would give, to the last bit?"""

import pytest
from hypothesis import given
from tests.unit.risk.venue_facts import NOW
from tests.unit.risk.venue_situations import PRIOR, hotel, situations

from firewarden.risk.rules.conditions import present
from firewarden.risk.rules.shipped import shipped_rules
from firewarden.risk.scoring.picture import picture
from firewarden.risk.scoring.protection import parts, parts_again
from firewarden.risk.scoring.repairs import repairs
from firewarden.risk.scoring.score import log_risk
from firewarden.risk.scoring.total import repaired_log_r, total
from firewarden.risk.state.decay import DAY
from firewarden.risk.state.facts import Group, Raised, Trouble
from firewarden.risk.state.situation import Situation


@given(situations)
def test_what_a_repair_changes_is_what_scoring_anew_gives(situation: Situation) -> None:
    """The sum after each repair has the bits of the sum of a situation that was always so."""
    now = total(situation, picture(situation), PRIOR)
    for repaired in repairs(situation, picture(situation)):
        assert repaired_log_r(now, repaired, PRIOR).hex() == log_risk(repaired.after, PRIOR).hex()
        assert repaired.seen == picture(repaired.after)


@given(situations)
def test_a_repair_names_every_part_that_it_changes(situation: Situation) -> None:
    """Parts of the facilities that a repair does not name are as they were."""
    before = parts(situation, picture(situation))
    for repaired in repairs(situation, picture(situation)):
        after = parts(repaired.after, repaired.seen)
        assert parts_again(before, repaired.parts, repaired.after, repaired.seen) == after


@pytest.mark.parametrize("group", Group)
@pytest.mark.parametrize("trouble", Trouble)
def test_every_kind_of_trouble_is_repaired_alike(group: Group, trouble: Trouble) -> None:
    """Of every group and trouble: the sum after its repair is that of a venue without it."""
    situation = hotel(
        Raised(number=1, at=NOW - DAY, episode=1, trouble=trouble, group=group, gateway="g1", point=1),
        Raised(number=1, at=NOW - DAY, episode=2, trouble=Trouble.FAULT, group=Group.DETECTOR, gateway="g1", point=2),
    )
    now = total(situation, picture(situation), PRIOR)
    for repaired in repairs(situation, picture(situation)):
        assert repaired_log_r(now, repaired, PRIOR).hex() == log_risk(repaired.after, PRIOR).hex()


@given(situations)
def test_a_rule_that_is_not_asked_does_not_hold(situation: Situation) -> None:
    """Whatever test holds had something to ask about: rules are passed over by that alone."""
    there = present(situation)
    for rule in shipped_rules().rules:
        for test in rule.tests:
            assert test.find(situation) is None or not there.isdisjoint(test.asks()), (rule.code, test)

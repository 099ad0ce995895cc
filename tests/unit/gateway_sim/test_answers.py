"""Does a simulated gateway do what it is asked, as far as there is something behind it?"""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from random import Random

import pytest

from firewarden.gateway_sim.answers import UNSUPPORTED, Answer, answer
from firewarden.gateway_sim.behaviour import ActiveState
from firewarden.gateway_sim.odds import Odds
from firewarden.ingest.command_words import CommandName
from firewarden.ingest.facts import Act, Lane, OperatorAction, State, StateChange
from firewarden.ingest.wire.json_v1 import Command

NOW = datetime(2026, 11, 24, 3, tzinfo=UTC)
ACTIVE = (
    ActiveState(point="1.1/40.0a000200", state=State.FIRE),
    ActiveState(point="1.1/40.0a000200", state=State.FAULT),
    ActiveState(point="1.1/40.0a000300", state=State.SHIELDED),
    ActiveState(point="11.1/91.01000000", state=State.MANUAL),
)


def asked(command: str, args: Mapping[str, str | int] | None = None, *, odds: Odds | None = None) -> Answer:
    """What a gateway with these states does."""
    told = Command(id="7", command=command, deadline=NOW, args=dict(args or {}))
    return answer(told, NOW, ACTIVE, odds or Odds(), Random(1))


def changes(given: Answer) -> dict[str, tuple[State, ...]]:
    """The states that it reports, by point."""
    facts = [fact for report in given.reports for fact in report.facts]
    return {fact.point: fact.set for fact in facts if isinstance(fact, StateChange)}


def test_a_duty_check_is_answered_or_missed() -> None:
    """By the odds: where somebody is there, by an act; it rings in either case."""
    [report] = asked("duty_check", odds=Odds(duty_check_missed=0)).reports
    [act] = report.facts
    assert isinstance(act, OperatorAction)
    assert (report.lane, act.action) == (Lane.ALARM, Act.DUTY_ANSWER)
    missed = asked("duty_check", odds=Odds(duty_check_missed=1))
    assert (missed.result, missed.reports) == ("done", ())


def test_states_are_said_again() -> None:
    """Those of a system or of one component, fires on the alarm lane."""
    of_system = asked("read_system_state", {"system_type": 1, "system_address": 1})
    assert changes(of_system) == {
        "1.1/40.0a000200": (State.FAULT, State.FIRE),
        "1.1/40.0a000300": (State.SHIELDED,),
    }
    assert [report.lane for report in of_system.reports] == [Lane.ALARM, Lane.STATE]
    component = {"system_type": 1, "system_address": 1, "component_address": "0a000300"}
    assert changes(asked("read_component_state", component)) == {"1.1/40.0a000300": (State.SHIELDED,)}
    assert changes(asked("read_device_state")) == {}
    assert json.loads(asked("read_device_state").detail) == {"objects": [{"points": 0}]}


@pytest.mark.parametrize("command", [*CommandName, "resend", "dance"])
def test_every_command_gets_a_result(command: str) -> None:
    """What it does not know is unsupported; the others are done, in words that fit into a reply."""
    given = asked(command, {"system_type": 1, "system_address": 1})
    assert given.result in {"done", "unsupported"}
    assert len(given.detail) <= 1024
    assert (given == UNSUPPORTED) == (given.result == "unsupported")
    assert asked("resend").sends_again
    assert asked("clock_sync").sets_clock
    assert asked("dance") == UNSUPPORTED

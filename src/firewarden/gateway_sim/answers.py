"""What does a simulated gateway do when it is asked for something? As far as what it is asked for exists behind it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

import msgspec

from firewarden.gateway_sim.behaviour import ActiveState, Report
from firewarden.gateway_sim.odds import Odds
from firewarden.ingest.facts import Act, Lane, OperatorAction, State, StateChange
from firewarden.ingest.wire.json_v1 import Command

VERSION = "2.11"
DEVICE = "device"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What it replies, what it reports besides, and what it does to itself."""

    result: str = "done"
    detail: str = ""
    reports: tuple[Report, ...] = ()
    sends_again: bool = False
    sets_clock: bool = False


UNSUPPORTED = Answer(result="unsupported")


def answer(command: Command, now: datetime, active: Iterable[ActiveState], odds: Odds, rng: Random) -> Answer:
    """What a gateway does about a command. `active`: the states that its points are in."""
    match command.command:
        case "resend":
            return Answer(sends_again=True)
        case "clock_sync":
            return Answer(sets_clock=True)
        case "duty_check":
            return Answer(reports=tuple(_duty(now, odds, rng)))
        case "read_system_state" | "read_component_state" | "read_device_state":
            return _states(command, now, active)
        case _:
            return _said(command, now)


def _duty(now: datetime, odds: Odds, rng: Random) -> Iterator[Report]:
    """It rings; whether somebody is there to answer is another matter."""
    if rng.random() >= odds.duty_check_missed:
        act = OperatorAction(at=now, action=Act.DUTY_ANSWER, operator=str(rng.randint(1, 9)))
        yield Report(lane=Lane.ALARM, facts=(act,))


def _states(command: Command, now: datetime, active: Iterable[ActiveState]) -> Answer:
    """The states that hold, once more, of the points that were asked about."""
    found: dict[str, set[State]] = {}
    for one in active:
        if _is_asked(command, one.point):
            found.setdefault(one.point, set()).add(one.state)
    changes = [StateChange(point=point, at=now, set=tuple(sorted(states))) for point, states in sorted(found.items())]
    reports = tuple(
        Report(lane=Lane.ALARM if State.FIRE in change.set else Lane.STATE, facts=(change,)) for change in changes
    )
    return Answer(reports=reports, detail=_json(points=len(changes)))


def _is_asked(command: Command, point: str) -> bool:
    if command.command == "read_device_state":
        return point == DEVICE
    system = f"{command.args.get('system_type')}.{command.args.get('system_address')}"
    address = command.args.get("component_address")
    of_system = point == system or point.startswith(f"{system}/")
    return of_system and (address is None or point.endswith(f".{address}"))


def _said(command: Command, now: datetime) -> Answer:
    match command.command:
        case "read_device_version" | "read_system_version":
            return Answer(detail=_json(version=VERSION))
        case "read_device_time" | "read_system_time":
            return Answer(detail=_json(time=now.isoformat()))
        case "read_device_config" | "read_system_config":
            return Answer(detail=_json(text="simulated"))
        case _:
            return UNSUPPORTED


def _json(**members: str | int) -> str:
    """A detail as the platform reads it: objects with names and values."""
    return msgspec.json.encode({"objects": [members]}).decode()

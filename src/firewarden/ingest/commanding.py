"""How does a command to a gateway live: when is it sent, how often, what ends it? (docs/adr/0124)

The table of steps below is all that can happen to one. A pair that is not in it has no effect: who has the right to
cause a step is asked elsewhere, and an answer to a command that is over is noted and changes nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from firewarden.ingest.command_words import DUTY_MINUTES, CommandName

ATTEMPTS_MAX = 3
RESEND_AFTER = timedelta(seconds=10)
"""GB/T 26875.3 6.5: an exchange that is not answered within 10 s is repeated, three times in all."""
SEND_WITHIN = timedelta(minutes=2)
"""So long may a gateway be away before it is said that the command could not be sent."""
ANSWER_WITHIN = timedelta(minutes=2)
"""From the first sending; later than the last of the three, for a process that was away between them."""
CONFIRM_WITHIN = timedelta(minutes=10)
DUTY_MARGIN = timedelta(minutes=2)
"""The device gives up after its minutes; what it sent in the last second still has to come."""
_WAITED_FOR = frozenset({CommandName.DUTY_CHECK, CommandName.INITIALISE})
"""Nobody answered the last sending, but it may have come all the same: a person, or a device that starts anew, has
until the deadline."""
DONE = "done"
"""The result of a reply that says so; any other one says that it was not."""

assert RESEND_AFTER * ATTEMPTS_MAX < ANSWER_WITHIN


class CommandState(StrEnum):
    """Where a command stands; those not in OPEN are its end."""

    UNCONFIRMED = "unconfirmed"
    WAITING = "waiting"
    SENT = "sent"
    ACCEPTED = "accepted"
    ANSWERED = "answered"
    REFUSED = "refused"
    TIMED_OUT = "timed_out"
    MISSED = "missed"
    NOT_SENT = "not_sent"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({CommandState.UNCONFIRMED, CommandState.WAITING, CommandState.SENT, CommandState.ACCEPTED})


class Happening(StrEnum):
    """What can happen to a command."""

    CONFIRMED = "confirmed"  # by an administrator, for the second time
    WITHDRAWN = "withdrawn"
    SENT = "sent"
    ACCEPTED = "accepted"  # the device has it, and a person must answer
    ANSWERED = "answered"
    REFUSED = "refused"
    EXPIRED = "expired"  # its deadline passed, or it was sent as often as allowed


_S, _H = CommandState, Happening
LIFE: Mapping[tuple[CommandState, Happening], CommandState] = {
    (_S.UNCONFIRMED, _H.CONFIRMED): _S.WAITING,
    (_S.UNCONFIRMED, _H.WITHDRAWN): _S.WITHDRAWN,
    (_S.UNCONFIRMED, _H.EXPIRED): _S.WITHDRAWN,
    (_S.WAITING, _H.SENT): _S.SENT,
    (_S.WAITING, _H.WITHDRAWN): _S.WITHDRAWN,
    (_S.WAITING, _H.EXPIRED): _S.NOT_SENT,
    # Whoever sent it was killed before it could write so down: the answer says that it was.
    (_S.WAITING, _H.ACCEPTED): _S.ACCEPTED,
    (_S.WAITING, _H.ANSWERED): _S.ANSWERED,
    (_S.WAITING, _H.REFUSED): _S.REFUSED,
    (_S.SENT, _H.SENT): _S.SENT,
    (_S.SENT, _H.ACCEPTED): _S.ACCEPTED,
    (_S.SENT, _H.ANSWERED): _S.ANSWERED,
    (_S.SENT, _H.REFUSED): _S.REFUSED,
    (_S.SENT, _H.EXPIRED): _S.TIMED_OUT,
    (_S.ACCEPTED, _H.ANSWERED): _S.ANSWERED,
    (_S.ACCEPTED, _H.REFUSED): _S.REFUSED,
    (_S.ACCEPTED, _H.EXPIRED): _S.MISSED,
}


def after(state: CommandState, happening: Happening) -> CommandState | None:
    """The state after a happening; None where it has no effect."""
    return LIFE.get((state, happening))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """What a transport has to carry to a gateway. The same `id` may be given to it again: see ATTEMPTS_MAX."""

    id: int
    command: str
    args: Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pending:
    """A command that is not over, and about which something is due."""

    id: int
    gateway_id: str
    command: CommandName
    args: Mapping[str, object]
    state: CommandState
    attempts: int
    first_sent_at: datetime | None
    deadline_at: datetime

    @property
    def outgoing(self) -> Outgoing:
        """What the transport gets of it."""
        return Outgoing(id=self.id, command=self.command.value, args=self.args)


class Step(StrEnum):
    """What is to be done about a command now."""

    SEND = "send"
    END = "end"
    WAIT = "wait"


def next_step(pending: Pending, now: datetime) -> Step:
    """What is to be done about a command that is due."""
    if now >= pending.deadline_at:
        return Step.END
    if pending.state not in {CommandState.WAITING, CommandState.SENT}:
        return Step.WAIT
    if pending.attempts < attempts_max(pending.command):
        return Step.SEND
    return Step.WAIT if pending.command in _WAITED_FOR else Step.END


def attempts_max(command: CommandName) -> int:
    """How often a command is sent at most.

    A device that is initialised may start anew before it answers, and again each time that it is told so: then what it
    had kept meanwhile is lost, too. Whoever wants it a second time has to say so.
    """
    return 1 if command is CommandName.INITIALISE else ATTEMPTS_MAX


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """How a command stands after it was given to a transport."""

    id: int
    state: CommandState
    attempts: int
    first_sent_at: datetime
    due_at: datetime
    deadline_at: datetime


def after_sending(pending: Pending, now: datetime) -> Sent:
    """How a command stands that was given to a transport at `now`."""
    state = after(pending.state, Happening.SENT)
    assert state is not None, "only what may be sent is sent"
    attempts = pending.attempts + 1
    first_at = pending.first_sent_at or now
    deadline_at = first_at + answer_within(pending.command, pending.args)
    for_ever = pending.command in _WAITED_FOR and attempts >= attempts_max(pending.command)
    return Sent(
        id=pending.id,
        state=state,
        attempts=attempts,
        first_sent_at=first_at,
        due_at=deadline_at if for_ever else min(now + RESEND_AFTER, deadline_at),
        deadline_at=deadline_at,
    )


def answer_within(command: CommandName, args: Mapping[str, object]) -> timedelta:
    """From the first sending on, how long the answer is waited for."""
    if command is not CommandName.DUTY_CHECK:
        return ANSWER_WITHIN
    minutes = args.get("minutes", DUTY_MINUTES)
    assert isinstance(minutes, int)
    return timedelta(minutes=minutes) + DUTY_MARGIN


def told_by(command: CommandName, result: str) -> Happening:
    """What a reply says of the command. That a device rings for a duty check is not yet that somebody came."""
    if result != DONE:
        return Happening.REFUSED
    return Happening.ACCEPTED if command is CommandName.DUTY_CHECK else Happening.ANSWERED

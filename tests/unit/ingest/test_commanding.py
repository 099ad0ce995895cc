"""Does a command live as its table says: sent three times at most, ended in time, and ended once?"""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.ingest.command_words import ARGS, ArgsError, CommandName, Duty, arg_names, plain_args, read_args
from firewarden.ingest.commanding import (
    ANSWER_WITHIN,
    ATTEMPTS_MAX,
    DUTY_MARGIN,
    LIFE,
    OPEN,
    RESEND_AFTER,
    SEND_WITHIN,
    CommandState,
    Happening,
    Pending,
    Step,
    after,
    after_sending,
    next_step,
    told_by,
)
from firewarden.ingest.mqtt_command import told

T0 = datetime(2026, 11, 24, 3, 0, tzinfo=UTC)
S, H = CommandState, Happening


def pending(command: CommandName = CommandName.READ_DEVICE_STATE, **changes: object) -> Pending:
    """A command that was just asked for."""
    values: dict[str, object] = {
        "id": 7,
        "gateway_id": "GW-1",
        "command": command,
        "args": {},
        "state": S.WAITING,
        "attempts": 0,
        "first_sent_at": None,
        "deadline_at": T0 + SEND_WITHIN,
        **changes,
    }
    return Pending(**values)  # pyright: ignore[reportArgumentType]


def sent(command: Pending, now: datetime) -> tuple[Pending, datetime]:
    """The command after one more sending, and when it is due again."""
    after_it = after_sending(command, now)
    again = pending(
        command.command,
        args=command.args,
        state=after_it.state,
        attempts=after_it.attempts,
        first_sent_at=after_it.first_sent_at,
        deadline_at=after_it.deadline_at,
    )
    return again, after_it.due_at


def test_nothing_happens_to_what_is_over() -> None:
    """No step leads out of an end, and every end can be reached."""
    assert {state for state, _ in LIFE} == OPEN
    assert set(LIFE.values()) - OPEN == set(S) - OPEN
    for state in set(S) - OPEN:
        assert all(after(state, happening) is None for happening in H)


def test_nothing_is_initialised_without_a_second_word() -> None:
    """Out of `unconfirmed` only a confirmation leads to sending."""
    ways = {happening: state for (before, happening), state in LIFE.items() if before is S.UNCONFIRMED}
    assert ways == {H.CONFIRMED: S.WAITING, H.WITHDRAWN: S.WITHDRAWN, H.EXPIRED: S.WITHDRAWN}


def test_a_command_is_sent_three_times_ten_seconds_apart() -> None:
    """Then, ten seconds after the third, it has timed out."""
    command, now, times = pending(), T0, []
    while next_step(command, now) is Step.SEND:
        times.append(now - T0)
        command, now = sent(command, now)
    assert times == [RESEND_AFTER * n for n in range(ATTEMPTS_MAX)]
    assert now == T0 + RESEND_AFTER * ATTEMPTS_MAX
    assert next_step(command, now) is Step.END
    assert after(command.state, H.EXPIRED) is S.TIMED_OUT


def test_a_gateway_is_initialised_once() -> None:
    """It may start anew without an answer, and lose each time what it kept: it is waited for and not told again."""
    command, now = sent(pending(CommandName.INITIALISE), T0)
    assert now == command.deadline_at == T0 + ANSWER_WITHIN
    assert next_step(command, T0 + RESEND_AFTER) is Step.WAIT
    assert next_step(command, now) is Step.END
    assert after(command.state, H.EXPIRED) is S.TIMED_OUT


def test_a_process_that_was_away_goes_on() -> None:
    """Half a minute without anybody who sends costs no attempt; two minutes end it."""
    command, _ = sent(pending(), T0)
    assert next_step(command, T0 + timedelta(seconds=45)) is Step.SEND
    assert next_step(command, T0 + ANSWER_WITHIN) is Step.END


def test_a_gateway_that_is_away_is_not_sent_to() -> None:
    """At the deadline it is said that nothing was sent."""
    assert next_step(pending(), T0 + SEND_WITHIN) is Step.END
    assert after(S.WAITING, H.EXPIRED) is S.NOT_SENT


@given(st.integers(1, 255))
def test_a_duty_check_is_missed_two_minutes_after_the_device_gave_up(minutes: int) -> None:
    """The person has the minutes that were given; the platform waits two more, from the first sending."""
    command, _ = sent(pending(CommandName.DUTY_CHECK, args={"minutes": minutes}), T0)
    state = after(command.state, told_by(command.command, "done"))
    assert state is S.ACCEPTED
    command = pending(CommandName.DUTY_CHECK, state=state, attempts=1, deadline_at=command.deadline_at)
    end = T0 + timedelta(minutes=minutes) + DUTY_MARGIN
    assert next_step(command, end - timedelta(microseconds=1)) is Step.WAIT
    assert next_step(command, end) is Step.END
    assert after(S.ACCEPTED, H.EXPIRED) is S.MISSED


def test_a_duty_check_that_no_device_confirms_can_still_be_answered() -> None:
    """It is sent three times, waits for the person until the deadline, and then nobody can say that they missed it."""
    command, now = pending(CommandName.DUTY_CHECK, args={"minutes": 10}), T0
    for _ in range(ATTEMPTS_MAX):
        assert next_step(command, now) is Step.SEND
        command, now = sent(command, now)
    assert now == command.deadline_at == T0 + timedelta(minutes=12)
    assert next_step(command, now - timedelta(seconds=1)) is Step.WAIT
    assert after(command.state, H.ANSWERED) is S.ANSWERED
    assert after(command.state, H.EXPIRED) is S.TIMED_OUT


@given(st.text())
def test_only_done_is_done(result: str) -> None:
    """Whatever else a gateway replies is a refusal; that a device rings is not yet an answer."""
    assert told_by(CommandName.CLOCK_SYNC, "done") is H.ANSWERED
    assert (told_by(CommandName.CLOCK_SYNC, result) is H.REFUSED) == (result != "done")
    assert (told_by(CommandName.DUTY_CHECK, result) is H.ACCEPTED) == (result == "done")


@given(st.lists(st.sampled_from(H), max_size=12))
def test_whatever_happens_it_ends_once(happenings: list[Happening]) -> None:
    """In any order of happenings a command that has ended stays as it ended."""
    state, end = S.UNCONFIRMED, None
    for happening in happenings:
        state = after(state, happening) or state
        if state not in OPEN:
            end = end or state
            assert state is end


plain = (
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12) | st.lists(st.integers(), max_size=2)
)
known = st.sampled_from(["system_type", "system_address", "component_address", "since", "count", "minutes"])


@given(st.sampled_from(CommandName), st.dictionaries(known | st.text(max_size=5), plain, max_size=4), st.booleans())
def test_hostile_args_are_refused_in_words(
    command: CommandName,
    args: dict[str, object],
    strict: bool,  # noqa: FBT001 - drawn
) -> None:
    """Whatever is said with a command is either what it needs or an ArgsError; what is taken is taken again."""
    try:
        taken = read_args(command, args, strict=strict)
    except ArgsError as error:
        said = str(error)
    else:
        said = command.value
        assert read_args(command, plain_args(taken)) == taken
    assert command.value in said


def test_every_command_has_its_args() -> None:
    """And what is left out is filled in."""
    assert set(ARGS) == set(CommandName)
    assert plain_args(read_args(CommandName.DUTY_CHECK, {})) == {"minutes": 10}
    assert read_args(CommandName.DUTY_CHECK, {"minutes": "3"}, strict=False) == Duty(minutes=3)
    assert arg_names(CommandName.READ_OPERATIONS) == ("system_type", "system_address", "since", "count")


@pytest.mark.parametrize("minutes", [0, 256, -1, 1.5, "3", True, None])
def test_a_device_can_count_to_255_minutes(minutes: object) -> None:
    """What does not fit the one byte is refused."""
    with pytest.raises(ArgsError, match="minutes"):
        read_args(CommandName.DUTY_CHECK, {"minutes": minutes})


def test_over_mqtt_a_repeat_has_the_same_id_and_a_new_time() -> None:
    """The id is the command's number; the time of a clock sync is that of the sending."""
    outgoing = pending(CommandName.CLOCK_SYNC).outgoing
    first, second = told(outgoing, T0), told(outgoing, T0 + RESEND_AFTER)
    assert first.id == second.id == "7"
    assert (first.args["time"], second.args["time"]) == ("2026-11-24T03:00:00+00:00", "2026-11-24T03:00:10+00:00")
    assert outgoing.args == {}
    assert first.deadline > T0

"""Does the table say all that may happen to an incident, and the episodes all that facts mean?"""

from datetime import UTC, datetime, timedelta
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.desk.episodes import Change, Key, Open, Step, condition_of, end_of, is_late, manual_alarm_change, step
from firewarden.desk.incidents import (
    PRIORITY,
    STAYS_OPEN,
    TRANSITIONS,
    Condition,
    Holding,
    IncidentAct,
    IncidentConflictError,
    IncidentState,
    after,
    on_recovery,
)
from firewarden.desk.liveness import Listening, Verdict, judge
from firewarden.ingest.facts import Act, State

NOW = datetime(2026, 11, 23, 3, 0, tzinfo=UTC)
KEY = Key(venue_id=1, gateway_id="g", point_id=1, kind=Condition.FIRE)


@pytest.mark.parametrize(("state", "act"), list(product(IncidentState, IncidentAct)))
def test_what_is_not_in_the_table_is_refused(state: IncidentState, act: IncidentAct) -> None:
    """Every pair of state and act either is in the table or names who holds the incident."""
    holding = Holding(incident_id=7, state=state, holder="officer1")
    if (state, act) in TRANSITIONS:
        assert after(holding, act) is TRANSITIONS[state, act]
    else:
        with pytest.raises(IncidentConflictError) as refused:
            after(holding, act)
        assert (refused.value.state, refused.value.holder) == (state, "officer1")


def test_nothing_happens_to_a_closed_incident() -> None:
    """Closed is the end."""
    assert not [pair for pair in TRANSITIONS if pair[0] is IncidentState.CLOSED]


@pytest.mark.parametrize("kind", sorted(STAYS_OPEN))
def test_the_system_never_closes_what_needs_a_judgement(kind: Condition) -> None:
    """A fire that recovered stays open in every state."""
    for state in (IncidentState.NEW, IncidentState.TAKEN):
        assert on_recovery(kind, state) is IncidentAct.RECOVER


def test_a_taken_fault_is_the_officer_s() -> None:
    """What somebody has taken is not closed under his hands."""
    assert on_recovery(Condition.FAULT, IncidentState.TAKEN) is IncidentAct.RECOVER
    assert on_recovery(Condition.FAULT, IncidentState.NEW) is IncidentAct.CLOSE_RECOVERED


def test_fire_comes_first() -> None:
    """Nothing has a higher priority than fire and the manual alarm."""
    first = {kind for kind, priority in PRIORITY.items() if priority == min(PRIORITY.values())}
    assert first == {Condition.FIRE, Condition.MANUAL_ALARM}


def test_every_lasting_state_has_a_condition() -> None:
    """Only what is a moment opens no episode."""
    assert {state for state in State if condition_of(state) is None} == {State.RESET, State.CONFIG_CHANGED}


def test_acts_that_concern_the_manual_alarm() -> None:
    """Pressing it raises, clearing or resetting ends it, and nothing else touches it."""
    meanings = {act: manual_alarm_change(act) for act in Act}
    assert {act for act, raised in meanings.items() if raised is True} == {Act.MANUAL_ALARM}
    assert {act for act, raised in meanings.items() if raised is False} == {Act.ALARM_CLEARED, Act.RESET}


@given(st.lists(st.booleans(), max_size=30))
def test_there_is_never_more_than_one_open_episode(facts: list[bool]) -> None:
    """Whatever comes and goes, episodes open only when none is open and close only when one is."""
    current: Open | None = None
    for number, raised in enumerate(facts):
        at = NOW + timedelta(seconds=number)
        change = Change(key=KEY, raised=raised, at=at, received_at=at, committed_at=at)
        taken = step(change, current)
        assert (taken is Step.OPEN) == (raised and current is None)
        assert (taken is Step.CLOSE) == (not raised and current is not None)
        if taken is Step.OPEN:
            current = Open(episode_id=number, raised_at=at, last_raised_at=at, judged_at=None)
        elif taken is Step.CLOSE:
            current = None


def test_a_report_after_the_judgement_is_news() -> None:
    """An officer judged what was; a later report of the same fire is shown, an older one is not."""
    judged = Open(episode_id=1, raised_at=NOW, last_raised_at=NOW, judged_at=NOW + timedelta(minutes=1))
    for minutes, expected in ((2, Step.SHOW_AGAIN), (1, Step.RAISE_AGAIN), (0, Step.RAISE_AGAIN)):
        at = NOW + timedelta(minutes=minutes)
        assert step(Change(key=KEY, raised=True, at=at, received_at=at, committed_at=at), judged) is expected


def test_the_end_of_an_earlier_fire_does_not_end_this_one() -> None:
    """A clear that is older than the last report is ignored where a person has to close, and ends a fault."""
    current = Open(episode_id=1, raised_at=NOW, last_raised_at=NOW + timedelta(minutes=2), judged_at=None)
    at = NOW + timedelta(minutes=1)
    for kind, expected in ((Condition.FIRE, Step.IGNORE_OLDER_CLEAR), (Condition.FAULT, Step.CLOSE)):
        key = Key(venue_id=1, gateway_id="g", point_id=1, kind=kind)
        assert step(Change(key=key, raised=False, at=at, received_at=at, committed_at=at), current) is expected


def test_lateness_and_ends() -> None:
    """Ten minutes make a fact late; an episode never ends before it began."""
    assert not is_late(NOW - timedelta(minutes=10), NOW)
    assert is_late(NOW - timedelta(minutes=10, seconds=1), NOW)
    assert end_of(NOW, NOW - timedelta(hours=1)) == NOW


def ago(seconds: float) -> datetime:
    """So many seconds before now."""
    return NOW - timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("heard_s", "since_s", "beat_s", "verdict"),
    [
        (10, 3600, 1, Verdict.HEARD),
        (180, 3600, 1, Verdict.HEARD),
        (181, 3600, 1, Verdict.SILENT),
        (181, 179, 1, Verdict.NOBODY_LISTENS),
        (181, 3600, 6, Verdict.NOBODY_LISTENS),
        (181, None, None, Verdict.NOBODY_LISTENS),
        (None, 3600, 1, Verdict.NEVER_HEARD),
    ],
)
def test_silence_is_the_gateway_s_only_while_we_listen(
    heard_s: float | None, since_s: float | None, beat_s: float | None, verdict: Verdict
) -> None:
    """A gateway is silent when it missed its deadline while ingest listened all the time."""
    heard_at = None if heard_s is None else ago(heard_s)
    listening = Listening(
        since=None if since_s is None else ago(since_s), beat_at=None if beat_s is None else ago(beat_s)
    )
    assert judge(heard_at, 180, listening, NOW) is verdict

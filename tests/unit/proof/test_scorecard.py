"""The scorecard finds every mistake that is planted, exactly, and none where there is none."""

from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.deploy.errors import DeployError
from firewarden.ingest.facts import Act, Fact, Lane, OperatorAction, Quantity, Reading, State, StateChange
from firewarden.proof.demo import parse_kill
from firewarden.proof.demo_report import Kill
from firewarden.proof.due import Deadline, Disturbance, Due, Key, due_by_facts, due_by_silence
from firewarden.proof.latency import percentiles
from firewarden.proof.matching import Incident, match
from firewarden.proof.scorecard import (
    FactKey,
    Held,
    OpenGap,
    ReadingKey,
    StoredSpan,
    score,
    stored_value,
)
from firewarden.proof.truth_file import Fate, Number, Quiet, Sent, Truth, parse_truth

T = TypeVar("T")

NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
DEADLINES = {f"G{n}": Deadline(heartbeat_s=3.0, silence_s=9.0) for n in range(3)}
LANES = {State.FIRE: Lane.ALARM}


def at(second: float) -> datetime:
    """A moment of the run."""
    return NOW + timedelta(seconds=second)


@st.composite
def truths(draw: st.DrawFn) -> Truth:
    """Some gateways that raise, clear, measure and act."""
    truth = Truth()
    seqs: dict[tuple[str, Lane], int] = {}
    standing: set[tuple[str, str, State]] = set()
    for second in range(draw(st.integers(5, 40))):
        gateway = draw(st.sampled_from(sorted(DEADLINES)))
        lane, facts = _facts(draw, gateway, standing, second)
        seq = seqs[gateway, lane] = seqs.get((gateway, lane), 0) + 1
        number = Number(gateway, "b", lane, seq)
        truth.messages[number] = Sent(number=number, created_at=at(second), published_at=at(second), facts=facts)
    return truth


def _facts(
    draw: st.DrawFn, gateway: str, standing: set[tuple[str, str, State]], second: int
) -> tuple[Lane, tuple[Fact, ...]]:
    kind = draw(st.sampled_from(["state", "state", "reading", "action"]))
    if kind == "action":
        return Lane.ALARM, (OperatorAction(at=at(second), action=Act.MANUAL_ALARM),)
    if kind == "reading":
        values = [
            Reading(point=f"s{n}", at=at(second), quantity="pressure", value=draw(st.floats(0, 2)), unit="MPa")
            for n in range(draw(st.integers(1, 3)))
        ]
        return Lane.READING, tuple(values)
    point = draw(st.sampled_from(["p", "q"]))
    state = draw(st.sampled_from([State.FIRE, State.FAULT, State.SUPERVISE, State.SHIELDED]))
    lane = LANES.get(state, Lane.STATE)
    key = (gateway, point, state)
    if key in standing:
        standing.discard(key)
        return lane, (StateChange(point=point, at=at(second), clear=(state,)),)
    standing.add(key)
    return lane, (StateChange(point=point, at=at(second), set=(state,)),)


def perfect(truth: Truth) -> Held:
    """What a platform without a fault would hold: worked out here, not by the code under test."""
    facts: Counter[FactKey] = Counter()
    readings: Counter[ReadingKey] = Counter()
    for number, sent in truth.messages.items():
        for fact in sent.facts:
            match fact:
                case Reading():
                    value = stored_value(fact.value)
                    readings[ReadingKey(number.gateway, fact.point, Quantity.PRESSURE, fact.at, value)] += 1
                case StateChange():
                    for state in (*fact.set, *fact.clear):
                        facts[FactKey(number, fact.point, state.value, raised=bool(fact.set))] += 1
                case OperatorAction():
                    facts[FactKey(number, "", fact.action.value, raised=True)] += 1
                case _:
                    raise AssertionError(fact)
    return Held(
        spans=tuple(
            StoredSpan(gateway=n.gateway, boot=n.boot, lane=n.lane, first=n.seq, last=n.seq) for n in truth.messages
        ),
        repeats=0,
        readings=readings,
        facts=facts,
        incidents=incidents_of(truth),
        gaps=(),
        deadlines=DEADLINES,
        venues=3,
        venues_ranked=3,
        quarantined=0,
    )


def incidents_of(truth: Truth) -> tuple[Incident, ...]:
    """One incident for each key that stays open, and for each rise of a fault."""
    found: list[Incident] = []
    seen: set[Key] = set()
    for number, sent in truth.messages.items():
        for fact in sent.facts:
            if isinstance(fact, StateChange) and fact.set and fact.set[0] is not State.SHIELDED:
                key = Key(number.gateway, fact.point, fact.set[0].value)
            elif isinstance(fact, OperatorAction):
                key = Key(number.gateway, None, "manual_alarm")
            else:
                continue
            if key not in seen or key.kind == "fault":
                seen.add(key)
                found.append(incident(len(found) + 1, key, fact.at))
    return tuple(found)


def incident(number: int, key: Key, occurred_at: datetime, ended_at: datetime | None = None) -> Incident:
    """An incident that was committed 50 ms after it occurred."""
    committed_at = occurred_at + timedelta(milliseconds=50)
    return Incident(incident_id=number, key=key, occurred_at=occurred_at, committed_at=committed_at, ended_at=ended_at)


@given(truth=truths())
def test_a_faultless_platform_passes(truth: Truth) -> None:
    """Where the database holds what was said and the desk opened what was due, nothing is found."""
    card = score(truth, perfect(truth))
    assert card.failures == ()
    assert card.messages.sent == card.messages.stored == len(truth.messages)
    assert card.facts.sent == card.facts.stored
    assert card.incidents.due == card.incidents.opened


@given(truth=truths(), data=st.data())
def test_every_lost_message_is_counted(truth: Truth, data: st.DataObject) -> None:
    """Messages missing from the ledger are lost, each counted once, and the run fails."""
    held = perfect(truth)
    gone = data.draw(st.sets(st.sampled_from(range(len(held.spans))), min_size=1))
    spans = tuple(span for index, span in enumerate(held.spans) if index not in gone)
    card = score(truth, replace(held, spans=spans))
    assert card.messages.lost == len(gone)
    assert card.messages.stored == len(held.spans) - len(gone)
    assert card.failures


@given(truth=truths(), data=st.data())
def test_every_lost_and_doubled_fact_is_counted(truth: Truth, data: st.DataObject) -> None:
    """Facts that are missing and facts that stand twice are counted exactly, readings and others alike."""
    held = perfect(truth)
    readings = data.draw(planted(held.readings))
    facts = data.draw(planted(held.facts))
    card = score(truth, replace(held, readings=readings, facts=facts))
    assert card.facts.lost == (held.readings - readings).total() + (held.facts - facts).total()
    assert card.facts.duplicated == (readings - held.readings).total() + (facts - held.facts).total()
    assert card.messages.duplicated == len({key.number for key in facts - held.facts})


def planted(held: Counter[T]) -> st.SearchStrategy[Counter[T]]:
    """The same with some counts changed to 0, 2 or 3."""
    return st.fixed_dictionaries({key: st.sampled_from([0, 1, 1, 1, 2, 3]) for key in held}).map(Counter)


@given(truth=truths(), data=st.data())
def test_every_missed_and_doubled_incident_is_counted(truth: Truth, data: st.DataObject) -> None:
    """Incidents that never opened are missed, those opened twice are doubled; neither hides the other."""
    held = perfect(truth)
    copies = [data.draw(st.sampled_from([0, 1, 1, 2, 3])) for _ in held.incidents]
    incidents = tuple(
        replace(one, incident_id=1_000 * copy + one.incident_id)
        for one, count in zip(held.incidents, copies, strict=True)
        for copy in range(count)
    )
    tally = score(truth, replace(held, incidents=incidents)).incidents
    calls = Counter(one.key for one in held.incidents)
    assert tally.missed == sum(count == 0 for count in copies)
    extra = sum(count - 1 for count in copies if count > 1)
    assert tally.doubled + tally.unfounded == extra
    assert tally.due == calls.total()


@given(truth=truths())
def test_an_incident_that_nothing_called_for_is_unfounded(truth: Truth) -> None:
    """An incident of a point that never spoke fails the run."""
    held = perfect(truth)
    stray = incident(9_999, Key("G0", "nowhere", "fire"), NOW)
    card = score(truth, replace(held, incidents=(*held.incidents, stray)))
    assert card.incidents.unfounded == 1
    assert any("unfounded" in failure for failure in card.failures)


@given(truth=truths(), data=st.data())
def test_a_false_gap_is_found_and_a_real_one_is_not_held_against_us(truth: Truth, data: st.DataObject) -> None:
    """Announced numbers that were sent are false; numbers that a gateway lost are real, and need not be stored."""
    numbers = sorted(truth.messages)
    lost = data.draw(st.sets(st.sampled_from(numbers), max_size=3))
    false = data.draw(st.sets(st.sampled_from(numbers), max_size=3)) - lost
    for number in lost:
        truth.messages[number].fate = Fate.LOST
    kept = Truth(messages={number: sent for number, sent in truth.messages.items() if number not in lost})
    gaps = tuple(OpenGap(gateway=n.gateway, boot=n.boot, lane=n.lane, first=n.seq, last=n.seq) for n in lost | false)
    card = score(truth, replace(perfect(kept), gaps=gaps))
    assert (card.gaps.announced, card.gaps.not_real) == (len(lost), len(false))
    assert card.messages.lost == 0
    assert card.lost_on_purpose == len(lost)
    assert bool(false) == any("gaps" in failure for failure in card.failures)


@given(truth=truths(), stored=st.booleans())
def test_a_forgotten_message_may_be_stored_or_not(truth: Truth, stored: bool) -> None:  # noqa: FBT001
    """What a gateway without flash memory published before it restarted is right either way, but wholly."""
    number = max(truth.messages)
    if stored:
        held = perfect(truth)
    else:
        held = perfect(Truth(messages={n: sent for n, sent in truth.messages.items() if n != number}))
    truth.messages[number].fate = Fate.FORGOTTEN
    if len(truth.messages) > 1:
        assert score(truth, held).failures == ()


def test_an_unranked_venue_fails_the_run() -> None:
    """A venue without a score is a failure, and so is a run in which nothing was sent."""
    number = Number("G0", "b", Lane.STATE, 1)
    truth = Truth(messages={number: Sent(number=number, created_at=NOW, published_at=NOW, facts=())})
    assert score(truth, replace(perfect(truth), venues_ranked=2)).failures == ("venues not ranked: 1",)
    assert score(Truth(), perfect(Truth())).failures == ("nothing was sent",)


def test_latency_is_measured_from_publish_to_the_stream() -> None:
    """Of each incident that a message raised: published, committed, seen; what was never seen is left out."""
    number = Number("G0", "b", Lane.ALARM, 1)
    fire = StateChange(point="p", at=NOW, set=(State.FIRE,))
    truth = Truth(messages={number: Sent(number=number, created_at=NOW, published_at=NOW, facts=(fire,))})
    held = perfect(truth)
    latency = score(truth, held, seen_at={1: at(0.08)}).latency
    assert latency.publish_to_commit.p50_ms == 50.0
    assert (latency.publish_to_visible.count, latency.publish_to_visible.max_ms) == (1, 80.0)
    assert score(truth, held).latency.publish_to_visible.count == 0


def test_percentiles_are_figures_that_occurred() -> None:
    """By nearest rank, of 1 to 100 ms."""
    result = percentiles(float(n) for n in range(1, 101))
    assert (result.count, result.p50_ms, result.p99_ms, result.max_ms) == (100, 50.0, 99.0, 100.0)


def quiet(since: float, until: float | None, *, broken: bool = False) -> Quiet:
    """A silence of G0."""
    return Quiet(gateway="G0", since=at(since), until=None if until is None else at(until), broken=broken)


@pytest.mark.parametrize(
    ("spell", "certain"),
    [
        (quiet(0, 20), True),  # 20 s, where 9 are allowed
        (quiet(0, 1), None),
        (quiet(0, 8), False),  # with the heartbeat before it, silence may have lasted 11 s
        (quiet(0, 12), False),
        (quiet(0, 20, broken=True), False),
        (quiet(0, None), False),
        (quiet(100, 120), False),  # a process was killed meanwhile
    ],
)
def test_silence_is_due_where_it_clearly_outlasts_its_deadline(spell: Quiet, certain: bool | None) -> None:  # noqa: FBT001
    """Clearly longer must open, clearly shorter must not, and between it may."""
    disturbance = Disturbance(at=at(110), until=at(130))
    found = due_by_silence([spell], DEADLINES, [disturbance])
    assert [one.certain for one in found] == ([] if certain is None else [certain])


def test_only_silence_is_excused_and_only_while_nobody_could_be_heard() -> None:
    """While words are held back a gateway may be called silent twice; a fire may never be doubled or unfounded."""
    deaf = Disturbance(at=at(10), until=at(40), deafens=True)
    fire = Incident(incident_id=1, key=Key("G0", "p", "fire"), occurred_at=at(20), committed_at=at(20), ended_at=None)
    silent = Incident(
        incident_id=2, key=Key("G0", None, "offline"), occurred_at=at(15), committed_at=at(20), ended_at=at(25)
    )
    later = replace(silent, incident_id=3, occurred_at=at(45), committed_at=at(50), ended_at=at(55))
    found = match([], [fire, silent, later], DEADLINES)
    found.excuse([deaf])
    assert {one.incident_id for one in found.unfounded} == {1, 3}
    assert (found.tally().opened, found.tally().possible) == (3, 1)
    stubborn = match([], [silent], DEADLINES)
    stubborn.excuse([replace(deaf, deafens=False)])
    assert stubborn.unfounded == [silent]


def test_two_silences_need_two_incidents() -> None:
    """Each spell is answered by the incident that overlaps it; one that overlaps none is doubled."""
    due = due_by_silence([quiet(0, 30), quiet(100, 130)], DEADLINES)
    key = Key("G0", None, "offline")
    first, second = incident(1, key, at(-2), at(30)), incident(2, key, at(98), at(130))
    both = match(due, [first, second], DEADLINES)
    assert (len(both.pairs), both.missed, both.doubled) == (2, [], [])
    perhaps = match(due_by_silence([quiet(0, 10)], DEADLINES), [], DEADLINES).tally()
    assert (perhaps.due, perhaps.possible, perhaps.missed) == (0, 1, 0)
    assert len(match(due, [first], DEADLINES).missed) == 1
    between = incident(3, key, at(55), at(60))
    assert match(due, [first, between, second], DEADLINES).doubled == [between]
    assert match([], [first], DEADLINES).unfounded == [first]


def test_a_fault_that_comes_back_is_due_again_and_a_fire_is_not() -> None:
    """Faults close themselves, so each time counts; a fire stays until a person closes it."""

    def turns(state: State) -> list[Due]:
        changes = [
            StateChange(
                point="p", at=at(second), set=(state,) if second % 2 == 0 else (), clear=(state,) * (second % 2)
            )
            for second in range(6)
        ]
        messages = [
            Sent(number=Number("G0", "b", Lane.STATE, n + 1), created_at=at(n), published_at=at(n), facts=(change,))
            for n, change in enumerate(changes)
        ]
        return due_by_facts(messages)

    assert len(turns(State.FAULT)) == 3
    assert len(turns(State.FIRE)) == 1
    assert turns(State.SHIELDED) == []


JOURNAL = b"""\
{"t":"run","format":1,"at":"2026-11-23T12:00:00Z","seed":7,"venues":1,"speed":20,"pace":1,"ends_at":null}
{"t":"link","gateway":"G0","at":"2026-11-23T12:00:01Z","up":true,"why":""}
{"t":"message","gateway":"G0","boot":"b","lane":"state","seq":1,"created_at":"2026-11-23T12:00:02Z","published_at":null,"facts":[]}
{"t":"published","gateway":"G0","boot":"b","lane":"state","seq":1,"at":"2026-11-23T12:00:03Z"}
{"t":"message","gateway":"G0","boot":"b","lane":"state","seq":2,"created_at":"2026-11-23T12:00:04Z","published_at":null,"facts":[]}
{"t":"lost","gateway":"G0","boot":"b","lane":"state","seq":2,"at":"2026-11-23T12:00:04Z","why":"spell"}
{"t":"link","gateway":"G0","at":"2026-11-23T12:00:05Z","up":false,"why":"spell"}
{"t":"link","gateway":"G0","at":"2026-11-23T12:00:15Z","up":true,"why":""}
{"t":"run","format":1,"at":"2026-11-23T12:00:20Z","seed":7,"venues":1,"speed":20,"pace":1,"ends_at":null}
{"t":"link","gateway":"G0","at":"2026-11-23T12:00:21Z","up":true,"why":""}
{"t":"end","at":"2026-11-23T12:00:30Z","unconfirmed":0}
"""


def test_the_truth_file_is_read_by_its_format() -> None:
    """Fates, first publishes, planned silences, and the silence of all when the simulator itself was killed."""
    truth = parse_truth(JOURNAL.splitlines(keepends=True))
    first, second = truth.messages.values()
    assert (first.fate, first.published_at, second.fate) == (Fate.KEPT, at(3), Fate.LOST)
    assert [(one.since, one.until, one.broken) for one in truth.quiet] == [
        (at(5), at(15), False),
        (at(15), at(21), False),
        (at(30), None, True),
    ]
    assert (truth.seed, truth.unconfirmed) == (7, 0)


def test_a_truth_file_of_another_kind_is_refused() -> None:
    """A line that makes no sense names its number."""
    with pytest.raises(DeployError, match="Line 2"):
        parse_truth([JOURNAL.splitlines(keepends=True)[0], b'{"t":"gossip"}\n'])


def test_a_kill_names_a_process_and_a_second() -> None:
    """NAME@SECOND is read; anything else is refused with what was expected."""
    assert parse_kill("ingest@20.5") == Kill(name="ingest", second=20.5)
    for text in ("ingest", "init@1", "@3", "ingest@soon"):
        with pytest.raises(ValueError, match=r"expected|float"):
            parse_kill(text)

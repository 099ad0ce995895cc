"""Frames that devices said are found among those that are stored, and every planted defect is found, exactly."""

import json
from collections import Counter
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.deploy.errors import DeployError
from firewarden.ingest.facts import Lane, State, StateChange
from firewarden.proof.due import Deadline, Disturbance, Key, due_by_facts
from firewarden.proof.frames import BOOT, StoredFrame, tell
from firewarden.proof.matching import Incident
from firewarden.proof.scorecard import FactKey, Held, StoredSpan, score
from firewarden.proof.truth_file import Fate, Number, Said, Truth, Word, parse_truth

NOW = datetime(2026, 11, 24, 13, 0, tzinfo=UTC)
DEADLINES = {"G": Deadline(heartbeat_s=3.0, silence_s=9.0)}
POINT = "1.1/40.01000100"


def at(second: float) -> datetime:
    """A moment of the run."""
    return NOW + timedelta(seconds=second)


def whole(serial: int, second: int, states: tuple[State, ...]) -> bytes:
    """Bytes that look like a frame: what the proof reads of them is serial, command and unit."""
    unit = f"{second}:{','.join(states)}".encode()
    return b"@@" + serial.to_bytes(2, "little") + bytes([1, 1, second % 60]) + bytes(19) + b"\x02" + unit + b"x##"


@st.composite
def runs(draw: st.DrawFn) -> list[Said]:
    """Words of one component, each confirmed or given up."""
    found: list[Said] = []
    for second in range(draw(st.integers(3, 25))):
        states = tuple(draw(st.sets(st.sampled_from([State.FIRE, State.FAULT, State.SHIELDED]))))
        kept = draw(st.booleans())
        found.append(
            Said(
                gateway="G",
                at=at(second),
                whole=whole(second, second, states),
                words=(Word(point=POINT, at=at(second), states=states),),
                facts=(),
                fate=Fate.KEPT if kept else Fate.FORGOTTEN,
                confirmed_at=at(second + 0.1) if kept else None,
            )
        )
    return found


def platform(said: list[Said]) -> Held:
    """What a platform without a fault holds of these frames: worked out here, not by the code under test."""
    known: set[State] = set()
    facts = Counter[FactKey]()
    frames: list[StoredFrame] = []
    incidents: list[Incident] = []
    sounding = False
    for seq, one in enumerate(said, start=1):
        number = Number("G", BOOT, Lane.STATE, seq)
        frames.append(StoredFrame(number=number, received_at=one.at, whole=one.whole))
        states = set(one.words[0].states)
        for state in known - states:
            facts[FactKey(number, POINT, state.value, raised=False)] += 1
        for state in states:
            facts[FactKey(number, POINT, state.value, raised=True)] += 1
        for state in states - known:
            if state is State.FAULT or (state is State.FIRE and not sounding):
                sounding |= state is State.FIRE
                incidents.append(
                    Incident(
                        incident_id=len(incidents) + 1,
                        key=Key("G", POINT, state.value),
                        occurred_at=one.at,
                        committed_at=one.at,
                        ended_at=None,
                    )
                )
        known = states
    return Held(
        spans=tuple(
            StoredSpan(gateway="G", boot=BOOT, lane=Lane.STATE, first=seq, last=seq) for seq in range(1, len(said) + 1)
        ),
        repeats=0,
        readings=Counter(),
        facts=facts,
        incidents=tuple(incidents),
        gaps=(),
        deadlines=DEADLINES,
        venues=1,
        venues_ranked=1,
        quarantined=0,
        frames=tuple(frames),
    )


@given(said=runs())
def test_a_platform_that_stores_everything_passes(said: list[Said]) -> None:
    """Also what was given up may be stored."""
    said[0].fate = Fate.KEPT
    card = score(Truth(frames=said), platform(said))
    assert card.failures == ()
    assert card.messages.sent == card.messages.stored == len(said)
    assert card.facts.sent == card.facts.stored


@given(said=runs())
def test_what_was_given_up_need_not_be_stored(said: list[Said]) -> None:
    """A platform that holds only the confirmed ones passes; what they clear follows from those before them."""
    said[-1].fate = Fate.KEPT
    kept = [one for one in said if one.fate is Fate.KEPT]
    card = score(Truth(frames=said), platform(kept))
    assert card.failures == ()
    assert card.messages.sent == len(kept)


@given(said=runs(), data=st.data())
def test_every_confirmed_frame_that_is_gone_is_counted(said: list[Said], data: st.DataObject) -> None:
    """A platform that confirmed before its commit and was killed: each frame that it lost is lost, exactly."""
    said[-1].fate = Fate.KEPT
    kept = [one for one in said if one.fate is Fate.KEPT]
    gone = data.draw(st.sets(st.sampled_from(range(len(kept))), min_size=1))
    held = platform([one for index, one in enumerate(kept) if index not in gone])
    card = score(Truth(frames=said), held)
    assert card.messages.lost == len(gone)
    assert card.messages.duplicated == 0
    assert any("messages lost" in failure for failure in card.failures)


@given(said=runs(), data=st.data())
def test_every_frame_that_is_stored_twice_is_counted(said: list[Said], data: st.DataObject) -> None:
    """A second row with the same bytes is a duplicate, also when only its send time differs."""
    said[0].fate = Fate.KEPT
    held = platform(said)
    twice = data.draw(st.sets(st.sampled_from(range(len(said))), min_size=1))
    again = tuple(
        replace(
            held.frames[index],
            number=Number("G", BOOT, Lane.STATE, 1_000 + index),
            whole=held.frames[index].whole[:6] + b"\x3b" + held.frames[index].whole[7:],
        )
        for index in twice
    )
    card = score(Truth(frames=said), replace(held, frames=held.frames + again))
    assert card.messages.duplicated == len(twice)
    assert card.messages.lost == 0


def test_a_frame_that_nobody_said_is_found() -> None:
    """Bytes that no device sent cannot be stored rightly."""
    said = [Said(gateway="G", at=NOW, whole=whole(1, 1, ()), words=(), facts=(), fate=Fate.KEPT)]
    held = platform([replace_words(said[0])])
    stray = StoredFrame(number=Number("G", BOOT, Lane.STATE, 2), received_at=NOW, whole=whole(2, 2, ()))
    card = score(Truth(frames=said), replace(held, frames=(*held.frames, stray)))
    assert card.messages.duplicated == 1
    assert any("not said" in example for example in card.examples)


def replace_words(said: Said) -> Said:
    """The same with an empty word, which tells nothing."""
    return replace(said, words=(Word(point=POINT, at=NOW, states=()),))


def test_of_two_alike_one_may_pass_for_a_resend() -> None:
    """Given up on one connection, confirmed on the next under the same number: once or twice, both are right."""
    first = Said(gateway="G", at=at(0), whole=whole(0, 0, (State.FAULT,)), words=(), facts=())
    second = replace(first, at=at(5), fate=Fate.KEPT, confirmed_at=at(5))
    one = StoredFrame(number=Number("G", BOOT, Lane.STATE, 1), received_at=at(0), whole=first.whole)
    other = StoredFrame(number=Number("G", BOOT, Lane.STATE, 2), received_at=at(5), whole=first.whole)
    for stored in ([one], [one, other]):
        told = tell([first, second], stored)
        assert told.strays == ()
        assert all(number.seq > 0 for number in told.messages)
        assert len(told.messages) == len(stored)


def test_words_clear_in_the_platforms_order() -> None:
    """A frame that waited in a dead connection and arrived after its successor is judged as it arrived."""
    burning, quiet = (
        Said(
            gateway="G",
            at=at(second),
            whole=whole(second, second, states),
            words=(Word(point=POINT, at=at(second), states=states),),
            facts=(),
        )
        for second, states in ((1, (State.FIRE,)), (2, ()))
    )
    stored = [
        StoredFrame(number=Number("G", BOOT, Lane.STATE, 1), received_at=at(10), whole=quiet.whole),
        StoredFrame(number=Number("G", BOOT, Lane.ALARM, 1), received_at=at(11), whole=burning.whole),
    ]
    told = tell([burning, quiet], stored)
    facts = [fact for number in sorted(told.messages) for fact in told.messages[number].facts]
    assert facts == [StateChange(point=POINT, at=at(1), set=(State.FIRE,))]
    assert [due.key.kind for due in due_by_facts(told.messages.values())] == ["fire"]


@pytest.mark.parametrize(("until", "counted"), [(None, 1), (at(3), 1), (at(30), 0)])
def test_silence_of_the_platform_fails_the_run_unless_it_was_disturbed(until: datetime | None, counted: int) -> None:
    """A frame that was sent four times in vain is counted, unless something struck meanwhile."""
    said = [
        Said(gateway="G", at=at(0), whole=whole(0, 0, ()), words=(), facts=(), fate=Fate.KEPT),
        Said(gateway="G", at=at(5), whole=whole(1, 5, ()), words=(), facts=(), unanswered_at=at(45)),
    ]
    struck = [Disturbance(at=at(1), until=until)] if until else []
    card = score(Truth(frames=said), platform([replace_words(said[0])]), disturbances=struck)
    assert card.frames.unanswered == counted
    assert any("unanswered" in failure for failure in card.failures) == bool(counted)


def line(kind: str, **fields: object) -> bytes:
    """A line of the truth file."""
    return json.dumps({"t": kind, "gateway": "G", "at": NOW.isoformat(), **fields}).encode() + b"\n"


def test_the_truth_file_says_what_became_of_each_frame() -> None:
    """Confirmed ones are kept; those given up, and answers, may be there or not; slots that were lost are counted."""
    word = {"point": POINT, "at": NOW.isoformat(), "states": ["fire"]}
    truth = parse_truth(
        [
            line("frame", line="b.1", serial=0, frame="40400001", words=[word]),
            line("frame", line="b.1", serial=1, frame="40400002"),
            line("frame", line="b.1", serial=0, frame="40400003", awaited=False),
            line("frame_confirmed", line="b.1", serial=0),
            line("frame_given_up", line="b.1", serial=1, why="unanswered"),
            line("overwritten", why="ring", sent=False),
            line("change", facts=[]),
        ]
    )
    assert [said.fate for said in truth.frames] == [Fate.KEPT, Fate.FORGOTTEN, Fate.FORGOTTEN]
    assert truth.frames[0].words == (Word(point=POINT, at=NOW, states=(State.FIRE,)),)
    assert truth.frames[1].unanswered_at == NOW
    assert truth.overwritten == 1


def test_a_confirm_of_what_was_never_said_is_an_error() -> None:
    """The file is then another version's, or was edited."""
    with pytest.raises(DeployError, match="Line 1"):
        parse_truth([line("frame_confirmed", line="b.1", serial=0)])
    with pytest.raises(DeployError, match="Line 1"):
        parse_truth([line("frame", line="b.1", serial=0, frame="no hex")])

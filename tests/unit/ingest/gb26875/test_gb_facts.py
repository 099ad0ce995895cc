"""Does a frame tell the facts that it means, in the lane where they belong?"""

from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.gb26875 import units

from firewarden.ingest.facts import (
    Act,
    Heartbeat,
    Lane,
    OperatorAction,
    Quantity,
    Reading,
    State,
    StateChange,
)
from firewarden.ingest.wire.gb26875 import objects
from firewarden.ingest.wire.gb26875.facts import Told, tell, with_memory
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.objects import Object
from firewarden.ingest.wire.gb26875.profiles import STANDARD, Bit0, Profile, Scale, Word
from firewarden.ingest.wire.gb26875.tables import Name
from firewarden.ingest.wire.gb26875.times import CHINA, NO_TIME
from firewarden.ingest.wire.gb26875.units import ANSWER, CONFIRM, REQUEST, SEND, decode_unit, encode_unit

AT = datetime(2026, 11, 24, 15, 59, 58, tzinfo=CHINA)
SENT = datetime(2026, 11, 24, 16, 0, tzinfo=CHINA)
RECEIVED = datetime(2026, 11, 24, 8, 0, 1, tzinfo=UTC)
POINT = "1.2/40.0a000200"


def frame(command: int, unit: bytes, time: datetime | bytes = SENT) -> Frame:
    """A frame as it is read from the wire."""
    [item] = FrameReader().feed(encode(serial=1, source=889, destination=1, command=command, unit=unit, time=time))
    assert isinstance(item, Frame)
    return item


def told(
    type_: int,
    *some: Object,
    command: int = SEND,
    profile: Profile = STANDARD,
    timed: bool = True,
    time: datetime | bytes = SENT,
) -> Told:
    """What a frame with these objects tells."""
    one = frame(command, encode_unit(type_, some, profile, timed=timed), time)
    return tell(one, decode_unit(command, one.unit, profile), profile, RECEIVED)


def component(word: int, at: datetime | None = AT) -> objects.ComponentState:
    """A smoke detector's state."""
    return objects.ComponentState(
        system_type=1,
        system_address=2,
        component_type=40,
        component_address=bytes.fromhex("0a000200"),
        word=word,
        text="三层东走廊",
        at=at,
    )


def analog(analog_type: int, raw: int) -> objects.Analog:
    """A value of a hydrant's sensor."""
    return objects.Analog(
        system_type=11,
        system_address=1,
        component_type=99,
        component_address=bytes(4),
        analog_type=analog_type,
        raw=raw,
        at=AT,
    )


def change(result: Told) -> StateChange:
    """The only fact, which is a change of state."""
    [fact] = result.facts
    assert isinstance(fact, StateChange)
    return fact


def test_a_word_is_whole() -> None:
    """Fire and fault together are two states set; every other state of a component is cleared."""
    result = told(2, component(0b111))
    fact = change(result)
    assert (fact.point, fact.at, fact.set) == (POINT, AT, (State.FIRE, State.FAULT))
    assert set(fact.clear) == {
        State.SHIELDED,
        State.SUPERVISE,
        State.STARTED,
        State.FEEDBACK,
        State.DELAYED,
        State.POWER_FAULT,
    }
    assert (result.lane, result.sent_at, result.undecoded) == (Lane.ALARM, SENT, None)


@pytest.mark.parametrize("word", [0, 1])
def test_normal_and_test_set_nothing(word: int) -> None:
    """Bit 0 is no state: real devices send 0 for cleared, where the standard means a test."""
    fact = change(told(2, component(word)))
    assert fact.set == ()
    assert State.FIRE in fact.clear
    assert State.TEST not in fact.clear


def test_points() -> None:
    """Components, systems and the device have addresses as the MQTT contract writes them."""
    system = objects.SystemState(system_type=1, system_address=2, word=2, at=AT)
    assert change(told(2, component(4))).point == POINT
    assert change(told(1, system)).point == "1.2"
    assert change(told(21, objects.DeviceState(word=8, at=AT))).point == "device"


def test_system_states() -> None:
    """A system's word has power, bus and mode besides."""
    word = 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12 | 1 << 13
    fact = change(told(1, objects.SystemState(system_type=1, system_address=2, word=word, at=AT)))
    assert fact.set == (
        State.MAIN_POWER_FAULT,
        State.BACKUP_POWER_FAULT,
        State.BUS_FAULT,
        State.MANUAL,
        State.CONFIG_CHANGED,
        State.RESET,
    )


@pytest.mark.parametrize(
    ("type_", "one", "lane"),
    [
        (1, objects.SystemState(system_type=1, system_address=1, word=2, at=AT), Lane.ALARM),
        (2, component(2), Lane.ALARM),
        (21, objects.DeviceState(word=2, at=AT), Lane.ALARM),
        (4, objects.SystemOperation(system_type=1, system_address=1, flags=4, operator=3, at=AT), Lane.ALARM),
        (24, objects.DeviceOperation(flags=4, operator=3, at=AT), Lane.ALARM),
        (24, objects.DeviceOperation(flags=32, operator=3, at=AT), Lane.ALARM),
        (4, objects.SystemOperation(system_type=1, system_address=1, flags=32, operator=3, at=AT), Lane.STATE),
        (2, component(4), Lane.STATE),
        (3, analog(5, 100), Lane.READING),
        (25, objects.DeviceVersion(major=1, minor=2), Lane.STATE),
    ],
)
def test_lanes(type_: int, one: Object, lane: Lane) -> None:
    """Fires, manual alarms and duty answers go before everything else."""
    assert told(type_, one).lane is lane


@pytest.mark.parametrize(("word", "lane"), [(2, Lane.ALARM), (4, Lane.REPLY)])
def test_answers(word: int, lane: Lane) -> None:
    """An answer to a command is a reply and holds its facts; a fire in it is an alarm."""
    result = told(2, component(word), command=ANSWER)
    assert result.lane is lane
    assert len(result.facts) == 1


def test_confirms_tell_nothing() -> None:
    """A confirm is a reply without facts."""
    one = frame(CONFIRM, b"")
    result = tell(one, decode_unit(CONFIRM, b"", STANDARD), STANDARD, RECEIVED)
    assert (result.lane, result.facts, result.undecoded) == (Lane.REPLY, (), None)


def test_a_device_does_not_command_us() -> None:
    """What only a centre sends has no effect, and is said."""
    assert told(90, objects.SetClock(at=AT)).undecoded == "a command of a centre, sent by a device"
    result = told(89, objects.Initialise(), command=REQUEST)
    assert result.facts == ()
    assert result.undecoded == "a command of a centre, sent by a device"


@pytest.mark.parametrize(
    ("bit", "facility", "device"),
    [
        (0, Act.RESET, Act.RESET),
        (1, Act.MUTE, Act.MUTE),
        (2, Act.MANUAL_ALARM, Act.MANUAL_ALARM),
        (3, Act.ALARM_CLEARED, Act.ALARM_CLEARED),
        (4, Act.SELF_TEST, Act.SELF_TEST),
        (5, Act.CONFIRM, Act.DUTY_ANSWER),
        (6, Act.TEST, Act.TEST),
    ],
)
def test_operations(bit: int, facility: Act, device: Act) -> None:
    """Each bit is an act; bit 5 means a confirmation at a facility and a duty answer at the device."""
    one = told(4, objects.SystemOperation(system_type=1, system_address=1, flags=1 << bit, operator=3, at=AT))
    two = told(24, objects.DeviceOperation(flags=1 << bit, operator=3, at=AT))
    assert one.facts == (OperatorAction(at=AT, action=facility, operator="3"),)
    assert two.facts == (OperatorAction(at=AT, action=device, operator="3"),)


def test_several_operations_at_once() -> None:
    """Each set bit is an act of its own; a reserved one is said and hides none."""
    result = told(24, objects.DeviceOperation(flags=0b1010_0001, operator=0, at=AT))
    assert [fact.action for fact in result.facts if isinstance(fact, OperatorAction)] == [Act.RESET, Act.DUTY_ANSWER]
    assert result.undecoded == "reserved bit 7 of an operation"


@pytest.mark.parametrize(
    ("analog_type", "raw", "quantity", "value", "unit"),
    [
        (1, 7, "event_count", 7.0, "1"),
        (2, 123, "height", 1.23, "m"),
        (3, -123, "temperature", -12.3, "℃"),
        (4, 6, "pressure", 0.6, "MPa"),
        (5, 6_051, "pressure", 605.1, "kPa"),
        (6, 3, "gas", 0.3, "%LEL"),
        (7, 60, "duration", 60.0, "s"),
        (8, 2_203, "voltage", 220.3, "V"),
        (9, 1, "current", 0.1, "A"),
        (10, 3, "flow", 0.3, "L/s"),
        (11, 7, "air_volume", 0.7, "m³/min"),
        (12, 5, "air_speed", 5.0, "m/s"),
    ],
)
def test_readings(analog_type: int, raw: int, quantity: str, value: float, unit: str) -> None:
    """Every analog type has its quantity, its unit and exactly its step."""
    [fact] = told(3, analog(analog_type, raw)).facts
    assert fact == Reading(point="11.1/99.00000000", at=AT, quantity=quantity, value=value, unit=unit)


@given(st.integers(-32_768, 32_767), st.sampled_from(["1", "0.1", "0.01", "0.001", "0.5", "0.02"]))
def test_values_are_what_they_print(raw: int, step: str) -> None:
    """A scaled value is the number nearest to the exact product: 605 steps of 0.001 are 0.605."""
    scale = Scale(quantity=Quantity.PRESSURE, unit="MPa", step=Decimal(step))
    [fact] = told(3, analog(4, raw), profile=replace(STANDARD, analogs={4: scale})).facts
    assert isinstance(fact, Reading)
    assert fact.value == float(Decimal(raw) * Decimal(step))


def test_a_fire_beside_something_unreadable() -> None:
    """Reserved bits and impossible times are said and hide no fire."""
    result = told(2, component(1 << 15, at=None), component(2, at=None))
    assert [fact.set for fact in result.facts if isinstance(fact, StateChange)] == [(), (State.FIRE,)]
    assert {fact.at for fact in result.facts} == {RECEIVED}
    assert result.lane is Lane.ALARM
    assert result.undecoded == (
        "reserved bits of a component's state: 15; a time that cannot be: the time of receipt is used"
    )


def test_unused_analog_types() -> None:
    """A value without a meaning is said, and the others of the frame count."""
    result = told(3, analog(0, 1), analog(200, 1), analog(5, 10))
    assert len(result.facts) == 1
    assert result.undecoded == (
        "analog type 0 has no meaning in profile standard; analog type 200 has no meaning in profile standard"
    )


def test_notes_have_an_end() -> None:
    """However much is wrong with a frame, the reason stays short."""
    result = told(3, *(analog(128 + number, 1) for number in range(63)))
    assert result.undecoded is not None
    assert len(result.undecoded) <= 500


def test_an_undecoded_unit_is_said() -> None:
    """A frame that could not be read has no facts, the reason, and is kept among the states."""
    one = frame(SEND, b"\x02\x04" + bytes(54))
    result = tell(one, decode_unit(SEND, one.unit, STANDARD), STANDARD, RECEIVED)
    assert (result.lane, result.facts) == (Lane.STATE, ())
    assert result.undecoded == "4 objects of type 2 have 184 bytes, 54 came"


def test_an_unset_clock() -> None:
    """A frame whose time cannot be one says not when it was sent."""
    assert told(2, component(2), time=NO_TIME).sent_at is None


@pytest.mark.parametrize("time", [SENT, NO_TIME, datetime(2017, 12, 27, 12, 59, 12, tzinfo=CHINA)])
def test_heartbeats(time: datetime | bytes) -> None:
    """A heartbeat says that the device lives now, whatever its clock says."""
    one = frame(SEND, b"", time)
    result = tell(one, decode_unit(SEND, b"", STANDARD), STANDARD, RECEIVED)
    assert (result.lane, result.facts) == (Lane.STATUS, (Heartbeat(at=RECEIVED),))


def test_a_heartbeat_with_something_beside_it_is_kept() -> None:
    """What could not be read in a heartbeat is no heartbeat only: it is numbered and kept."""
    profile = replace(STANDARD, heartbeat_commands=frozenset({7}))
    one = frame(7, b"abc")
    result = tell(one, decode_unit(7, one.unit, profile), profile, RECEIVED)
    assert (result.lane, result.facts, result.undecoded) == (Lane.STATE, (), "3 bytes beside a heartbeat")
    odd = told(21, objects.DeviceState(word=0x81, at=None), timed=False)
    assert (odd.lane, odd.undecoded) == (Lane.STATE, "reserved bits of a device's state: 7")


def test_types_that_a_profile_calls_heartbeats() -> None:
    """With its time a device state may be a heartbeat too; a reading never only that."""
    profile = replace(STANDARD, heartbeat_types=frozenset({3, 21}))
    normal = told(21, objects.DeviceState(word=1, at=AT), profile=profile)
    assert normal.lane is Lane.STATUS
    assert [one.at for one in normal.silent] == [AT]
    assert told(21, objects.DeviceState(word=1, at=AT)).lane is Lane.STATE
    assert told(21, objects.DeviceState(word=8, at=AT), profile=profile).lane is Lane.STATE
    assert told(3, analog(5, 100), profile=profile).lane is Lane.READING


def test_an_answer_is_no_heartbeat() -> None:
    """A device state without time that was asked for is the answer, also when nothing is set."""
    result = told(21, objects.DeviceState(word=1, at=None), timed=False, command=ANSWER)
    assert result.lane is Lane.REPLY
    assert change(result).set == ()


@pytest.mark.parametrize("word", [0, 1])
def test_a_silent_heartbeat_ends_what_was_set(word: int) -> None:
    """A device state without time that sets nothing is a heartbeat, until there is something that it clears."""
    result = told(21, objects.DeviceState(word=word, at=None), timed=False)
    assert (result.lane, result.facts, result.undecoded) == (Lane.STATUS, (Heartbeat(at=RECEIVED),), None)
    assert [one.at for one in result.silent] == [SENT]
    assert with_memory(result, {}) == result
    assert with_memory(result, {"device": [], POINT: [State.FIRE]}) == result
    ended = with_memory(result, {"device": [State.MAIN_POWER_FAULT]})
    assert (ended.lane, ended.facts, ended.silent) == (Lane.STATE, result.silent, ())
    assert with_memory(result, {"device": [State.FIRE]}).lane is Lane.ALARM


def test_a_heartbeat_with_a_fault_is_a_fault() -> None:
    """A device state without time that sets something is a change of state, at the time of its frame."""
    result = told(21, objects.DeviceState(word=8, at=None), timed=False)
    assert result.lane is Lane.STATE
    assert (change(result).set, change(result).at) == ((State.MAIN_POWER_FAULT,), SENT)
    assert told(21, objects.DeviceState(word=2, at=None), timed=False).lane is Lane.ALARM


def test_the_end_of_a_fire_is_urgent() -> None:
    """What clears a remembered fire travels with the fires; what clears none stays where it is."""
    result = told(2, component(1))
    assert with_memory(result, {POINT: [State.FIRE]}).lane is Lane.ALARM
    assert with_memory(result, {POINT: [State.FAULT]}).lane is Lane.STATE
    assert with_memory(told(2, component(1), command=ANSWER), {POINT: [State.FAULT]}).lane is Lane.REPLY


def test_private_words() -> None:
    """A vendor's word means what the profile says, not its bits: what looks like a fire is a guard off post."""
    off_post = Word(states=(State.SUPERVISE,), name=Name("离位", "off post"))
    profile = replace(STANDARD, component_words={(40, 2): off_post})
    result = told(2, component(2), profile=profile)
    assert change(result).set == (State.SUPERVISE,)
    assert State.FIRE in change(result).clear
    assert result.lane is Lane.STATE
    assert told(2, component(2), profile=replace(STANDARD, component_words={(41, 2): off_post})).lane is Lane.ALARM


@pytest.mark.parametrize(
    ("bit0", "word", "test"),
    [
        (Bit0.TEST_WHEN_CLEAR, 0, True),
        (Bit0.TEST_WHEN_CLEAR, 1, False),
        (Bit0.TEST_WHEN_SET, 1, True),
        (Bit0.TEST_WHEN_SET, 0, False),
    ],
)
def test_bit_0_by_profile(bit0: Bit0, word: int, *, test: bool) -> None:
    """Where the profile says so, bit 0 begins and ends a test."""
    fact = change(told(2, component(word), profile=replace(STANDARD, bit0=bit0)))
    assert (State.TEST in fact.set) is test
    assert (State.TEST in fact.clear) is not test


@given(units(), st.sampled_from([SEND, ANSWER, REQUEST, CONFIRM]), st.booleans())
def test_no_state_is_set_and_cleared(some: tuple[int, list[Object]], command: int, timed: bool) -> None:  # noqa: FBT001 - hypothesis gives it
    """Whatever comes: nothing raises, facts are consistent, and a fire is in the alarm lane."""
    type_, objects_ = some
    result = told(type_, *objects_, command=command, timed=timed)
    changes = [fact for fact in result.facts if isinstance(fact, StateChange)]
    assert not any(set(fact.set) & set(fact.clear) for fact in changes)
    if any(State.FIRE in fact.set for fact in changes):
        assert result.lane is Lane.ALARM
    if result.lane is Lane.STATUS:
        assert all(isinstance(fact, Heartbeat) for fact in result.facts)

"""What a simulated GB/T 26875.3 device keeps, numbers, sends again and says, without a network."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.gateway_sim.city import build_city
from firewarden.gateway_sim.gb_content import DEVICE, Content, Place, Word, analog, operation
from firewarden.gateway_sim.gb_dialects import STANDARD, VENDORS, Protocol, Speech, Transport, speech_of
from firewarden.gateway_sim.gb_exchange import RESENDS_MAX, Exchanges
from firewarden.gateway_sim.gb_panel import Panel
from firewarden.gateway_sim.gb_ring import Entry, Ring
from firewarden.gateway_sim.gb_wire import CONFIRM, Down, Reader, frame, read_six, six
from firewarden.ingest.facts import Act, OperatorAction, Reading, State, StateChange

NOW = datetime(2026, 11, 24, 13, 45, 7, tzinfo=UTC)
DETECTOR, PUMP, CONTROLLER = "1.1/40.01000100", "11.1/91.01000000", "1.1/1.01000000"


def word(point: str, *states: State, urgent: bool = False) -> Content:
    """What says that a point is in these states."""
    return Content(type=2, objects=(b"x" * 46,), words=(Word(point=point, at=NOW, states=states),), urgent=urgent)


def readings(count: int) -> Content:
    """Some measured values."""
    return Content(type=3, objects=(b"r" * 16,) * count)


# The ring.


def test_a_full_ring_loses_its_oldest_that_is_not_under_way() -> None:
    """The slot that is being sent stays, the oldest other one goes, and the new one is kept."""
    ring = Ring(3)
    first, second, third, fourth = (word(name) for name in "abcd")
    for content in (first, second, third):
        assert ring.put(content) is None
    under_way = ring.next()
    assert under_way is not None
    under_way.under_way = True
    gone = ring.put(fourth)
    assert gone is not None
    assert gone.content is second
    assert [entry.content for entry in ring] == [first, third, fourth]


def test_with_everything_under_way_the_new_one_is_lost() -> None:
    """A slot whose frame waits for its confirm is never taken from it."""
    ring = Ring(1)
    ring.put(word("a"))
    under_way = ring.next()
    assert under_way is not None
    under_way.under_way = True
    late = word("b")
    gone = ring.put(late)
    assert gone is not None
    assert gone.content is late
    assert list(ring) == [under_way]


def test_an_alarm_goes_first_but_after_the_older_word_of_its_component() -> None:
    """A fire overtakes everything but what was said before about the same component."""
    ring = Ring()
    faulty, other = word("p", State.FAULT), word("q", State.FAULT)
    burning = word("p", State.FIRE, State.FAULT, urgent=True)
    for content in (other, faulty, burning):
        ring.put(content)
    order: list[Content] = []
    while (entry := ring.next()) is not None:
        order.append(entry.content)
        ring.remove(entry)
    assert order == [faulty, burning, other]


def test_nothing_is_sent_about_a_component_whose_last_word_is_under_way() -> None:
    """Two words of one component never race each other; others go meanwhile."""
    ring = Ring()
    for content in (word("p", State.FAULT), word("p"), word("q")):
        ring.put(content)
    first = ring.next()
    assert first is not None
    first.under_way = True
    second = ring.next()
    assert second is not None
    assert second.content.points == {"q"}
    second.under_way = True
    assert ring.next() is None
    first.under_way = False
    assert ring.next() is first


def test_readings_that_wait_are_told_in_one_frame() -> None:
    """They share a slot up to the longest unit; what was sent once stays as it was sent."""
    ring = Ring(unit_max=1024)
    for _ in range(11):
        ring.put(readings(6))
    assert [len(entry.content.objects) for entry in ring] == [60, 6]
    entry = ring.next()
    assert entry is not None
    entry.sent = True
    ring.remove(next(other for other in ring if other is not entry))
    ring.put(readings(1))
    assert [len(kept.content.objects) for kept in ring] == [60, 1]


def test_a_ring_has_a_slot() -> None:
    """One without is refused."""
    with pytest.raises(ValueError, match="at least one slot"):
        Ring(0)


# Exchanges.


def begun(exchanges: Exchanges, now_s: float = 0.0) -> Entry:
    """A frame that was sent."""
    entry = Entry(word("p"))
    exchanges.begin(entry, exchanges.take_serial(), b"frame", now_s)
    return entry


def test_serials_begin_at_nought_and_wrap() -> None:
    """Each new packet has the next number of two bytes."""
    exchanges = Exchanges()
    assert [exchanges.take_serial() for _ in range(65_538)][-3:] == [65_535, 0, 1]
    assert Exchanges().take_serial() == 0


def test_a_frame_is_sent_again_three_times_and_has_then_failed() -> None:
    """Every ten seconds once more with its number; ten seconds after the last it waits no longer."""
    exchanges = Exchanges(resend_after_s=10.0)
    entry = begun(exchanges)
    assert exchanges.overdue(9.9) is None
    for second in (10.0, 20.0, 30.0):
        again = exchanges.overdue(second)
        assert again is not None
        assert (again.serial, again.failed) == (0, False)
        assert exchanges.overdue(second) is None
    failed = exchanges.overdue(40.0)
    assert failed is not None
    assert failed.failed
    assert failed.sent == 1 + RESENDS_MAX
    assert not entry.under_way
    assert exchanges.may_begin
    assert exchanges.confirm(0) is None, "what was given up can be confirmed no more"


def test_a_denied_frame_goes_again_at_once() -> None:
    """A deny of a number that waits makes it due; any other says nothing."""
    exchanges = Exchanges()
    begun(exchanges)
    assert not exchanges.deny(7, 1.0)
    assert exchanges.overdue(1.0) is None
    assert exchanges.deny(0, 1.0)
    again = exchanges.overdue(1.0)
    assert again is not None
    assert again.due_s == 11.0


def test_a_window_bounds_what_waits() -> None:
    """As many frames wait as the window has room for; a confirm makes room, a lost connection makes all."""
    exchanges = Exchanges(window=2)
    first, second = begun(exchanges), begun(exchanges)
    assert not exchanges.may_begin
    done = exchanges.confirm(0)
    assert done is not None
    assert done.entry is first
    assert exchanges.may_begin
    assert [one.entry for one in exchanges.abandon()] == [second]
    assert not second.under_way
    assert second.sent
    assert exchanges.due_s == float("inf")


# Words.


def panel(dialect_number: int | None = None) -> Panel:
    """The panel of a building."""
    gateway = build_city(seed=1, venues=1).venues[0].gateway
    return Panel(gateway, STANDARD if dialect_number is None else VENDORS[dialect_number])


def change(point: str, *, came: State | None = None, went: State | None = None) -> StateChange:
    """One state that came or went."""
    return StateChange(point=point, at=NOW, set=(came,) if came else (), clear=(went,) if went else ())


def smoke(device: Panel) -> str:
    """The address of a smoke detector."""
    return next(address for address in device.points if address.startswith("1.1/40."))


def test_a_word_holds_everything_that_a_component_is_in() -> None:
    """With a fire on top of a fault both bits are set; when the fault goes, the fire stays."""
    device = panel()
    detector = smoke(device)
    said = [
        content
        for step in (
            change(detector, came=State.FAULT),
            change(detector, came=State.FIRE),
            change(detector, went=State.FAULT),
        )
        for content in device.tell([step], lambda at: at)
    ]
    assert [one.words[0].states for one in said] == [
        (State.FAULT,),
        (State.FIRE, State.FAULT),
        (State.FIRE,),
    ]
    assert [one.urgent for one in said] == [False, True, True]
    bits = [int.from_bytes(one.objects[0][7:9], "little") for one in said]
    assert bits == [0b101, 0b111, 0b011]
    assert said[0].objects[0][:7] == Place.of(detector).head
    assert len(said[0].objects[0]) == 46


def test_what_no_component_can_say_its_system_or_the_device_says() -> None:
    """A pump on manual is in its system's word, a broken line in the device's; a test is no state of a word."""
    device = panel()
    manual, line, test = (
        device.tell([change(point, came=state)], lambda at: at)[0]
        for point, state in ((PUMP, State.MANUAL), (CONTROLLER, State.LINE_FAULT), (CONTROLLER, State.TEST))
    )
    assert (manual.type, manual.words[0].point, manual.words[0].states) == (1, "11.1", (State.MANUAL,))
    assert manual.objects[0][2:4] == (1 << 11 | 1).to_bytes(2, "little")
    assert (line.type, line.words[0].point, line.words[0].states) == (21, DEVICE, (State.LINE_FAULT,))
    assert (test.type, test.words[0].states, test.objects[0][2:4]) == (1, (), b"\0\0")


def test_a_panel_knows_what_stood_when_it_was_switched_on() -> None:
    """A state that an earlier process left is in the first word."""
    gateway = build_city(seed=1, venues=1).venues[0].gateway
    first = panel()
    detector = smoke(first)
    first.tell([change(detector, came=State.FAULT)], lambda at: at)
    said = first.component_word(detector, NOW)
    assert said.words[0].states == (State.FAULT,)
    assert Panel(gateway, STANDARD).component_word(detector, NOW).words[0].states == ()


@pytest.mark.parametrize(("number", "value", "unit"), [(None, 234.5, "kPa"), (0, 0.234, "MPa")])
def test_a_reading_means_what_its_steps_can_say(number: int | None, value: float, unit: str) -> None:
    """A pressure is rounded to the dialect's step, in its unit."""
    fact = Reading(point="11.1/99.01000000", at=NOW, quantity="pressure", value=0.23449, unit="MPa")
    content = analog(fact, NOW, STANDARD if number is None else VENDORS[number])
    said = content.facts[0]
    assert isinstance(said, Reading)
    assert (said.value, said.unit) == (value if unit == "kPa" else 0.234, unit)
    assert content.objects[0][7] == (5 if unit == "kPa" else 4)


def test_a_tank_tells_its_depth() -> None:
    """The standard has no percent: 90 % of three metres."""
    fact = Reading(point="11.1/92.01000000", at=NOW, quantity="level", value=90.0, unit="%")
    said = analog(fact, NOW, STANDARD).facts[0]
    assert isinstance(said, Reading)
    assert (said.quantity, said.value, said.unit) == ("height", 2.7, "m")


def test_an_answer_to_a_duty_check_is_bit_5_of_type_24() -> None:
    """Also where other acts are told as the system's."""
    content = operation(OperatorAction(at=NOW, action=Act.DUTY_ANSWER, operator="3"), NOW, STANDARD, of_system=True)
    assert (content.type, content.objects[0][:2], content.urgent) == (24, bytes([1 << 5, 3]), True)


# Bytes.


@given(at=st.datetimes(datetime(2000, 1, 1), datetime(2099, 12, 31, 12)), bcd=st.booleans())  # noqa: DTZ001
def test_times_are_local_to_the_second(at: datetime, bcd: bool) -> None:  # noqa: FBT001
    """What six bytes say is the time that was written, in either coding."""
    written = at.replace(microsecond=0, tzinfo=UTC)
    assert read_six(six(written, bcd=bcd), bcd=bcd) == written


@given(raw=st.binary(max_size=8), bcd=st.booleans())
def test_impossible_times_are_none(raw: bytes, bcd: bool) -> None:  # noqa: FBT001
    """Any six bytes are a time or nothing."""
    found = read_six(raw, bcd=bcd)
    assert found is None or found.utcoffset() == timedelta(hours=8)


def test_the_bytes_are_those_of_the_standard() -> None:
    """A frame as real devices send it: the worked example of a smoke detector on fire."""
    real = bytes.fromhex(
        "404001000101203a091a090c790300000000385b01000000300002"
        "02010101280a0002000200" + "20" * 30 + "00023a091a090c"
        "462323"
    )
    sent_at = datetime(2012, 9, 26, 1, 58, 32, tzinfo=UTC)
    unit = real[27:-3]
    made = frame(serial=1, source=889, destination=88_888, command=2, unit=unit, at=six(sent_at, bcd=False))
    assert made == real


@given(
    frames=st.lists(st.tuples(st.integers(0, 65_535), st.binary(max_size=60)), min_size=1, max_size=5),
    garbage=st.binary(max_size=20).map(lambda raw: raw.replace(b"@", b"A")),
    cuts=st.lists(st.integers(1, 400), max_size=6),
)
def test_what_comes_down_is_read_in_any_pieces(
    frames: list[tuple[int, bytes]], garbage: bytes, cuts: list[int]
) -> None:
    """Frames are found whole, whatever is between them and wherever the stream is cut."""
    stream = b"".join(
        garbage + frame(serial=serial, source=1, destination=2, command=CONFIRM, unit=unit, at=six(NOW, bcd=False))
        for serial, unit in frames
    )
    places = sorted({0, len(stream), *(cut for cut in cuts if cut < len(stream))})
    reader = Reader()
    found = [down for begin, end in pairwise(places) for down in reader.feed(stream[begin:end])]
    assert found == [Down(serial=serial, source=1, command=CONFIRM, unit=unit) for serial, unit in frames]


@given(raw=st.binary(max_size=3_000))
def test_any_bytes_are_survived(raw: bytes) -> None:
    """Nothing that a centre may send stops a device."""
    reader = Reader()
    list(reader.feed(raw))
    list(reader.feed(b"@@" + raw))


# Who speaks what.


def test_half_of_a_mixed_city_speaks_it_some_over_udp_and_some_as_vendors_like() -> None:
    """By the number alone: the same gateway always speaks alike, and a mixed city has all that there is."""
    spoken = [speech_of(Protocol.MIXED, number) for number in range(1, 201)]
    devices = [speech for speech in spoken if speech is not None]
    assert len(devices) == 100
    assert spoken == [speech_of(Protocol.MIXED, number) for number in range(1, 201)]
    over_udp = sum(speech.transport is Transport.UDP for speech in devices)
    assert over_udp == 20
    assert {speech.dialect for speech in devices} == {STANDARD, *VENDORS}
    assert {speech.window for speech in devices} == {1, 4}
    assert len({speech.source_address for speech in devices}) == 100


def test_a_city_is_the_same_whatever_it_speaks() -> None:
    """The protocol changes nothing but the speech of its gateways."""
    plain = build_city(seed=3, venues=8)
    spoken = build_city(seed=3, venues=8, protocol=Protocol.GB26875)
    assert [venue.gateway.points for venue in plain.venues] == [venue.gateway.points for venue in spoken.venues]
    assert all(isinstance(venue.gateway.speech, Speech) for venue in spoken.venues)
    assert not any(venue.gateway.speech for venue in plain.venues)


def test_two_changes_of_a_component_never_bear_the_same_second() -> None:
    """A fire that comes, goes and comes within a second is told at three times: no two of its words are alike."""
    known = panel()
    fire, clear = {"set": (State.FIRE,)}, {"clear": (State.FIRE,)}
    said = [
        content
        for change in (fire, clear, fire)
        for content in known.tell([StateChange(point=DETECTOR, at=NOW, **change)], lambda at: at)
    ]
    assert [word.at - NOW for content in said for word in content.words] == [timedelta(seconds=n) for n in range(3)]
    assert len({content.objects for content in said}) == len(said)


def test_a_clock_that_is_set_back_is_believed() -> None:
    """An hour back is no flurry: the time is told as the clock shows it."""
    known = panel()
    back = NOW - timedelta(hours=1)
    known.tell([StateChange(point=DETECTOR, at=NOW, set=(State.FAULT,))], lambda at: at)
    (content,) = known.tell([StateChange(point=DETECTOR, at=back, clear=(State.FAULT,))], lambda at: at)
    assert [word.at for word in content.words] == [back]

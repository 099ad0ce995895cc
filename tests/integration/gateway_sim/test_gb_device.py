"""Simulated GB/T 26875.3 devices against a centre that misbehaves."""

import asyncio
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random

from firewarden.gateway_sim import journal
from firewarden.gateway_sim.behaviour import Report
from firewarden.gateway_sim.city import build_city
from firewarden.gateway_sim.gb_device import GbDevice
from firewarden.gateway_sim.gb_dialects import STANDARD, Protocol, Speech, Transport
from firewarden.gateway_sim.gb_ring import SLOTS
from firewarden.gateway_sim.gb_wire import six
from firewarden.gateway_sim.journal import Memory, decode_lines
from firewarden.gateway_sim.line import Broker
from firewarden.gateway_sim.odds import Odds
from firewarden.gateway_sim.player import Player, RunOptions
from firewarden.gateway_sim.truth import Truth, read_memory
from firewarden.ingest.facts import Act, Lane, OperatorAction, Reading, State, StateChange
from firewarden.ingest.wire.gb26875.facts import tell
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader
from firewarden.ingest.wire.gb26875.profiles import STANDARD as PROFILE
from firewarden.ingest.wire.gb26875.units import ANSWER, CONFIRM, DENY, decode_unit
from firewarden.proof.truth_file import Fate, read_truth
from tests.integration.gateway_sim.fake_centre import FakeCentre, serving
from tests.integration.polling import until

SEED = 11
BUSY = Odds(silent_spells_per_gateway_week=40.0, restarts_per_gateway_month=60.0, clock_wrong=0.3)
TIDY = Odds(
    frame_spoilt=0.0,
    garbage_before_frame=0.0,
    frame_split=0.0,
    frames_glued=0.0,
    datagram_lost=0.0,
    duty_unanswered=0.0,
)
NOBODY = Broker(host="", port=0)


async def play(path: Path, fake: FakeCentre, *, seconds: float, odds: Odds = BUSY, slots: int = SLOTS) -> int:
    """A city of devices to its end; returns how much stayed unconfirmed."""
    city = build_city(seed=SEED, venues=24, speed=200.0, protocol=Protocol.GB26875)
    with Truth(path) as truth:
        options = RunOptions(
            pace=400,
            odds=odds,
            seconds=seconds,
            point_scale=0.05,
            resend_after_s=0.5,
            ring_slots=slots,
            drain_s=30.0,
        )
        player = Player(
            city, credentials={}, broker=NOBODY, truth=truth, memory=Memory(), options=options, centre=fake.centre
        )
        return await player.run()


async def test_everything_arrives_through_a_centre_that_misbehaves(tmp_path: Path) -> None:
    """Deaf, late, torn, denying, hanging up: what the truth calls confirmed arrived, and nothing stays unconfirmed."""
    path = tmp_path / "truth.jsonl"
    fake = FakeCentre(Random(SEED), deaf=0.05, denies=0.05, hangs_up=0.02, torn=0.2, late_s=0.01)
    async with serving(fake):
        assert await play(path, fake, seconds=6) == 0
    truth = read_truth(path)
    kept = {said.whole for said in truth.frames if said.fate is Fate.KEPT}
    assert len(kept) > 50
    assert kept <= {raw for _, raw in fake.confirmed}
    assert {frame.raw for frame in fake.data} <= {said.whole for said in truth.frames}, "the truth knows every frame"
    assert fake.flawed, "some frames were spoilt"
    assert any(count > 1 for count in Counter(frame.raw for frame in fake.data).values())
    assert {"broken", "spell", "restart"} <= {
        record.why for record in records(path) if isinstance(record, journal.Link) and not record.up
    }


def records(path: Path) -> list[journal.Record]:
    """The whole journal."""
    with path.open("rb") as lines:
        return list(decode_lines(lines))


async def test_the_codec_reads_what_the_devices_mean(tmp_path: Path) -> None:
    """Two encodings that were written apart: each standard frame tells the words and facts of the truth."""
    path = tmp_path / "truth.jsonl"
    async with serving(FakeCentre(Random(SEED))) as fake:
        assert await play(path, fake, seconds=4) == 0
    city = build_city(seed=SEED, venues=24, protocol=Protocol.GB26875)
    standard = {g.id for g in city.gateways() if g.speech is not None and g.speech.dialect is STANDARD}
    now = datetime.now(tz=UTC)
    compared = Counter[str]()
    for said in read_truth(path).frames:
        if said.gateway not in standard:
            continue
        frame = FrameReader().feed(said.whole)[0]
        assert isinstance(frame, Frame)
        told = tell(frame, decode_unit(frame.command, frame.unit, PROFILE), PROFILE, now)
        changes = [fact for fact in told.facts if isinstance(fact, StateChange)]
        assert [(one.point, one.at, set(one.set)) for one in changes] == [
            (word.point, word.at, set(word.states)) for word in said.words
        ]
        assert [fact for fact in told.facts if not isinstance(fact, StateChange)] == list(said.facts)
        compared.update(type(fact).__name__ for fact in told.facts)
    assert compared.keys() == {"StateChange", "Reading", "OperatorAction"}


async def test_a_small_ring_overwrites_while_nobody_confirms(tmp_path: Path) -> None:
    """What found no room is in the truth as overwritten, and what was kept arrives once the centre speaks."""
    path = tmp_path / "truth.jsonl"
    async with serving(FakeCentre(Random(SEED), mute=True)) as fake:
        playing = asyncio.create_task(play(path, fake, seconds=4, slots=2))
        await until(lambda: path.exists() and read_truth(path).overwritten > 3, "overwritten slots")
        fake.mute = False
        assert await playing == 0
    assert any(said.fate is Fate.KEPT for said in read_truth(path).frames)


async def test_a_killed_simulator_remembers_states_and_owes_nothing(tmp_path: Path) -> None:
    """A ring has no power of its own; which states stand, its building still knows."""
    path = tmp_path / "truth.jsonl"
    async with serving(FakeCentre(Random(SEED), mute=True)) as fake:
        playing = asyncio.create_task(play(path, fake, seconds=20))
        await until(lambda: path.exists() and len(read_truth(path).frames) > 50, "fifty frames")
        playing.cancel()
        await asyncio.gather(playing, return_exceptions=True)
    memory = read_memory(path)
    assert memory.end is None
    assert any(memory.active.values())
    assert not any(said.fate is Fate.KEPT for said in read_truth(path).frames)


# One device.

GATEWAY = next(iter(build_city(seed=SEED, venues=1, speed=20.0).gateways()))
DETECTOR = next(point.address for point in GATEWAY.points if point.address.startswith("1.1/40."))
SOURCE = 4711


@asynccontextmanager
async def living(
    fake: FakeCentre, *, odds: Odds = TIDY, flash: bool = True, clock_error_s: float = 0.0
) -> AsyncGenerator[tuple[GbDevice, list[journal.Record]]]:
    """A device on a line to the fake, and what it wrote down."""
    written: list[journal.Record] = []
    device = GbDevice(
        GATEWAY,
        Speech(source_address=SOURCE, transport=Transport.TCP, dialect=STANDARD),
        centre=fake.centre,
        boot="b",
        record=written.append,
        odds=odds,
        rng=Random(SEED),
        clock_error_s=clock_error_s,
        flash=flash,
        resend_after_s=0.2,
    )
    running = asyncio.create_task(device.run())
    try:
        await until(lambda: SOURCE in fake.writers, "the first heartbeat")
        yield device, written
    finally:
        device.leave()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def report(state: State = State.FAULT) -> Report:
    """A state of the detector came."""
    change = StateChange(point=DETECTOR, at=datetime.now(tz=UTC), set=(state,))
    return Report(lane=Lane.STATE, facts=(change,))


async def test_an_exchange_fails_after_three_resends_and_begins_anew() -> None:
    """Four times the same bytes; then another connection, a serial from nought, and the same unit again."""
    async with serving(FakeCentre(Random(SEED), mute=True)) as fake, living(fake) as (device, written):
        device.report(report())
        await until(lambda: fake.connections >= 2 and len({one.raw for one in fake.data}) == 2, "a second exchange")
        first = fake.data[0]
        assert fake.copies(first) == 4
        again = next(one for one in fake.data if one.raw != first.raw)
        assert again.unit == first.unit
        assert first.serial == again.serial == 1, "after the heartbeat of each connection"
        fake.mute = False
        await until(lambda: device.waiting == 0, "the confirm")
    reasons = [record.why for record in written if isinstance(record, journal.FrameGivenUp)]
    assert reasons[0] == "unanswered"
    assert sum(isinstance(record, journal.FrameConfirmed) for record in written) == 1


async def test_a_device_sends_one_frame_at_a_time() -> None:
    """The second frame goes when the first is confirmed, and not before."""
    async with serving(FakeCentre(Random(SEED), mute=True)) as fake, living(fake) as (device, _):
        device.report(report())
        pump = next(point.address for point in GATEWAY.points if point.address.startswith("11.1/91."))
        other = StateChange(point=pump, at=datetime.now(tz=UTC), set=(State.FAULT,))
        device.report(Report(lane=Lane.STATE, facts=(other,)))
        await until(lambda: len(fake.data) == 2, "a resend")
        assert len({one.raw for one in fake.data}) == 1
        fake.mute = False
        await until(lambda: device.waiting == 0, "both confirms")
    assert len({one.raw for one in fake.data}) == 2


async def answered(fake: FakeCentre, command: int, unit: bytes) -> Frame:
    """What the device says to a command."""
    count = len(fake.came)
    fake.ask(SOURCE, command, unit)
    await until(lambda: any(one.command != 2 for one in fake.came[count:]), "an answer")
    return next(one for one in fake.came[count:] if one.command != 2)


async def test_a_device_answers_what_it_is_asked_and_denies_the_rest() -> None:
    """Its own state, a system's, one component's, its clock; no answer about what it does not have."""
    place = bytes([1, 1]) + bytes.fromhex(DETECTOR.rpartition(".")[2])
    async with serving(FakeCentre(Random(SEED))) as fake, living(fake) as (device, _):
        device.report(report(State.FIRE))
        await until(lambda: device.waiting == 0, "the confirm")
        for kind, body, expected in (
            (61, bytes([1, 1]), 1),
            (62, place, 2),
            (65, bytes([1, 1]), 5),
            (66, bytes([1, 1]), 6),
            (67, place, 7),
            (68, bytes([1, 1]), 8),
            (81, b"\0", 21),
            (85, b"\0", 25),
            (86, b"\0", 26),
            (88, b"\0", 28),
        ):
            frame = await answered(fake, 4, bytes([kind, 1]) + body)
            assert (frame.command, frame.serial, frame.unit[0]) == (ANSWER, 7, expected)
            unit = decode_unit(frame.command, frame.unit, PROFILE)
            assert (unit.type, unit.undecoded) == (expected, None)
        fire = tell(
            await answered(fake, 4, bytes([62, 1]) + place),
            decode_unit(ANSWER, fake.came[-1].unit, PROFILE),
            PROFILE,
            datetime.now(tz=UTC),
        )
        assert isinstance(fire.facts[0], StateChange)
        assert fire.facts[0].set == (State.FIRE,)
        for unit in (bytes([62, 1, 1, 1]) + b"\xee" * 4, bytes([63, 1]) + place, bytes([99, 1, 0]), b"", b"\x51"):
            assert (await answered(fake, 4, unit)).command == DENY
        assert (await answered(fake, 1, bytes([77, 1, 0]))).command == DENY


async def test_what_was_measured_and_done_is_told_again_when_asked() -> None:
    """The last value of a sensor, and the acts of people since a time, at most as many as asked for."""
    sensor = next(point.address for point in GATEWAY.points if point.address.startswith("11.1/99."))
    now = datetime.now(tz=UTC)
    facts = (
        Reading(point=sensor, at=now, quantity="pressure", value=0.25, unit="MPa"),
        OperatorAction(at=now, action=Act.MANUAL_ALARM, operator="4"),
        OperatorAction(at=now, action=Act.TEST, operator="5"),
    )
    async with serving(FakeCentre(Random(SEED))) as fake, living(fake) as (device, _):
        device.report(Report(lane=Lane.READING, facts=facts[:1]))
        device.report(Report(lane=Lane.ALARM, facts=facts[1:]))
        await until(lambda: device.waiting == 0, "the confirms")
        place = bytes([11, 1]) + bytes.fromhex(sensor.rpartition(".")[2])
        assert (await answered(fake, 4, bytes([63, 1]) + place)).unit[0] == 3
        since = six(now - timedelta(minutes=1), bcd=False)
        records = await answered(fake, 4, bytes([84, 1, 1]) + since)
        assert records.unit[:4] == bytes([24, 1, 1 << 6, 5])
        assert (await answered(fake, 4, bytes([64, 1, 1, 1, 9]) + since)).unit[:2] == bytes([4, 2])


async def test_the_centre_sets_the_clock() -> None:
    """A clock four minutes ahead is right after a sync, to the second; what happens then is stamped so."""
    async with serving(FakeCentre(Random(SEED))) as fake, living(fake, clock_error_s=240.0) as (device, written):
        told = datetime.now(tz=UTC)
        assert (await answered(fake, 1, bytes([90, 1]) + six(told, bcd=False))).command == CONFIRM
        happened = datetime.now(tz=UTC) + timedelta(seconds=240)
        device.report(Report(lane=Lane.STATE, facts=(StateChange(point=DETECTOR, at=happened, set=(State.FAULT,)),)))
        await until(lambda: device.waiting == 0, "the confirm")
    said = [record for record in written if isinstance(record, journal.Frame) and record.words][-1]
    assert abs(said.words[0].at - told) < timedelta(seconds=30)


async def test_a_duty_check_is_answered_by_a_person() -> None:
    """The command is confirmed at once; after a while an urgent frame of type 24 with bit 5 comes."""
    async with serving(FakeCentre(Random(SEED))) as fake, living(fake):
        assert (await answered(fake, 1, bytes([91, 1, 10]))).command == CONFIRM
        await until(lambda: bool(fake.data), "somebody at the control room")
        assert fake.data[0].unit[:3] == bytes([24, 1, 1 << 5])


async def test_nobody_answers_a_duty_check_at_times() -> None:
    """Where nobody is there the command is confirmed all the same, and nothing comes."""
    odds = Odds(duty_unanswered=1.0, frame_spoilt=0.0)
    async with serving(FakeCentre(Random(SEED))) as fake, living(fake, odds=odds) as (device, _):
        assert (await answered(fake, 1, bytes([91, 1, 10]))).command == CONFIRM
        assert device.waiting == 0
    assert not fake.data


async def test_a_restart_without_flash_memory_loses_the_ring() -> None:
    """What waited is overwritten, what was sent is given up, and serials begin anew."""
    async with serving(FakeCentre(Random(SEED), mute=True)) as fake, living(fake, flash=False) as (device, written):
        device.report(report())
        await until(lambda: bool(fake.data), "the frame")
        device.fall_silent("restart")
        device.restart("c")
        assert device.waiting == 0
        await until(lambda: not device.online, "the end of the connection")
        device.speak_again()
        await until(lambda: fake.connections == 2, "the next connection")
    lost = [record for record in written if isinstance(record, journal.Overwritten)]
    assert [(record.why, record.sent) for record in lost] == [("restart", True)]
    assert any(isinstance(record, journal.FrameGivenUp) for record in written)

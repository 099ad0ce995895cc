"""`bench frames`: how many frames of GB/T 26875.3 does one core read?"""

import asyncio
import platform
import struct
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from firewarden.bench.figures import figure, ratio
from firewarden.bench.machine import own_version, read_machine
from firewarden.bench.options import FramesSize, Run
from firewarden.bench.report import Counts, Environment, Report, Settings, Versions, at_most
from firewarden.ingest.wire.gb26875.facts import tell
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.objects import ComponentState, Object
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.times import CHINA
from firewarden.ingest.wire.gb26875.units import SEND, decode_unit, encode_unit

READ_BYTES = 1_460
"""What comes in one TCP segment: frames lie across the borders of reads."""
MICROSECONDS_WANTED = 33.3
"""For each frame: 30,000 a second."""

_FIELDS = struct.Struct("<2sHBB6sIHIHHBBBBBB4sH31s6sB2s")
"""A frame with one component's state, marks and checksum included."""
_FRAMES_A_SECOND = 300
_TEXTS = ("", "", "", "三层东走廊感烟探测器", "B1 车库 12 号手动报警按钮")
_WORDS = (0x0001, 0x0002, 0x0004, 0x0040, 0x0000)
_FIRST_AT = datetime(2026, 11, 24, 16, 0, tzinfo=CHINA)


T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class Traffic:
    """The bytes of a stream, and the objects that they hold."""

    data: bytes
    objects: list[Object]


def component_frames(count: int) -> Traffic:
    """Frames with the state of one component each: as a storm sends them, each of another component."""
    objects: list[Object] = []
    frames: list[bytes] = []
    for number in range(count):
        at = _FIRST_AT + timedelta(seconds=number // _FRAMES_A_SECOND)
        one = ComponentState(
            system_type=1,
            system_address=1 + number % 4,
            component_type=40,
            component_address=number.to_bytes(4, "little"),
            word=_WORDS[number % len(_WORDS)],
            text=_TEXTS[number // len(_WORDS) % len(_TEXTS)],
            at=at,
        )
        unit = encode_unit(2, [one], STANDARD)
        objects.append(one)
        frames.append(encode(serial=number % 65_536, source=889, destination=1, command=SEND, unit=unit, time=at))
    return Traffic(data=b"".join(frames), objects=objects)


def read_frames(data: bytes) -> int:
    """Find and prove the frames only; how many there are."""
    reader = FrameReader()
    return sum(len(reader.feed(data[start : start + READ_BYTES])) for start in range(0, len(data), READ_BYTES))


def read_objects(data: bytes) -> list[Object]:
    """Frames to objects."""
    reader = FrameReader()
    found: list[Object] = []
    for start in range(0, len(data), READ_BYTES):
        for item in reader.feed(data[start : start + READ_BYTES]):
            if isinstance(item, Frame):
                found += decode_unit(item.command, item.unit, STANDARD).objects
    return found


def read_facts(data: bytes) -> int:
    """Frames to facts, as ingest reads them; how many there are."""
    reader = FrameReader()
    now = datetime.now(tz=UTC)
    facts = 0
    for start in range(0, len(data), READ_BYTES):
        for item in reader.feed(data[start : start + READ_BYTES]):
            if isinstance(item, Frame):
                told = tell(item, decode_unit(item.command, item.unit, STANDARD), STANDARD, now)
                facts += len(told.facts)
    return facts


def read_bare(data: bytes) -> int:
    """The limit: every field unpacked by one call, every checksum proved, and nothing searched for, made or told."""
    size = _FIELDS.size
    sound = 0
    for index, values in enumerate(_FIELDS.iter_unpack(data)):
        start = index * size
        sound += sum(data[start + 2 : start + size - 3]) & 0xFF == values[-2]
    return sound


async def bench_frames(size: FramesSize, run: Run) -> Report:
    """Read the same stream again and again."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    traffic = await asyncio.to_thread(component_frames, size.frames)
    rounds: list[Round] = []
    with run.bars as bars, bars.bar("frames", size.rounds) as on_done:
        for number in range(1, size.rounds + 1):
            rounds.append(await asyncio.to_thread(one_round, traffic))
            on_done(number)
    each = size.frames
    figures = (
        figure("frames found and proved", "/s", [each / one.frames_s for one in rounds]),
        figure("frames to objects", "/s", [each / one.objects_s for one in rounds]),
        figure("frames to facts", "/s", [each / one.facts_s for one in rounds]),
        figure("a frame to objects", "µs", [one.objects_s / each * 1e6 for one in rounds]),
    )
    limits = [each / one.bare_s for one in rounds]
    counts = Counts(lost=sum(one.lost for one in rounds))
    return Report(
        bench="frames",
        begun_at=begun_at,
        environment=Environment(
            machine=machine, versions=Versions(firewarden=own_version(), python=platform.python_version())
        ),
        settings=Settings(rounds=size.rounds, gateways=1, messages=size.frames, points=size.frames),
        figures=figures,
        limit=figure("bare unpacking", "/s", limits),
        ratio=ratio("objects of bare unpacking", [each / one.objects_s for one in rounds], limits),
        targets=(at_most(figures, "a frame to objects", MICROSECONDS_WANTED),),
        counts=counts,
        passed=counts.clean,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """Processor time of each way to read the stream, and how many frames were not read as what they are."""

    bare_s: float
    frames_s: float
    objects_s: float
    facts_s: float
    lost: int


def one_round(traffic: Traffic) -> Round:
    """Read the stream in each way, one after the other, and compare what came with what was sent."""
    bare_s, bare = _timed(read_bare, traffic.data)
    frames_s, frames = _timed(read_frames, traffic.data)
    objects_s, objects = _timed(read_objects, traffic.data)
    facts_s, facts = _timed(read_facts, traffic.data)
    due = len(traffic.objects)
    right = sum(one == sent for one, sent in zip(objects, traffic.objects, strict=False))
    lost = (due - bare) + (due - frames) + (due - right) + (due - facts)
    return Round(bare_s=bare_s, frames_s=frames_s, objects_s=objects_s, facts_s=facts_s, lost=lost)


def _timed(read: Callable[[bytes], T], data: bytes) -> tuple[float, T]:
    """What it read, and the processor time of this thread: what else runs on the machine does not count."""
    begun_s = time.thread_time()
    result = read(data)
    return time.thread_time() - begun_s, result

"""Are the frames of a stream found, however it is cut and whatever lies between them?"""

import tracemalloc
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from firewarden.ingest.wire.gb26875.errors import EncodeError
from firewarden.ingest.wire.gb26875.frames import (
    ADDRESS_MAX,
    FRAME_BYTES_MAX,
    Flaw,
    Flawed,
    Frame,
    FrameReader,
    encode,
)
from firewarden.ingest.wire.gb26875.times import NO_TIME

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FIRE = bytes.fromhex(
    "404001000101203a091a090c790300000000385b0100000030000202010101280a0002000200" + "20" * 30 + "00023a091a090c462323"
)
HEARTBEAT = bytes.fromhex("4040090001022a380a080716000000000000640000000000000002032323")
FLAWS = {flaw.value: flaw for flaw in Flaw}

Item = Frame | Flawed

serials = st.integers(0, 65_535) | st.sampled_from([0x40, 0x4040, 0x2323])
addresses = st.integers(0, ADDRESS_MAX) | st.sampled_from([0x404040404040, 0x232323232323, 0x40, 0x40 << 40])
unit_bytes = st.binary(max_size=60) | st.sampled_from([b"@@" * 40, b"##" * 40, b"@@##" * 256, FIRE, FIRE[:40]])
frames = st.builds(
    encode,
    serial=serials,
    source=addresses,
    destination=addresses,
    command=st.integers(0, 255),
    unit=unit_bytes,
    time=st.binary(min_size=6, max_size=6),
    version=st.tuples(st.integers(0, 255), st.integers(0, 255)),
)
junk = st.binary(max_size=80) | st.lists(st.sampled_from([b"@", b"@@", b"#", b"\0", FIRE[:30]])).map(b"".join)


def changed(frame: bytes, place: int, value: int) -> bytes:
    """The frame with another byte at one place."""
    place %= len(frame)
    return frame[:place] + bytes([value]) + frame[place + 1 :]


spoilt = st.builds(changed, frames, st.integers(0), st.integers(0, 255))
streams = st.lists(frames | junk | spoilt, max_size=6).map(b"".join)


def finished(reader: FrameReader) -> list[Item]:
    """What comes out when the stream has ended."""
    items: list[Item] = []
    while reader.pending:
        before = reader.pending
        items += reader.give_up()
        assert reader.pending < before, "give_up makes no progress"
    return items


def read(data: bytes, unit_max: int = 1_024) -> list[Item]:
    """Everything in one piece."""
    reader = FrameReader(unit_max)
    return reader.feed(data) + finished(reader)


def told(items: list[Item]) -> list[bytes | Flaw]:
    """Frames as bytes, the others as their flaw."""
    return [item.raw if isinstance(item, Frame) else item.flaw for item in items]


def judged(rest: bytes, unit_max: int) -> tuple[Flaw | None, bytes, int]:
    """What begins at start marks: its flaw, its bytes, and how far its header says that it reaches."""
    size = 30 + int.from_bytes(rest[24:26], "little")
    if len(rest) >= 27 and size > 30 + unit_max:
        return Flaw.MALFORMED, rest[:27], size
    if len(rest) < max(27, size):
        short = len(rest) < 30 and rest.endswith(b"##")
        return Flaw.MALFORMED if short else Flaw.INCOMPLETE, rest, len(rest)
    raw = rest[:size]
    if not raw.endswith(b"##"):
        return Flaw.TAIL, raw, size
    return None if sum(raw[2:-3]) % 256 == raw[-3] else Flaw.CHECKSUM, raw, size


def header_of(raw: bytes) -> dict[str, int | tuple[int, int]]:
    """What a header says, where it is whole."""
    if len(raw) < 27:
        return {}
    return {
        "serial": int.from_bytes(raw[2:4], "little"),
        "version": (raw[4], raw[5]),
        "source": int.from_bytes(raw[12:18], "little"),
        "destination": int.from_bytes(raw[18:24], "little"),
        "command": raw[26],
    }


def read_slowly(data: bytes, unit_max: int) -> list[Item]:
    """What must come out, looked for byte by byte in a stream that has ended: the reader's rules and nothing clever."""
    items: list[Item] = []
    at = told_until = 0
    while at < len(data):
        if not data.startswith(b"@@", at):
            begin, end = at, data.find(b"@@", at)
            at = end if end >= 0 else len(data)
            run = data[max(begin, told_until) : at]
            if run:
                half = run == b"@" and at == len(data)
                flaw = Flaw.INCOMPLETE if half else Flaw.START
                items.append(Flawed(flaw=flaw, raw=run[:FRAME_BYTES_MAX], size=len(run), offset=at - len(run)))
            continue
        flaw, raw, reach = judged(data[at:], unit_max)
        fields: dict[str, Any] = {"raw": raw, "offset": at, **header_of(raw)}
        if flaw is None:
            items.append(Frame(time=raw[6:12], unit=raw[27:-3], **fields))
            at, told_until = at + reach, 0
            continue
        if at >= told_until:
            items.append(Flawed(flaw=flaw, size=reach, **fields))
            told_until = at + reach
        at += 1
    return items


@settings(max_examples=400)
@given(streams, st.sampled_from([0, 5, 255, 256, 512, 1_024]))
def test_items_are_those_of_a_slow_search(data: bytes, unit_max: int) -> None:
    """The reader finds what a search without any short cut finds."""
    assert read(data, unit_max) == read_slowly(data, unit_max)


def test_every_field_of_a_real_frame() -> None:
    """A captured frame has the fields that its author published."""
    [frame] = read(FIRE)
    assert isinstance(frame, Frame)
    assert (frame.serial, frame.version, frame.source, frame.destination, frame.command) == (1, (1, 1), 889, 88_888, 2)
    assert frame.time == bytes.fromhex("203a091a090c")
    assert frame.unit == FIRE[27:-3]
    assert frame.raw == FIRE
    assert frame.offset == 0


def test_a_frame_is_written_as_it_was_read() -> None:
    """The encoder makes the captured frame from its fields."""
    at = datetime(2012, 9, 26, 1, 58, 32, tzinfo=UTC)
    assert encode(serial=1, source=889, destination=88_888, command=2, time=at, unit=FIRE[27:-3]) == FIRE


@given(streams, st.lists(st.integers(1, 40)))
def test_any_split_gives_the_same_items(data: bytes, sizes: list[int]) -> None:
    """All at once, byte by byte and in pieces of any size: the same frames, the same flaws, at the same places."""
    whole = read(data)
    for pieces in (iter(sizes), iter([1] * len(data))):
        reader, items, at = FrameReader(), list[Item](), 0
        for size in pieces:
            items += reader.feed(data[at : at + size])
            at += size
        items += reader.feed(data[at:]) + finished(reader)
        assert items == whole


@given(st.lists(frames, max_size=5))
def test_frames_alone_are_all_there_is(sound: list[bytes]) -> None:
    """Frames one behind the other come out as they are, whatever their data holds, and nothing waits."""
    reader = FrameReader()
    assert told(reader.feed(b"".join(sound))) == sound
    assert reader.pending == 0


@given(st.lists(st.tuples(junk, frames), max_size=5))
def test_no_frame_behind_garbage_is_lost(pairs: list[tuple[bytes, bytes]]) -> None:
    """Whatever lies between frames, each of them is found, unless garbage and frame make an earlier sound one."""
    data = b"".join(part for pair in pairs for part in pair)
    found = [item for item in read(data) if isinstance(item, Frame)]
    covered = [(item.offset, item.offset + len(item.raw)) for item in found]
    at = 0
    for before, frame in pairs:
        at += len(before)
        begun_earlier = any(begin < at < end for begin, end in covered)
        assert begun_earlier or (at, at + len(frame)) in covered
        at += len(frame)


@given(st.integers(0, len(FIRE) - 1), st.integers(0, 255), frames)
def test_the_frame_behind_a_spoilt_one_is_found(place: int, value: int, sound: bytes) -> None:
    """One changed byte costs the frame that it is in, and no other."""
    assert sound in told(read(changed(FIRE, place, value) + sound))


@given(streams)
def test_items_lie_in_order_and_are_cut_from_the_stream(data: bytes) -> None:
    """Each item is a piece of the stream at its offset; sound frames do not overlap."""
    items = read(data)
    for item in items:
        assert data[item.offset : item.offset + len(item.raw)] == item.raw
    sound = [item for item in items if isinstance(item, Frame)]
    assert all(one.offset + len(one.raw) <= two.offset for one, two in pairwise(sound))


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(HEARTBEAT + FIRE, [HEARTBEAT, FIRE], id="two in one read"),
        pytest.param(b"abc" + FIRE + b"def", ["reject_start", FIRE, "reject_start"], id="garbage around"),
        pytest.param(b"@" + FIRE, ["reject_malformed", FIRE], id="a third @ before it"),
        pytest.param(b"@" + HEARTBEAT, ["reject_tail", HEARTBEAT], id="a third @ before a short one"),
        pytest.param(b"x@" + FIRE[1:], ["reject_start", FIRE], id="garbage up to the start mark"),
        pytest.param(FIRE[:-3] + b"\0##", ["reject_checksum"], id="checksum"),
        pytest.param(FIRE[:-2] + b"#!", ["reject_tail"], id="tail"),
        pytest.param(FIRE[:-3] + b"\0!!", ["reject_tail"], id="checksum and tail"),
        pytest.param(FIRE[:50], ["need_more"], id="cut short"),
        pytest.param(FIRE[:10], ["need_more"], id="cut in the header"),
        pytest.param(FIRE[:16] + b"##", ["reject_malformed"], id="shorter than any frame"),
        pytest.param(FIRE[:16] + b"##" + FIRE, ["reject_malformed", FIRE], id="shorter than any, then a frame"),
        pytest.param(FIRE[:-3] + FIRE, ["reject_tail", FIRE], id="lost tail"),
        pytest.param(FIRE[:60] + FIRE, ["reject_tail", FIRE], id="lost more"),
        pytest.param(b"junk", ["reject_start"], id="no start at all"),
        pytest.param(b"@" * 5_000, ["reject_malformed"], id="nothing but @"),
        pytest.param(b"@" * 5_000 + FIRE, ["reject_malformed", FIRE], id="many @, then a frame"),
    ],
)
def test_what_is_told(data: bytes, expected: list[bytes | str]) -> None:
    """Each flaw is told once, under its name, and the frames around it are found."""
    assert told(read(data)) == [FLAWS[item] if isinstance(item, str) else item for item in expected]


def test_a_flaw_says_whom_to_deny() -> None:
    """Serial and addresses of a spoilt frame are those of its header."""
    [flawed] = read(FIRE[:-3] + b"\0##")
    assert isinstance(flawed, Flawed)
    assert (flawed.serial, flawed.source, flawed.destination, flawed.command) == (1, 889, 88_888, 2)
    assert (flawed.version, flawed.size, flawed.raw) == ((1, 1), len(FIRE), FIRE[:-3] + b"\0##")


def test_too_long_by_profile() -> None:
    """A frame longer than the reader's limit is malformed as soon as its header is there; the next one is found."""
    long = encode(serial=7, source=1, destination=2, command=2, unit=bytes(600), time=NO_TIME)
    reader = FrameReader(unit_max=512)
    [flawed] = reader.feed(long[:27])
    assert isinstance(flawed, Flawed)
    assert (flawed.flaw, flawed.serial, flawed.raw, flawed.size) == (Flaw.MALFORMED, 7, long[:27], len(long))
    assert told(reader.feed(long[27:] + FIRE)) == [FIRE]


def test_the_longest_frame() -> None:
    """1,024 bytes of application unit are a frame; more cannot be written."""
    longest = encode(serial=7, source=1, destination=2, command=2, unit=b"@" * 1_024, time=NO_TIME)
    assert len(longest) == FRAME_BYTES_MAX
    assert told(read(longest + FIRE)) == [longest, FIRE]
    with pytest.raises(EncodeError, match="1024"):
        encode(serial=7, source=1, destination=2, command=2, unit=bytes(1_025), time=NO_TIME)


def test_giving_up_finds_the_frame_behind_a_false_start() -> None:
    """A header that announces what never comes holds a fire back only until the reader is told to give up."""
    reader = FrameReader()
    false = FIRE[:24] + (1_000).to_bytes(2, "little") + FIRE[26:27]
    assert reader.feed(false + FIRE) == []
    assert reader.pending == len(false) + len(FIRE)
    assert told(reader.give_up()) == [Flaw.INCOMPLETE, FIRE]
    assert reader.pending == 0


def test_giving_up_keeps_the_beginning_of_the_next_frame() -> None:
    """A frame that is still arriving behind a false start is read when its rest comes."""
    reader = FrameReader()
    false = FIRE[:24] + (1_000).to_bytes(2, "little") + FIRE[26:27]
    reader.feed(false + FIRE[:40])
    assert told(reader.give_up()) == [Flaw.INCOMPLETE]
    assert reader.pending == 40
    assert told(reader.feed(FIRE[40:])) == [FIRE]


def test_a_spoilt_frame_after_silence_is_told_again() -> None:
    """A sound frame ends the silence that an overlong header began."""
    overlong = FIRE[:24] + b"\xff\xff" + FIRE[26:27]
    bad = FIRE[:-3] + b"\0##"
    assert told(read(overlong + bad)) == [Flaw.MALFORMED]
    assert told(read(overlong + FIRE + bad)) == [Flaw.MALFORMED, FIRE, Flaw.CHECKSUM]


HOSTILE = [
    pytest.param(b"@@", id="only starts"),
    pytest.param(b"@@\0\0\0\0\0", id="plausible lengths"),
    pytest.param(b"@@##" * 8 + b"\0", id="starts and ends"),
    pytest.param(b"@", id="one @"),
    pytest.param(b"x", id="never a start"),
    pytest.param(FIRE[:27], id="headers"),
    pytest.param(FIRE[:-3] + b"\0##", id="bad checksums"),
    pytest.param(b"x@@" + bytes(22) + b"\0\x05\0", id="overlong headers"),
]


@pytest.mark.parametrize("pattern", HOSTILE)
def test_hostile_streams_take_no_memory(pattern: bytes) -> None:
    """Much of the worst leaves less than one frame behind, and few items for what came."""
    data = pattern * (150_000 // len(pattern))
    reader, items, kept = FrameReader(), 0, 0
    tracemalloc.start()
    try:
        for start in range(0, len(data), 4_096):
            items += len(reader.feed(data[start : start + 4_096]))
        kept, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert kept < 16_384
    assert items <= len(data) // 13
    finished(reader)
    assert told(reader.feed(FIRE)) == [FIRE]


@settings(max_examples=300)
@given(st.lists(st.binary(max_size=200), max_size=10), st.lists(st.booleans(), max_size=10))
def test_random_bytes_raise_nothing(pieces: list[bytes], giving_up: list[bool]) -> None:
    """Any bytes in any pieces, with giving up in between: no error, and less than a frame is kept."""
    reader = FrameReader()
    for index, piece in enumerate(pieces):
        reader.feed(piece)
        if index < len(giving_up) and giving_up[index]:
            reader.give_up()
        assert len(reader._held) < FRAME_BYTES_MAX  # pyright: ignore[reportPrivateUsage]
    finished(reader)
    assert told(reader.feed(FIRE)) == [FIRE]


@pytest.mark.parametrize(
    "change",
    [
        {"serial": 65_536},
        {"serial": -1},
        {"source": 2**48},
        {"destination": -1},
        {"command": 256},
        {"version": (1, 256)},
        {"time": b"12345"},
        {"time": datetime(2026, 1, 1)},  # noqa: DTZ001 - that is the point
        {"time": datetime(1999, 1, 1, tzinfo=UTC)},
    ],
)
def test_what_does_not_fit_is_not_written(change: dict[str, object]) -> None:
    """Numbers that do not fit their bytes raise EncodeError, and nothing else."""
    fields: dict[str, object] = {"serial": 1, "source": 1, "destination": 2, "command": 2, "time": NOW, **change}
    with pytest.raises(EncodeError):
        encode(**fields)  # pyright: ignore[reportArgumentType] - that is the point

"""Does a connection go on while a device speaks over it, and end for a reason when only nonsense comes?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingest.gb_frames import raw

from firewarden.ingest.gb_stream import EndReason, GbStream, StreamLimits
from firewarden.ingest.wire.gb26875.frames import Frame

LIMITS = StreamLimits()


def stream() -> GbStream:
    """A connection that stands since the moment 0."""
    return GbStream(limits=LIMITS, began_s=0.0)


def test_who_says_nothing_is_let_go() -> None:
    """A connection without one sound frame ends after half a minute."""
    one = stream()
    one.feed(b"hello", 1.0)
    assert one.end_reason(LIMITS.first_frame_s - 0.1) is None
    assert one.end_reason(LIMITS.first_frame_s) is EndReason.NO_FRAME


@pytest.mark.parametrize(("heartbeat_s", "silent_s"), [(60.0, 180.0), (10.0, 180.0), (600.0, 1800.0)])
def test_half_open_connections_end(heartbeat_s: float, silent_s: float) -> None:
    """Three heartbeats of silence end a connection, but no less than three minutes."""
    one = stream()
    one.feed(raw(), 5.0)
    one.heartbeat_s = heartbeat_s
    assert one.end_reason(5.0 + silent_s - 0.1) is None
    assert one.end_reason(5.0 + silent_s) is EndReason.SILENT


def test_a_frame_that_never_ends_is_given_up_and_what_is_behind_it_is_found() -> None:
    """A false start that waits for a thousand bytes costs the frame behind it a few seconds and no more."""
    one = stream()
    false_start = b"@@" + bytes(22) + (900).to_bytes(2, "little") + b"\x02"
    assert one.feed(false_start + raw(serial=7), 1.0) == []
    assert one.due(1.0 + LIMITS.partial_s - 0.1) == []
    found = [item for item in one.due(1.0 + LIMITS.partial_s) if isinstance(item, Frame)]
    assert [item.serial for item in found] == [7]
    assert one.end_reason(20.0) is None


def test_who_begins_frames_and_finishes_none_is_let_go() -> None:
    """A byte now and then holds no connection open."""
    one = stream()
    now_s, reason = 0.0, None
    one.feed(raw(), now_s)
    while reason is None:
        now_s += 1.0
        one.feed(b"@", now_s)
        one.due(now_s)
        reason = one.end_reason(now_s)
    assert reason is EndReason.SLOW
    assert now_s <= LIMITS.partial_s * (LIMITS.given_up_max + 2)


@given(st.integers(500, 5_000))
def test_garbage_ends_a_connection(size: int) -> None:
    """So many bytes without a sound frame are no device; with one now and then they may be."""
    noise, bad = stream(), 0
    while noise.end_reason(1.0) is None:
        noise.feed(b"x" * size, 1.0)
        bad += size
    assert noise.end_reason(1.0) is EndReason.GARBAGE
    assert bad <= LIMITS.garbage_bytes_max + size
    device = stream()
    for _ in range(2 * LIMITS.garbage_bytes_max // size):
        device.feed(b"x" * size + raw(), 1.0)
        assert device.end_reason(1.0) is None


def test_time_in_which_we_did_not_read_is_not_held_against_anybody() -> None:
    """After a pause of ours the connection has its whole time again."""
    one = stream()
    one.feed(raw() + b"@@", 1.0)
    one.excuse(500.0)
    assert one.due(500.0) == []
    assert one.end_reason(500.0) is None
    assert one.end_reason(680.0) is EndReason.SILENT


def test_the_rest_of_an_ended_connection_is_looked_through() -> None:
    """A frame behind a false start is found when nothing more will come."""
    one = stream()
    assert one.feed(b"@@" + bytes(22) + (900).to_bytes(2, "little") + b"\x02" + raw(serial=8), 1.0) == []
    assert [item.serial for item in one.end() if isinstance(item, Frame)] == [8]

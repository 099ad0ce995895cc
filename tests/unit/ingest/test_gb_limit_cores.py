"""What is kept of strangers, what is answered, and where do we listen?"""

import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.ingest.gb_frames import NOW, SOURCE, component, frame, raw

from firewarden.ingest.gb_address import ListenError, bind, parse_address, peer_of, tls_context
from firewarden.ingest.gb_answers import confirm, deny, deny_flawed
from firewarden.ingest.gb_strangers import StrangerLimits, Strangers
from firewarden.ingest.wire.gb26875.frames import Flawed, Frame, FrameReader
from firewarden.ingest.wire.gb26875.profiles import STANDARD, ConfirmStyle, Profile


def read(data: bytes) -> Frame:
    """One sound frame."""
    [found] = FrameReader().feed(data)
    assert isinstance(found, Frame)
    return found


def test_of_one_stranger_a_few_frames_are_kept_and_of_all_together_so_many_bytes() -> None:
    """Whoever shouts is kept no longer; another one is still heard, until the day's room is used."""
    strangers = Strangers(StrangerLimits(rate_per_s=1.0, burst=3, bytes_a_day=6_000, peers_max=2), 0.0)
    assert [strangers.may_keep("a", 100, 0.0) for _ in range(4)] == [True, True, True, False]
    assert strangers.may_keep("b", 100, 0.0)
    assert strangers.may_keep("a", 100, 1.0)
    assert not all(strangers.may_keep(f"p{number}", 100, 1.0) for number in range(10))


def test_denials_to_forged_senders_are_few() -> None:
    """Nobody uses us to flood another."""
    strangers = Strangers(StrangerLimits(answers_per_s=5), 0.0)
    assert sum(strangers.may_answer(0.0) for _ in range(100)) == 5


def test_a_confirm_is_addressed_back_and_says_nothing_else() -> None:
    """Serial echoed, addresses swapped unless the profile does not, version copied, no content."""
    one = frame(component(2), serial=77)
    answer = read(confirm(one, STANDARD, NOW))
    assert (answer.serial, answer.command, answer.unit) == (77, 3, b"")
    assert (answer.source, answer.destination, answer.version) == (9, SOURCE, one.version)
    unswapped = read(confirm(one, Profile(name="x", confirm_style=ConfirmStyle.UNSWAPPED), NOW))
    assert (unswapped.source, unswapped.destination) == (SOURCE, 9)
    assert read(confirm(frame(b"\x16"), STANDARD, NOW)).unit == b"\x17"
    assert read(deny(one, STANDARD, NOW)).command == 6


@given(st.integers(0, 29), st.integers(1, 255))
def test_a_spoilt_frame_is_denied_with_its_serial_or_not_at_all(place: int, change: int) -> None:
    """Whatever byte is wrong: a denial is sound, no longer than the frame, and never answers an answer."""
    data = bytearray(raw(serial=5))
    data[place] ^= change
    reader = FrameReader()
    items = reader.feed(bytes(data))
    while reader.pending:
        items += reader.give_up()
    for item in items:
        if isinstance(item, Flawed):
            answer = deny_flawed(item, NOW)
            if answer is not None:
                assert len(answer) <= max(len(item.raw), item.size)
                assert read(answer).serial == item.serial
                assert item.command not in {3, 5, 6}


@pytest.mark.parametrize("text", ["", "26875", "host", "host:", ":1", "host:x", "host:70000", "host:-1", "host:²"])
def test_an_address_that_is_none_says_how_one_looks(text: str) -> None:
    """Whoever set the variable learns which one and what to write."""
    with pytest.raises(ListenError, match=r"FIREWARDEN_GB26875_TCP.*0\.0\.0\.0:26875"):
        parse_address("FIREWARDEN_GB26875_TCP", text)


def test_addresses_are_read() -> None:
    """Both families, and an IPv4 peer is the same on an IPv6 socket."""
    assert str(parse_address("V", " 127.0.0.1:26875 ")) == "127.0.0.1:26875"
    assert str(parse_address("V", "[::1]:1")) == "[::1]:1"
    assert (peer_of("::ffff:192.0.2.1"), peer_of("fe80::1%eth0"), peer_of("192.0.2.1")) == (
        "192.0.2.1",
        "fe80::1",
        "192.0.2.1",
    )


@pytest.mark.parametrize("kind", [socket.SOCK_STREAM, socket.SOCK_DGRAM])
def test_a_place_that_is_taken_says_what_to_do(kind: socket.SocketKind) -> None:
    """The address, the variable that names it, and that another process may have it."""
    with bind(parse_address("FIREWARDEN_GB26875_TCP", "127.0.0.1:0"), kind) as first:
        taken = parse_address("FIREWARDEN_GB26875_TCP", f"127.0.0.1:{first.getsockname()[1]}")
        with pytest.raises(ListenError, match=r"127\.0\.0\.1:\d+ \(FIREWARDEN_GB26875_TCP\).*another process"):
            bind(taken, kind)


def test_tls_without_a_certificate_says_what_to_name(tmp_path: Path) -> None:
    """Nobody listens without TLS where TLS was asked for."""
    with pytest.raises(ListenError, match="FIREWARDEN_GB26875_TLS_CERT"):
        tls_context(None, None)
    with pytest.raises(ListenError, match="cannot be used"):
        tls_context(tmp_path / "missing.pem", tmp_path / "missing.key")

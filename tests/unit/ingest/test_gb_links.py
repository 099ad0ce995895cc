"""Is a device reached over its newest connection, and are connections written down once?"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from tests.unit.ingest.gb_frames import NOW, SOURCE, FakeLink, talk

from firewarden.ingest.gb_link_log import LinkLog
from firewarden.ingest.gb_links import GbLinks
from firewarden.ingest.gb_talk import ASKED_MAX
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader
from firewarden.ingest.wire.gb26875.profiles import Profile


@dataclass(frozen=True, slots=True)
class Asked:
    """A command."""

    id: int
    command: str
    args: Mapping[str, object]


def request(command: str, args: Mapping[str, object], now: datetime, profile: Profile) -> tuple[int, bytes]:
    """What a command would be, or that it cannot be said."""
    assert (args, now, profile.name) == ({}, NOW, "standard")
    if command == "unspeakable":
        raise ValueError(command)
    return 1, b"\x5b\x01\x05"


def links() -> GbLinks:
    """Nobody is connected yet."""
    return GbLinks(request, lambda: NOW)


def sent(link: FakeLink) -> list[Frame]:
    """What was written."""
    return [item for data in link.written for item in FrameReader().feed(data) if isinstance(item, Frame)]


def test_a_command_goes_over_the_newest_connection() -> None:
    """Addressed as the device addresses us, with a number of that connection; asked again, with the same number."""
    known = links()
    old, new = FakeLink(), FakeLink()
    known.add(talk(link=old))
    newer = talk(link=new)
    known.add(newer)
    for number in (7, 8, 7):
        assert known.send("GW-1", Asked(number, "duty_check", {}))
    assert [one.serial for one in sent(new)] == [0, 1, 0]
    assert {(one.source, one.destination, one.command, one.unit) for one in sent(new)} == {
        (9, SOURCE, 1, b"\x5b\x01\x05")
    }
    assert not old.written
    assert (newer.asked(0), newer.asked(1), newer.asked(2)) == ("7", "8", None)


def test_an_older_connection_serves_when_the_newer_ended() -> None:
    """Nobody is reached over a connection that ended, or to whom a command cannot be said."""
    known = links()
    old, new = talk(), talk()
    known.add(old)
    known.add(new)
    known.remove(new)
    assert known.reaches() == {"GW-1"}
    assert not known.send("GW-1", Asked(1, "unspeakable", {}))
    assert known.send("GW-1", Asked(1, "duty_check", {}))
    assert isinstance(old.link, FakeLink)
    old.link.closed = True
    assert not known.reaches()
    assert not known.send("GW-1", Asked(2, "duty_check", {}))
    known.remove(old)
    known.remove(old)
    assert not known.send("GW-1", Asked(2, "duty_check", {}))


def test_only_so_many_questions_are_remembered() -> None:
    """The oldest is forgotten first."""
    one = talk()
    for number in range(ASKED_MAX + 1):
        one.serial_for(str(number))
    assert one.asked(0) is None
    assert one.asked(ASKED_MAX) == str(ASKED_MAX)


def test_the_end_of_an_older_connection_says_nothing_of_the_newer_one() -> None:
    """Of each device the newest is written; a short one as begun and ended."""
    log = LinkLog()
    old, new = talk(), talk(since_at=NOW + timedelta(seconds=5))
    log.began(old)
    log.began(new)
    log.ended(old, "closed", NOW + timedelta(seconds=6))
    [row] = log.take("w")
    assert (row["since_at"], row["ended_at"], row["worker"]) == (new.since_at, None, "w")
    assert log.take("w") == []
    log.ended(new, "silent", NOW + timedelta(seconds=9))
    [row] = log.take("w")
    assert (row["since_at"], row["end_reason"]) == (new.since_at, "silent")

"""What is a device answered? Confirms and denials in the style that its kind expects."""

from datetime import datetime
from enum import IntEnum

from firewarden.ingest.wire.gb26875.frames import Flaw, Flawed, Frame, encode
from firewarden.ingest.wire.gb26875.profiles import STANDARD, ConfirmStyle, Profile


class Command(IntEnum):
    """The command bytes of the standard."""

    CONTROL = 1
    SEND = 2
    CONFIRM = 3
    REQUEST = 4
    ANSWER = 5
    DENY = 6


REPLIES = (Command.CONFIRM, Command.ANSWER, Command.DENY)

DENIED_FLAWS = (Flaw.CHECKSUM, Flaw.TAIL, Flaw.MALFORMED)
"""Check errors by the standard. Bytes between frames, and frames that never end, have no header to answer to."""


def confirm(frame: Frame, profile: Profile, now: datetime) -> bytes:
    """What `frame` says is stored."""
    return _answer(Command.CONFIRM, frame, profile, now, unit=profile.heartbeat_answers.get(frame.unit, b""))


def deny(frame: Frame, profile: Profile, now: datetime) -> bytes:
    """What `frame` says is not taken. Never longer than what is answered."""
    return _answer(Command.DENY, frame, profile, now, unit=b"")


def deny_flawed(flawed: Flawed, now: datetime) -> bytes | None:
    """The denial of what was a frame once; None where its header cannot be known, or it is an answer itself."""
    if flawed.flaw not in DENIED_FLAWS or flawed.serial is None or flawed.command in REPLIES:
        return None
    assert flawed.source is not None
    assert flawed.destination is not None
    return encode(
        serial=flawed.serial,
        source=flawed.destination,
        destination=flawed.source,
        command=Command.DENY,
        time=now,
        version=flawed.version or (1, 1),
        coding=STANDARD.time_coding,
    )


def _answer(command: Command, frame: Frame, profile: Profile, now: datetime, *, unit: bytes) -> bytes:
    swapped = profile.confirm_style is ConfirmStyle.SWAPPED
    return encode(
        serial=frame.serial,
        source=frame.destination if swapped else frame.source,
        destination=frame.source if swapped else frame.destination,
        command=command,
        unit=unit,
        time=now,
        version=frame.version,
        coding=profile.time_coding,
    )

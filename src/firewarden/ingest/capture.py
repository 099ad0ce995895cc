"""Which frames are in what somebody captured: a file of bytes, or hex text with a frame a line?

Bytes are read as the listener reads a connection. A hex line is judged by itself: nothing that follows can complete it.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain

import msgspec

from firewarden.ingest.wire import meokon
from firewarden.ingest.wire.gb26875.frames import Flaw, Flawed, Frame, FrameReader
from firewarden.ingest.wire.meokon import MeokonError, MeokonFlaw, MeokonFrame

_BETWEEN = re.compile(r"""[\s,;:_"'(){}\[\]-]+|\\x|0x""", re.IGNORECASE)
_NO_DIGIT = re.compile(r"[^0-9a-fA-F]")
_SHOWN_CHARACTERS = 12
_WITH_A_FRAME = frozenset({Flaw.TAIL, Flaw.CHECKSUM})


@dataclass(frozen=True, slots=True, kw_only=True)
class MeokonFlawed:
    """Bytes that begin as a MEOKON frame and are none."""

    flaw: MeokonFlaw
    detail: str
    raw: bytes
    offset: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MeokonFound:
    """A MEOKON frame, and where it began."""

    frame: MeokonFrame
    offset: int


Item = Frame | Flawed | MeokonFound | MeokonFlawed


class HexError(ValueError):
    """A line is no hex text; the message says what is in the way."""


def bytes_of_line(line: str) -> bytes | None:
    r"""The bytes that a line spells; None where it is empty or a comment. Raises HexError.

    Digits may be upper or lower case, and have spaces, dashes, commas, brackets, 0x or \x between them.
    """
    text = line.partition("#")[0]
    parts = [part for part in _BETWEEN.split(text) if part]
    if not parts:
        return None
    bad = next((part for part in parts if _NO_DIGIT.search(part)), None)
    if bad is not None:
        raise HexError(f"expected hex digits, got {bad[:_SHOWN_CHARACTERS]!r}")
    digits = "".join(part.zfill(2) if len(part) == 1 else part for part in parts)
    if len(digits) % 2:
        raise HexError(f"expected two digits a byte, got {len(digits)} digits")
    return bytes.fromhex(digits)


def frames_in(chunks: Iterable[bytes], *, unit_max: int) -> Iterator[Item]:
    """What the bytes hold, in order. MEOKON frames are seen where the bytes begin with one."""
    parts = iter(chunks)
    first, before = next(parts, b""), 0
    if first.startswith(meokon.START):
        first += b"".join(parts)
        for item in _meokon_frames(first):
            before = item.offset + len(item.raw if isinstance(item, MeokonFlawed) else item.frame.raw)
            yield item
    reader = FrameReader(unit_max)
    for part in chain([first[before:]], parts):
        for item in reader.feed(part):
            yield msgspec.structs.replace(item, offset=item.offset + before) if before else item
    while reader.pending:
        for item in reader.give_up():
            yield msgspec.structs.replace(item, offset=item.offset + before) if before else item


def frames_of_line(data: bytes, *, unit_max: int) -> list[Item]:
    """What the bytes of one line hold. What follows an unsound frame without start marks is part of it, told once.

    A frame whose length is wrong is cut at the wrong place: what is left of it is no second mistake.
    """
    items: list[Item] = []
    for item in frames_in([data], unit_max=unit_max):
        before = items[-1] if items else None
        if (
            isinstance(before, Flawed)
            and before.flaw in _WITH_A_FRAME
            and isinstance(item, Flawed)
            and item.flaw is Flaw.START
            and before.offset + before.size == item.offset
        ):
            items[-1] = msgspec.structs.replace(before, raw=before.raw + item.raw, size=before.size + item.size)
        else:
            items.append(item)
    return items


def _meokon_frames(data: bytes) -> Iterator[MeokonFound | MeokonFlawed]:
    at = 0
    while data.startswith(meokon.START, at):
        try:
            frame = meokon.decode(data[at : at + meokon.FRAME_BYTES_MAX])
        except MeokonError as error:
            after = data.find(meokon.START, at + 1)
            end = len(data) if after < 0 else after
            yield MeokonFlawed(flaw=error.flaw, detail=str(error), raw=data[at:end], offset=at)
            at = end
        else:
            yield MeokonFound(frame=frame, offset=at)
            at += len(frame.raw)

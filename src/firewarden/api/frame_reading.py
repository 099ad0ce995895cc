"""What does a stored frame say, field by field, in the dialect that its gateway has now?"""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from firewarden.ingest.profile_files import Profiles
from firewarden.ingest.wire.gb26875.explain import Part, explain
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameField:
    """Some bytes of a frame, and what they say."""

    offset: Annotated[int, Field(description="from the first byte of the frame")]
    length: int
    object: Annotated[int, Field(description="in which information object, from 1; 0: in the frame around them")]
    hex: Annotated[str, Field(description="with a space between bytes")]
    name: str
    name_en: str
    value: str
    value_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameReading:
    """A frame, read. Where its profile is missing, as the standard says."""

    fields: tuple[FrameField, ...]
    profile_missing: bool


def read_frame(raw: bytes, profile: str, profiles: Profiles) -> FrameReading:
    """Every byte of a frame. One that is unsound, which ingest would not have stored, is a single field."""
    missing = profile not in profiles.by_name
    items = FrameReader().feed(raw)
    if len(items) != 1 or not isinstance(items[0], Frame):
        unsound = _field(raw, offset=0, length=len(raw), name=("不是完整的报文", "no sound frame"), value=("", ""))
        return FrameReading(fields=(unsound,), profile_missing=missing)
    parts = explain(items[0], profiles.of(profile))
    return FrameReading(fields=tuple(_of_part(raw, part) for part in parts), profile_missing=missing)


def _of_part(raw: bytes, part: Part) -> FrameField:
    return _field(raw, offset=part.offset, length=part.length, name=part.name, value=part.value, place=part.place)


def _field(
    raw: bytes, *, offset: int, length: int, name: tuple[str, str], value: tuple[str, str], place: int = 0
) -> FrameField:
    return FrameField(
        offset=offset,
        length=length,
        object=place,
        hex=raw[offset : offset + length].hex(" "),
        name=name[0],
        name_en=name[1],
        value=value[0],
        value_en=value[1],
    )

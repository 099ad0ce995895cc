"""What did a device say that nobody knows, and which profile may be its own? Read with each, and judged; pure."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from firewarden.ingest.facts import Fact, OperatorAction, Reading, StateChange
from firewarden.ingest.wire.gb26875.facts import Told, tell
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader
from firewarden.ingest.wire.gb26875.profiles import STANDARD, Profile
from firewarden.ingest.wire.gb26875.units import Unit, decode_unit

SUGGESTED_MAX = 5
SAID_MAX = 10
_CLOCK_PLAUSIBLE = timedelta(days=1)
_UNIT_MAX = 1_024


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that the frame says. `says` are names of states, of a quantity, or of an act."""

    point: str
    says: tuple[str, ...]
    value: float | None = None
    unit: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class LastFrame:
    """A frame as the likeliest profile reads it. `type` is None where it has no application unit."""

    command: int | None
    type: int | None
    heartbeat: bool
    said: tuple[Said, ...]
    undecoded: str | None
    profiles: tuple[str, ...]


def read_last(raw: bytes, at: datetime, profiles: Mapping[str, Profile]) -> LastFrame:
    """What the bytes of a frame say, received at `at`."""
    frame = _frame(raw)
    if frame is None:
        return LastFrame(
            command=None, type=None, heartbeat=False, said=(), undecoded="no whole frame", profiles=(STANDARD.name,)
        )
    read = [(profile, *_read(frame, profile, at)) for profile in profiles.values()]
    read.sort(key=lambda each: (_doubt(each[2], at), each[0].name != STANDARD.name, each[0].name))
    least = _doubt(read[0][2], at)
    _, unit, told = read[0]
    likely = tuple(profile.name for profile, _, each in read if _doubt(each, at) == least)
    return LastFrame(
        command=frame.command,
        type=unit.type,
        heartbeat=unit.heartbeat,
        said=tuple(_said(told.facts))[:SAID_MAX],
        undecoded=told.undecoded,
        profiles=likely[:SUGGESTED_MAX],
    )


def _frame(raw: bytes) -> Frame | None:
    return next((item for item in FrameReader(_UNIT_MAX).feed(raw) if isinstance(item, Frame)), None)


def _read(frame: Frame, profile: Profile, at: datetime) -> tuple[Unit, Told]:
    unit = decode_unit(frame.command, frame.unit, profile)
    return unit, tell(frame, unit, profile, at)


def _doubt(told: Told, at: datetime) -> int:
    """How much speaks against a reading: what it leaves undecoded, and a clock that cannot be right."""
    wrong_clock = told.sent_at is None or abs(told.sent_at - at) > _CLOCK_PLAUSIBLE
    return 2 * (told.undecoded is not None) + wrong_clock


def _said(facts: Iterable[Fact]) -> Iterable[Said]:
    for fact in facts:
        match fact:
            case StateChange():
                yield Said(point=fact.point, says=tuple(state.value for state in fact.set))
            case Reading():
                yield Said(point=fact.point, says=(fact.quantity,), value=fact.value, unit=fact.unit)
            case OperatorAction():
                yield Said(point="", says=(fact.action.value,))
            case _:
                pass

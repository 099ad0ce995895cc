"""What does a device answer to the centre? It carries out what it can, tells what it is asked, and denies the rest."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from firewarden.gateway_sim.gb_content import TEXT_BYTES, Content
from firewarden.gateway_sim.gb_dialects import Dialect
from firewarden.gateway_sim.gb_panel import Panel
from firewarden.gateway_sim.gb_wire import ANSWER, CONFIRM, CONTROL, DENY, REQUEST, Down, read_six, six

INITIALISE, SET_CLOCK, DUTY_CHECK = 89, 90, 91
VERSION = (3, 7)
CONFIGURATION = "gb18030"


class Task(StrEnum):
    """What a command makes the device do."""

    INITIALISE = "initialise"
    SET_CLOCK = "set_clock"
    DUTY_CHECK = "duty_check"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What goes back, and what has to be done; `clock` is the time that the centre says it is."""

    command: int
    content: Content | None = None
    task: Task | None = None
    clock: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Asked:
    """The body of a request, without its type and count."""

    body: bytes
    now: datetime
    panel: Panel
    dialect: Dialect


DENIED = Answer(command=DENY)


def answer(down: Down, panel: Panel, now: datetime, dialect: Dialect) -> Answer:
    """To one frame from the centre that is not about a frame of ours; `now` by the device's clock."""
    if len(down.unit) < len(("type", "count")) or down.unit[1] != 1:
        return DENIED  # the standard lets some requests ask for several things at once: this device does not know that
    kind, body = down.unit[0], down.unit[2:]
    if down.command == CONTROL:
        return _carry_out(kind, body, dialect)
    asked = _Asked(body=body, now=now, panel=panel, dialect=dialect)
    known = _ANSWERS.get(kind) if down.command == REQUEST else None
    if known is None or len(body) != known.body_bytes:
        return DENIED
    content = known.make(asked)
    return DENIED if content is None else Answer(command=ANSWER, content=content)


def _carry_out(kind: int, body: bytes, dialect: Dialect) -> Answer:
    if kind == INITIALISE:
        return Answer(command=CONFIRM, task=Task.INITIALISE)
    if kind == DUTY_CHECK and len(body) == 1:
        return Answer(command=CONFIRM, task=Task.DUTY_CHECK)
    clock = read_six(body, bcd=dialect.bcd) if kind == SET_CLOCK else None
    return DENIED if clock is None else Answer(command=CONFIRM, task=Task.SET_CLOCK, clock=clock)


def together(contents: Iterable[Content]) -> Content | None:
    """Contents of one type as one; None of nothing."""
    known = list(contents)
    if not known:
        return None
    return Content(
        type=known[0].type,
        objects=tuple(one for content in known for one in content.objects),
        words=tuple(word for content in known for word in content.words),
        facts=tuple(fact for content in known for fact in content.facts),
    )


def _system(asked: _Asked) -> Content | None:
    places = asked.panel.places(asked.body[0], asked.body[1])
    return asked.panel.system_word(places[0], asked.now) if places else None


def _of_components(make: Callable[[_Asked, str], Content | None]) -> Callable[[_Asked], Content | None]:
    """The request names no component type: whatever has the address is meant."""

    def answer(asked: _Asked) -> Content | None:
        places = asked.panel.places(asked.body[0], asked.body[1])
        named = [asked.panel.address_of(one) for one in places if one.component_address == asked.body[2:6]]
        return together(content for address in named if (content := make(asked, address)) is not None)

    return answer


def _component_configuration(asked: _Asked, address: str) -> Content:
    word = asked.panel.component_word(address, asked.now)
    text = asked.panel.points[address].name.encode("gb18030")[:TEXT_BYTES].ljust(TEXT_BYTES, b"\0")
    return Content(type=7, objects=(word.objects[0][:7] + text,))


def _operations(asked: _Asked) -> Content | None:
    of_system = len(asked.body) == len("sacsmhdMy")
    count, since = asked.body[-7], read_six(asked.body[-6:], bcd=asked.dialect.bcd)
    if since is None or (of_system and not asked.panel.places(asked.body[0], asked.body[1])):
        return None
    return together(asked.panel.operations(since, count, of_system=of_system))


def _of_system(make: Callable[[_Asked], bytes], kind: int) -> Callable[[_Asked], Content | None]:
    def answer(asked: _Asked) -> Content | None:
        known = asked.panel.places(asked.body[0], asked.body[1])
        return Content(type=kind, objects=(asked.body[:2] + make(asked),)) if known else None

    return answer


def _text(_: _Asked) -> bytes:
    text = CONFIGURATION.encode("gb18030")
    return bytes([len(text)]) + text


def _version(_: _Asked) -> bytes:
    return bytes(VERSION)


def _clock(asked: _Asked) -> bytes:
    return six(asked.now, bcd=asked.dialect.bcd)


def _own(make: Callable[[_Asked], bytes], kind: int) -> Callable[[_Asked], Content | None]:
    return lambda asked: Content(type=kind, objects=(make(asked),))


@dataclass(frozen=True, slots=True)
class _Known:
    body_bytes: int
    make: Callable[[_Asked], Content | None]


_ANSWERS: Mapping[int, _Known] = {
    61: _Known(2, _system),
    62: _Known(6, _of_components(lambda asked, address: asked.panel.component_word(address, asked.now))),
    63: _Known(6, _of_components(lambda asked, address: asked.panel.measured(address))),
    64: _Known(9, _operations),
    65: _Known(2, _of_system(_version, 5)),
    66: _Known(2, _of_system(_text, 6)),
    67: _Known(6, _of_components(_component_configuration)),
    68: _Known(2, _of_system(_clock, 8)),
    81: _Known(1, lambda asked: asked.panel.device_word(asked.now)),
    84: _Known(7, _operations),
    85: _Known(1, _own(_version, 25)),
    86: _Known(1, _own(_text, 26)),
    88: _Known(1, _own(_clock, 28)),
}

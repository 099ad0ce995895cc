"""How is a command to a gateway said to a person: what was asked, how it stands, what came back?"""

from collections.abc import Mapping
from datetime import datetime

import msgspec

from firewarden.api.asking import CommandRow
from firewarden.dashboards.console.formats import brief, moment
from firewarden.dashboards.console.i18n import Texts
from firewarden.ingest.command_words import CommandName
from firewarden.ingest.commanding import OPEN, CommandState, Happening, after

ANSWER_LINES_MAX = 12
_CALM = frozenset({CommandState.WAITING, CommandState.SENT, CommandState.WITHDRAWN})
_BAD = frozenset({CommandState.MISSED, CommandState.TIMED_OUT, CommandState.NOT_SENT, CommandState.REFUSED})


def tone(state: CommandState) -> str:
    """The class that colours the dot beside the state's name."""
    if state is CommandState.ANSWERED:
        return "tone-good"
    if state in _BAD:
        return "tone-bad"
    return "tone-calm" if state in _CALM else "tone-warn"


def may_be_withdrawn(row: CommandRow) -> bool:
    """Whether it can still be taken back."""
    return after(row.state, Happening.WITHDRAWN) is not None


def waits_for_a_word(row: CommandRow) -> bool:
    """Whether an administrator has to confirm it."""
    return row.state is CommandState.UNCONFIRMED


def asked_words(row: CommandRow, texts: Texts) -> str:
    """What it was asked about; nothing where the command says all."""
    args = row.args
    parts: list[str] = []
    if "minutes" in args:
        parts.append(texts("commands.minutes", n=str(args["minutes"])))
    if "system_type" in args:
        point = f"{args['system_type']}.{args['system_address']}"
        parts.append(f"{point}/{args['component_address']}" if "component_address" in args else point)
    if "since" in args:
        parts.append(texts("commands.since", at=_moment(str(args["since"]))))
    return " · ".join(parts)


def asker(row: CommandRow, texts: Texts) -> str:
    """Who asked, and who confirmed it."""
    name = texts("commands.platform") if row.asked_by == "platform" else row.asked_by
    return name if row.confirmed_by is None else f"{name}, {texts('commands.confirmed_by', name=row.confirmed_by)}"


def state_words(row: CommandRow, texts: Texts) -> str:
    """How it stands, and how often it was sent where that says something."""
    words = texts.name("command_state", row.state)
    counted = row.state in {CommandState.SENT, CommandState.TIMED_OUT}
    return f"{words} · {texts('commands.times', n=row.attempts)}" if counted else words


def took(row: CommandRow, texts: Texts) -> str:
    """How long the gateway, or the person there, took to answer."""
    if row.state is not CommandState.ANSWERED or row.first_sent_at is None or row.ended_at is None:
        return ""
    seconds = max(0.0, (row.ended_at - row.first_sent_at).total_seconds())
    return texts("commands.took", time=brief(seconds, texts.under("unit")))


def answer_lines(row: CommandRow, texts: Texts) -> tuple[str, ...]:
    """What came back, line by line: objects of a device as names and values, else the gateway's own text."""
    lines: list[str] = []
    if row.state is CommandState.REFUSED and row.result:
        lines.append(row.result)
    if row.command is CommandName.DUTY_CHECK and row.detail and row.state not in OPEN:
        lines.append(texts("commands.operator", name=row.detail))
    elif row.detail:
        lines += _of_detail(row.detail, texts)
    if row.late_at is not None:
        lines.append(texts("commands.late", at=moment(row.late_at)))
    return tuple(lines)


class _Answer(msgspec.Struct):
    """The detail that the GB/T 26875.3 side makes of a device's answer."""

    objects: list[dict[str, object]]
    undecoded: str = ""


def _of_detail(detail: str, texts: Texts) -> list[str]:
    try:
        answer = msgspec.json.decode(detail, type=_Answer)
    except (msgspec.DecodeError, RecursionError):
        return detail.splitlines()[:ANSWER_LINES_MAX]
    lines = [_object_line(each, texts) for each in answer.objects[:ANSWER_LINES_MAX]]
    if len(answer.objects) > ANSWER_LINES_MAX:
        lines.append(texts("commands.more", n=len(answer.objects) - ANSWER_LINES_MAX))
    return [*lines, *([answer.undecoded] if answer.undecoded else [])]


def _object_line(said: Mapping[str, object], texts: Texts) -> str:
    parts: list[str] = []
    for name, value in said.items():
        match name, value:
            case ("states", list()):
                names = [texts.name("condition", str(each)) for each in value]
                parts.append(texts("commands.comma").join(names) if names else texts("commands.no_state"))
            case ("acts", list()):
                parts.append(texts("commands.comma").join(str(each) for each in value))
            case ("point", "device"):
                pass  # whom else
            case ("quantity", str()):
                parts.append(texts.name("quantity", value))
            case ("at" | "time", str()):
                parts.append(_moment(value))
            case ("unit", _):
                parts[-1:] = [f"{parts[-1]} {value}"] if parts else []
            case _:
                parts.append(str(value))
    return " · ".join(parts)


def _moment(text: str) -> str:
    try:
        at = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment(at) if at.tzinfo is not None else text

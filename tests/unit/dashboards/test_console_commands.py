"""Is a command said to a person in words: what was asked, how it stands, what came back?"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.asking import CommandRow
from firewarden.api.errors import Problem
from firewarden.dashboards.console.command_acts import EXPLAINED, why_not
from firewarden.dashboards.console.command_dialogs import READS, typed_args, with_since
from firewarden.dashboards.console.command_rows import (
    answer_lines,
    asked_words,
    asker,
    may_be_withdrawn,
    state_words,
    tone,
    took,
    waits_for_a_word,
)
from firewarden.dashboards.console.i18n import CATALOGUES, Language
from firewarden.ingest.command_words import CommandName, arg_names, read_args
from firewarden.ingest.commanding import CommandState

AT = datetime(2026, 11, 24, 3, tzinfo=UTC)
EN, ZH = CATALOGUES[Language.EN], CATALOGUES[Language.ZH]


def row(command: CommandName = CommandName.READ_DEVICE_STATE, **changes: object) -> CommandRow:
    """A command that was answered after 1.5 s."""
    values: dict[str, object] = {
        "id": 7,
        "gateway_id": "GW-1",
        "gateway_name": "",
        "venue_id": 1,
        "venue_name": "商场",
        "venue_name_en": "Mall",
        "command": command,
        "args": {},
        "state": CommandState.ANSWERED,
        "asked_by": "wang",
        "asked_at": AT,
        "confirmed_by": None,
        "confirmed_at": None,
        "deadline_at": AT + timedelta(minutes=2),
        "attempts": 1,
        "first_sent_at": AT,
        "sent_at": AT,
        "accepted_at": None,
        "ended_at": AT + timedelta(seconds=1.5),
        "late_at": None,
        "result": "done",
        "detail": "",
        **changes,
    }
    return CommandRow(**values)  # pyright: ignore[reportArgumentType]


def test_what_was_asked_is_named() -> None:
    """Minutes, system, component and moment, as far as the command has them."""
    assert asked_words(row(CommandName.DUTY_CHECK, args={"minutes": 5}), EN) == "within 5 minutes"
    system = {"system_type": 1, "system_address": 2}
    component = {**system, "component_address": "0a000200"}
    assert asked_words(row(CommandName.READ_ANALOG, args=component), EN) == "1.2/0a000200"
    records = {**system, "since": "2026-11-24T03:00:00Z", "count": 3}
    assert asked_words(row(CommandName.READ_OPERATIONS, args=records), ZH) == "1.2 · 自 11-24 11:00:00 起"
    assert asked_words(row(), EN) == ""


def test_who_asked_and_how_it_stands() -> None:
    """The platform is named so, a second word is named, attempts where they say something."""
    assert asker(row(asked_by="platform"), EN) == "the platform"
    assert asker(row(confirmed_by="chen"), EN) == "wang, confirmed by chen"
    assert state_words(row(state=CommandState.TIMED_OUT, attempts=3), EN) == "Not answered · 3 times"
    assert state_words(row(), EN) == "Answered"
    assert (took(row(), EN), took(row(state=CommandState.MISSED), EN)) == ("after 1.5 s", "")


def test_answers_are_read() -> None:
    """Objects of a device in words, another gateway's text as it is, and that it came too late."""
    said = (
        '{"type":21,"objects":[{"point":"device","states":["main_power_fault","line_fault"],"at":"2026-11-24T11:00:00+08:00"},'
        '{"point":"1.1/99.01000000","quantity":"pressure","value":0.25,"unit":"MPa"}],"undecoded":"bit 7"}'
    )
    assert answer_lines(row(detail=said), EN) == (
        "Mains fault, Line fault · 11-24 11:00:00",
        "1.1/99.01000000 · Pressure · 0.25 MPa",
        "bit 7",
    )
    assert answer_lines(row(detail="V2.11"), EN) == ("V2.11",)
    missed = row(CommandName.DUTY_CHECK, state=CommandState.MISSED, detail="3", late_at=AT)
    assert answer_lines(missed, EN) == ("Operator 3", "An answer came too late, at 11-24 11:00:00")
    refused = row(state=CommandState.REFUSED, result="unsupported")
    assert answer_lines(refused, EN) == ("unsupported",)


plain = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=9)
)
members = st.dictionaries(
    st.sampled_from(["states", "at", "unit", "acts", "value", "point"]) | st.text(max_size=4),
    plain | st.lists(plain, max_size=3),
    max_size=5,
)


def json_of(objects: Sequence[Mapping[str, object]]) -> str:
    """A detail as the GB/T 26875.3 side makes it."""
    return msgspec.json.encode({"objects": objects}).decode()


@given(
    st.text()
    | st.lists(members, max_size=20).map(json_of)
    | st.sampled_from(["[" * 10_000, '{"objects": 1}', '{"objects": [1]}', "null", '{"objects": [{"at": "0000"}]}'])
)
def test_any_detail_can_be_shown(detail: str) -> None:
    """Whatever a gateway replied, a bounded number of lines is shown."""
    assert len(answer_lines(row(detail=detail), ZH)) <= 14


@pytest.mark.parametrize("state", CommandState)
def test_every_state_has_a_colour_and_its_buttons(state: CommandState) -> None:
    """Only what was not sent can be taken back, only what is unconfirmed waits for a word."""
    one = row(state=state)
    assert tone(state).startswith("tone-")
    assert may_be_withdrawn(one) == (state in {CommandState.UNCONFIRMED, CommandState.WAITING})
    assert waits_for_a_word(one) == (state is CommandState.UNCONFIRMED)


@pytest.mark.parametrize("command", READS)
def test_the_dialog_asks_for_what_the_command_needs(command: CommandName) -> None:
    """What was typed, and what stands in the fields where nothing was, can be sent."""
    typed = {"system_type": "", "system_address": " 2 ", "component_address": "0A000200"}
    args = with_since(command, typed_args({name: typed[name] for name in arg_names(command) if name in typed}), AT)
    read_args(command, args)
    assert args.get("system_address", 2) == 2


def test_refusals_are_explained() -> None:
    """Each refusal of a command has a sentence of its own, another one that of the page."""
    for code in EXPLAINED:
        assert why_not(Problem(status=409, code=code, title="", detail=""), EN) == EN(f"commands.why.{code}")
    assert why_not(None, EN) == EN("notice.database")
    assert why_not(Problem(status=403, code="missing-scope", title="", detail=""), EN) == EN("notice.refused")

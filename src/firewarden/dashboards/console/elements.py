"""Which pieces is a page built of? HTML elements with classes of our style sheet, and our browser components."""

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TypeVar

from nicegui import ui
from nicegui.elements.mixins.text_element import TextElement

from firewarden.dashboards.console.formats import epoch_ms

COMPONENTS = Path(__file__).parent / "components"

Piece = TypeVar("Piece", bound=ui.element)


def box(classes: str = "", *, tag: str = "div", **attributes: str | int | bool) -> ui.element:
    """An element to put others into; `attributes` as in HTML, with `_` for `-`."""
    return attributed(ui.element(tag).classes(classes), attributes)


def text(content: str, classes: str = "", *, tag: str = "span", **attributes: str | int | bool) -> TextElement:
    """An element with a text; the text is never read as HTML."""
    return attributed(TextElement(tag=tag, text=content).classes(classes), attributes)


def attributed(piece: Piece, attributes: Mapping[str, str | int | bool]) -> Piece:
    """The same element with these attributes; `_` stands for `-`, a trailing one for nothing."""
    for name, value in attributes.items():
        piece.props[name.rstrip("_").replace("_", "-")] = value
    return piece


def icon(name: str, classes: str = "") -> TextElement:
    """A Material icon of the packaged font; it says nothing that the text beside it does not say."""
    return text(name, f"material-icons {classes}", tag="i", aria_hidden="true")


def age(since: datetime, until: datetime | None = None) -> ui.element:
    """How long ago `since` was, ticking in the browser; or how long it was until `until`."""
    element = box(tag="fw-age", since=epoch_ms(since) or 0)
    return element if until is None else attributed(element, {"until": epoch_ms(until) or 0})


def grade_badge(grade: str, meaning: str, *, big: bool = False) -> TextElement:
    """The letter of a grade in its colour."""
    size = " grade-big" if big else ""
    return text(grade, f"grade grade-{grade}{size}", title=meaning, data_grade=grade)


def pair(term: str, value: str) -> None:
    """One line of a description list."""
    text(term, tag="dt")
    text(value, tag="dd")


def empty(symbol: str, message: str, hint: str = "") -> None:
    """What stands where nothing is."""
    with box("empty"):
        icon(symbol)
        text(message, tag="b")
        if hint:
            text(hint, tag="small")


def button(label: str, classes: str = "button", *, symbol: str = "", **attributes: str | int | bool) -> ui.element:
    """A button; what it does is added with `.on("click", …)`."""
    element = box(classes, tag="button", type="button", **attributes)
    with element:
        if symbol:
            icon(symbol)
        if label:
            text(label)
    return element


def field(name: str, label: str, *, kind: str, complete: str, focus: bool = False) -> None:
    """One labelled field of a form."""
    with box("field"):
        text(label, tag="label", for_=name)
        entry = box(
            "input", tag="input", id=name, name=name, type=kind, autocomplete=complete, required=True, maxlength=128
        )
        if focus:
            entry.props["autofocus"] = True


REFUSAL_SHOWN_MS = 8_000
DONE_SHOWN_MS = 3_000


def tell(message: str, *, done: bool) -> None:
    """A notice at the top: that something was done, or (longer, to be dismissed) that it was not, and why."""
    if done:
        ui.notify(message, classes="notice notice-done", icon="check_circle", position="top", timeout=DONE_SHOWN_MS)
    else:
        ui.notify(
            message,
            classes="notice",
            icon="warning",
            position="top",
            timeout=REFUSAL_SHOWN_MS,
            close_button="✕",
        )


class LiveBar(ui.element, component=COMPONENTS / "live_bar.js"):
    """Clock, connection and sound; see live_bar.js."""

    def __init__(self, texts: Mapping[str, str], *, sound: bool) -> None:
        super().__init__()
        self.props["texts"] = dict(texts)
        self.props["sound"] = sound


class IncidentList(ui.element, component=COMPONENTS / "incident_list.js"):
    """The list of incidents; see incident_list.js. Emits pick, take and close with an incident's id."""

    def __init__(self, **props: object) -> None:
        super().__init__()
        for name, value in props.items():
            self.props[name.replace("_", "-")] = value


class RankTable(ui.element, component=COMPONENTS / "rank_table.js"):
    """The table of the ranking; see rank_table.js."""

    def __init__(self, **props: object) -> None:
        super().__init__()
        for name, value in props.items():
            self.props[name.replace("_", "-")] = value

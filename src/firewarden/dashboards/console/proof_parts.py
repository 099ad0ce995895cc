"""How is a day's proof written down? The verdict in a sentence, the numbers behind it, and the choice of a day."""

from collections.abc import Mapping
from datetime import date, timedelta
from urllib.parse import quote

from firewarden.api.proof import Counts, Verdict
from firewarden.dashboards.console.console import BASE
from firewarden.dashboards.console.elements import box, icon, text
from firewarden.dashboards.console.formats import grouped
from firewarden.dashboards.console.i18n import Texts

DAY_FIRST = date(2000, 1, 1)

SYMBOLS: Mapping[Verdict, str] = {
    Verdict.COMPLETE: "verified",
    Verdict.WAITING: "hourglass_top",
    Verdict.MISSING: "report",
    Verdict.DOES_NOT_ADD_UP: "error",
    Verdict.NOTHING: "remove_circle_outline",
}
"""A shape for each verdict, so that none is told by its colour alone (Material Icons, packaged with NiceGUI)."""


def parse_day(value: str, today: date) -> date:
    """The day that an address names; today where it names none that has come."""
    try:
        day = date.fromisoformat(value)
    except ValueError:
        return today
    return day if DAY_FIRST <= day <= today else today


def address(day: date, gateway_id: str | None = None, *, cursor: str | None = None) -> str:
    """The page of a day: of all gateways, or of one."""
    path = f"{BASE}/proof" if gateway_id is None else f"{BASE}/proof/{quote(gateway_id, safe='')}"
    more = "" if cursor is None else f"&cursor={quote(cursor)}"
    return f"{path}?day={day.isoformat()}{more}"


def sentence(counts: Counts, verdict: Verdict, texts: Texts) -> str:
    """The answer, in one sentence."""
    numbers = {"n": grouped(counts.numbered), "open": grouped(counts.open), "given_up": grouped(counts.given_up)}
    match verdict:
        case Verdict.COMPLETE:
            return texts("proof.says_complete", n=numbers["n"])
        case Verdict.WAITING:
            return texts("proof.says_waiting", n=numbers["n"], open=numbers["open"])
        case Verdict.MISSING if counts.open:
            return texts("proof.says_both", **numbers)
        case Verdict.MISSING:
            return texts("proof.says_missing", n=numbers["n"], given_up=numbers["given_up"])
        case Verdict.DOES_NOT_ADD_UP:
            return texts("proof.says_does_not_add_up", n=numbers["n"], off=grouped(abs(counts.unexplained)))
        case Verdict.NOTHING:
            return texts("proof.says_nothing")


def verdict_panel(counts: Counts, verdict: Verdict, *, day: date, today: date, texts: Texts) -> None:
    """The sentence, large, and whether the day is over."""
    with box(f"verdict verdict-{verdict}", role="status", data_testid="verdict", data_verdict=verdict.value):
        icon(SYMBOLS[verdict])
        with box():
            text(sentence(counts, verdict, texts), tag="b")
            key = "proof.so_far" if day == today else "proof.whole_day"
            text(texts(key, day=day.isoformat()), tag="small")


def verdict_mark(verdict: Verdict, texts: Texts) -> None:
    """The verdict in a word."""
    with box(f"verdict-mark verdict-{verdict}", tag="span"):
        icon(SYMBOLS[verdict])
        text(texts.name("verdict", verdict))


def figures(counts: Counts, texts: Texts, *, more: Mapping[str, int] | None = None) -> None:
    """The numbers behind the verdict."""
    shown = [
        ("numbered", counts.numbered, ""),
        ("stored", counts.stored, ""),
        ("open", counts.open, "is-warn" if counts.open else ""),
        ("given_up", counts.given_up, "is-bad" if counts.given_up else ""),
        ("filled_late", counts.filled_late, ""),
        ("repeats", counts.repeats, ""),
        *((name, number, "") for name, number in (more or {}).items()),
    ]
    with box("figures"):
        for name, number, classes in shown:
            with box(f"figure {classes}", title=texts.name("proof", f"{name}_help"), data_testid=f"figure-{name}"):
                text(texts.name("proof", name), tag="small")
                text(grouped(number), tag="b")


def count_cell(number: int, classes: str = "") -> None:
    """A number of a table; a zero stands back, and what is bad stands out."""
    text(grouped(number), f"num {classes if number else 'zero'}", tag="td")


def day_picker(day: date, today: date, texts: Texts, gateway_id: str | None = None) -> None:
    """The day before, a day to choose, the day after."""
    with box("day-picker"):
        with box("icon-button", tag="a", href=address(day - timedelta(days=1), gateway_id), data_testid="day-before"):
            icon("chevron_left")
            text(texts("proof.day_before"), "sr-only")
        picker = box(
            "input",
            tag="input",
            type="date",
            value=day.isoformat(),
            min=DAY_FIRST.isoformat(),
            max=today.isoformat(),
            aria_label=texts("proof.day"),
            data_testid="day",
        )
        page = address(day, gateway_id).removesuffix(day.isoformat())
        picker.on(
            "change", js_handler=f"(event) => event.target.value && (location.href = '{page}' + event.target.value)"
        )
        if day < today:
            with box(
                "icon-button", tag="a", href=address(day + timedelta(days=1), gateway_id), data_testid="day-after"
            ):
                icon("chevron_right")
                text(texts("proof.day_after"), "sr-only")

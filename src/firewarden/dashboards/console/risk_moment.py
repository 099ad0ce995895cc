"""Of which moment is a page of risk? What a date picker says, what an address says, and the banner of the past."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from urllib.parse import urlencode

from firewarden.api.risk_rows import AsOf
from firewarden.dashboards.console.elements import attributed, box, button, icon, text
from firewarden.dashboards.console.formats import LOCAL_ZONE, full_moment
from firewarden.dashboards.console.i18n import Texts

_FORM = "%Y-%m-%dT%H:%M"

Pick = Callable[[str], Awaitable[None]]


def parse_moment(value: str, *, now: datetime) -> datetime | None:
    """The moment in local time that a picker or an address names; None for now, the future and what is none."""
    at = parse_picked(value)
    return at if at is not None and at < now else None


def parse_picked(value: str) -> datetime | None:
    """The moment in local time, past or to come; None for what is none."""
    try:
        named = datetime.fromisoformat(value)
        return (named if named.tzinfo else named.replace(tzinfo=LOCAL_ZONE)).astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def local_form(at: datetime) -> str:
    """As a picker of the browser writes a moment."""
    return at.astimezone(LOCAL_ZONE).strftime(_FORM)


def as_of_query(at: datetime | None) -> str:
    """What an address says of that moment."""
    return "" if at is None else "?" + urlencode({"as_of": local_form(at)})


class MomentPicker:
    """The picker of a page's moment. `pick` gets what the browser says; empty is now."""

    def __init__(self, texts: Texts, now: datetime, pick: Pick) -> None:
        self._pick = pick
        with box("moment-picker", tag="label", title=texts("risk.as_of_help")):
            icon("history")
            text(texts("risk.as_of"), "muted")
            self._field = box("input", tag="input", type="datetime-local", max=local_form(now), data_testid="as-of").on(
                "change", lambda event: pick(str(event.args or "")), js_handler="(e) => emit(e.target.value)"
            )

    def show(self, at: datetime | None) -> None:
        """What the field says."""
        attributed(self._field, {"value": "" if at is None else local_form(at)})


class MomentBanner:
    """Says in clear that what is shown is of the past, and what cannot be known of that; hidden for now."""

    def __init__(self, texts: Texts, pick: Pick) -> None:
        self._texts = texts
        self._shown: AsOf | None = None
        self._box = box("alert alert-past", role="status", data_testid="as-of-banner")
        self._box.visible = False
        self._pick = pick

    def show(self, as_of: AsOf | None) -> None:
        """The banner of that moment."""
        self._box.visible = as_of is not None
        if as_of is None or as_of == self._shown:
            return
        self._shown = as_of
        texts = self._texts
        self._box.clear()
        with self._box:
            icon("history")
            with box("row-main"):
                text(texts("risk.as_known", at=full_moment(as_of.at)), tag="b")
                missing = texts("list.separator").join(texts(f"risk.not_kept_{each}") for each in as_of.not_kept)
                text(texts("risk.as_known_help", missing=missing), tag="small")
            button(texts("risk.to_now"), "button", data_testid="to-now").on("click", lambda: self._pick(""))

"""Whose shall an unknown device be? The dialog in which an integrator says so."""

from collections.abc import Awaitable, Callable
from typing import Any

import msgspec
import psycopg
from nicegui import events, ui

from firewarden.api import gateways, reads
from firewarden.api.device_profiles import profiles
from firewarden.api.errors import Problem, ProblemError, problem_of
from firewarden.api.integrator import adopt_device
from firewarden.api.unknown_devices import Adoption, From, UnknownDevice
from firewarden.dashboards.console.console import Console, leave
from firewarden.dashboards.console.elements import box, button, tell, text
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.visit import Visit

VENUES_OFFERED = 20
PROPOSALS_MAX = 99
_QUERY_LENGTH_MAX = 64

_REFUSALS = frozenset({"name-taken", "source-address-taken", "unknown-profile", "not-found"})
_FIELDS = ("venue", "id", "name", "profile", "peer")
_VALUES = ", ".join(f"{name}: document.getElementById('adopt-{name}').value" for name in _FIELDS)


class _Form(msgspec.Struct, frozen=True):
    """What the browser sends."""

    venue: str
    id: str
    name: str
    profile: str
    peer: From


class AdoptionDialog:
    """One dialog for a page, opened for one device after the other."""

    def __init__(self, console: Console, visit: Visit, on_adopted: Callable[[], Awaitable[None]]) -> None:
        self._console = console
        self._visit = visit
        self._texts = visit.texts
        self._on_adopted = on_adopted
        self._row: UnknownDevice | None = None
        self._dialog = ui.dialog()
        title = self._texts("adoption.dialog")
        with self._dialog, box("dialog", role="dialog", aria_label=title, data_testid="adoption-dialog"):
            self._body = box("dialog-body")

    def open(self, row: UnknownDevice) -> None:
        """Ask about this device."""
        self._row = row
        self._body.clear()
        with self._body:
            self._build(row)
        self._dialog.open()

    def _build(self, row: UnknownDevice) -> None:
        texts = self._texts
        text(texts("adoption.dialog"), tag="h2")
        text(f"{row.source_address} · {row.source_bytes} · {row.peer}", "muted")
        venue = self._field("venue", texts("adoption.venue_hint"), list_="adopt-venues")
        venue.on("input", self._search, throttle=0.2, js_handler="(event) => emit(event.target.value)")
        self._venues = box(tag="datalist", id="adopt-venues")
        text(texts("adoption.existing_hint"), "muted", tag="small")
        self._field("id", "").on("input", js_handler="(event) => { event.target.dataset.edited = 'yes'; }")
        self._field("name", "")
        self._choice("profile", {name: name for name in self._offered(row)})
        self._choice(
            "peer", {each.value: texts(f"adoption.peer_{each}", peer=row.peer) for each in (From.ANY, From.THIS)}
        )
        self._problem = text("", "alert alert-bad", role="alert", data_testid="adoption-problem")
        self._problem.visible = False
        with box("dialog-foot"):
            button(texts("close.cancel"), data_testid="adoption-cancel").on("click", self._dialog.close)
            button(texts("adoption.submit"), "button button-primary", data_testid="adoption-submit").on(
                "click", self._submit, js_handler=f"() => emit({{{_VALUES}}})"
            )

    @staticmethod
    def _offered(row: UnknownDevice) -> list[str]:
        """The suggested profiles first, then the others."""
        return list(dict.fromkeys([*row.last_said.profiles, *sorted(profiles())]))

    def _field(self, name: str, hint: str, **attributes: str) -> ui.element:
        with box("field"):
            text(self._texts(f"adoption.field_{name}"), tag="label", for_=f"adopt-{name}")
            return box(
                "input", tag="input", id=f"adopt-{name}", placeholder=hint, maxlength=200, autocomplete="off",
                data_testid=f"adopt-{name}", **attributes,
            )  # fmt: skip

    def _choice(self, name: str, options: dict[str, str]) -> None:
        with box("field"):
            text(self._texts(f"adoption.field_{name}"), tag="label", for_=f"adopt-{name}")
            with box("input", tag="select", id=f"adopt-{name}", data_testid=f"adopt-{name}"):
                for value, label in options.items():
                    text(label, tag="option", value=value)

    async def _search(self, event: events.GenericEventArguments) -> None:
        """Offer venues whose code or name holds what was typed; a whole code also proposes the gateway's id."""
        typed = str(event.args or "").strip()[:_QUERY_LENGTH_MAX]
        try:
            async with self._console.pool.connection() as connection:
                page = await reads.list_venues(connection, search=typed, limit=VENUES_OFFERED)
                whole = any(row.code == typed for row in page.items)
                proposed = await self._proposed(connection, typed) if whole else ""
        except psycopg.Error:
            return
        self._venues.clear()
        with self._venues:
            for row in page.items:
                text(self._texts.either(row.name, row.name_en), tag="option", value=row.code)
        if proposed:
            value = msgspec.json.encode(proposed).decode()
            ui.run_javascript(
                "const id = document.getElementById('adopt-id');"
                f" if (id && (!id.dataset.edited || !id.value)) id.value = {value};"
            )

    @staticmethod
    async def _proposed(connection: psycopg.AsyncConnection[Any], code: str) -> str:
        """The first free id of the form `CODE-1`; dots of a code are none in an id."""
        stem = code.replace(".", "-")[:60]
        for number in range(1, PROPOSALS_MAX + 1):
            if not await gateways.gateway_exists(connection, f"{stem}-{number}"):
                return f"{stem}-{number}"
        return ""

    async def _submit(self, event: events.GenericEventArguments) -> None:
        row = self._row
        try:
            form = msgspec.convert(event.args, _Form)
        except msgspec.ValidationError:
            return
        if row is None:
            return
        gateway_id, venue = form.id.strip(), form.venue.strip()
        if not gateway_id:
            self._complain(self._texts("adoption.id_missing"))
            return
        wanted = Adoption(
            source_address=row.source_address,
            seen_from=row.peer,
            gateway_id=gateway_id,
            venue_code=venue or None,
            name=form.name.strip(),
            profile=form.profile,
            peer=form.peer,
        )
        await self._adopt(wanted)

    async def _adopt(self, wanted: Adoption) -> None:
        try:
            who = await self._console.signed_in(self._visit.token)
            if who is None:
                leave()
                return
            await adopt_device(self._console.context, who, wanted)
        except (ProblemError, psycopg.Error) as error:
            self._complain(refusal(problem_of(error), self._texts))
            return
        self._dialog.close()
        tell(self._texts("adoption.adopted", id=wanted.gateway_id), done=True)
        await self._on_adopted()

    def _complain(self, message: str) -> None:
        self._problem.text = message
        self._problem.visible = True


def refusal(problem: Problem | None, texts: Texts) -> str:
    """Why a device was not adopted or dismissed."""
    if problem is not None and problem.code in _REFUSALS:
        return texts(f"adoption.refused_{problem.code.replace('-', '_')}")
    if problem is not None and problem.status < 500:  # noqa: PLR2004 - what the person can mend
        return problem.detail
    return texts("notice.database")

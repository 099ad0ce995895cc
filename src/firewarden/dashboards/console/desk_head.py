"""How many incidents of each kind are there, and which of them does this person want to see?"""

from collections.abc import Callable, Mapping

from nicegui import events, ui
from nicegui.elements.mixins.text_element import TextElement

from firewarden.dashboards.console.desk_rows import ICONS, QUERY_LENGTH_MAX, Count, Group
from firewarden.dashboards.console.elements import attributed, box, button, icon, text
from firewarden.dashboards.console.i18n import Texts


class Counters:
    """One counter for each group; pressing it filters the list, pressing it again shows all."""

    def __init__(self, texts: Texts, *, on_pick: Callable[[Group], None]) -> None:
        self._texts = texts
        self._on_pick = on_pick
        self._numbers: dict[Group, TextElement] = {}
        self._waiting: dict[Group, TextElement] = {}
        with box("counters", role="group", aria_label=texts("desk.list")):
            self._buttons = {group: self._counter(group) for group in Group}

    def _counter(self, group: Group) -> ui.element:
        element = box(f"counter kind-{group}", tag="button", type="button", data_testid=f"count-{group}")
        with element:
            icon(ICONS[group])
            with box("counter-label", tag="span"):
                text(self._texts(f"group.{group}"))
                self._waiting[group] = text("", tag="em")
            self._numbers[group] = text("", "counter-number")
        return element.on("click", lambda: self._on_pick(group))

    def show(self, counts: Mapping[Group, Count], picked: Group | None) -> None:
        """Show these numbers; only what differs is sent."""
        for group, count in counts.items():
            self._numbers[group].text = str(count.total)
            key = "desk.waiting" if count.waiting else "desk.none_waiting"
            self._waiting[group].text = self._texts(key, n=count.waiting) if count.total else ""
            element = self._buttons[group]
            element.classes(
                add=" ".join(name for name, on in _marks(count) if on),
                remove=" ".join(name for name, on in _marks(count) if not on),
            )
            pressed = "true" if group is picked else "false"
            if element.props.get("aria-pressed") != pressed:
                attributed(element, {"aria_pressed": pressed})


def _marks(count: Count) -> tuple[tuple[str, bool], ...]:
    return (("is-nonzero", count.total > 0), ("is-waiting", count.waiting > 0))


class Filters:
    """Open or closed, only mine, and the search field."""

    def __init__(
        self,
        texts: Texts,
        *,
        may_act: bool,
        on_tab: Callable[[bool], object],
        on_mine: Callable[[bool], object],
        on_query: Callable[[str], object],
    ) -> None:
        with box("panel-head"):
            with box("tabs", role="tablist"):
                self._open = self._tab(texts("desk.open"), "tab-open").on(
                    "click", lambda: self._turn(on_tab, closed=False)
                )
                self._closed = self._tab(texts("desk.closed"), "tab-closed").on(
                    "click", lambda: self._turn(on_tab, closed=True)
                )
            box("spacer")
            if may_act:
                self._mine = button(texts("desk.mine"), "chip", aria_pressed="false", data_testid="mine")
                self._mine.on("click", lambda: self._toggle_mine(on_mine))
            query = box(
                "input search",
                tag="input",
                id="desk-search",  # incident_list.js puts the cursor here
                type="search",
                maxlength=QUERY_LENGTH_MAX,
                placeholder=texts("desk.search"),
                aria_label=texts("desk.search"),
                data_testid="search",
            ).on(
                "input",
                lambda event: on_query(_typed(event)),
                throttle=0.15,
                leading_events=False,
                js_handler="(event) => emit(event.target.value)",
            )
            query.on(
                "keydown.esc",
                lambda: on_query(""),
                js_handler="(event) => { event.target.value = ''; event.target.blur(); emit(); }",
            )
        self._mark(closed=False)

    def _tab(self, label: str, test_id: str) -> ui.element:
        return button(label, "tab", role="tab", data_testid=test_id)

    def _turn(self, on_tab: Callable[[bool], object], *, closed: bool) -> object:
        self._mark(closed=closed)
        return on_tab(closed)

    def _mark(self, *, closed: bool) -> None:
        attributed(self._open, {"aria_selected": "false" if closed else "true"})
        attributed(self._closed, {"aria_selected": "true" if closed else "false"})

    def _toggle_mine(self, on_mine: Callable[[bool], object]) -> None:
        pressed = self._mine.props.get("aria-pressed") != "true"
        attributed(self._mine, {"aria_pressed": "true" if pressed else "false"})
        on_mine(pressed)


def _typed(event: events.GenericEventArguments) -> str:
    return str(event.args or "").strip()[:QUERY_LENGTH_MAX]

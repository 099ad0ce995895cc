"""What stands over the ranking: its name, filters, the moment, files to take away, the way to model and proposals."""

from collections.abc import Awaitable, Callable, Iterable

from nicegui import events, ui
from nicegui.elements.mixins.text_element import TextElement

from firewarden.api.risk_rows import AsOf, Movers, Over
from firewarden.api.rows import VenueUse
from firewarden.dashboards.console.console import BASE
from firewarden.dashboards.console.elements import attributed, box, button, grade_badge, icon, text
from firewarden.dashboards.console.feed import utc_now
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.risk_moment import MomentBanner, MomentPicker
from firewarden.risk.catalogue import Grade

API = "/api/v1/risk"
FORMS = ("xlsx", "csv")

Pick = Callable[[str, str], Awaitable[None]]
"""Gets the name of a filter and what it is now."""


class RankHead:
    """The head of one browser's ranking."""

    def __init__(self, texts: Texts, districts: tuple[str, ...], *, pick: Pick) -> None:
        self._texts = texts
        self._pick = pick
        with box("page-head"):
            text(texts("ranking.title"), tag="h1")
            text(texts("ranking.subtitle"), "muted")
            box("spacer")
            with box("head-links"):
                _link(f"{BASE}/proposals", "assignment_turned_in", texts("proposals.title"), "to-proposals")
                _link(f"{BASE}/risk-model", "insights", texts("model.title"), "to-model")
                self._files = {
                    form: _link("", "download", texts(f"ranking.export_{form}"), f"export-{form}") for form in FORMS
                }
        with box("rank-filters"):
            self._search()
            self._select("district", texts("ranking.all_districts"), [(name, name) for name in districts])
            uses = [(use.value, texts.name("use", use)) for use in VenueUse]
            self._select("use", texts("ranking.all_uses"), uses)
            moved = [(f"{way}_{over}", texts(f"ranking.{way}_{over}")) for over in Over for way in Movers]
            self._select("moved", texts("ranking.all_moves"), moved)
            box("spacer")
            self._moment = MomentPicker(texts, utc_now(), self._pick_moment)
        self._banner = MomentBanner(texts, self._pick_moment)

    async def _pick_moment(self, value: str) -> None:
        await self._pick("as_of", value)

    def _search(self) -> None:
        label = self._texts("ranking.search")
        field = box(
            "input search", tag="input", type="search", placeholder=label, aria_label=label, maxlength=100,
            data_testid="rank-search",
        )  # fmt: skip
        field.on("input", self._told("search"), throttle=0.4, leading_events=False, js_handler=_VALUE)

    def _select(self, name: str, everything: str, options: Iterable[tuple[str, str]]) -> None:
        with box("input select", tag="select", aria_label=everything, data_testid=f"filter-{name}").on(
            "change", self._told(name), js_handler=_VALUE
        ):
            text(everything, tag="option", value="")
            for value, label in options:
                text(label, tag="option", value=value)

    def _told(self, name: str) -> Callable[[events.GenericEventArguments], Awaitable[None]]:
        async def tell(event: events.GenericEventArguments) -> None:
            await self._pick(name, str(event.args or ""))

        return tell

    def show(self, as_of: AsOf | None, *, export: str) -> None:
        """Of which moment the rows are, and where the same rows are as a file."""
        self._moment.show(None if as_of is None else as_of.at)
        self._banner.show(as_of)
        for form, link in self._files.items():
            attributed(link, {"href": f"{API}/ranking.{form}?{export}", "download": True})


_VALUE = "(event) => emit(event.target.value)"


def _link(target: str, symbol: str, label: str, name: str) -> ui.element:
    link = box("button", tag="a", href=target, data_testid=name)
    with link:
        icon(symbol)
        text(label)
    return link


def grade_chip(grade: Grade, texts: Texts) -> tuple[ui.element, TextElement]:
    """The button that shows one grade only, and the number in it."""
    chip = button("", "chip grade-chip", aria_pressed="false", data_testid=f"grade-{grade}")
    with chip:
        grade_badge(grade, texts.name("grade", grade))
        text(texts.name("grade", grade))
        count = text("", data_testid=f"count-{grade}")
    return chip, count

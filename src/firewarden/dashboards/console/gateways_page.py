"""Which gateways are silent, and whose clocks are wrong?"""

from collections.abc import Sequence
from dataclasses import dataclass

import psycopg
from nicegui import events, ui

from firewarden.api import reads
from firewarden.api.policy import Scope
from firewarden.api.rows import GatewayRow, GatewayState
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.desk_rows import QUERY_LENGTH_MAX
from firewarden.dashboards.console.elements import age, attributed, box, button, empty, icon, text
from firewarden.dashboards.console.fact_rows import UNDECODED, gateway_address
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.formats import NOTHING, skew
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.unknown_banner import UnknownBanner

READ_MAX = 2_000
SHOWN_MAX = 200
REFRESHED_EVERY_S = 10.0
SKEW_BAD_S = 30.0
"""A clock that is further off makes the order of events at the venue doubtful."""

_PAGE = 200

_URGENCY = (
    GatewayState.OFFLINE,
    GatewayState.SILENT,
    GatewayState.NEVER_HEARD,
    GatewayState.UNKNOWN,
    GatewayState.ONLINE,
    GatewayState.NOT_IN_SERVICE,
)
_NUMBERS = frozenset({"points", "deadline"})
_CALM = frozenset({GatewayState.ONLINE, GatewayState.NOT_IN_SERVICE})


def state_class(state: GatewayState) -> str:
    """The class that colours the dot beside the state's name."""
    match state:
        case GatewayState.ONLINE:
            return "is-online"
        case GatewayState.OFFLINE | GatewayState.SILENT:
            return "is-offline"
        case GatewayState.UNKNOWN | GatewayState.NEVER_HEARD:
            return "is-silent"
        case GatewayState.NOT_IN_SERVICE:
            return ""


def by_urgency(gateways: tuple[GatewayRow, ...]) -> list[GatewayRow]:
    """Those that are not heard first, the longest silence first."""
    return sorted(
        gateways,
        key=lambda row: (_URGENCY.index(row.state), row.since.timestamp() if row.since else 0.0, row.id),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which gateways one person wants to see."""

    problems: bool = False
    query: str = ""

    def takes(self, row: GatewayRow) -> bool:
        """Whether `row` is wanted."""
        bad_clock = abs(row.clock_skew_s or 0.0) > SKEW_BAD_S
        if self.problems and row.state in _CALM and not bad_clock:
            return False
        texts = f"{row.id}\n{row.name}\n{row.venue_name}\n{row.venue_name_en}\n{row.venue_code}"
        return self.query.casefold() in texts.casefold()


class GatewaysPage:
    """One browser's list of gateways."""

    def __init__(self, console: Console, shell: Shell) -> None:
        self._console = console
        self._visit = shell.visit
        self._texts = shell.texts
        self._may_list = shell.visit.may(Scope.PLATFORM_READ)
        self._wanted = Wanted()
        self._rows: tuple[GatewayRow, ...] = ()
        self._drawn: Sequence[tuple[object, ...]] | None = None

    def build(self) -> None:
        """Put the page together, still without rows."""
        texts = self._texts
        with box("page-head"):
            text(texts("gateways.title"), tag="h1")
            text(texts("gateways.subtitle"), "muted")
            box("spacer")
            if self._may_list:
                with box("chip", tag="a", href=UNDECODED, data_testid="undecoded"):
                    icon("help_outline")
                    text(texts("undecoded.title"))
            self._problems = button(texts("gateways.problems"), "chip", aria_pressed="false", data_testid="problems")
            self._problems.on("click", self._toggle)
            box(
                "input search",
                tag="input",
                type="search",
                maxlength=QUERY_LENGTH_MAX,
                placeholder=texts("gateways.search"),
                aria_label=texts("gateways.search"),
                data_testid="search",
            ).on(
                "input",
                self._search,
                throttle=0.2,
                leading_events=False,
                js_handler="(event) => emit(event.target.value)",
            )
        self._unknown = UnknownBanner(self._visit)
        self._chips = box("chips")
        with box("panel list-panel", tag="section").style("flex:1"):
            self._body = box("scroll")

    async def load(self) -> None:
        """Read all gateways, as far as they can be shown. Raises psycopg.Error."""
        rows: list[GatewayRow] = []
        async with self._console.pool.connection() as connection:
            cursor: str | None = None
            while len(rows) < READ_MAX:
                page = await reads.list_gateways(connection, cursor=cursor, limit=_PAGE, now=utc_now())
                rows += page.items
                cursor = page.next
                if cursor is None:
                    break
            await self._unknown.load(connection)
        self._rows = tuple(rows)
        self._show()

    def _show(self) -> None:
        hits = by_urgency(tuple(row for row in self._rows if self._wanted.takes(row)))
        drawn = [(row.id, row.state, row.since, _skew_text(row)) for row in hits[: SHOWN_MAX + 1]]
        if drawn == self._drawn:
            return
        self._drawn = drawn
        self._chips.clear()
        with self._chips:
            self._summary()
        self._body.clear()
        with self._body:
            if not hits:
                empty("router", self._texts("gateways.empty"))
                return
            self._table(hits[:SHOWN_MAX])
            if len(hits) > SHOWN_MAX:
                text(self._texts("gateways.more", n=len(hits) - SHOWN_MAX), "more", tag="div")

    def _summary(self) -> None:
        for state in _URGENCY:
            count = sum(row.state is state for row in self._rows)
            if count:
                with box("tag", tag="span", data_testid=f"state-{state}"):
                    box(f"dot {state_class(state)}", tag="i")
                    text(f"{self._texts.name('gateway_state', state)} {count}")

    def _table(self, rows: list[GatewayRow]) -> None:
        texts = self._texts
        with box("table", tag="table", data_testid="gateways"):
            with box(tag="thead"), box(tag="tr"):
                for name in ("state", "since", "id", "venue", "protocol", "skew", "points", "deadline", "connection"):
                    text(texts(f"gateways.{name}"), "num" if name in _NUMBERS else "", tag="th", scope="col")
            with box(tag="tbody"):
                for row in rows:
                    _row(row, texts)

    async def refresh(self) -> None:
        """Read again. Where the database does not answer, the banner says so."""
        try:
            await self.load()
        except psycopg.Error:
            return

    def _toggle(self) -> None:
        self._wanted = Wanted(problems=not self._wanted.problems, query=self._wanted.query)
        attributed(self._problems, {"aria_pressed": "true" if self._wanted.problems else "false"})
        self._show()

    def _search(self, event: events.GenericEventArguments) -> None:
        query = str(event.args or "").strip()[:QUERY_LENGTH_MAX]
        self._wanted = Wanted(problems=self._wanted.problems, query=query)
        self._show()


def _skew_text(row: GatewayRow) -> str:
    return NOTHING if row.clock_skew_s is None else skew(row.clock_skew_s)


def _row(row: GatewayRow, texts: Texts) -> None:
    with box(tag="tr", data_testid=f"gateway-{row.id}"):
        with box(tag="td"):
            box(f"dot {state_class(row.state)}", tag="i")
            text(texts.name("gateway_state", row.state))
        with box(tag="td"):
            if row.since is not None:
                age(row.since)
        with box(tag="td"), box(tag="a", href=gateway_address(row.id)):
            text(row.id, tag="code")
        with box(tag="td"), box(tag="a", href=f"{BASE}/venues/{row.venue_id}"):
            text(texts.either(row.venue_name, row.venue_name_en))
        text(texts(f"protocol.{row.protocol}"), tag="td")
        with box(tag="td"):
            bad = abs(row.clock_skew_s or 0.0) > SKEW_BAD_S
            text(_skew_text(row), "tag tag-warn" if bad else "", title=texts("gateways.skew_bad") if bad else "")
        text(str(row.points), "num", tag="td")
        text(f"{row.silence_deadline_s:g} {texts('unit.s')}", "num", tag="td")
        text(texts.name("connection", row.connection), tag="td")


async def build(console: Console, shell: Shell) -> None:
    """The page of the gateways."""
    page = GatewaysPage(console, shell)
    with shell.main("page-fixed"):
        page.build()
    await page.load()
    shell.watch(_nothing)
    ui.timer(REFRESHED_EVERY_S, page.refresh, immediate=False)


def _nothing(_: Update) -> None:
    """The timer reads gateways: hearing one is no event."""

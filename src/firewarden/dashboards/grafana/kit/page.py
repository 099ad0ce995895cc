"""How is a board written? As a page: sections from top to bottom, panels placed in them, each answering one question.

A board `city` is three things, and its name in `catalogue.py`:

- `boards/city.sql`: its statements (`-- name: now`, a line of purpose, one statement), the same for both languages.
- `[city]` in `words/zh.toml` and `words/en.toml`: `title`, `about`; for each panel a table `[city.KEY]` with `title`
  and `about` (what is good, and what to do when it is not); titles of sections in `[city.section]`; in `[city.column]`
  the names of columns and series that `[column]`, which all boards share, does not have or calls differently.
- `boards/city.py` with `board(kit) -> Page`:

    page = Page(kit, span="now-7d", refresh="10s", variables=("district",), marks="city")
    page.section("now")
    page.add("fires", stat(unit="none", limits=NONE_IS_GOOD), "now", at=(0, 0, 4, 4), fields=("fires",), link=DESK)
    page.add("faults", stat(unit="none", limits=FEW_IS_GOOD), "now", at=(4, 0, 4, 4), fields=("faults",))
    page.add("kinds", pie(unit="none"), "kinds", at=(8, 0, 6, 8), pivot=("kind", "n"), codes="condition")
    page.add("hours", time_series(unit="none"), "hours", at=(14, 0, 10, 8), shape="time_series", codes="condition")
    page.add("venues", table(), "venues", at=(0, 8, 24, 9), fields=("code", "venue_id"), cell_links={"code": VENUE})

`at` is x, y, width, height on Grafana's grid of 24 columns; y counts from the section's first line.

A statement is fetched once: a second panel with the same query and shape gets the first one's rows (`-- Dashboard --`).
So one statement with one row of many numbers feeds many stats. A board has at most twelve targets.

`fields` are the columns that are shown, in this order, out of those that the statement has. What is said of a column by
its name stands in `fields.py` (unit, codes, width, hidden: an id that only a link needs is hidden). In a time series
they name the series. `codes` names and colours series, slices and bars that are called by a code (`metric`, or the
first column of `pivot`), all of the group or those `among` them; `values` names and colours the values themselves.
`limits` are those of single columns. `between` fills a time series between two of its series, `edges` are drawn as
broken lines.
"""

from collections.abc import Mapping, Sequence

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models import dashboard as model
from grafana_foundation_sdk.models.dashboard import FieldConfig, FieldConfigSource, GridPos, Panel, RowPanel

from firewarden.dashboards.grafana.kit import annotations, links, overrides
from firewarden.dashboards.grafana.kit import variables as choices
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.limits import Limits
from firewarden.dashboards.grafana.kit.query import SHARED, SOURCE, Shape, Shared, Sql

ZONE = "Asia/Shanghai"
REFRESHES = ["5s", "10s", "30s", "1m", "5m", "15m", "30m", "1h"]

Place = tuple[int, int, int, int]


class Page:
    """One board in the making. `marks`: whose events are marked in its plots, the `city`'s or the chosen `venue`'s."""

    def __init__(
        self, kit: Kit, *, span: str, refresh: str, variables: Sequence[str] = (), marks: str | None = "city"
    ) -> None:
        self.kit = kit
        self.span = span
        self.refresh = refresh
        self.variables = tuple(variables)
        self.marks = marks
        self.panels: list[Panel | RowPanel] = []
        self._top = 0
        self._bottom = 0
        self._fetched: dict[tuple[str, Shape], int] = {}

    def section(self, key: str) -> None:
        """Begin a section below what is there: a line with its title."""
        place = GridPos(h=1, w=24, x=0, y=self._bottom)
        title = self.kit.text(f"section.{key}")
        self.panels.append(RowPanel(title=title, id_val=len(self.panels) + 1, grid_pos=place, panels=[]))
        self._top = self._bottom = self._bottom + 1

    def add(
        self,
        key: str,
        look: Builder[Panel],
        query: str | None = None,
        *,
        at: Place,
        shape: Shape = "table",
        fields: Sequence[str] = (),
        pivot: tuple[str, str] | None = None,
        codes: str | None = None,
        among: Sequence[str] = (),
        values: str | None = None,
        limits: Mapping[str, Limits] | None = None,
        between: tuple[str, str] | None = None,
        edges: Sequence[str] = (),
        link: str | None = None,
        cell_links: Mapping[str, str] | None = None,
    ) -> None:
        """Add a panel; `link` is an address for its head, `cell_links` are addresses by column."""
        panel = look.build()
        panel.id_val = len(self.panels) + 1
        panel.title = self.kit.text(f"{key}.title")
        panel.description = self.kit.text(f"{key}.about")
        panel.grid_pos = self._placed(at)
        if query is not None:
            self._ask(panel, query, shape)
        own = panel.transformations or []
        if pivot is not None:
            own = [overrides.pivoted(*pivot), *own]
        if fields and shape == "table":
            own = [*overrides.only(fields), *own]
        panel.transformations = own or None
        self._say(panel, codes=codes, among=among or (fields if codes else ()), values=values)
        coded = self.kit.words.codes(codes) if codes else ()
        self._say_columns(panel, [name for name in fields if name not in coded], limits or {}, cell_links or {})
        self._draw(panel, between, edges)
        if link is not None:
            panel.links = [links.panel_link(self.kit.words("link.console"), link)]
        self.panels.append(panel)

    def _placed(self, at: Place) -> GridPos:
        x, y, width, height = at
        self._bottom = max(self._bottom, self._top + y + height)
        return GridPos(h=height, w=width, x=x, y=self._top + y)

    def _ask(self, panel: Panel, query: str, shape: Shape) -> None:
        mine = len(self.panels) + 1
        first = self._fetched.setdefault((query, shape), mine)
        if first == mine:
            panel.datasource, panel.targets = SOURCE, [Sql("A", self.kit.queries[query], shape)]
        else:
            panel.datasource, panel.targets = SHARED, [Shared(first)]

    def _say(self, panel: Panel, *, codes: str | None, among: Sequence[str], values: str | None) -> None:
        config = panel.field_config or FieldConfigSource()
        config.defaults = config.defaults or FieldConfig()
        if values is not None:
            config.defaults.mappings = [overrides.mapping(self.kit.words, values)]
        config.overrides += overrides.series(self.kit.words, codes, among) if codes else []
        panel.field_config = config

    def _say_columns(
        self, panel: Panel, fields: Sequence[str], limits: Mapping[str, Limits], cell_links: Mapping[str, str]
    ) -> None:
        words, board, kind = self.kit.words, self.kit.board, panel.type_val
        # Where each row is a bar of its own, a name of the column would become the name of all of them.
        by_row = getattr(getattr(panel.options, "reduce_options", None), "values", None) is True
        assert panel.field_config is not None
        panel.field_config.overrides += [
            overrides.column(
                words, board, name, panel=kind, named=not by_row, limits=limits.get(name), url=cell_links.get(name)
            )
            for name in fields
        ]

    def _draw(self, panel: Panel, between: tuple[str, str] | None, edges: Sequence[str]) -> None:
        assert panel.field_config is not None
        said = [overrides.edge(name) for name in edges]
        if between is not None:
            lower, upper = between
            said += overrides.band(lower, upper, self.kit.words.column(self.kit.board, lower))
        panel.field_config.overrides += said

    def build(self) -> model.Dashboard:
        """The finished board."""
        kit = self.kit
        made = (
            Dashboard(kit.text("title"))
            .uid(links.uid(kit.board, kit.language))
            .description(kit.text("about"))
            .tags(["firewarden", kit.language])
            .timezone(ZONE)
            .week_start("monday")
            .readonly()
            .tooltip(model.DashboardCursorSync.CROSSHAIR)
            .time(self.span, "now")
            .refresh(self.refresh)
            .version(1)
            .variables(self._variables())
            .link(links.other_boards(kit.words("link.boards"), kit.language))
            .build()
        )
        marks = annotations.queries(kit.words, kit.queries, self.marks) if self.marks else []
        made.annotations = model.AnnotationContainer(list_val=marks)
        made.timepicker = model.TimePickerConfig(refresh_intervals=REFRESHES)
        made.panels = list(self.panels)
        return made

    def _variables(self) -> list[choices.Variable]:
        words, queries = self.kit.words, self.kit.queries
        chosen = [one for name in self.variables for one in choices.chosen(name, words, queries)]
        hidden = [choices.constant("console", choices.CONSOLE), choices.constant("language", words.language)]
        return [choices.source(words), *chosen, *hidden]

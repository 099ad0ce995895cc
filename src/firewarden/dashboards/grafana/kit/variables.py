"""What can a board be narrowed to? District, venue, system, point: each by what was chosen before, searched, limited.

A panel's SQL tests a choice of many as `('__all' IN ($district) OR district IN ($district))`, a single text as
`${venue:sqlstring}`, a single number as `$venue`.
"""

from collections.abc import Mapping

from grafana_foundation_sdk.builders.dashboard import (
    ConstantVariable,
    DatasourceVariable,
    QueryVariable,
    TextBoxVariable,
)
from grafana_foundation_sdk.cog.builder import Builder
from grafana_foundation_sdk.models.dashboard import (
    VariableHide,
    VariableModel,
    VariableOption,
    VariableRefresh,
    VariableSort,
)

from firewarden.dashboards.grafana.kit.query import SOURCE, SQL_TYPE
from firewarden.dashboards.grafana.kit.words import Words

CONSOLE = "http://127.0.0.1:8080"
"""Where the console is. `firewarden grafana push` and `provision` put the centre's own address in its place."""
SOURCE_UID = "fw-timescale"
ALL = "'__all'"
"""With its quotes: Grafana puts what stands for All into a statement as it is, whatever the format."""
MANY = frozenset({"district", "system", "point"})
"""Variables of which several, or all, can be chosen."""
SEARCHED: Mapping[str, str] = {"venue": "venue_search"}
"""Variables with a box in front of them whose text narrows their list."""

Variable = Builder[VariableModel]


def source(words: Words) -> Variable:
    """Which data source: the provisioned one is chosen."""
    chosen = VariableOption(selected=True, text="Firewarden", value=SOURCE_UID)
    return DatasourceVariable("ds").label(words("variable.ds")).type(SQL_TYPE).regex("").current(chosen)


def constant(name: str, value: str) -> Variable:
    """A hidden constant."""
    return ConstantVariable(name).value(value)


def chosen(name: str, words: Words, queries: Mapping[str, str]) -> list[Variable]:
    """The variable of that name, its list from the query `variable_NAME`, with its search box where it has one."""
    found: list[Variable] = []
    if name in SEARCHED:
        box = TextBoxVariable(SEARCHED[name]).label(words(f"variable.{SEARCHED[name]}")).default_value("")
        found.append(box.current(VariableOption(selected=True, text="", value="")))
    variable = (
        QueryVariable(name)
        .label(words(f"variable.{name}"))
        .datasource(SOURCE)
        .query(queries[f"variable_{name}"])
        .refresh(VariableRefresh.ON_DASHBOARD_LOAD)
        .sort(VariableSort.DISABLED)
        .hide(VariableHide.DONT_HIDE)
        .multi(multi=name in MANY)
        .include_all(include_all=name in MANY)
    )
    if name in MANY:
        variable = variable.all_value(ALL).current(VariableOption(selected=True, text=["All"], value=["$__all"]))
    return [*found, variable]

"""How does one column or series differ from the others of its panel? Its name, unit, codes, limits and links."""

from collections.abc import Iterable, Sequence

from grafana_foundation_sdk.models.dashboard import (
    DashboardFieldConfigSourceOverrides as Override,
)
from grafana_foundation_sdk.models.dashboard import (
    DataTransformerConfig,
    DynamicConfigValue,
    MatcherConfig,
    ValueMap,
    ValueMappingResult,
)

from firewarden.dashboards.grafana.kit import colours
from firewarden.dashboards.grafana.kit import fields as columns
from firewarden.dashboards.grafana.kit.colours import BAD, CODES, OFFLINE
from firewarden.dashboards.grafana.kit.limits import Limits
from firewarden.dashboards.grafana.kit.panels import steps
from firewarden.dashboards.grafana.kit.words import Words

DRAWN = frozenset({"timeseries", "barchart", "piechart", "histogram"})
"""Panels in which a column has a colour of its own."""
COLOURED_TEXT = {"type": "color-text"}


def mapping(words: Words, group: str) -> ValueMap:
    """The names and colours of a group of coded values."""
    named = words.codes(group).items()
    return ValueMap(
        options={
            code: ValueMappingResult(text=text, color=colours.of_code(group, code), index=at)
            for at, (code, text) in enumerate(named)
        }
    )


def column(
    words: Words,
    board: str,
    name: str,
    *,
    panel: str,
    named: bool = True,
    limits: Limits | None = None,
    url: str | None = None,
) -> Override:
    """How the column `name` is shown; its cells lead to `url`.

    `panel` is the kind of panel. Not `named`: its rows have the names.
    """
    return Override(
        matcher=MatcherConfig(id_val="byName", options=name),
        properties=[
            *([DynamicConfigValue(id_val="displayName", value=words.column(board, name))] if named else []),
            *_known(words, columns.of(name)),
            *(_celled(columns.of(name)) if panel == "table" else ()),
            *(_fixed(columns.of(name).colour) if panel in DRAWN else ()),
            *_limited(limits, table=panel == "table"),
            *_linked(words, url),
        ],
    )


def edge(name: str) -> Override:
    """A limit: a broken red line over gaps."""
    line: dict[str, object] = {"dash": [8, 6], "fill": "dash"}
    return Override(
        matcher=MatcherConfig(id_val="byName", options=name),
        properties=[
            *_fixed(BAD),
            DynamicConfigValue(id_val="custom.lineStyle", value=line),
            DynamicConfigValue(id_val="custom.fillOpacity", value=0),
            DynamicConfigValue(id_val="custom.spanNulls", value=True),
            DynamicConfigValue(id_val="custom.showPoints", value="never"),
        ],
    )


def band(lower: str, upper: str, lower_shown: str) -> list[Override]:
    """The room between two series, filled, without lines of their own. Grafana finds the lower by its shown name."""
    bare = [DynamicConfigValue(id_val="custom.lineWidth", value=0), *_fixed(OFFLINE)]
    plain = DynamicConfigValue(id_val="custom.fillOpacity", value=0)
    filled = DynamicConfigValue(id_val="custom.fillOpacity", value=25)
    below = DynamicConfigValue(id_val="custom.fillBelowTo", value=lower_shown)
    return [
        Override(matcher=MatcherConfig(id_val="byName", options=lower), properties=[*bare, plain]),
        Override(matcher=MatcherConfig(id_val="byName", options=upper), properties=[*bare, filled, below]),
    ]


def series(words: Words, group: str, among: Sequence[str]) -> list[Override]:
    """One for each code of the group (of `among` only, if any): its name and colour where a series is called by it."""
    return [
        Override(
            matcher=MatcherConfig(id_val="byName", options=code),
            properties=[DynamicConfigValue(id_val="displayName", value=text), *_fixed(colours.of_code(group, code))],
        )
        for code, text in words.codes(group).items()
        if not among or code in among
    ]


def only(names: Sequence[str]) -> list[DataTransformerConfig]:
    """Of all columns these, in this order."""
    order: dict[str, int] = {name: at for at, name in enumerate(names)}
    chosen: dict[str, object] = {"include": {"names": list(names)}}
    ordered: dict[str, object] = {"excludeByName": {}, "indexByName": order, "renameByName": {}}
    return [
        DataTransformerConfig(id_val="filterFieldsByName", options=chosen),
        DataTransformerConfig(id_val="organize", options=ordered),
    ]


def pivoted(name: str, value: str) -> DataTransformerConfig:
    """Rows to fields: each row's `value` under the name that its column `name` has."""
    handlers = [{"fieldName": name, "handlerKey": "field.name"}, {"fieldName": value, "handlerKey": "field.value"}]
    return DataTransformerConfig(id_val="rowsToFields", options={"mappings": handlers})


def _known(words: Words, field: columns.Field) -> Iterable[DynamicConfigValue]:
    if field.unit is not None:
        yield DynamicConfigValue(id_val="unit", value=field.unit)
    if field.decimals is not None:
        yield DynamicConfigValue(id_val="decimals", value=field.decimals)
    if field.codes is not None:
        yield DynamicConfigValue(id_val="mappings", value=[mapping(words, field.codes)])


def _celled(field: columns.Field) -> Iterable[DynamicConfigValue]:
    if field.width is not None:
        yield DynamicConfigValue(id_val="custom.width", value=field.width)
    if field.codes in CODES:
        yield DynamicConfigValue(id_val="custom.cellOptions", value=COLOURED_TEXT)
    if field.hidden:
        yield DynamicConfigValue(id_val="custom.hidden", value=True)


def _limited(limits: Limits | None, *, table: bool) -> Iterable[DynamicConfigValue]:
    if limits is not None:
        yield DynamicConfigValue(id_val="thresholds", value=steps(limits).build())
        if table:
            yield DynamicConfigValue(id_val="custom.cellOptions", value=COLOURED_TEXT)


def _linked(words: Words, url: str | None) -> Iterable[DynamicConfigValue]:
    if url is not None:
        link = {"targetBlank": not url.startswith("/d/"), "title": words("link.open"), "url": url}
        yield DynamicConfigValue(id_val="links", value=[link])


def _fixed(colour: str | None) -> Iterable[DynamicConfigValue]:
    if colour is not None:
        yield DynamicConfigValue(id_val="color", value={"fixedColor": colour, "mode": "fixed"})

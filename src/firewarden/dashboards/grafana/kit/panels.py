"""How does a panel look? One function for each kind, with the defaults of all boards; what is special is chained on.

Each returns the SDK's own builder: `time_series(unit="s").stacking(…)` works. The page sets title, query and place.
"""

from grafana_foundation_sdk.builders import (
    barchart,
    bargauge,
    dashboard,
    piechart,
    statetimeline,
    timeseries,
)
from grafana_foundation_sdk.builders import (
    common as build,
)
from grafana_foundation_sdk.builders import (
    geomap as maps,
)
from grafana_foundation_sdk.builders import (
    heatmap as heat,
)
from grafana_foundation_sdk.builders import (
    histogram as bins,
)
from grafana_foundation_sdk.builders import (
    stat as stats,
)
from grafana_foundation_sdk.builders import (
    table as tables,
)
from grafana_foundation_sdk.builders import (
    text as texts,
)
from grafana_foundation_sdk.models import (
    common,
)
from grafana_foundation_sdk.models import (
    dashboard as model,
)
from grafana_foundation_sdk.models import (
    geomap as map_model,
)
from grafana_foundation_sdk.models import (
    piechart as pie_model,
)
from grafana_foundation_sdk.models import (
    text as text_model,
)
from grafana_foundation_sdk.models.heatmap import HeatmapColorMode

from firewarden.dashboards.grafana.kit.limits import PLAIN, Limits

LAST = build.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False).fields("")
EVERY_ROW = build.ReduceDataOptions().calcs(["lastNotNull"]).values(values=True).limit(30).fields("")
TIP = build.VizTooltipOptions().mode(common.TooltipDisplayMode.MULTI).sort(common.SortOrder.DESCENDING)


def steps(limits: Limits) -> dashboard.ThresholdsConfig:
    """The limits as Grafana's thresholds."""
    found = [model.Threshold(value=None, color=limits.base)]
    found += [model.Threshold(value=value, color=colour) for value, colour in limits.steps]
    return dashboard.ThresholdsConfig().mode(model.ThresholdsMode.ABSOLUTE).steps(found)


def by_limits() -> dashboard.FieldColor:
    """Coloured by the limits."""
    return dashboard.FieldColor().mode(model.FieldColorModeId.THRESHOLDS)


def by_series() -> dashboard.FieldColor:
    """Coloured by series: known series get their own colour by the page."""
    return dashboard.FieldColor().mode(model.FieldColorModeId.PALETTE_CLASSIC_BY_NAME)


def legend(*, table: bool = False) -> build.VizLegendOptions:
    """Below the plot; as a table with last and highest value where there are many series."""
    mode = common.LegendDisplayMode.TABLE if table else common.LegendDisplayMode.LIST
    return (
        build.VizLegendOptions()
        .display_mode(mode)
        .placement(common.LegendPlacement.BOTTOM)
        .show_legend(show_legend=True)
        .calcs(["lastNotNull", "max"] if table else [])
    )


def stat(*, unit: str, limits: Limits = PLAIN, decimals: int | None = None, words: bool = False) -> stats.Panel:
    """One number, or a few side by side: the field(s) of the first row. `words` for fields of text."""
    panel = (
        stats.Panel()
        .unit(unit)
        .thresholds(steps(limits))
        .color_scheme(by_limits())
        .color_mode(common.BigValueColorMode.VALUE)
        .graph_mode(common.BigValueGraphMode.NONE)
        .justify_mode(common.BigValueJustifyMode.AUTO)
        .text_mode(common.BigValueTextMode.AUTO)
        .wide_layout(wide_layout=True)
        .reduce_options(
            LAST if not words else build.ReduceDataOptions().calcs(["lastNotNull"]).values(values=False).fields("/.*/")
        )
        .no_value("–")
    )
    return panel if decimals is None else panel.decimals(decimals)


def time_series(
    *, unit: str, limits: Limits | None = None, bars: bool = False, table_legend: bool = False
) -> timeseries.Panel:
    """Lines over time, or bars of counts. With `limits` their steps are drawn as dashed lines."""
    panel = (
        timeseries.Panel()
        .unit(unit)
        .color_scheme(by_series())
        .draw_style(common.GraphDrawStyle.BARS if bars else common.GraphDrawStyle.LINE)
        .line_width(1)
        .fill_opacity(70 if bars else 8)
        .show_points(common.VisibilityMode.AUTO)
        .point_size(4)
        .line_interpolation(common.LineInterpolation.LINEAR)
        .span_nulls(span_nulls=False)
        .legend(legend(table=table_legend))
        .tooltip(TIP)
        .axis_soft_min(0)
    )
    if bars:
        panel = panel.stacking(build.StackingConfig().mode(common.StackingMode.NORMAL).group("A"))
    if limits is not None:
        dashed = build.GraphThresholdsStyleConfig().mode(common.GraphThresholdsStyleMode.DASHED)
        panel = panel.thresholds(steps(limits)).thresholds_style(dashed)
    return panel


def table(*, unit: str = "none", sort: str | None = None, descending: bool = True) -> tables.Panel:
    """Rows and columns; units, names and codes of the columns come from the page. `sort` is a column's shown name."""
    panel = (
        tables.Panel()
        .unit(unit)
        .cell_height(common.TableCellHeight.SM)
        .show_header(show_header=True)
        .filterable(filterable=True)
        .color_scheme(by_limits())
        .thresholds(steps(PLAIN))
        .cell_options(build_auto())
        .footer(build.TableFooterOptions().show(show=False).reducer([]).count_rows(count_rows=False))
    )
    return (
        panel
        if sort is None
        else panel.sort_by([build.TableSortByFieldState().display_name(sort).desc(desc=descending)])
    )


def build_auto() -> common.TableAutoCellOptions:
    """A plain cell."""
    return common.TableAutoCellOptions()


def bar_chart(*, unit: str, horizontal: bool = False, stacked: bool = False) -> barchart.Panel:
    """Bars by name: the first column of text has the names, every number is a bar.

    No `xField` is set: Grafana would look for it under the name that is shown, which differs by language.
    """
    return (
        barchart.Panel()
        .unit(unit)
        .color_scheme(by_series())
        .orientation(common.VizOrientation.HORIZONTAL if horizontal else common.VizOrientation.VERTICAL)
        .stacking(common.StackingMode.NORMAL if stacked else common.StackingMode.NONE)
        .show_value(common.VisibilityMode.AUTO)
        .bar_width(0.8)
        .group_width(0.7)
        .line_width(1)
        .fill_opacity(80)
        .x_tick_label_rotation(0)
        .x_tick_label_spacing(0)
        .full_highlight(full_highlight=False)
        .legend(legend())
        .tooltip(TIP)
        .axis_soft_min(0)
    )


def bar_gauge(*, unit: str, limits: Limits = PLAIN, rows: bool = True, highest: float | None = None) -> bargauge.Panel:
    """One bar for each row (`rows`: columns name and number), or for each field of one row."""
    panel = (
        bargauge.Panel()
        .unit(unit)
        .thresholds(steps(limits))
        .color_scheme(by_limits())
        .min(0)
        .display_mode(common.BarGaugeDisplayMode.BASIC)
        .orientation(common.VizOrientation.HORIZONTAL)
        .value_mode(common.BarGaugeValueMode.TEXT)
        .show_unfilled(show_unfilled=True)
        .reduce_options(EVERY_ROW if rows else LAST)
        .no_value("–")
    )
    return panel if highest is None else panel.max(highest)


def pie(*, unit: str, rows: bool = True) -> piechart.Panel:
    """Shares of a whole, with names, numbers and percentages beside it."""
    shown = piechart.PieChartLegendOptions().display_mode(common.LegendDisplayMode.TABLE)
    return (
        piechart.Panel()
        .unit(unit)
        .color_scheme(by_series())
        .pie_type(pie_model.PieChartType.DONUT)
        .reduce_options(EVERY_ROW if rows else LAST)
        .tooltip(TIP)
        .legend(
            shown.placement(common.LegendPlacement.RIGHT)
            .show_legend(show_legend=True)
            .calcs([])
            .values([pie_model.PieChartLegendValues.VALUE, pie_model.PieChartLegendValues.PERCENT])
        )
    )


def state_timeline(*, unit: str = "none") -> statetimeline.Panel:
    """What held when: a band for each field, coloured by the codes of its values."""
    return (
        statetimeline.Panel()
        .unit(unit)
        .color_scheme(by_limits())
        .thresholds(steps(PLAIN))
        .show_value(common.VisibilityMode.AUTO)
        .merge_values(merge_values=True)
        .row_height(0.85)
        .line_width(0)
        .fill_opacity(85)
        .align_value(common.TimelineValueAlignment.LEFT)
        .legend(legend())
        .tooltip(build.VizTooltipOptions().mode(common.TooltipDisplayMode.SINGLE).sort(common.SortOrder.NONE))
    )


def heatmap(*, unit: str) -> heat.Panel:
    """How often which value at which time: `time` and one column for each bucket."""
    colours = heat.HeatmapColorOptions().mode(HeatmapColorMode.SCHEME).scheme("Oranges").steps(32).exponent(0.5)
    return (
        heat.Panel()
        .unit(unit)
        .calculate(calculate=False)
        .color(colours.fill("dark-orange"))
        .cell_gap(1)
        .y_axis(heat.YAxisConfig().axis_placement(common.AxisPlacement.LEFT))
    )


def histogram(*, unit: str, bucket: int) -> bins.Panel:
    """How are the values of a column distributed? Buckets of equal width."""
    return (
        bins.Panel()
        .unit(unit)
        .bucket_size(bucket)
        .bucket_offset(0)
        .color_scheme(by_series())
        .fill_opacity(80)
        .line_width(1)
        .legend(legend().show_legend(show_legend=False))
        .tooltip(TIP)
    )


def text(content: str) -> texts.Panel:
    """A note in Markdown."""
    return texts.Panel().mode(text_model.TextMode.MARKDOWN).content(content)


def geomap(*, colour: str, layer: str, unit: str = "none", size: str | None = None) -> maps.Panel:
    """Markers at `lat`, `lon` (WGS-84), coloured by the field `colour`; `size` grows with a field.

    The base map is the one that the Grafana server is configured with: docs/grafana.md says how.
    """
    dimension: dict[str, object] = {"fixed": 6, "min": 5, "max": 16, **({"field": size} if size else {})}
    style = {
        "color": {"field": colour, "fixed": "text"},
        "opacity": 0.75,
        "size": dimension,
        "symbol": {"fixed": "img/icons/marker/circle.svg", "mode": "fixed"},
        "symbolAlign": {"horizontal": "center", "vertical": "center"},
        "rotation": {"fixed": 0, "max": 360, "min": -360, "mode": "mod"},
        "textConfig": {"fontSize": 12, "offsetX": 0, "offsetY": 0, "textAlign": "center", "textBaseline": "middle"},
    }
    where = build.FrameGeometrySource().mode(common.FrameGeometrySourceMode.COORDS).latitude("lat").longitude("lon")
    marks = build.MapLayerOptions().type("markers").name(layer).tooltip(tooltip=True).location(where)
    return (
        maps.Panel()
        .unit(unit)
        .color_scheme(by_limits())
        .thresholds(steps(PLAIN))
        .view(maps.MapViewConfig().id("fit").lat(0).lon(0).zoom(11).all_layers(all_layers=True).padding(10))
        .controls(
            maps.ControlsOptions()
            .show_zoom(show_zoom=True)
            .mouse_wheel_zoom(mouse_wheel_zoom=True)
            .show_attribution(show_attribution=True)
        )
        .basemap(build.MapLayerOptions().type("default").name("base").config({}))
        .layers([marks.config({"showLegend": True, "style": style})])
        .tooltip(maps.TooltipOptions().mode(map_model.TooltipMode.DETAILS))
    )

"""How good is the model that scores, do its guards hold, and what was decided about it?"""

from collections.abc import Sequence

from nicegui import ui

from firewarden.api import risk_models
from firewarden.api.risk_models import GuardRow, ModelAct, ModelCard, ScoringModel
from firewarden.dashboards.console.console import BASE, Console
from firewarden.dashboards.console.elements import attributed, box, empty, icon, pair, text
from firewarden.dashboards.console.feed import Update, utc_now
from firewarden.dashboards.console.formats import NOTHING, full_moment
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.layout import Shell
from firewarden.dashboards.console.model_figures import (
    HELPED_COLUMNS,
    Json,
    Told,
    calibration,
    gain,
    guard_name,
    helped_lines,
    quarters,
    rows,
    shown,
    table,
    told,
    useless,
    worth_showing,
)
from firewarden.dashboards.console.risk_plots import curve_options
from firewarden.dashboards.console.venue_plot import INK_DARK, INK_LIGHT, Ink
from firewarden.risk import helped

_FIGURES = ("quarter", "n", "positives", "base_rate", "auc", "ap", "ece", "ratio")


def _verdict(found: ScoringModel, texts: Texts) -> None:
    """In red where nobody should rely on the ranking."""
    if found.frozen:
        _alarm("ac_unit", texts("model.frozen"), found.acts[0].reason if found.acts else "", "frozen")
    for guard in useless(found.guards):
        _alarm("warning", texts("model.useless"), _guard_words(guard, texts), "useless")


def _alarm(symbol: str, message: str, more: str, name: str) -> None:
    with box("alert alert-bad", role="alert", data_testid=f"model-{name}"):
        icon(symbol)
        with box("row-main"):
            text(message, tag="b")
            text(more, tag="small")


def _identity(found: ScoringModel, texts: Texts) -> None:
    with box("panel", tag="section", data_testid="model-identity"):
        with box("panel-head"):
            text(texts("model.scores_now"), tag="h2")
        with box("panel-body"):
            model = found.model
            if model is None:
                text(texts("model.prior_only"), tag="p")
                return
            card = table(model.card)
            with box("pairs", tag="dl"):
                pair(texts("model.version"), model.version)
                pair(texts("model.kind"), texts.name("model_kind", model.kind))
                pair(texts("model.since"), full_moment(found.since))
                pair(texts("model.made_at"), full_moment(model.made_at))
                pair(texts("model.data_version"), model.data_version[:16])
                pair(texts("model.venues"), shown(card.get("venues"), ",.0f"))
                pair(texts("model.positives"), shown(card.get("positives"), ",.0f"))
            text(texts(f"model.how_{model.kind}"), "muted how", tag="p")


def _curves(model: ModelCard | None, texts: Texts, ink: Ink) -> None:
    card = {} if model is None else model.card
    with box("risk-row"):
        with box("panel", tag="section", data_testid="calibration"):
            with box("panel-head"):
                text(texts("model.calibration"), tag="h2")
                text(texts("model.calibration_help"), "muted")
            points = calibration(card)
            most = max((max(pair) for pair in points), default=0.0) * 1.1
            _curve(points, texts, ink, names=("predicted", "observed", "calibration"), most=round(most, 4) or 1.0)
        with box("panel", tag="section", data_testid="gain"):
            with box("panel-head"):
                text(texts("model.gain"), tag="h2")
                text(texts("model.gain_help"), "muted")
            _curve(gain(card), texts, ink, names=("share", "recall", "gain"), most=1.0)


def _curve(
    points: Sequence[tuple[float, float]], texts: Texts, ink: Ink, *, names: tuple[str, str, str], most: float
) -> None:
    if not points:
        empty("show_chart", texts("model.too_little"))
        return
    x, y, name = (texts(f"model.{each}") for each in names)
    with box("panel-body"):
        chart = ui.echart(curve_options([(name, points)], x=x, y=y, ink=ink, diagonal=True, most=most))
        attributed(chart.classes("model-chart"), {"data_testid": f"{names[2]}-chart"})


def _quarters(model: ModelCard | None, texts: Texts) -> None:
    card = {} if model is None else model.card
    shown_rows = quarters(card)
    with box("panel", tag="section", data_testid="quarters"):
        with box("panel-head"):
            text(texts("model.quarters"), tag="h2")
            text(texts("model.quarters_help"), "muted")
        if not shown_rows:
            empty("event_note", texts("model.no_quarters"))
            return
        with box("scroll-x"), box("table", tag="table"):
            with box(tag="thead"), box(tag="tr"):
                for name in _FIGURES:
                    text(texts(f"model.{name}"), "" if name == "quarter" else "num", tag="th", scope="col")
            with box(tag="tbody"):
                if card.get("pooled"):
                    _figures(told(texts("model.pooled"), card.get("pooled")))
                for row in shown_rows:
                    _figures(row)


def _figures(row: Told) -> None:
    with box(tag="tr"):
        for name in _FIGURES:
            value = row.name if name == "quarter" else str(getattr(row, name))
            title = row.reason if value == NOTHING else ""
            text(value, "" if name == "quarter" else "num", tag="td", title=title)


def _guards(guards: Sequence[GuardRow], texts: Texts) -> None:
    with box("panel", tag="section", data_testid="guards"):
        with box("panel-head"):
            text(texts("model.guards"), tag="h2")
            text(texts("model.guards_help"), "muted")
        if not guards:
            empty("shield", texts("model.no_guards"))
        for guard in worth_showing(guards):
            with box(f"row-item guard{' is-fired' if guard.fired else ''}", data_testid=f"guard-{guard.name}"):
                icon("error" if guard.fired else "check_circle" if guard.value is not None else "help")
                with box("row-main"):
                    text(guard_name(guard.name, texts), tag="b")
                    text(_guard_words(guard, texts), tag="small")
                with box("row-end"):
                    state = "fired" if guard.fired else "calm" if guard.value is not None else "unknown"
                    text(texts(f"model.guard_{state}"), "tag")
                    text(guard.day.isoformat(), "muted", tag="small")


def _guard_words(guard: GuardRow, texts: Texts) -> str:
    if guard.value is None:
        return texts("model.too_little")
    low = "…" if guard.low is None else f"{guard.low:.3g}"
    high = "…" if guard.high is None else f"{guard.high:.3g}"
    return texts("model.guard_value", value=f"{guard.value:.3g}", low=low, high=high)


def _helped(report: Json, texts: Texts) -> None:
    """Was more found at the top of the list than in the city, and where chance alone chose?"""
    lines = helped_lines(report, texts)
    with box("panel", tag="section", data_testid="helped"):
        with box("panel-head"):
            text(texts("model.helped"), tag="h2")
            text(texts("model.helped_help"), "muted")
        if not lines:
            empty("fact_check", texts("model.no_draws"))
            return
        with box("scroll-x"), box("table", tag="table"):
            with box(tag="thead"), box(tag="tr"):
                for name in HELPED_COLUMNS:
                    text(texts(f"model.helped_{name}"), tag="th", scope="col")
            with box(tag="tbody"):
                for line in lines:
                    with box(tag="tr"):
                        for cell in line.cells:
                            text(cell, "late due" if line.useless else "", tag="td")


def _weights(model: ModelCard | None, texts: Texts) -> None:
    found = rows({} if model is None else model.card.get("features"))
    if not found:
        return
    with box("panel", tag="section", data_testid="weights"):
        with box("panel-head"):
            text(texts("model.weights"), tag="h2")
            text(texts("model.weights_help"), "muted")
        with box("scroll-x"), box("table", tag="table"):
            with box(tag="thead"), box(tag="tr"):
                for name in ("feature", "weight", "prior", "source"):
                    text(texts(f"model.{name}"), "num" if name in {"weight", "prior"} else "", tag="th", scope="col")
            with box(tag="tbody"):
                for row in found:
                    with box(tag="tr"):
                        text(str(row.get("name", "")), tag="td")
                        text(_weight(row), "num", tag="td")
                        text(f"{shown(row.get('prior'))} ± {shown(row.get('prior_sd'), '.2f')}", "num", tag="td")
                        text(str(row.get("source", "")), "muted", tag="td")


def _weight(row: object) -> str:
    found = table(row)
    if "weight" in found:
        return f"{shown(found.get('weight'))} ± {shown(found.get('sd'), '.2f')}"
    return f"{shown(found.get('least'), '+.2f')} … {shown(found.get('most'), '+.2f')}"


def _acts(acts: Sequence[ModelAct], texts: Texts) -> None:
    with box("panel", tag="section", data_testid="model-acts"):
        with box("panel-head"):
            text(texts("model.acts"), tag="h2")
        if not acts:
            text(texts("model.no_acts"), "more", tag="div")
        for act in acts:
            with box("row-item"):
                icon("gavel")
                with box("row-main"):
                    text(f"{texts.name('model_act', act.act)} · {act.version}", tag="b")
                    text(act.reason, tag="small")
                with box("row-end"):
                    text(act.actor)
                    text(full_moment(act.at), tag="small")


async def build(console: Console, shell: Shell) -> None:
    """The page of the model."""
    texts = shell.texts
    ink = INK_DARK if shell.visit.look.dark else INK_LIGHT
    async with console.pool.connection() as connection:
        found = await risk_models.scoring_model(connection, now=utc_now())
        report = (await helped.report(connection, utc_now())).to_json()
    with shell.main():
        with box("back-link", tag="a", href=f"{BASE}/ranking"):
            icon("arrow_back")
            text(texts("ranking.title"))
        with box("page-head"):
            text(texts("model.title"), tag="h1")
            text(texts("model.subtitle"), "muted")
        _verdict(found, texts)
        with box("risk-row"):
            _identity(found, texts)
            _guards(found.guards, texts)
        _curves(found.model, texts, ink)
        _helped(report, texts)
        _quarters(found.model, texts)
        _weights(found.model, texts)
        _acts(found.acts, texts)
    shell.watch(_nothing)


def _nothing(_: Update) -> None:
    """Models change seldom: who opens the page sees what holds then."""

"""How dangerous is a venue now, why, and how did it come to that?"""

from dataclasses import dataclass
from datetime import datetime

from nicegui import ui

from firewarden.api.risk_rows import RiskScore
from firewarden.dashboards.console.elements import age, box, empty, grade_badge, icon, text
from firewarden.dashboards.console.evidence import sentence
from firewarden.dashboards.console.formats import percent, points
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.rank_rows import FactorPart, parts_of
from firewarden.dashboards.console.venue_plot import Ink, score_options

CONFIDENCE_LOW = 0.6


@dataclass(frozen=True, slots=True, kw_only=True)
class HistorySpan:
    """The stretch of time that the line of past scores covers."""

    since: datetime
    until: datetime


def risk_panel(
    risk: RiskScore | None,
    history: tuple[RiskScore, ...],
    *,
    span: HistorySpan,
    texts: Texts,
    ink: Ink,
) -> None:
    """Score, grade, confidence, every factor with its evidence, and the line of past scores."""
    with box("panel", tag="section", data_testid="risk"):
        with box("panel-head"):
            text(texts("venue.risk"), tag="h2")
            if risk is not None:
                box("spacer")
                age(risk.at).classes("muted")
        if risk is None:
            empty("hourglass_empty", texts("venue.risk_none"))
            return
        with box("panel-body factors"):
            _head(risk, texts)
            _triggers(risk, texts)
            for part in parts_of(risk, texts):
                _factor(part, risk.grade)
            with box("factor-sum"):
                text(texts("ranking.score"))
                text(points(risk.score), data_testid="risk-sum")
        with box("panel-body factors"):
            _confidence(risk, texts)
        if history:
            with box("panel-body"):
                text(texts("venue.history"), tag="h2")
                ui.echart(score_options(history, now=span.until, since=span.since, ink=ink)).classes("chart-small")


def _head(risk: RiskScore, texts: Texts) -> None:
    with box("risk-now"):
        grade_badge(risk.grade, texts.name("grade", risk.grade), big=True)
        with box("risk-figures"):
            text(points(risk.score), "score", data_testid="risk-score")
            text(texts.name("grade", risk.grade), "muted")


def _triggers(risk: RiskScore, texts: Texts) -> None:
    for trigger in risk.triggers:
        with box("alert alert-bad", data_testid="trigger"):
            icon("priority_high")
            with box("row-main"):
                text(texts.name("factor", trigger.code))
                text(sentence(trigger.code, trigger.evidence, texts), tag="small")


def _confidence(risk: RiskScore, texts: Texts) -> None:
    with box("confidence"):
        with box("factor-sum plain"):
            text(texts("ranking.confidence"))
            text(percent(risk.confidence), data_testid="risk-confidence")
        low = " is-low" if risk.confidence < CONFIDENCE_LOW else ""
        with box(f"meter{low}", tag="span"):
            box(tag="i").style(f"width:{float(risk.confidence) * 100:.0f}%")
    for doubt in risk.doubts:
        with box("factor"):
            text(texts.name("factor", doubt.code))
            text(f"−{percent(doubt.lost)}", "factor-points", tag="b")
            text(sentence(doubt.code, doubt.evidence, texts), tag="small")
    text(texts("ranking.confidence_help"), "faint", tag="small")


def _factor(part: FactorPart, grade: str) -> None:
    with box(f"factor grade-{grade}"):
        text(part.name)
        text(part.points, "factor-points", tag="b")
        with box("meter", tag="span"):
            box(tag="i").style(f"width:{min(100.0, part.width * 3):.0f}%")
        if part.evidence:
            text(part.evidence, tag="small")

"""How dangerous is a venue now, in short? Its page of risk says why."""

from firewarden.api.risk_rows import RiskScore
from firewarden.dashboards.console.console import BASE
from firewarden.dashboards.console.elements import age, box, empty, grade_badge, icon, text
from firewarden.dashboards.console.evidence import sentence
from firewarden.dashboards.console.formats import percent, points, signed_points
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.rank_rows import COVERAGE_LOW, heaviest, suspected

FACTORS_SHOWN = 6


def risk_panel(venue_id: int, risk: RiskScore | None, texts: Texts) -> None:
    """Score, grade, coverage, rules that hold, the heaviest factors, and the way to the whole."""
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
            for rule in suspected(risk, texts):
                with box("alert alert-bad", data_testid="trigger"):
                    icon("priority_high")
                    with box("row-main"):
                        text(rule)
                        text(texts("risk.suspected"), tag="small")
            for factor in heaviest(risk)[:FACTORS_SHOWN]:
                with box("factor"):
                    text(texts.name("factor", factor.code))
                    less = " less" if factor.points < 0 else ""
                    text(signed_points(factor.points), f"factor-points{less}", tag="b")
                    text(sentence(factor.code, factor.evidence, texts), tag="small")
            with box("button button-primary", tag="a", href=f"{BASE}/venues/{venue_id}/risk", data_testid="to-risk"):
                icon("account_tree")
                text(texts("risk.open_page"))


def _head(risk: RiskScore, texts: Texts) -> None:
    covered = risk.confidence if risk.coverage is None else risk.coverage
    with box("risk-now"):
        grade_badge(risk.grade, texts.name("grade", risk.grade), big=True)
        with box("risk-figures"):
            text(points(risk.score), "score", data_testid="risk-score")
            text(texts.name("grade", risk.grade), "muted")
        with box("risk-figures"):
            text(f"{texts('ranking.coverage')} {percent(covered)}", "muted", data_testid="risk-coverage")
            if covered < COVERAGE_LOW:
                text(texts("ranking.insufficient"), "tag tag-warn")

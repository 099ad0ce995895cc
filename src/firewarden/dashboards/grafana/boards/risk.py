"""Risk: where are the risky venues, who moves, why, and does the model still tell the truth?"""

from firewarden.dashboards.grafana.kit import limits, links
from firewarden.dashboards.grafana.kit.kit import Kit
from firewarden.dashboards.grafana.kit.page import Page
from firewarden.dashboards.grafana.kit.panels import bar_chart, histogram, pie, stat, table, time_series


def board(kit: Kit) -> Page:
    """The whole board."""
    page = Page(kit, span="now-7d", refresh="1m", variables=("district",), marks="city")
    page.section("now")
    _now(page)
    page.section("moves")
    _moves(page)
    page.section("model")
    _model(page)
    return page


def _now(page: Page) -> None:
    few, plain = limits.FEW_IS_GOOD, limits.PLAIN
    page.add("d", stat(unit="none", limits=limits.NONE_IS_GOOD), "now", at=(0, 0, 3, 4), fields=("D",))
    page.add("c", stat(unit="none", limits=few), "now", at=(3, 0, 3, 4), fields=("C",))
    page.add(
        "median", stat(unit="none", limits=limits.SCORE, decimals=1), "now", at=(6, 0, 3, 4), fields=("median_score",)
    )
    page.add("scored", stat(unit="none", limits=plain), "now", at=(0, 4, 3, 4), fields=("scored",))
    page.add("doubtful", stat(unit="none", limits=few), "now", at=(3, 4, 3, 4), fields=("doubtful",))
    page.add("by_rule", stat(unit="none", limits=few), "now", at=(6, 4, 3, 4), fields=("by_rule",))
    page.add("grades", pie(unit="none"), "now", at=(9, 0, 5, 8), fields=("A", "B", "C", "D"), codes="grade")
    page.add("spread", histogram(unit="none", bucket=5), "venues", at=(0, 8, 14, 8), fields=("score",))
    page.add(
        "ranking",
        table(),
        "venues",
        at=(14, 0, 10, 16),
        fields=("rank", "name", "grade", "score", "rate", "confidence", "use", "district", "code", "venue_id"),
        limits={"score": limits.SCORE},
        cell_links={"name": links.VENUE_RISK, "code": links.board("venue", page.kit.language, venue="venue_id")},
    )


def _moves(page: Page) -> None:
    changes = time_series(unit="none", bars=True)
    page.add("grade_changes", changes, "grade_changes", shape="time_series", at=(0, 0, 8, 9), codes="trend")
    bars = bar_chart(unit="none", horizontal=True)
    page.add("factors", bars, "factors", at=(8, 0, 6, 18), fields=("factor", "mean_points"))
    page.add(
        "movers",
        table(),
        "movers",
        at=(14, 0, 10, 9),
        fields=("name", "grade", "score", "since_day", "since_week", "district", "code", "venue_id"),
        limits={"since_day": limits.RISE, "since_week": limits.RISE},
        cell_links={"name": links.VENUE_RISK},
    )
    page.add(
        "changes",
        table(),
        "changes",
        at=(14, 9, 10, 9),
        fields=("time", "name", "grade_before", "grade", "score", "district", "venue_id"),
        cell_links={"name": links.VENUE_RISK},
    )
    page.add(
        "proposals",
        table(),
        "proposals",
        at=(0, 9, 8, 9),
        fields=("proposal_kind", "venue_name", "grade", "due_at", "overdue", "district", "venue_id"),
        link=links.PROPOSALS,
        cell_links={"venue_name": links.VENUE_RISK},
    )


def _model(page: Page) -> None:
    page.add("auc", stat(unit="none", limits=limits.AUC, decimals=3), "model", at=(0, 0, 4, 4), fields=("auc",))
    page.add("ap", stat(unit="none", decimals=3), "model", at=(4, 0, 4, 4), fields=("ap",))
    card = ("version", "model_kind", "made_at", "auc_low", "auc_high", "ece", "n", "positives", "base_rate")
    page.add("base", stat(unit="percentunit", decimals=2), "model", at=(0, 4, 4, 5), fields=("base_rate",))
    page.add("ece", stat(unit="none", limits=limits.ECE, decimals=4), "model", at=(4, 4, 4, 5), fields=("ece",))
    page.add("card", table(), "model", at=(0, 9, 16, 4), fields=card, link=links.MODEL)
    pairs = bar_chart(unit="percentunit")
    told = ("part", "predicted_share", "observed_share")
    page.add("calibration", pairs, "calibration", at=(8, 0, 8, 9), fields=told)
    page.add("gain", bar_chart(unit="percentunit"), "gain", at=(16, 0, 8, 11), fields=("part", "recall_share"))
    page.add(
        "guards",
        table(),
        "guards",
        at=(0, 13, 16, 8),
        fields=("guard", "feature", "value", "low", "high", "fired", "time"),
        link=links.MODEL,
    )
    page.add("lift", bar_chart(unit="none"), "gain", at=(16, 11, 8, 10), fields=("part", "lift"))

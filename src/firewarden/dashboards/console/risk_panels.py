"""What does the page of a venue's risk say? Its score and rank, what makes it, what has changed, what would help."""

from collections.abc import Callable, Sequence

from nicegui import ui

from firewarden.api.risk_rows import Change, Factor, Repair, RiskExplanation, RiskScore, RuleHit
from firewarden.api.risk_words import rule_name
from firewarden.dashboards.console.elements import age, attributed, box, button, empty, grade_badge, icon, pair, text
from firewarden.dashboards.console.evidence import sentence
from firewarden.dashboards.console.formats import NOTHING, full_moment, moment, percent, points, signed_points
from firewarden.dashboards.console.i18n import Texts
from firewarden.dashboards.console.rank_rows import COVERAGE_LOW, interval
from firewarden.dashboards.console.risk_plots import (
    PART_COLOURS,
    PARTS,
    grouped_factors,
    part_of,
    waterfall_height,
    waterfall_options,
)
from firewarden.dashboards.console.venue_plot import Ink

OpenFacts = Callable[[str, Sequence[int]], object]
"""Shows the facts with these numbers under a heading."""


def headline(found: RiskExplanation, risk: RiskScore, texts: Texts) -> None:
    """Score, grade, rank with its interval, and how much of what one should know is known."""
    with box("panel risk-headline", tag="section", data_testid="headline"):
        with box("panel-body risk-now"):
            grade_badge(risk.grade, texts.name("grade", risk.grade), big=True)
            with box("risk-figures"):
                text(points(risk.score), "score", data_testid="risk-score")
                text(texts.name("grade", risk.grade), "muted")
            with box("risk-figures"):
                text(texts("risk.rank_of", rank=found.rank or NOTHING, of=found.scored), "rank-big", data_testid="rank")
                between = interval(risk.rank_low, risk.rank_high)
                text(texts("risk.interval", interval=between) if between else texts("risk.no_interval"), "muted")
        with box("panel-body"):
            _coverage(risk, texts)
            with box("pairs", tag="dl"):
                pair(texts("risk.rate"), NOTHING if risk.rate is None else texts("risk.fires", n=f"{risk.rate:.2g}"))
                pair(texts("risk.uncontrolled"), NOTHING if risk.uncontrolled is None else percent(risk.uncontrolled))
                pair(texts("risk.consequence"), NOTHING if risk.consequence is None else f"× {risk.consequence:.1f}")
                if risk.band is not None and risk.band != risk.grade:
                    pair(texts("risk.band"), texts("risk.band_is", band=risk.band))
                if risk.grade_since is not None:
                    pair(texts("risk.grade_since"), full_moment(risk.grade_since))
                pair(texts("risk.model"), risk.version)


def _coverage(risk: RiskScore, texts: Texts) -> None:
    share = risk.confidence if risk.coverage is None else risk.coverage
    low = share < COVERAGE_LOW
    with box("confidence"):
        with box("factor-sum plain"):
            text(texts("ranking.coverage"))
            text(percent(share), data_testid="risk-coverage")
        with box(f"meter{' is-low' if low else ''}", tag="span"):
            box(tag="i").style(f"width:{share * 100:.0f}%")
        if low:
            with box("alert alert-warn", data_testid="insufficient"):
                icon("visibility_off")
                text(texts("risk.insufficient"))
        for doubt in risk.doubts:
            said = sentence(doubt.code, doubt.evidence, texts)
            text(f"{texts.name('factor', doubt.code)}{f' · {said}' if said else ''}", "muted", tag="small")


def waterfall(risk: RiskScore, texts: Texts, ink: Ink, open_facts: OpenFacts) -> None:
    """From a typical venue to this one: the chart, and every factor with its evidence; the points add up."""
    with box("panel", tag="section", data_testid="waterfall"):
        with box("panel-head"):
            text(texts("risk.waterfall"), tag="h2")
            text(texts("risk.waterfall_help"), "muted")
        with box("panel-body waterfall-grid"):
            chart = ui.echart(waterfall_options(risk, texts, ink)).classes("waterfall-chart")
            attributed(chart.style(f"height:{waterfall_height(risk)}px"), {"data_testid": "waterfall-chart"})
            with box("factors"):
                _line(texts("risk.typical"), points(risk.base), "factor-base", testid="base")
                _groups(risk, texts, open_facts)
                with box("factor-sum"):
                    text(texts("risk.this_venue"))
                    text(points(risk.score), data_testid="risk-sum")


def _line(name: str, value: str, classes: str, *, testid: str) -> None:
    with box(f"factor {classes}"):
        text(name)
        text(value, "factor-points", tag="b", data_testid=testid)


def _groups(risk: RiskScore, texts: Texts, open_facts: OpenFacts) -> None:
    factors = grouped_factors(risk)
    for part in PARTS:
        of_part = [factor for factor in factors if part_of(factor) == part]
        if not of_part:
            continue
        total = sum(round(factor.points * 10) for factor in of_part) / 10
        with box("factor-group").style(f"--part:{PART_COLOURS[part]}"):
            text(texts.name("part", part or "rest"))
            text(signed_points(total), tag="b")
        for factor in of_part:
            _factor(factor, texts, open_facts)


def _factor(factor: Factor, texts: Texts, open_facts: OpenFacts) -> None:
    with box("factor", data_testid=f"factor-{factor.code}"):
        with box("factor-title", tag="span"):
            text(texts.name("factor", factor.code))
            if factor.ratio is not None:
                text(f"× {factor.ratio:.2g}", "ratio", title=texts("risk.ratio_help"))
        less = " less" if factor.points < 0 else ""
        text(signed_points(factor.points), f"factor-points{less}", tag="b")
        with box("factor-evidence"):
            text(sentence(factor.code, factor.evidence, texts), tag="small")
            facts_button(texts.name("factor", factor.code), factor.facts, texts, open_facts)


def facts_button(title: str, facts: Sequence[int], texts: Texts, open_facts: OpenFacts) -> None:
    """Opens the facts behind something; nothing where there are none."""
    if facts:
        button(texts("risk.facts_n", n=len(facts)), "text-link", data_testid="open-facts").on(
            "click", lambda: open_facts(title, facts)
        )


def changed(change: Change | None, texts: Texts, open_facts: OpenFacts) -> None:
    """What has changed since yesterday, and why."""
    with box("panel", tag="section", data_testid="changed"):
        with box("panel-head"):
            text(texts("risk.changed"), tag="h2")
            if change is not None:
                text(texts("risk.changed_since", at=moment(change.since)), "muted")
        if change is None:
            empty("update", texts("risk.changed_unknown"))
            return
        with box("panel-body factors"):
            with box("change-line"):
                text(texts("risk.was", score=points(change.score), grade=change.grade, rank=change.rank), "muted")
                way = " up" if change.change > 0 else " down" if change.change < 0 else ""
                text(signed_points(change.change), f"change{way}", tag="b", data_testid="change")
            for each in change.factors:
                with box("factor", data_testid=f"changed-{each.code}"):
                    text(texts.name("factor", each.code))
                    text(signed_points(each.points), f"factor-points{' less' if each.points < 0 else ''}", tag="b")
                    with box("factor-evidence"):
                        text(_before_after(each.code, each.evidence_before, each.evidence, texts), tag="small")
                        facts_button(texts.name("factor", each.code), each.facts, texts, open_facts)
            if not change.factors:
                text(texts("risk.unchanged"), "muted")
            for key, codes in (("hit_new", change.hits_new), ("hit_gone", change.hits_gone)):
                for code in codes:
                    text(texts(f"risk.{key}", rule=rule_name(code, texts.language.value)), tag="small")


def _before_after(code: str, before: dict[str, object] | None, after: dict[str, object] | None, texts: Texts) -> str:
    then = "" if before is None else sentence(code, before, texts)
    now = "" if after is None else sentence(code, after, texts)
    if then == now:
        return now
    if not then:
        return texts("risk.new_now", after=now)
    return texts("risk.before_after", before=then, after=now) if now else texts("risk.gone_now", before=then)


def repairs(found: RiskExplanation, risk: RiskScore, texts: Texts) -> None:
    """What each repair would change: score, grade and rank."""
    with box("panel", tag="section", data_testid="repairs"):
        with box("panel-head"):
            text(texts("risk.repairs"), tag="h2")
            text(texts("risk.repairs_help"), "muted")
        if not found.repairs:
            empty("task_alt", texts("risk.no_repairs"))
        for each in found.repairs:
            _repair(each, found.rank or 0, risk, texts)


def _repair(each: Repair, rank: int, risk: RiskScore, texts: Texts) -> None:
    with box("row-item repair", data_testid=f"repair-{each.item}"):
        icon("build")
        with box("row-main"):
            text(texts.name("item", each.item), tag="b")
            text(sentence("repair", each.evidence, texts), tag="small")
        with box("row-end"):
            with box("repair-score", tag="span"):
                text(f"{points(risk.score)} → {points(each.score)}", tag="b")
                grade_badge(each.grade, texts.name("grade", each.grade))
            still = each.score == risk.score and each.grade == risk.grade
            after = texts("risk.alone_nothing") if still else texts("risk.rank_after", before=rank, after=each.rank)
            text(after, tag="small")


def rule_hits(risk: RiskScore, texts: Texts, open_facts: OpenFacts) -> None:
    """The rules that what was reported points to, each as a suspicion."""
    with box("panel", tag="section", data_testid="hits"):
        with box("panel-head"):
            text(texts("risk.hits"), tag="h2")
            text(texts("risk.suspected"), "tag tag-warn")
        if not risk.hits:
            empty("verified_user", texts("risk.no_hits"))
        for hit in risk.hits:
            _hit(hit, texts, open_facts)


def _hit(hit: RuleHit, texts: Texts, open_facts: OpenFacts) -> None:
    title = rule_name(hit.rule, texts.language.value)
    with box(f"row-item hit hit-{hit.effect}", data_testid=f"hit-{hit.rule}"):
        icon("gavel")
        with box("row-main"):
            text(title, tag="b")
            text(" ".join(part for part in (hit.standard, hit.version, hit.rule) if part), "muted", tag="small")
            text(sentence("rule", hit.evidence, texts), tag="small")
            facts_button(title, hit.facts, texts, open_facts)
        with box("row-end"):
            text(texts.name("effect", hit.effect), "tag")
            text(texts("risk.suspected"), "muted", tag="small")
            if hit.first_seen is not None:
                with box(tag="small"):
                    age(hit.first_seen)

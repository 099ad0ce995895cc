"""Does the bench of risk measure whole steps, and notice a replay that is not equal?"""

import io
from pathlib import Path

import msgspec
from rich.console import Console

from firewarden.bench.options import RiskSize, Run, risk_size
from firewarden.bench.progress import Bars
from firewarden.bench.report import show_report
from firewarden.bench.risk_facts import SECOND, city_facts, steps_of
from firewarden.bench.risking import City, bench_risk, differences, one_round, toy
from firewarden.risk.state.facts import Cleared, Raised

SIZE = RiskSize(rounds=1, venues=40, history_per_venue=20, steps=2, facts_per_step=300)


def test_facts_are_numbered_and_fit_together() -> None:
    """Dense numbers for each venue, the same each time, and every end has its beginning."""
    facts = city_facts(SIZE.venues, SIZE.history_per_venue, 600)
    assert facts == city_facts(SIZE.venues, SIZE.history_per_venue, 600)
    numbers: dict[int, int] = {}
    raised: dict[tuple[int, int], Raised] = {}
    for venue, fact in [*facts.history, *facts.news]:
        assert fact.number == numbers.get(venue, 0) + 1
        numbers[venue] = fact.number
        if isinstance(fact, Raised):
            raised[venue, fact.episode] = fact
        elif isinstance(fact, Cleared):
            assert raised[venue, fact.episode].at == fact.raised_at <= fact.at


def test_a_step_scores_whom_it_touches_once() -> None:
    """Each venue of a step has one score, and it adds up."""
    facts = city_facts(SIZE.venues, SIZE.history_per_venue, 30)
    city = City.of(SIZE.venues)
    city.fold(facts.history)
    scored = city.step(facts.news, facts.end + SECOND)
    assert [venue for venue, _ in scored] == sorted({venue for venue, _ in facts.news})
    for _, score in scored:
        assert score.base_tenths + sum(factor.tenths for factor in score.factors) == score.tenths


def test_a_replay_that_differs_is_counted() -> None:
    """The same facts give the same states and scores from text and backwards; a fact that is missing does not."""
    facts = city_facts(SIZE.venues, SIZE.history_per_venue, 600)
    steps = steps_of(facts.news, SIZE.facts_per_step)
    assert one_round(facts.history, steps, SIZE, facts.end).lost == 0
    city = City.of(SIZE.venues)
    city.fold(facts.history)
    scored = [city.step(step, facts.end + number * SECOND) for number, step in enumerate(steps, start=1)]
    assert differences(city, scored, (facts.history, steps), facts.end) == 0
    assert differences(city, scored, (facts.history[:-1], steps), facts.end) > 0
    venue, first = steps[0][0]
    changed = [[(venue, msgspec.structs.replace(first, at=first.at - SECOND)), *steps[0][1:]], steps[1]]
    assert differences(city, scored, (facts.history, changed), facts.end) > 0


def test_the_limit_looks_at_every_fact() -> None:
    """Twelve numbers of a venue for each; what it returns depends on all of them."""
    facts = city_facts(SIZE.venues, SIZE.history_per_venue, 600)
    assert toy(facts.news, SIZE.venues) > toy(facts.news[:-1], SIZE.venues) > 0


async def test_it_runs_without_services_and_says_whether_replay_is_equal(tmp_path: Path) -> None:
    """Figures with a limit and a verdict."""
    said = io.StringIO()
    run = Run(packages=tmp_path, bars=Bars(Console(file=io.StringIO())))
    report = await bench_risk(risk_size(quick=True), run)
    show_report(report, Console(file=said, width=150))
    assert report.passed
    assert "facts folded, ruled and scored" in said.getvalue()
    assert "PostgreSQL" not in said.getvalue()

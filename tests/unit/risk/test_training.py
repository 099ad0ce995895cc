"""Learning from months of venues: nothing of the future, honest quarters, a rule that decides on promotion."""

import json
import random
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest

from firewarden.risk.facts import Use
from firewarden.risk.learn import training
from firewarden.risk.learn.card import card
from firewarden.risk.learn.card_text import markdown
from firewarden.risk.learn.design import Rows
from firewarden.risk.learn.hazard import sigmoid
from firewarden.risk.learn.promotion import refusal
from firewarden.risk.learn.training import Trained, quarter_name, quarter_starts, train
from firewarden.risk.learn.venue_months import Table, block, month_starts, months, table, untouched_by_the_future
from firewarden.risk.scoring.features import FEATURES
from firewarden.risk.scoring.likelihood import prior_likelihood
from firewarden.risk.state.facts import Judged, Micros, Recorded, RecordKind, Registered, VenueFact, Verdict
from firewarden.risk.state.moments import micros, moment

BEGIN, END = datetime(2023, 1, 1, tzinfo=UTC), datetime(2026, 1, 1, tzinfo=UTC)
DAY: Micros = 86_400_000_000


def life(chance: random.Random) -> list[VenueFact]:
    """Three years of a venue: bad ones burn, and are complained about."""
    bad = chance.random() < 0.1
    facts: list[VenueFact] = [
        Registered(
            number=1, at=micros(BEGIN), use=chance.choice([Use.HOTEL, Use.OFFICE]), area_m2=5_000.0, height_m=20.0
        )
    ]
    for day in range(0, 1095, 15):
        at = micros(BEGIN) + day * DAY
        if chance.random() < (0.15 if bad else 0.02):
            facts.append(Recorded(number=len(facts) + 1, at=at, what=RecordKind.COMPLAINT))
        if chance.random() < (0.02 if bad else 0.0005):
            facts.append(Recorded(number=len(facts) + 1, at=at + DAY, what=RecordKind.FIRE))
        if chance.random() < 0.05:
            judged = Judged(
                number=len(facts) + 1,
                at=at,
                incident=len(facts),
                verdict=Verdict.FALSE_ALARM,
                judged_at=at + 40 * DAY,
            )
            facts.append(judged)
    return facts


@pytest.fixture(scope="module")
def lives() -> list[list[VenueFact]]:
    """A small city."""
    chance = random.Random(5)
    return [life(chance) for _ in range(250)]


@pytest.fixture(scope="module")
def origins() -> list[Micros]:
    """Months with a past and a whole horizon."""
    return month_starts(BEGIN + timedelta(days=90), END - timedelta(days=90))


@pytest.fixture(scope="module")
def trained(lives: list[list[VenueFact]], origins: list[Micros]) -> Trained:
    """What that city teaches."""
    made = train(
        table([block(i, months(facts, origins)) for i, facts in enumerate(lives)]), prior_likelihood(), samples=2
    )
    assert made is not None
    return made


def test_months_begin_at_midnight_in_shanghai(origins: list[Micros]) -> None:
    """Origins are the first moments of months there, rising, and leave a horizon at the end."""
    assert [moment(at) for at in origins[:2]] == [
        datetime(2023, 4, 30, 16, tzinfo=UTC),
        datetime(2023, 5, 31, 16, tzinfo=UTC),
    ]
    assert origins == sorted(origins)
    assert moment(origins[-1]) <= END - timedelta(days=90)


def test_what_happens_later_changes_no_feature(lives: list[list[VenueFact]], origins: list[Micros]) -> None:
    """Permuting what became known after an origin leaves the features at the origin as they are, bit for bit."""
    chance = np.random.default_rng(1)
    assert all(untouched_by_the_future(facts, origins[10], chance) for facts in lives[:60])


def test_a_fire_is_the_label_of_the_ninety_days_before_it() -> None:
    """A row is positive if and only if the fire comes within its horizon; one at the origin itself is past."""
    at = micros(datetime(2024, 3, 10, tzinfo=UTC))
    facts: list[VenueFact] = [Recorded(number=1, at=at, what=RecordKind.FIRE)]
    offsets = [-91, -90, -1, 0, 1]
    found = months(facts, [at + days * DAY for days in offsets])
    assert [month.fire for month in found] == [False, True, True, False, False]


def test_a_judgement_is_known_when_it_is_made() -> None:
    """A false alarm of before the origin that was judged after it is no feature yet."""
    at = micros(BEGIN)
    judged = Judged(number=1, at=at, incident=1, verdict=Verdict.FALSE_ALARM, judged_at=at + 40 * DAY)
    before, after = months([judged], [at + 20 * DAY, at + 41 * DAY])
    assert (before.known, before.known != after.known) == (months([], [at + 20 * DAY])[0].known, True)


def test_quarters_that_judge_were_not_learnt_from(trained: Trained) -> None:
    """Quarters with enough before them are ranked on their first day, each by models of what was over before."""
    assert [quarter.name for quarter in trained.quarters] == ["2025Q2", "2025Q3", "2025Q4"]
    assert set(trained.quarters[0].said) == {"incumbent", "map", "boosted", "map_strangers", "boosted_strangers"}
    assert 0.1 < np.mean(trained.quarters[0].held_out) < 0.3


def test_quarters_are_those_of_shanghai() -> None:
    """A month that begins at 16:00 UTC the day before belongs to the quarter that it begins there."""
    start = np.datetime64("2025-03-31T16:00:00", "s")
    assert (quarter_starts(np.array([start])).pop(), quarter_name(start)) == (start, "2025Q2")


def test_too_few_fires_teach_nothing(lives: list[list[VenueFact]], origins: list[Micros]) -> None:
    """Under twenty fires there is no model: the prior stays."""
    few = table([block(i, months(facts, origins)) for i, facts in enumerate(lives[:20])])
    assert training.positives(few.rows) < training.POSITIVES_MIN
    assert train(few, prior_likelihood()) is None


@pytest.mark.parametrize("kind", ["map", "boosted"])
def test_a_card_says_what_was_seen(trained: Trained, kind: str) -> None:
    """A card is plain JSON with n and fires for each quarter, tells no AUC under 20 fires, and reads well."""
    said = card(trained, kind, incumbent="prior-1", venues=250, checked=(50, True), made_at=END)
    again = json.loads(json.dumps(said, allow_nan=False))
    for quarter in again["quarters"]:
        told = quarter["figures"]
        assert told["n"] == 250
        assert (told["auc"] is None) == (told["positives"] < 20)
        assert (quarter["against_incumbent"] is None) == (told["positives"] < 20)
    text = markdown("m", again)
    assert all(f"| {name} |" in text for name in ("fires", "complaints"))


def judged(**changes: object) -> dict[str, object]:
    """A card that may be promoted, with changes."""
    better = {"better_by": 0.02, "low": 0.01, "high": 0.03, "p": 0.01}
    against = {"ap": better, "precision_at_5": better, "predicted_over_observed": {"low": 0.9, "high": 1.1}}
    quarters = [{"quarter": name, "against_incumbent": against} for name in ("2025Q2", "2025Q3")]
    return {
        "incumbent": "prior-1",
        "check_of_the_future": {"passed": True},
        "positives": 400,
        "quarters": quarters,
        "together": against,
        **changes,
    }


WORSE = {"better_by": 0.02, "low": -0.01, "high": 0.05, "p": 0.2}


@pytest.mark.parametrize(
    ("kind", "changes", "why"),
    [
        ("boosted", {}, None),
        ("map", {}, None),
        ("prior", {}, "rollback"),
        ("map", {"incumbent": "map-1"}, "train again"),
        ("map", {"check_of_the_future": {"passed": False}}, "later"),
        ("map", {"positives": 29}, "29 positives"),
        ("boosted", {"positives": 299}, "299 positives"),
        ("map", {"quarters": []}, "0 of the last"),
        ("map", {"together": None}, "together"),
    ],
)
def test_the_rule_of_promotion_decides(kind: str, changes: dict[str, object], why: str | None) -> None:
    """A model is promoted exactly if its card has everything that the rule asks; else the reason is said."""
    told = refusal(kind, judged(**changes), incumbent="prior-1")
    assert told is None if why is None else told is not None and why in told


def test_a_challenger_must_win_both_quarters() -> None:
    """A boosted model that is better in one of two quarters only, or in one of two figures only, is refused."""
    good = judged()["quarters"]
    assert isinstance(good, list)
    for figure in ("ap", "precision_at_5"):
        bad = {"quarter": "2025Q3", "against_incumbent": {**good[1]["against_incumbent"], figure: WORSE}}
        told = refusal("boosted", judged(quarters=[good[0], bad]), incumbent="prior-1")
        assert told is not None
        assert f"{figure} in 2025Q3" in told


def test_a_map_model_that_is_not_true_is_refused() -> None:
    """Without a significant gain, with a worse top or a wrong level, a MAP model is refused."""
    good = judged()["together"]
    assert isinstance(good, dict)
    worse_top = {**good["precision_at_5"], "better_by": -0.01}
    for change in (
        {"ap": WORSE},
        {"precision_at_5": worse_top},
        {"predicted_over_observed": {"low": 1.3, "high": 2.0}},
    ):
        assert refusal("map", judged(together={**good, **change}), incumbent="prior-1") is not None


@pytest.mark.parametrize(("begun", "rates"), [(6, (0.0, 0.08)), (6, (0.02, 0.08)), (0, (0.08, 0.08))])
def test_the_level_is_that_of_now(begun: int, rates: tuple[float, float]) -> None:
    """Fires recorded since half a year only, four times as many since, or steady: both models say how many."""
    chance = np.random.default_rng(3)
    n, count = 400, 12
    x = np.abs(chance.normal(size=(n, len(FEATURES))))
    risk = np.exp(0.5 * x[:, 0]) / np.exp(0.5 * x[:, 0]).mean()
    burnt = [chance.random(n) < rates[k >= begun] / 3 * risk for k in range(count + 2)]
    fires = [np.logical_or.reduce(burnt[k : k + 3]).astype(np.float64) for k in range(count)]
    months, eight = [np.datetime64("2023-01", "M") + k for k in range(count)], np.timedelta64(8 * 3600, "s")
    rows = Rows(
        x=np.tile(x, (count, 1)),
        y=np.concatenate(fires),
        exposure=np.ones(n * count),
        origin=np.repeat(np.array([month.astype("datetime64[s]") - eight for month in months]), n),
        venue=np.tile(np.arange(n), count),
        weight=np.full(n * count, 1 / 3),
    )
    found = train(Table(rows=rows, scored=rows.x), prior_likelihood(), samples=0)
    assert found is not None
    for fitted in found.fitted.values():
        assert sigmoid(fitted.logit(x)).mean() == pytest.approx(float(fires[-1].mean()), rel=0.3)

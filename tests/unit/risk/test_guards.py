"""Each guard fires, does not fire, or says that it has too little data."""

import json

import numpy as np
import pytest

from firewarden.risk.choices.helped import Verdict
from firewarden.risk.guards import checks
from firewarden.risk.guards.checks import Finding, Flagged
from firewarden.risk.guards.drift import reference
from firewarden.risk.guards.edge import Followed, weekly_drop

CHANCE = np.random.default_rng(1)
THEN = CHANCE.normal(size=(2_000, 1))
REFERENCE = json.loads(json.dumps(reference(["a"], THEN)))


def told(finding: Finding) -> bool | None:
    """Fired, not fired, or None where nothing is said."""
    assert not (finding.value is None and finding.fired)
    return None if finding.value is None else finding.fired


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (np.random.default_rng(2).normal(size=(500, 1)), False),
        (np.random.default_rng(2).normal(1.0, size=(500, 1)), True),
        (np.random.default_rng(2).normal(size=(99, 1)), None),
    ],
)
def test_drift(now: np.ndarray, expected: bool | None) -> None:  # noqa: FBT001 - the expectation
    """A shifted feature fires, the same one does not, few venues say nothing; a model without reference has none."""
    [found] = checks.drift(["a"], REFERENCE, now)
    assert (found.name, told(found)) == ("psi.a", expected)
    assert checks.drift(["a"], None, now) == ()
    [unknown] = checks.drift(["b"], REFERENCE, now)
    assert told(unknown) is None


def test_a_column_in_which_all_are_alike_does_not_drift() -> None:
    """A constant feature has one bin, and no drift while it stays constant."""
    same = reference(["a"], np.zeros((500, 1)))
    [found] = checks.drift(["a"], same, np.zeros((200, 1)))
    assert told(found) is False
    [moved] = checks.drift(["a"], same, np.ones((200, 1)))
    assert told(moved) is True


@pytest.mark.parametrize(
    ("predicted", "observed", "expected"),
    [(20.0, 20, False), (60.0, 20, True), (5.0, 40, True), (26.0, 20, False), (30.0, 0, True), (2.0, 3, None),
     (None, 50, None)],
)  # fmt: skip
def test_calibration(predicted: float | None, observed: int, expected: bool | None) -> None:  # noqa: FBT001
    """Fires where chance cannot explain the distance from what was expected, also where nothing happened at all."""
    found = checks.calibration(predicted, observed)
    assert told(found) == expected
    json.dumps({"value": found.value, **found.detail}, allow_nan=False)


def test_coverage_offline_and_d() -> None:
    """Low coverage, many silent gateways and many venues in D fire; ordinary ones do not; few say nothing."""
    assert [told(checks.coverage(shares)) for shares in ([0.4] * 10, [0.9] * 10, [])] == [True, False, None]
    assert [told(checks.offline(*counts)) for counts in ((10, 20), (1, 20), (19, 19))] == [True, False, None]
    counts: list[dict[str, int]] = [{"D": 40, "A": 100}, {"D": 5, "A": 100}, {"A": 100}, {"D": 9}]
    assert [told(checks.share_of_d(one)) for one in counts] == [True, False, False, None]


@pytest.mark.parametrize(
    ("verdict", "expected"),
    [(Verdict.HELPS, False), (Verdict.NO_BETTER_THAN_CHANCE, True), (Verdict.TOO_LITTLE_DATA, None)],
)
def test_better_than_chance(verdict: Verdict, expected: bool | None) -> None:  # noqa: FBT001
    """A ranking that is no better than chance fires."""
    assert told(checks.better_than_chance("fire", verdict, (1.1, 0.9))) == expected


def classes(flagged: float, of: int) -> list[Flagged]:
    """A city of offices at a tenth, and hotels at another share; nothing happened anywhere."""
    offices = [Flagged(stratum="office", flagged=i % 10 == 0, happened=False) for i in range(1_000)]
    hotels = [Flagged(stratum="hotel", flagged=i < flagged * of, happened=False) for i in range(of)]
    return offices + hotels


@pytest.mark.parametrize(("flagged", "of", "expected"), [(0.9, 60, True), (0.2, 60, False), (0.9, 20, None)])
def test_false_positives_of_a_class(flagged: float, of: int, expected: bool | None) -> None:  # noqa: FBT001
    """A use class that stands at the top for nothing far more often than the city fires; a small class says nothing."""
    found = {one.name: told(one) for one in checks.fairness(classes(flagged, of))}
    assert found == {"false_positives.hotel": expected, "false_positives.office": False}
    [little] = checks.fairness(classes(0.5, 10)[:50])
    assert told(little) is None


def city(*, venues: int, fires: int, lost: int, quiet_now: int = 0) -> list[Followed]:
    """A ranking that put all fires first a week before; now `lost` of the venues that burn stand last.

    `quiet_now`: so many of the fires are in the first window only.
    """
    return [
        Followed(
            before=float(venues - n),
            burnt_before=n < fires,
            now=float(-n if n < lost else venues - n),
            burnt_now=n < fires - quiet_now,
        )
        for n in range(venues)
    ]


@pytest.mark.parametrize(
    ("venues", "expected"),
    [
        (city(venues=1_000, fires=40, lost=0), False),
        (city(venues=1_000, fires=40, lost=4), False),
        (city(venues=1_000, fires=40, lost=30), True),
        (city(venues=1_000, fires=19, lost=19), None),
        (city(venues=1_000, fires=40, lost=40, quiet_now=21), None),
        ([], None),
    ],
    ids=["same", "a little", "lost", "few", "few now", "nobody"],
)
def test_an_edge_that_is_lost_within_a_week(venues: list[Followed], expected: bool | None) -> None:  # noqa: FBT001
    """A ranking that suddenly puts last what burns fires; one that stays, or becomes a little worse, does not."""
    found = weekly_drop(venues)
    assert (found.name, told(found)) == ("ap_drop", expected)
    json.dumps({"value": found.value, **found.detail}, allow_nan=False)


def test_a_quiet_week_is_no_lost_edge() -> None:
    """Fewer fires with the same ranking of what burns: average precision of a random order falls as much."""
    chance = np.random.default_rng(3)
    scores, luck = chance.normal(size=4_000), chance.random(4_000)
    rate = 0.03 * np.exp(scores) / np.exp(scores).mean()
    same = [
        Followed(before=float(s), burnt_before=bool(u < r), now=float(s), burnt_now=bool(u < 0.7 * r))
        for s, u, r in zip(scores, luck, rate, strict=True)
    ]
    assert told(weekly_drop(same)) is False


def test_a_drop_that_hangs_on_one_venue_does_not_fire() -> None:
    """Of twenty fires one alone stood high, and it moved: the drop is large, and chance may have made it."""
    fires = {0, *range(200, 219)}
    venues = [
        Followed(before=float(300 - n), burnt_before=n in fires, now=float(300 - n if n else 0), burnt_now=n in fires)
        for n in range(300)
    ]
    found = weekly_drop(venues)
    assert found.value is not None
    assert found.value > 0.2
    assert told(found) is False


def test_a_model_that_cannot_be_read_is_told() -> None:
    """Fallback fires with the reason, and not without one; by itself it freezes nothing, the prior scores already."""
    bad = checks.fallback("map-1: broken")
    assert (told(bad), told(checks.fallback(None))) == (True, False)
    assert checks.onsets([bad], []) == ()


def test_only_what_begins_to_fire_freezes() -> None:
    """A guard that goes on firing was known to whoever released the model; a new one freezes it again."""
    findings = [checks.coverage([0.1] * 10), checks.offline(10, 20), checks.offline(0, 20)]
    assert checks.onsets(findings, []) == ("coverage", "offline")
    assert checks.onsets(findings, ["coverage"]) == ("offline",)

"""Do the promises of ingest hold whatever goes wrong, and would anybody notice if they did not?"""

import os
import secrets
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from tests.simulation.bugs import Bug
from tests.simulation.checker import Rule, Violation
from tests.simulation.schedule import simulate

FRESH = 300
BUG_SCHEDULES_MAX = 400
ROOT = Path(__file__).parents[2]
SEEDS = [
    int(line.split()[0])
    for line in Path(__file__).with_name("seeds.txt").read_text(encoding="utf-8").splitlines()
    if line and not line.startswith("#")
]


@pytest.mark.parametrize("seed", SEEDS)
def test_a_schedule_that_once_showed_something(seed: int) -> None:
    """What a seed has found does not come back."""
    assert simulate(seed).messages > 0


def test_fresh_schedules() -> None:
    """Schedules that nobody has seen break no promise; the seed of one that does is in the message."""
    first = secrets.randbelow(2**32)
    for seed in range(first, first + FRESH):
        try:
            simulate(seed)
        except Violation as violation:
            pytest.fail(f"{violation}\nadd to tests/simulation/seeds.txt: {seed}")


@pytest.mark.parametrize(
    ("bug", "rules"),
    [
        (Bug.ACKNOWLEDGES_BEFORE_COMMIT, {Rule.STORED_FIRST}),
        (Bug.ACKNOWLEDGES_OUT_OF_ORDER, {Rule.IN_ORDER}),
        (Bug.LEDGER_FORGETS, {Rule.ONE_EFFECT}),
        (Bug.MARK_IS_HIGHEST, {Rule.MARK}),
        (Bug.POISON_TAKES_THE_BATCH, {Rule.STORED_FIRST, Rule.NOT_LOST}),
        (Bug.READS_WITHOUT_ROOM, {Rule.BOUNDED}),
        (Bug.GIVES_UP_RETRYING, {Rule.STORED_FIRST}),
    ],
)
def test_a_planted_mistake_is_found(bug: Bug, rules: set[Rule]) -> None:
    """Each mistake breaks a rule within a few hundred schedules: the checker bites."""
    with pytest.raises(Violation) as found:
        _simulate_many(BUG_SCHEDULES_MAX, bug)
    assert found.value.rule in rules


def test_schedules_are_not_peaceful() -> None:
    """Among a few dozen schedules there are repeats, refusals and given up gaps: the promises are under load."""
    totals: Counter[str] = Counter()
    for seed in range(60):
        result = simulate(seed)
        totals.update(messages=result.messages, duplicates=result.duplicates, refused=result.refused)
        totals.update(gaps=result.gaps, quarantined=result.quarantined, dropped=result.dropped)
    assert totals["messages"] > 1_000
    assert all(totals[name] > 10 for name in ("duplicates", "refused", "gaps", "quarantined", "dropped")), totals


def test_a_seed_is_the_same_run_everywhere() -> None:
    """Another process, with other hashes, sees the same course of events."""
    answers = {_run_apart("--seed", "17", "--schedules", "8", hash_seed=hash_seed) for hash_seed in ("1", "2")}
    assert len(answers) == 1


def test_the_runner_prints_the_seed_of_a_failure() -> None:
    """Whoever runs it at night finds the seed in the output and 1 as the exit status."""
    done = _command("--seed", "5", "--bug", Bug.ACKNOWLEDGES_BEFORE_COMMIT.value, hash_seed="0")
    assert done.returncode == 1
    assert f"seed 5: {Rule.STORED_FIRST}" in done.stdout


def _simulate_many(schedules: int, bug: Bug) -> None:
    for seed in range(schedules):
        simulate(seed, bug)


def _run_apart(*arguments: str, hash_seed: str) -> str:
    done = _command(*arguments, hash_seed=hash_seed)
    assert done.returncode == 0, done.stderr
    return done.stdout


def _command(*arguments: str, hash_seed: str) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}"}
    return subprocess.run(
        [sys.executable, "-m", "tests.simulation", *arguments],
        env=environment,
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )

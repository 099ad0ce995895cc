"""What does the simulated city say of the score, from drawing its year to the report? For the command line."""

import tempfile
from pathlib import Path
from typing import Any

from firewarden.risk.scoring.likelihood import prior_likelihood
from firewarden.risk.studies.sim_city import figures
from firewarden.risk.studies.sim_files import read_facts, read_truth, simulate
from firewarden.risk.studies.sim_walk import walk

DAYS_MIN = 62.0
"""Two months: one to be known, one to follow."""


def study(*, seed: int, venues: int, days: float, doubled: float = 0.01) -> dict[str, Any]:
    """Let the simulator draw a year, fold and score it month by month with the shipped prior, and compare.

    Raises SimulatorError; ValueError where the year is too short.
    """
    if days < DAYS_MIN:
        raise ValueError(f"at least {DAYS_MIN:.0f} days are needed, got {days:g}")
    likelihood = prior_likelihood()
    with tempfile.TemporaryDirectory(prefix="firewarden-sim-") as name:
        folder = Path(name)
        simulate(folder, seed=seed, venues=venues, days=days, doubled=doubled)
        truth = read_truth(folder)
        walked = walk(read_facts(folder), [month.at for month in truth.months], likelihood)
    about = {"seed": seed, "venues": venues, "days": days, "doubled": doubled, "model": likelihood.version}
    return {"city": about, **figures(walked, truth)}

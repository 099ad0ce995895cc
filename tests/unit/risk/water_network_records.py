"""A pumped water network in miniature: one pump, one tank, two pressures, and what attacks do to them."""

from datetime import datetime, timedelta
from math import pi, sin
from random import Random

import numpy as np

from firewarden.risk.studies.water_network import Record

COLUMNS = ("L_T1", "F_PU1", "S_PU1", "P_J1", "P_J2")
START = datetime(2026, 1, 1)  # noqa: DTZ001 - records of networks know no zone


def record(hours: int, *, seed: int, attacks: tuple[tuple[int, int], ...] = (), labelled: bool = True) -> Record:
    """Hours of the network. During an attack the pump is held off while its flow and state are shown as if it ran."""
    rng, level, on = Random(seed), 3.0, True
    rows: list[list[float]] = []
    attacked = np.zeros(hours, dtype=np.bool_)
    for hour in range(hours):
        attacked[hour] = any(begin <= hour < end for begin, end in attacks)
        on = level < 4.5 if on else level < 2.0
        runs = on and not attacked[hour]
        flow = (100 - 6 * level) * (runs or bool(attacked[hour]))
        demand = 55 + 20 * sin(2 * pi * (hour % 24) / 24) + rng.gauss(0, 1)
        level = min(6.0, max(0.0, level + ((100 - 6 * level) * runs - demand) / 60))
        rows.append([level, flow, float(runs or attacked[hour]), 30 + level, 60 + level - 0.05 * demand])
    values = np.array(rows) + np.random.default_rng(seed).normal(0, 0.01, (hours, len(COLUMNS))) * [1, 1, 0, 1, 1]
    times = tuple(START + timedelta(hours=hour) for hour in range(hours))
    return Record(columns=COLUMNS, times=times, values=values, attacked=attacked if labelled else None)

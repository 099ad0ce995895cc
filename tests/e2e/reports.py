"""Reports of processes that do not run, for the page that shows how processes are doing."""

import math
import random
from collections.abc import Mapping

import psycopg
from psycopg.types.json import Jsonb

from firewarden.figures.basics import Basics
from firewarden.figures.series import table, without_buckets
from tests.unit.docs.test_metrics import PROCESSES

GROWING = ("_total", "_count", "_sum", "_bucket")
MINUTES = 180


def figures_of(process: str) -> dict[str, float]:
    """What such a process tells once all that can happen to it has happened, and it has recovered."""
    basics = Basics(process, "1")
    PROCESSES[process](basics)
    told = {key: value for key, value in table(basics.registry.collect()).items() if "retries" not in key}
    busy = {key: value * 1_600 if "_ingest_messages_" in key else value for key, value in told.items()}
    return busy | {"process_resident_memory_bytes": 96e6, "firewarden_event_loop_lag_seconds": 0.012}


def report(
    url: str, process: str, changed: Mapping[str, float] | None = None, *, ago_s: int = 0, ended: bool = False
) -> None:
    """The newest report of a process, so many seconds ago."""
    figures = figures_of(process) | dict(changed or {})
    grown = (key for key in figures if key.partition("{")[0].endswith(GROWING))
    before = figures | {key: figures[key] * 0.2 for key in grown}
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO process_figures (process, worker, standby, version, started_at, at, every_s, ended_at,"
            " figures, before, before_at) VALUES (%(process)s, '1', false, '0.1.0', now() - interval '3 days 2 hours',"
            " now() - make_interval(secs => %(ago_s)s), 5, CASE WHEN %(ended)s THEN now() - interval '1 hour' END,"
            " %(figures)s, %(before)s, now() - make_interval(secs => %(ago_s)s + 60))"
            " ON CONFLICT (process, worker, standby) DO UPDATE SET at = excluded.at, figures = excluded.figures",
            {
                "process": process,
                "ago_s": ago_s,
                "ended": ended,
                "figures": Jsonb(figures),
                "before": Jsonb(before),
            },
        )


def past(url: str, process: str, seed: int = 5) -> None:
    """Three hours of a process, with a busy hour in the middle and a few minutes in which it did not run."""
    dice = random.Random(seed)
    now = without_buckets(figures_of(process))
    done = 0.0
    with psycopg.connect(url) as connection, connection.cursor() as cursor:
        for ago in range(MINUTES, 0, -1):
            load = 1 + 3 * math.exp(-(((ago - 100) / 25) ** 2)) + dice.random() * 0.4
            done += load / MINUTES
            if 60 <= ago < 66:
                continue
            figures = {
                key: value * (done if key.partition("{")[0].endswith(GROWING) else 0.7 + 0.1 * load)
                for key, value in now.items()
            }
            cursor.execute(
                "INSERT INTO process_figures_minute (process, worker, at, figures)"
                " VALUES (%s, '1', now() - make_interval(mins => %s), %s)",
                [process, ago, Jsonb(figures)],
            )

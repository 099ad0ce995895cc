"""Do the real processes answer on /metrics, and is the database told the same?"""

import asyncio
import os
import subprocess
import sys
from collections.abc import Generator, Mapping
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row
from tests.integration.figures.test_reporting import scrape
from tests.integration.polling import until

from firewarden.deploy.platform import METRICS_PORTS
from firewarden.deploy.ports import any_free
from firewarden.deploy.services import BlockingServices

GROWING = ("_total", "_count", "_sum", "_bucket")
READY_S = 90.0


@pytest.fixture
def ports(services: BlockingServices, database: str, tmp_path: Path) -> Generator[Mapping[str, int]]:
    """Every process of the platform, started; where each answers."""
    found = {name: any_free() for name in METRICS_PORTS}
    started = [_start(name, port, services, database, tmp_path) for name, port in found.items()]
    yield found
    for process in started:
        process.kill()
        process.wait()


def _start(name: str, port: int, services: BlockingServices, database: str, folder: Path) -> subprocess.Popen[bytes]:
    environment = {
        "PATH": os.environ["PATH"],
        "FIREWARDEN_DATABASE_URL": database,
        "FIREWARDEN_MQTT_URL": services.mqtt_url,
        "FIREWARDEN_API_PORT": str(any_free()),
        "FIREWARDEN_METRICS_PORT": str(port),
        "FIREWARDEN_WORKER": f"figures-{name}",
        "FIREWARDEN_READY_FILE": str(folder / f"{name}.ready"),
        "PYTHONPATH": "src",
    }
    with (folder / f"{name}.log").open("wb") as log:
        return subprocess.Popen([sys.executable, "-m", "firewarden", name], env=environment, stderr=log)


def reports(database: str) -> dict[str, dict[str, Any]]:
    """The newest reports of those that work, by process."""
    with psycopg.connect(database) as connection, connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute("SELECT process, at, figures FROM process_figures WHERE NOT standby").fetchall()
    return {str(row["process"]): row for row in rows}


async def test_each_process_tells_the_same_twice(database: str, ports: Mapping[str, int], tmp_path: Path) -> None:
    """What a process writes lies between what it answers before and after, in every figure that only grows."""
    ready = [tmp_path / f"{name}.ready" for name in ports]
    await until(lambda: all(file.exists() for file in ready), "readiness", deadline_s=READY_S)
    before = dict(zip(ports, await asyncio.gather(*map(scrape, ports.values())), strict=True))
    known = reports(database)

    def all_newer() -> bool:
        now = reports(database)
        return now.keys() == set(ports) and all(
            name not in known or now[name]["at"] > known[name]["at"] for name in now
        )

    await until(all_newer, "a report of each process")
    told = reports(database)
    after = dict(zip(ports, await asyncio.gather(*map(scrape, ports.values())), strict=True))
    for name in ports:
        figures = told[name]["figures"]
        assert before[name].keys() <= figures.keys() <= after[name].keys(), name
        grown = [key for key in figures if key.partition("{")[0].endswith(GROWING)]
        wrong = [key for key in grown if not before[name].get(key, 0.0) <= figures[key] <= after[name][key]]
        assert wrong == [], name
        assert figures["process_start_time_seconds"] == after[name]["process_start_time_seconds"]
        assert figures["firewarden_standby"] == 0.0

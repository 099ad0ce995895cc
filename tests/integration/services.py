"""The embedded database and broker as session fixtures (a pytest plugin module)."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from firewarden.deploy.account import service_account
from firewarden.deploy.debian import ensure_packages
from firewarden.deploy.services import BlockingServices, blocking_services
from firewarden.deploy.state import State, default_state_root, open_state


def _say(detail: str) -> None:
    print(f"embedded services: {detail}")  # noqa: T201 - a first run fetches 40 MB, and pytest -s shows why it waits


@pytest.fixture(scope="session")
def packages_cache() -> Path:
    """The folder of fetched programs, shared with the installation so that tests fetch nothing twice."""
    chosen = os.environ.get("FIREWARDEN_TEST_STATE")
    return open_state(Path(chosen) if chosen else default_state_root()).packages


@pytest.fixture(scope="session")
def service_packages(packages_cache: Path) -> Path:
    """The unpacked PostgreSQL, TimescaleDB and Mosquitto."""
    return ensure_packages(packages_cache, "services", _say)


@pytest.fixture(scope="session")
def make_state() -> Iterator[Callable[[], State]]:
    """Make empty state folders that the services' account can enter; pytest's own are closed to it."""
    made: list[Path] = []

    def make() -> State:
        folder = Path(tempfile.mkdtemp(prefix="firewarden-test-"))
        if service_account() is not None:
            folder.chmod(0o755)
        made.append(folder)
        return open_state(folder / "state")

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def services(service_packages: Path) -> Iterator[BlockingServices]:
    """One database and one broker for the whole session: `database_url`, `mqtt_url`, `set_gateways`, `kill`.

    The database forgives no crash of the machine (fsync is off); a crash of the process loses nothing.
    """
    folder = Path(tempfile.mkdtemp(prefix="firewarden-session-"))
    if service_account() is not None:
        folder.chmod(0o755)
    try:
        with blocking_services(open_state(folder), packages=service_packages, durable=False) as running:
            yield running
    finally:
        shutil.rmtree(folder, ignore_errors=True)

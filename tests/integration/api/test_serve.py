"""Does the process say when it is ready, end open streams when asked to stop, and fail clearly?"""

import asyncio
import signal
import socket
import subprocess
import sys
from collections.abc import Generator
from pathlib import Path

import httpx
import pytest
from httpx_sse import aconnect_sse

from firewarden.api import accounts
from firewarden.api.policy import Scope
from firewarden.store.database import Role, connect
from tests.integration.polling import until

PROGRAM = """
import sys
from firewarden.api.serve import serve
from firewarden.settings import Settings
sys.exit(serve(Settings()))
"""
STOP_S = 5
"""What a loaded test machine may need for the two seconds that are promised."""


def free_port() -> int:
    """A port that nobody has at the moment."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


class Process:
    """The api as a process of its own."""

    def __init__(self, database: str, folder: Path, port: int) -> None:
        self.ready = folder / "ready"
        self.log = folder / "log"
        self.url = f"http://127.0.0.1:{port}"
        environment = {
            "FIREWARDEN_DATABASE_URL": database,
            "FIREWARDEN_API_PORT": str(port),
            "FIREWARDEN_READY_FILE": str(self.ready),
            "PYTHONPATH": "src",
        }
        with self.log.open("wb") as log:
            self.process = subprocess.Popen([sys.executable, "-c", PROGRAM], env=environment, stderr=log)


@pytest.fixture
def api_process(database: str, tmp_path: Path) -> Generator[Process]:
    """A started process, ended with the test."""
    started = Process(database, tmp_path, free_port())
    yield started
    started.process.kill()
    started.process.wait()


async def test_it_stops_promptly_with_streams_open(database: str, api_process: Process) -> None:
    """On SIGTERM an open stream is told, and the process ends with status 0 soon after."""
    await until(api_process.ready.exists, "the ready file")
    async with await connect(database, Role.API, name="test") as connection:
        _, key = await accounts.add_key(connection, name="k", scopes=[Scope.STREAM_READ], created_by="test")
    headers = {"Authorization": f"Bearer {key}"}
    async with (
        httpx.AsyncClient(base_url=api_process.url, headers=headers) as client,
        aconnect_sse(client, "GET", "/api/v1/stream") as source,
    ):
        events = source.aiter_sse()
        await anext(events)
        api_process.process.send_signal(signal.SIGTERM)
        kinds = [event.event async for event in events]
    assert kinds == ["stream.ended"]
    status = await asyncio.to_thread(api_process.process.wait, STOP_S)
    assert (status, "Traceback" in api_process.log.read_text()) == (0, False)


async def test_a_port_in_use_is_said(database: str, tmp_path: Path) -> None:
    """Where somebody else has the port, the process ends with a message that names it."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = int(taken.getsockname()[1])
        started = Process(database, tmp_path, port)
        status = await asyncio.to_thread(started.process.wait, 30)
    assert status == 1
    assert f"cannot listen on 127.0.0.1 port {port}" in started.log.read_text()

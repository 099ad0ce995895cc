"""How does the api process run? One uvicorn server inside process.run, which ends streams before it ends itself."""

import asyncio
import contextlib
import logging
import os
import socket
from collections.abc import Callable, Generator

import structlog
import uvicorn
from fastapi import FastAPI

from firewarden import process
from firewarden.api.app import create_app
from firewarden.api.context import ApiContext
from firewarden.api.figures import ApiFigures
from firewarden.api.signals import Tell
from firewarden.api.traces import ApiTraces
from firewarden.figures.basics import Basics
from firewarden.figures.reporter import reported
from firewarden.figures.signals import all_of
from firewarden.figures.tracing import tracing
from firewarden.settings import Settings
from firewarden.store.database import Role

GRACE_S = 2
"""How long requests may take to end when the process is asked to."""

_log = structlog.stdlib.get_logger("api")


class _Server(uvicorn.Server):
    """Signals are process.run's business."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None]:
        """Leave signals alone."""
        yield


def serve(settings: Settings, extend: Callable[[FastAPI], None] = lambda _: None) -> int:
    """Serve the api, and what `extend` adds to it, until asked to stop; the exit status."""
    process.configure_logging(settings.log_format, process="api", worker=settings.worker, level=settings.log_level)
    logging.getLogger("uvicorn.error").setLevel(logging.WARNING)
    return process.run("api", lambda: _work(settings, extend))


async def _work(settings: Settings, extend: Callable[[FastAPI], None]) -> None:
    basics = Basics("api", settings.worker)
    with tracing(basics, os.environ) as trace:
        figures = ApiFigures(basics)
        tell: Tell = figures if trace is None else all_of(figures, ApiTraces(trace))
        await reported(basics, Role.API, settings, _serve(settings, extend, figures, tell))


async def _serve(settings: Settings, extend: Callable[[FastAPI], None], figures: ApiFigures, tell: Tell) -> None:
    failed: asyncio.Future[None] = asyncio.get_running_loop().create_future()
    app = create_app(settings, on_failed=failed.set_exception, tell=tell)
    extend(app)
    context: ApiContext = app.state.context
    figures.watch(context.pool, context.live)
    listening = _listen(settings.api_host, settings.api_port)
    server = _Server(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            lifespan="on",
            timeout_graceful_shutdown=GRACE_S,
            server_header=False,
        )
    )
    serving = asyncio.create_task(server.serve(sockets=[listening]))
    announcing = asyncio.create_task(_announce(settings, context, listening))
    try:
        await asyncio.wait({serving, failed}, return_when=asyncio.FIRST_COMPLETED)
    finally:
        announcing.cancel()
        context.live.end_all()
        server.should_exit = True
        await asyncio.wait({serving, announcing})
    serving.result()
    if failed.done():
        failed.result()


async def _announce(settings: Settings, context: ApiContext, listening: socket.socket) -> None:
    await context.live.connected()
    host, port = listening.getsockname()[:2]
    _log.info("api_listening", host=host, port=port)
    process.announce_ready(settings.ready_file)


def _listen(host: str, port: int) -> socket.socket:
    """The socket to serve on. Raises OSError that says which address and why."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        raise OSError(f"cannot listen on {host} port {port}: {error.strerror}; choose FIREWARDEN_API_PORT") from error

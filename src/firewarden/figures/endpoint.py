"""What does a process answer on its port for figures? /metrics for Prometheus, /healthz and /readyz for supervisors."""

import json
import socket
import time
from collections.abc import Callable, Iterable
from http import HTTPStatus
from socketserver import ThreadingMixIn
from threading import Thread
from typing import TYPE_CHECKING, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from prometheus_client import make_wsgi_app

from firewarden.figures.basics import Basics
from firewarden.figures.series import table
from firewarden.figures.spans import Span
from firewarden.figures.verdict import SILENT_AFTER_REPORTS, lags

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

STILL_MAX_S = 10.0
"""An event loop that has not turned for so long does not turn: a supervisor may end the process."""

Problems = dict[str, str]


class Health:
    """How a process is, by what it knows of itself; nobody is asked, so that the answer comes at once."""

    def __init__(self, basics: Basics, *, every_s: float, steady: Callable[[], float] = time.monotonic) -> None:
        """`every_s`: how often it writes its figures to the database, which shows that it reaches it."""
        self._basics = basics
        self._every_s = every_s
        self._steady = steady

    def alive(self) -> Problems:
        """Why it had better be started again; empty where it had not."""
        still_s = self._basics.still_s(self._steady())
        return {"loop": f"nothing got its turn for {still_s:.0f} s"} if still_s > STILL_MAX_S else {}

    def ready(self) -> Problems:
        """Why it does not do its work; empty where it does, or stands by for another that does."""
        problems = self.alive()
        silent_s = self._basics.unreported_s(self._steady())
        if silent_s is None:
            problems["database"] = "not reached yet"
        elif silent_s > SILENT_AFTER_REPORTS * self._every_s:
            problems["database"] = f"not reached for {silent_s:.0f} s"
        if not self._basics.standby:
            figures = table(self._basics.registry.collect())
            for of, lag_s in lags(Span(after=figures, before=figures, seconds=0.0)).items():
                problems[f"lag {of}"] = f"{lag_s:.0f} s behind"
        return problems

    @property
    def standing(self) -> str:
        """What a process that has no problems is."""
        return "standby" if self._basics.standby else "ready"


class _Server(ThreadingMixIn, WSGIServer):
    """Answers several who ask at once; none of them keeps the process from ending."""

    daemon_threads = True


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Quiet(WSGIRequestHandler):
    """Each scrape is no line of the log."""

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the library's name
        """Say nothing."""


def serve(basics: Basics, host: str, port: int, *, every_s: float) -> tuple[WSGIServer, Thread]:
    """Answer at that address, in a thread of its own. Raises OSError."""
    server_class = _Server6 if ":" in host else _Server
    app = _app(basics, Health(basics, every_s=every_s))
    server = make_server(host, port, app, server_class=server_class, handler_class=_Quiet)
    thread = Thread(target=server.serve_forever, name="figures endpoint", daemon=True)
    thread.start()
    return server, thread


def _app(basics: Basics, health: Health) -> "Callable[[WSGIEnvironment, StartResponse], Iterable[bytes]]":
    metrics = make_wsgi_app(basics.registry)

    def answer(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        match environ.get("PATH_INFO"):
            case "/healthz":
                return _told(start, health.alive(), "alive")
            case "/readyz":
                return _told(start, health.ready(), health.standing)
            case _:
                return metrics(environ, start)

    return answer


def _told(start: "StartResponse", problems: Problems, well: str) -> Iterable[bytes]:
    status = HTTPStatus.SERVICE_UNAVAILABLE if problems else HTTPStatus.OK
    body = json.dumps({"status": "failing" if problems else well, "problems": problems}).encode()
    headers = [("Content-Type", "application/json"), ("Cache-Control", "no-store"), ("Content-Length", str(len(body)))]
    start(f"{status.value} {status.phrase}", headers)
    return [body]

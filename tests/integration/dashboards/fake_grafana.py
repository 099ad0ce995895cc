"""A Grafana that is none: keeps what it is given, answers as the HTTP API is documented, and misbehaves on demand."""

import copy
import json
import ssl
import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

TOKEN = "glsa_right"  # noqa: S105 - of a server that lives for a test
Answer = tuple[int, Any]


class FakeGrafana:
    """What the server has. `fail` answers instead of it: given verb and path, an answer, or None to go on."""

    def __init__(self) -> None:
        self.version = "12.0.0"
        self.url = ""
        self.folders: dict[str, dict[str, Any]] = {}
        self.sources: dict[str, dict[str, Any]] = {"fw-timescale": {"type": "grafana-postgresql-datasource"}}
        self.boards: dict[str, dict[str, Any]] = {}
        self.groups: dict[str, dict[str, Any]] = {}
        self.receivers: dict[str, dict[str, Any]] = {}
        self.timings: dict[str, dict[str, Any]] = {}
        self.tree: dict[str, Any] = {"receiver": "grafana-default-email", "routes": [], "provenance": ""}
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []
        self.fail: Callable[[str, str], Answer | None] = lambda _verb, _path: None

    @property
    def writes(self) -> list[tuple[str, str]]:
        """What somebody changed, or tried to."""
        return [request for request in self.requests if request[0] != "GET"]

    def answer(self, verb: str, path: str, body: Any, headers: dict[str, str]) -> Answer:  # noqa: PLR0911 - one a route
        """The answer to one request."""
        self.requests.append((verb, path))
        self.headers.append(headers)
        if (failure := self.fail(verb, path)) is not None:
            return failure
        if headers.get("Authorization") != f"Bearer {TOKEN}":
            return 401, {"message": "Invalid API key"}
        parts = [unquote(part) for part in path.removeprefix("/api/").split("/")]
        match verb, parts:
            case "GET", ["frontend", "settings"]:
                return 200, {"buildInfo": {"version": self.version, "edition": "Open Source"}}
            case _, ["folders", *rest]:
                return self._folder(verb, rest, body)
            case _, ["datasources", *rest]:
                return self._source(verb, rest, body)
            case _, ["dashboards", *rest]:
                return self._board(verb, rest, body)
            case _, ["v1", "provisioning", *rest]:
                return self._alerting(verb, rest, body, editable="X-Disable-Provenance" in headers)
            case _:
                return 404, {"message": "Not found"}

    def _folder(self, verb: str, rest: list[str], body: Any) -> Answer:
        match verb, rest:
            case "GET", [uid]:
                return (200, self.folders[uid]) if uid in self.folders else (404, {"message": "folder not found"})
            case "POST", []:
                self.folders[body["uid"]] = {"uid": body["uid"], "title": body["title"], "version": 1}
                return 200, self.folders[body["uid"]]
            case "PUT", [uid]:
                self.folders[uid] |= {"title": body["title"]}
                return 200, self.folders[uid]
            case _:
                return 404, {"message": "Not found"}

    def _source(self, verb: str, rest: list[str], body: Any) -> Answer:
        match verb, rest:
            case "GET", ["uid", uid]:
                return (200, self.sources[uid]) if uid in self.sources else (404, {"message": "Data source not found"})
            case "POST", []:
                # What is secret is kept and never told again.
                self.sources[body["uid"]] = {key: value for key, value in body.items() if key != "secureJsonData"}
                return 200, {"message": "Datasource added"}
            case _:
                return 404, {"message": "Not found"}

    def _board(self, verb: str, rest: list[str], body: Any) -> Answer:
        match verb, rest:
            case "GET", ["uid", uid]:
                return (200, self.boards[uid]) if uid in self.boards else (404, {"message": "Dashboard not found"})
            case "POST", ["db"]:
                return self._save_board(body)
            case _:
                return 404, {"message": "Not found"}

    def _save_board(self, body: Any) -> Answer:
        board, folder = body["dashboard"], body["folderUid"]
        if folder not in self.folders:
            return 400, {"message": "folder not found"}
        before = self.boards.get(board["uid"], {"meta": {}, "dashboard": {"version": 0}})
        if before["meta"].get("provisioned"):
            return 400, {"message": "Cannot save provisioned dashboard"}
        counted = {"id": 7, "version": before["dashboard"]["version"] + 1}
        self.boards[board["uid"]] = {
            "meta": {"folderUid": folder, "provisioned": False, "message": body["message"]},
            "dashboard": {**board, **counted},
        }
        return 200, {"status": "success", "uid": board["uid"], "version": counted["version"]}

    def _alerting(self, verb: str, rest: list[str], body: Any, *, editable: bool) -> Answer:  # noqa: PLR0911 - one a route
        provenance = "" if editable else "api"
        match verb, rest:
            case "GET", ["folder", _, "rule-groups", name]:
                return (200, self.groups[name]) if name in self.groups else (404, {"message": ""})
            case "PUT", ["folder", folder, "rule-groups", name]:
                if folder not in self.folders:
                    return 400, {"message": "folder does not exist"}
                self.groups[name] = {**body, "rules": [_stored(rule, provenance) for rule in body["rules"]]}
                return 200, self.groups[name]
            case "GET", ["policies"]:
                return 200, self.tree
            case "PUT", ["policies"]:
                self.tree = {**body, "provenance": provenance}
                return 202, {"message": "policies updated"}
            case _, ["contact-points", *tail]:
                return _listed(self.receivers, "uid", verb, tail, body, provenance=provenance)
            case _, ["mute-timings", *tail]:
                return _listed(self.timings, "name", verb, tail, body, provenance=provenance)
            case _:
                return 404, {"message": "Not found"}


def _listed(
    kept: dict[str, dict[str, Any]], key: str, verb: str, tail: list[str], body: Any, *, provenance: str
) -> Answer:
    match verb, tail:
        case "GET", []:
            return 200, list(kept.values())
        case "POST", []:
            kept[body[key]] = {**body, "provenance": provenance}
            return 202, body
        case "PUT", [name] if name in kept:
            kept[name] = {**body, "provenance": provenance}
            return 202, {"message": "updated"}
        case _:
            return 404, {"message": "Not found"}


def _stored(rule: Any, provenance: str) -> Any:
    """A rule as it is told again: with what Grafana adds."""
    added = {"id": 3, "updated": "2026-11-24T03:00:00Z", "isPaused": False, "keep_firing_for": "0s"}
    queries = [{"queryType": "", "relativeTimeRange": {"from": 0, "to": 0}, **query} for query in rule["data"]]
    return {**rule, **added, "data": queries, "provenance": provenance}


def _handler(grafana: FakeGrafana, released: threading.Event) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def _answer(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else None
            path = urlsplit(self.path).path
            status, said = grafana.answer(self.command, path, copy.deepcopy(body), dict(self.headers.items()))
            if status == 0:  # says nothing until the test is over
                released.wait()
                self.close_connection = True
                return
            text = said if isinstance(said, str) else json.dumps(said)
            self.send_response(status, HTTPStatus(status).phrase)
            html = isinstance(said, str) and said.startswith("<")
            self.send_header("Content-Type", "text/html" if html else "application/json")
            self.send_header("Content-Length", str(len(text.encode())))
            self.end_headers()
            self.wfile.write(text.encode())

        do_GET = do_POST = do_PUT = _answer  # noqa: N815 - the library's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the library's name
            """Say nothing."""

    return Handler


@contextmanager
def running(certificate: tuple[Path, Path] | None = None) -> Generator[FakeGrafana]:
    """A server that answers while the block runs; with a certificate and its key it speaks TLS."""
    grafana, released = FakeGrafana(), threading.Event()
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(grafana, released))
    server.daemon_threads = True
    if certificate is not None:
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(*certificate)
        # The handshake belongs to the connection's own thread: a client that breaks it off must not end the server.
        server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    grafana.url = f"http{'s' if certificate else ''}://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield grafana
    finally:
        released.set()
        server.shutdown()
        server.server_close()
        thread.join()

"""How long did each request take, and how did it end? Seen from outside of everything else that answers it."""

import time
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from firewarden.api.signals import Answered, Tell

OTHER_ROUTE = "other"
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
OTHER_METHOD = "other"

_Message = MutableMapping[str, Any]


class Measuring:
    """ASGI middleware, the outermost."""

    def __init__(self, app: ASGIApp, tell: Tell) -> None:
        self._app = app
        self._tell = tell

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began_s = time.monotonic()
        status, streamed = int(HTTPStatus.INTERNAL_SERVER_ERROR), False

        async def send_noticed(message: _Message) -> None:
            nonlocal status, streamed
            if message["type"] == "http.response.start":
                status = message["status"]
                streamed = Headers(scope=message).get("content-type", "").startswith("text/event-stream")
                if streamed:
                    self._tell(_answered(scope, status, None))
            await send(message)

        try:
            await self._app(scope, receive, send_noticed)
        finally:
            if not streamed:
                self._tell(_answered(scope, status, time.monotonic() - began_s))


def _answered(scope: Scope, status: int, seconds: float | None) -> Answered:
    method = scope["method"]
    return Answered(
        method=method if method in METHODS else OTHER_METHOD, route=route_of(scope), status=status, seconds=seconds
    )


def route_of(scope: Scope) -> str:
    """The template of the path that answered, so that ids make no labels; files and unknown paths are one together.

    A route knows its own part of the path; what lies before it is the fixed prefix of its router.
    """
    own = getattr(scope.get("route"), "path", None)
    if not isinstance(own, str):
        return OTHER_ROUTE
    if ":path}" in own:  # it takes in any number of parts
        return f"{scope.get('root_path', '')}{own}"
    return "/".join(scope["path"].split("/")[: -own.count("/")]) + own

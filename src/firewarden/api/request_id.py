"""By which id is a request found in the log? Its client's, where it sent a proper one, else one of ours."""

import re
import secrets
from collections.abc import MutableMapping
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Receive, Scope, Send
from structlog.contextvars import bound_contextvars

HEADER = "X-Request-Id"
_PROPER = re.compile(r"[A-Za-z0-9._-]{1,64}")

_Message = MutableMapping[str, Any]


class RequestId:
    """ASGI middleware: every line of the log that is written while a request is handled has its `request_id`."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = request_id_of(Headers(scope=scope).get(HEADER, ""))

        async def send_named(message: _Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)[HEADER] = request_id
            await send(message)

        with bound_contextvars(request_id=request_id):
            await self._app(scope, receive, send_named)


def request_id_of(given: str) -> str:
    """The client's own id, if nobody could write lines of ours with it; else a new one."""
    return given if _PROPER.fullmatch(given) else secrets.token_hex(8)

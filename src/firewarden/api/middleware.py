"""What holds for every request under /api/: a bounded body, and answers that no cache or sniffing browser keeps."""

from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from firewarden.api.errors import BODY_BYTES_MAX, BODY_TOO_LARGE, respond

PREFIX = "/api/"

_Message = MutableMapping[str, Any]


class ApiGuard:
    """ASGI middleware; requests outside /api/ pass untouched."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        if _announced_bytes(scope) > BODY_BYTES_MAX:
            await respond(BODY_TOO_LARGE, scope["path"])(scope, receive, send)
            return
        await self._app(scope, _bounded(receive), _marked(send))


def _marked(send: Send) -> Send:
    async def send_marked(message: _Message) -> None:
        if message["type"] == "http.response.start":
            headers = MutableHeaders(scope=message)
            headers["X-Content-Type-Options"] = "nosniff"
            headers.setdefault("Cache-Control", "no-store")
        await send(message)

    return send_marked


def _announced_bytes(scope: Scope) -> int:
    text = Headers(scope=scope).get("content-length", "0")
    return int(text) if text.isascii() and text.isdigit() else 0


def _bounded(receive: Receive) -> Receive:
    seen = 0

    async def receive_bounded() -> _Message:
        nonlocal seen
        message = await receive()
        seen += len(message.get("body", b""))
        if seen > BODY_BYTES_MAX:
            # FastAPI lets only this kind through while it reads a body; errors.py answers it.
            raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
        return message

    return receive_bounded

"""What holds for every request: a bounded body and answers that nobody keeps under /api/, and clients may leave."""

import asyncio
from collections.abc import MutableMapping
from http import HTTPStatus
from typing import Any

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from firewarden.api.errors import BODY_BYTES_MAX, BODY_TOO_LARGE, respond

PREFIX = "/api/"
NO_RESPONSE = "No response returned."
"""What starlette.middleware.base says when nothing came from within."""

LEFT_WITHIN_S = 1.0

_log = structlog.stdlib.get_logger("api")

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


class Departed:
    """ASGI middleware: a client that left before its answer began is no error of ours.

    Starlette's middlewares then find that there is no response, and say so as a failure of the server. It
    happens whenever a browser turns to another page while it loads files of the one before.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Handle one request."""
        try:
            await self._app(scope, receive, send)
        except RuntimeError as error:
            if scope["type"] != "http" or str(error) != NO_RESPONSE or not await _has_left(receive):
                raise
            _log.debug("client_left", path=scope["path"])


async def _has_left(receive: Receive) -> bool:
    """Whether the client is gone, which the server says at once."""
    try:
        async with asyncio.timeout(LEFT_WITHIN_S):
            while (await receive())["type"] != "http.disconnect":
                pass
    except TimeoutError:
        return False
    return True


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

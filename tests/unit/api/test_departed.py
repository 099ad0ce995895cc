"""A client that left is no error of the server; everything else still is."""

import asyncio
from collections.abc import Sequence

import pytest
from starlette.types import Message, Receive, Scope, Send

from firewarden.api.middleware import NO_RESPONSE, Departed

SCOPE: Scope = {"type": "http", "path": "/console/file.js"}


def failing(text: str) -> Departed:
    """An application that answers nothing and fails with this text."""

    async def app(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise RuntimeError(text)

    return Departed(app)


def saying(kinds: Sequence[str]) -> Receive:
    """A client from which these messages come, and then nothing more."""
    waiting = list(kinds)

    async def receive() -> Message:
        if not waiting:
            await asyncio.Event().wait()
        return {"type": waiting.pop(0)}

    return receive


async def nowhere(_message: Message) -> None:
    """Nobody is there to be answered."""


async def test_a_client_that_left_is_no_error() -> None:
    """What Starlette says when nothing came from within is passed over where the client is gone."""
    await failing(NO_RESPONSE)(SCOPE, saying(["http.request", "http.disconnect"]), nowhere)


async def test_a_client_that_waits_gets_its_error() -> None:
    """The same failure with somebody at the other end is a failure."""
    with pytest.raises(RuntimeError, match=NO_RESPONSE):
        await failing(NO_RESPONSE)(SCOPE, saying(["http.request"]), nowhere)


async def test_another_failure_is_never_passed_over() -> None:
    """Whoever left: what else goes wrong is told."""
    with pytest.raises(RuntimeError, match="broken"):
        await failing("broken")(SCOPE, saying(["http.disconnect"]), nowhere)

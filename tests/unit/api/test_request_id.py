"""Has every answer the id that the log has, and can nobody write lines of ours with one of his own?"""

from collections.abc import MutableMapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from structlog.contextvars import get_contextvars

from firewarden.api.request_id import HEADER, RequestId, request_id_of


@given(st.text(max_size=200))
def test_an_id_is_a_plain_word(given_id: str) -> None:
    """Whatever a client sends, what stands in the log is short and has no quotes, spaces or line ends."""
    found = request_id_of(given_id)
    assert 1 <= len(found) <= 64
    assert found.isascii()
    assert all(character.isalnum() or character in "._-" for character in found)


@pytest.mark.parametrize(("sent", "kept"), [(b"a-1.b_2", True), (b'x" event="forged', False), (b"", False)])
async def test_the_answer_and_the_log_have_the_same(sent: bytes, *, kept: bool) -> None:
    """What the handler's lines would say is what the client is told, and is gone after the request."""
    seen: list[object] = []
    answered: list[MutableMapping[str, Any]] = []

    async def handler(_scope: Any, _receive: Any, send: Any) -> None:
        seen.append(get_contextvars()["request_id"])
        await send({"type": "http.response.start", "status": 200, "headers": []})

    async def receive() -> dict[str, Any]:
        return {"type": "http.disconnect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        answered.append(message)

    scope = {"type": "http", "headers": [(HEADER.lower().encode(), sent)]}
    await RequestId(handler)(scope, receive, send)
    told = dict(answered[0]["headers"])[HEADER.lower().encode()].decode()
    assert seen == [told]
    assert (told.encode() == sent) is kept
    assert "request_id" not in get_contextvars()

"""The event stream."""

from typing import Annotated

from fastapi import APIRouter, Header, Query

from firewarden.api.auth import StreamRead
from firewarden.api.context import Context
from firewarden.api.cursors import CURSOR_LENGTH_MAX
from firewarden.api.policy import Scope
from firewarden.api.routes.params import problems
from firewarden.api.stream import EventStream, open_stream

router = APIRouter(tags=["stream"])

_EXAMPLE = (
    "id: WyJz…\r\nevent: incident.opened\r\n"
    'data: {"id":91,"at":"…","venue_id":17,"incident_id":5,"data":{"kind":"fire"}}\r\n\r\n'
)
_RESPONSES = {
    200: {
        "description": "server-sent events, until the client goes",
        "content": {"text/event-stream": {"schema": {"type": "string"}, "example": _EXAMPLE}},
    },
    **problems(400, 410, 503),
}


@router.get("/stream", response_class=EventStream, responses=_RESPONSES)
async def stream(
    principal: StreamRead,
    context: Context,
    header: Annotated[str | None, Header(alias="Last-Event-ID", max_length=CURSOR_LENGTH_MAX)] = None,
    last_event_id: Annotated[
        str | None, Query(max_length=CURSOR_LENGTH_MAX, description="the same, where headers cannot be set")
    ] = None,
) -> EventStream:
    """Follow what happens. With the id of the last event seen, everything since then comes first.

    Events of risk come only with the scope `risk:read` too. Events may come twice, after a reconnect: `data.id`
    tells them apart. The stream ends from time to time (`stream.ended` says why) and is resumed with the last id.
    """
    return await open_stream(context, header or last_event_id, with_risk=Scope.RISK_READ in principal.scopes)

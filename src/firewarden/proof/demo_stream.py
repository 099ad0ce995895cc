"""When did each incident come out of the event stream? A client of the API like any other."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from datetime import UTC, datetime

import httpx
import msgspec
from httpx_sse import ServerSentEvent, SSEError, aconnect_sse

OPENED = "incident.opened"
SCORED = "risk.changed"
RECONNECT_S = 0.1
SILENCE_MAX_S = 60.0


class _Event(msgspec.Struct, frozen=True):
    incident_id: int | None


class _Score(msgspec.Struct, frozen=True):
    venue_id: int
    at: datetime


class _Scored(msgspec.Struct, frozen=True):
    data: _Score


@dataclass(slots=True)
class StreamWatcher:
    """Follows `GET /api/v1/stream`, resumes after a break, and notes when it first saw an incident or a new score.

    Scores come only with a key that has the scope `risk:read` too.
    """

    api_url: str
    key: str
    seen_at: dict[int, datetime] = field(default_factory=dict[int, datetime])
    scored_at: dict[tuple[int, datetime], datetime] = field(default_factory=dict[tuple[int, datetime], datetime])
    """By venue and the time as of which it was scored."""
    reconnects: int = 0
    connected: asyncio.Event = field(default_factory=asyncio.Event)
    _last_id: str = ""

    async def run(self) -> None:
        """Follow until cancelled."""
        timeout = httpx.Timeout(5.0, read=SILENCE_MAX_S)
        async with httpx.AsyncClient(base_url=self.api_url, trust_env=False, timeout=timeout) as client:
            while True:
                try:
                    await self._follow(client)
                except (httpx.HTTPError, SSEError):
                    self.connected.clear()
                self.reconnects += 1
                await asyncio.sleep(RECONNECT_S)

    async def _follow(self, client: httpx.AsyncClient) -> None:
        headers = {"Authorization": f"Bearer {self.key}"}
        if self._last_id:
            headers["Last-Event-ID"] = self._last_id
        async with aconnect_sse(client, "GET", "/api/v1/stream", headers=headers) as source:
            source.response.raise_for_status()
            async for event in source.aiter_sse():
                self._take(event, datetime.now(tz=UTC))
                self.connected.set()

    def _take(self, event: ServerSentEvent, now: datetime) -> None:
        if event.event == OPENED:
            incident_id = msgspec.json.decode(event.data, type=_Event).incident_id
            if incident_id is not None:
                self.seen_at.setdefault(incident_id, now)
        elif event.event == SCORED:
            score = msgspec.json.decode(event.data, type=_Scored).data
            self.scored_at.setdefault((score.venue_id, score.at), now)
        self._last_id = event.id or self._last_id

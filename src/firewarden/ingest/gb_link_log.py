"""What is to be written down of connections? That they began and ended, each once and not at once."""

from dataclasses import dataclass, field
from datetime import datetime

from firewarden.ingest.gb_talk import Talk

WAITING_MAX = 20_000


@dataclass(slots=True)
class LinkLog:
    """What is not written yet, the newest of each device."""

    _rows: dict[str, dict[str, object]] = field(default_factory=dict[str, dict[str, object]])

    def began(self, talk: Talk) -> None:
        """A device began to speak over a connection."""
        self._note(talk, None, None)

    def ended(self, talk: Talk, reason: str, at: datetime) -> None:
        """The connection ended."""
        waiting = self._rows.get(talk.device.gateway)
        if waiting is None or waiting["since_at"] == talk.since_at:  # else a newer one speaks for the device
            self._note(talk, max(at, talk.since_at), reason)

    def take(self, worker: str) -> list[dict[str, object]]:
        """What is to be written now, as values of a row."""
        rows, self._rows = self._rows, {}
        return [{**rows[gateway], "worker": worker} for gateway in sorted(rows)]

    def _note(self, talk: Talk, ended_at: datetime | None, reason: str | None) -> None:
        if len(self._rows) >= WAITING_MAX and talk.device.gateway not in self._rows:
            return
        self._rows[talk.device.gateway] = {
            "gateway_id": talk.device.gateway,
            "transport": talk.link.transport,
            "peer": talk.link.peer,
            "port": talk.link.port,
            "since_at": talk.since_at,
            "ended_at": ended_at,
            "end_reason": reason,
        }

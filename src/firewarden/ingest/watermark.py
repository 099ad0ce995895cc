"""Up to which number may a gateway forget? Told at once for alarms, else at most once a second a gateway."""

from dataclasses import dataclass, field

from firewarden.ingest.facts import Lane
from firewarden.ingest.ledger import Stream
from firewarden.ingest.wire.json_v1 import Stored

INTERVAL_S = 1.0

Life = tuple[str, str]
"""A gateway and its boot."""


@dataclass(slots=True)
class Watermarks:
    """What is committed and not yet told. Holds one entry a gateway and boot that spoke within the last second."""

    _waiting: dict[Life, dict[Lane, int]] = field(default_factory=dict[Life, dict[Lane, int]])
    _told_at: dict[Life, float] = field(default_factory=dict[Life, float])

    def stored(self, stream: Stream, through: int) -> None:
        """Everything of `stream` up to `through` is committed."""
        self._waiting.setdefault((stream.gateway, stream.boot), {})[stream.lane] = through

    def due(self, now_s: float) -> list[tuple[str, Stored]]:
        """What has to be told now, by gateway. `now_s`: seconds of a clock that does not jump."""
        self._told_at = {life: at for life, at in self._told_at.items() if now_s - at < INTERVAL_S}
        told: list[tuple[str, Stored]] = []
        for life, lanes in list(self._waiting.items()):
            if Lane.ALARM not in lanes and life in self._told_at:
                continue
            gateway, boot = life
            told.append((gateway, Stored(boot=boot, **{lane.value: seq for lane, seq in lanes.items()})))
            self._told_at[life] = now_s
            del self._waiting[life]
        return told

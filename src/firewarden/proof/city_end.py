"""When has a run of the city come to its end; and where it does not, what is still open?"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from firewarden.proof.truth_file import Fate, Truth, read_truth

STALLED_S = 120.0
"""How long nothing may be settled. The simulator itself gives up after 90 s, and then says what is open."""
TAIL_BYTES = 4096
_SETTLES = tuple(b'{"t":"%s"' % kind for kind in (b"stored", b"frame_confirmed", b"lost", b"forgotten", b"overwritten"))


def has_ended(truth: Path) -> bool:
    """Whether the journal's last line says that the run is over."""
    if not truth.exists():
        return False
    with truth.open("rb") as file:
        file.seek(max(0, os.fstat(file.fileno()).st_size - TAIL_BYTES))
        lines = file.read().split(b"\n")
    return len(lines) > 1 and lines[-1] == b"" and lines[-2].startswith(b'{"t":"end"')


@dataclass(slots=True)
class Progress:
    """Follows a journal, and knows since when nothing was settled in it: how slow a platform may be is not our affair.

    `since_s`: from when on; what nobody has to say before does not count.
    """

    truth: Path
    since_s: float
    _read_bytes: int = 0

    def stalled_s(self, now_s: float) -> float:
        """For how long nothing was settled."""
        if self._moved():
            self.since_s = max(self.since_s, now_s)
        return now_s - self.since_s

    def _moved(self) -> bool:
        """Whether whole lines came that settle something."""
        if not self.truth.exists():
            return False
        with self.truth.open("rb") as file:
            file.seek(self._read_bytes)
            whole, newline, _ = file.read().rpartition(b"\n")
        self._read_bytes += len(whole) + len(newline)
        return any(line.startswith(_SETTLES) for line in whole.split(b"\n"))


def why_not_ended(path: Path) -> str:
    """What a run that stands still is waiting for, in a sentence. Raises DeployError."""
    return f"The city did not come to its end: nothing was settled for {STALLED_S:.0f} s; {_open(read_truth(path))}."


def _open(truth: Truth) -> str:
    waiting = [
        sent.number.gateway for sent in truth.messages.values() if sent.fate is Fate.KEPT and sent.confirmed_at is None
    ]
    frames = [said.gateway for said in truth.under_way]
    if not waiting and not frames:
        return "all that was sent is confirmed, but the simulator goes on"
    return (
        f"not confirmed are {len(waiting)} messages of {len(set(waiting))} gateways over MQTT"
        f" and {len(frames)} frames of {len(set(frames))} devices by GB/T 26875.3"
    )

"""What a load generator's process is told, in a file, and what it says when it is done."""

from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from firewarden.bench.buffered import Buffered, buffered_frames
from firewarden.bench.frames import STEP, Traffic, telemetry


class LoadPlan(msgspec.Struct, frozen=True, kw_only=True):
    """One round of telemetry. `rate`: messages a second, None for as many as the window lets through.

    `burst`: so many may be sent before that rate holds them back.
    """

    host: str
    port: int
    gateways: tuple[tuple[str, str], ...]
    """Ids and secrets."""
    boot: str
    first_at: datetime
    messages_per_gateway: int
    points: int
    points_of_gateway: int
    window: int
    rate: float | None = None
    burst: int = 0
    step: timedelta = STEP
    """Between one message of a gateway and its next, by its own clock."""
    buffered: Buffered | None = None
    """Sent instead of the telemetry that the fields above describe."""

    @property
    def traffic(self) -> Traffic:
        """What is sent."""
        return Traffic(
            boot=self.boot,
            first_at=self.first_at,
            messages_per_gateway=self.messages_per_gateway,
            points=self.points,
            points_of_gateway=self.points_of_gateway,
            step=self.step,
        )

    @property
    def messages(self) -> int:
        """How many in all."""
        return self.messages_per_gateway * len(self.gateways)

    def frames(self, gateway: str) -> list[bytes]:
        """What one gateway sends, in order."""
        return telemetry(self.traffic, gateway) if self.buffered is None else buffered_frames(self.buffered, gateway)


class LoadResult(msgspec.Struct, frozen=True, kw_only=True):
    """When sending began and when the broker had everything, by the machine's monotonic clock; seconds."""

    begun_s: float
    ended_s: float
    cpu_s: float


def read_plan(path: Path) -> LoadPlan:
    """Read what `write_plan` wrote. Raises msgspec.DecodeError."""
    return msgspec.json.decode(path.read_bytes(), type=LoadPlan)


def write_plan(plan: LoadPlan, path: Path) -> None:
    """Write the plan for the process; it holds secrets, so the folder must be the user's own."""
    path.touch(mode=0o600)
    path.write_bytes(msgspec.json.encode(plan))

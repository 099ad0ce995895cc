"""The limit of a listener in Python: `python -m firewarden.bench.gb_bare` reads frames, confirms, and does no more.

It says the port on which it listens.
"""

import asyncio
import sys
from datetime import UTC, datetime

from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.units import CONFIRM

BACKLOG = 1_024


class _Confirming(asyncio.Protocol):
    """One connection."""

    def __init__(self) -> None:
        self._reader = FrameReader()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        assert self._transport is not None
        for frame in self._reader.feed(data):
            if isinstance(frame, Frame):
                self._transport.write(_confirm(frame))


def _confirm(frame: Frame) -> bytes:
    return encode(
        serial=frame.serial,
        source=frame.destination,
        destination=frame.source,
        command=CONFIRM,
        time=datetime.now(tz=UTC),
        version=frame.version,
    )


async def run() -> None:
    """Confirm whatever comes, until the process is ended."""
    server = await asyncio.get_running_loop().create_server(_Confirming, "127.0.0.1", 0, backlog=BACKLOG)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(run())

"""What does a gateway that speaks MQTT get of a command? The payload of `cmd`, as docs/contract says."""

from datetime import datetime, timedelta
from typing import cast

from firewarden.ingest.command_words import CommandName
from firewarden.ingest.commanding import Outgoing
from firewarden.ingest.wire.json_v1 import Command

CARRIED_OUT_WITHIN = timedelta(minutes=10)
"""It may be begun so long. Gateways compare that with their own clock, which may be minutes ahead. Nothing goes out
late, as at QoS 0 no broker keeps it."""


def told(outgoing: Outgoing, now: datetime) -> Command:
    """The command. Each time that it is sent it has the same id, and the time that is true then."""
    args = cast("dict[str, str | int | float | bool | None]", dict(outgoing.args))
    if outgoing.command == CommandName.CLOCK_SYNC:
        args["time"] = now.isoformat()
    return Command(id=str(outgoing.id), command=outgoing.command, deadline=now + CARRIED_OUT_WITHIN, args=args)

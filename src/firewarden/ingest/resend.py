"""How is a gateway asked to send again what is not confirmed as stored?"""

from datetime import datetime, timedelta

from firewarden.ingest.wire.json_v1 import Command

CARRIED_OUT_WITHIN = timedelta(minutes=10)
"""Gateways compare the deadline with their own clock, which may be minutes ahead. Sending again late does no harm."""


def resend(now: datetime) -> Command:
    """The command. Its id is new each time that one gateway is asked, which is seconds apart."""
    return Command(id=f"resend-{int(now.timestamp() * 1000)}", command="resend", deadline=now + CARRIED_OUT_WITHIN)

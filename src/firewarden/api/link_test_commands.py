"""The daily test of the link to the 119 centre on the command line."""

from psycopg import AsyncConnection

from firewarden.api.command_line import ACTOR, CommandError, in_transaction, plainly, record
from firewarden.api.link_tests import Outcome, record_link_test

NAME_LENGTH_MAX = 100


def link_test(outcome: str, by: str) -> None:
    """Record how today's test went. Ends with status 1 and one line where that cannot be done."""
    with plainly():
        name = by.strip() or ACTOR
        if len(name) > NAME_LENGTH_MAX:
            raise CommandError(f"a name has at most {NAME_LENGTH_MAX} characters, got {len(name)}")

        async def work(connection: AsyncConnection) -> None:
            await record_link_test(connection, Outcome(outcome), by=name)
            await record(connection, "link_test.record", "119", outcome=outcome, by=name)

        in_transaction(work)

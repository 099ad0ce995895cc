"""`firewarden desk link-test`: what a person of the desk did, kept and audited by the api's room."""

from enum import StrEnum
from typing import Annotated

import typer


class Outcome(StrEnum):
    """How the test went, as the command line knows it before any room is imported."""

    OK = "ok"
    FAILED = "failed"


def link_test(
    outcome: Annotated[Outcome, typer.Option(help="how it went")],
    by: Annotated[str, typer.Option(help="who tested")] = "",
) -> None:
    """Record today's test of the link to the 119 centre. It is made by you: nothing is sent."""
    from firewarden.api import link_test_commands  # noqa: PLC0415 - the desk process starts without the api's modules

    link_test_commands.link_test(outcome.value, by)
    typer.echo(f"recorded: the link to 119 was tested, {outcome.value}")

"""When gateways' credentials change in the database, how does the broker hear of it?"""

import asyncio
from typing import NamedTuple

import typer

from firewarden.api.gateways import credentials
from firewarden.deploy.account import service_account
from firewarden.deploy.credentials import hash_credential, new_secret
from firewarden.deploy.mosquitto import update_gateways
from firewarden.deploy.state import default_state_root, open_state
from firewarden.settings import Settings
from firewarden.store.database import Role, connect


class Issued(NamedTuple):
    """A new secret, to be shown once, and what is kept of it."""

    secret: str
    credential: str


def issue() -> Issued:
    """Make up a gateway's secret."""
    secret = new_secret()
    return Issued(secret, hash_credential(secret))


def tell_broker() -> None:
    """Write the embedded broker's password file anew; where no embedded broker runs, say what to do instead."""
    entries = asyncio.run(_credentials())
    if not update_gateways(open_state(default_state_root()), entries, account=service_account()):
        typer.echo(
            "no embedded broker runs here; `firewarden gateway export-credentials` prints a Mosquitto password file",
            err=True,
        )


async def _credentials() -> list[tuple[str, str]]:
    settings = Settings()  # pyright: ignore[reportCallIssue]
    connection = await connect(settings.database_url, Role.API, name="firewarden gateway")
    async with connection:
        return [entry async for entry in credentials(connection)]

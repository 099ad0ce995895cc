"""Which commands does this room have? `user`, `api-key`, `gateway` and `register`; the cli gives what they need."""

import typer

from firewarden.api.gateway_commands import add_gateway_commands
from firewarden.api.gateways import OnCredentialsChanged
from firewarden.api.register_commands import add_register_commands
from firewarden.api.register_import import Issue
from firewarden.api.user_commands import add_key_commands, add_user_commands


def register(app: typer.Typer, *, issue: Issue, on_credentials_changed: OnCredentialsChanged) -> None:
    """Add this room's commands.

    `issue` makes up a gateway's secret and gives it with its hash; `on_credentials_changed` tells the broker.
    """
    add_user_commands(app)
    add_key_commands(app)
    add_gateway_commands(app, issue, on_credentials_changed)
    add_register_commands(app, issue, on_credentials_changed)

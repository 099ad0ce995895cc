"""Which commands show how a venue is scored?"""

import typer

from firewarden.risk.scoring.card import weights


def register(risk: typer.Typer) -> None:
    """Add `weights` to the risk commands."""
    risk.command("weights")(weights_command)


def weights_command() -> None:
    """Print the weight tables of this version as Markdown."""
    typer.echo(weights())

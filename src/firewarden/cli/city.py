"""The simulated city into the register: what the simulator builds, the api takes in."""

from pathlib import Path
from typing import Annotated

import typer

from firewarden.api.register import parse
from firewarden.api.register_commands import load_register
from firewarden.cli.broker import issue
from firewarden.gateway_sim.city import POINT_SCALE, build_city
from firewarden.gateway_sim.commands import credentials_file, sim
from firewarden.gateway_sim.gb_dialects import Protocol
from firewarden.gateway_sim.options import SpokenProtocol
from firewarden.gateway_sim.register import encode_register


def register() -> None:
    """Add `sim register` to the simulator's commands."""
    sim.command("register")(register_city)


def register_city(
    *,
    venues: Annotated[int, typer.Option("--venues", min=1, help="How many venues the city has.")] = 200,
    seed: Annotated[int, typer.Option("--seed", help="The same seed builds the same city.")] = 1,
    speed: Annotated[float, typer.Option("--speed", min=0.01, help="How many times faster everything happens.")] = 1.0,
    points: Annotated[
        float, typer.Option("--points", min=0.001, help="Share of real points that exist.")
    ] = POINT_SCALE,
    credentials: Annotated[
        Path | None, typer.Option("--credentials", help="Where the gateways' secrets go, for `sim run`.")
    ] = None,
    protocol: SpokenProtocol = Protocol.MQTT,
) -> None:
    """Put the simulated city's venues, gateways and points into the register."""
    out = credentials or credentials_file()
    out.parent.mkdir(parents=True, exist_ok=True)
    city = build_city(seed=seed, venues=venues, speed=speed, point_scale=points, protocol=protocol)
    imported = load_register(parse(encode_register(city)), issue=issue, credentials_out=out)
    typer.echo(f"{imported.venues} venues, {imported.gateways} gateways, {imported.points} points")

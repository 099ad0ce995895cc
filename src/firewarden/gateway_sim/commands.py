"""Which commands does the simulator add to the command line?"""

import os
from pathlib import Path
from typing import Annotated

import structlog
import typer

from firewarden.gateway_sim.city import POINT_SCALE, City, build_city
from firewarden.gateway_sim.gb_dialects import Protocol, Transport
from firewarden.gateway_sim.gb_line import Centre
from firewarden.gateway_sim.gb_ring import SLOTS
from firewarden.gateway_sim.journal import TruthError
from firewarden.gateway_sim.line import Broker
from firewarden.gateway_sim.odds import odds_with
from firewarden.gateway_sim.options import (
    CentreTcp,
    CentreUdp,
    MqttUrl,
    SpokenProtocol,
    broker_of,
    centre_of,
    credentials_file,
    read_credentials,
    state_file,
)
from firewarden.gateway_sim.player import DRAIN_S, Player, RunOptions
from firewarden.gateway_sim.register import encode_register
from firewarden.gateway_sim.replay_commands import replay
from firewarden.gateway_sim.truth import MAX_BYTES, Truth, read_memory
from firewarden.gateway_sim.year import YearOptions, write_year
from firewarden.ingest.trace_id import MessageId, message_fields
from firewarden.process import announce_ready, configure_logging
from firewarden.process import run as run_process

PACE = 120.0
"""About two incidents a minute among 200 venues, where real ones have one an hour: there is something to see."""
UNCONFIRMED_SHOWN_MAX = 20

sim = typer.Typer(no_args_is_help=True, help="A simulated city that reports over MQTT and GB/T 26875.3.")

Venues = Annotated[int, typer.Option("--venues", min=1, help="How many venues the city has.")]
Seed = Annotated[int, typer.Option("--seed", help="The same seed builds the same city.")]
Speed = Annotated[float, typer.Option("--speed", min=0.01, help="How many times faster everything happens.")]
PointScale = Annotated[float, typer.Option("--points", min=0.001, help="Share of real points that exist.")]
Pace = Annotated[
    float, typer.Option("--pace", min=0.01, help="How many times more often, and shorter, incidents are on top.")
]
Seconds = Annotated[float, typer.Option("--seconds", min=0, help="Stop after so long and drain; 0: never.")]


def register(app: typer.Typer) -> None:
    """Add `sim` and `replay` to the command line."""
    app.add_typer(sim, name="sim")
    app.command("replay")(replay)


@sim.command("city")
def city_command(
    *,
    out: Annotated[Path, typer.Option("--out", help="The register import file to write.")],
    venues: Venues = 200,
    seed: Seed = 1,
    speed: Speed = 1.0,
    points: PointScale = POINT_SCALE,
    protocol: SpokenProtocol = Protocol.MQTT,
) -> None:
    """Write the simulated city as a register import file."""
    city = build_city(seed=seed, venues=venues, speed=speed, point_scale=points, protocol=protocol)
    out.parent.mkdir(parents=True, exist_ok=True)
    out.write_bytes(encode_register(city))
    total = sum(len(gateway.points) for gateway in city.gateways())
    typer.echo(f"{out}: {len(city.venues)} venues, {total} points (seed {seed})")


@sim.command("year")
def year_command(
    *,
    out: Annotated[Path, typer.Option("--out", file_okay=False, help="The folder to write to.")],
    venues: Venues = 1_222,
    days: Annotated[float, typer.Option("--days", min=0.1, help="How many days.")] = 365.0,
    seed: Seed = 1,
    doubled: Annotated[
        float, typer.Option("--doubled", min=0, max=0.5, help="Share of facts that come a second time.")
    ] = 0.0,
) -> None:
    """Draw a year of the city in virtual time, and write what the platform would learn, and what is true."""
    count = write_year(YearOptions(seed=seed, venues=venues, days=days, doubled=doubled), out)
    typer.echo(
        f"{out}: {count.venues} venues, {count.facts} facts, {count.events} records,"
        f" {count.fires} fires, {count.hazards} major hazards (seed {seed})"
    )


@sim.command("run")
def run_command(
    *,
    mqtt_url: MqttUrl,
    venues: Annotated[
        int, typer.Option("--venues", min=0, help="How many venues; 0: as many as have a credential.")
    ] = 0,
    seed: Seed = 1,
    speed: Speed = 1.0,
    points: PointScale = POINT_SCALE,
    pace: Pace = PACE,
    protocol: SpokenProtocol = Protocol.MQTT,
    gb26875_tcp: CentreTcp = "",
    gb26875_udp: CentreUdp = "",
    credentials: Annotated[Path | None, typer.Option("--credentials", help="Gateway id to secret, JSON.")] = None,
    truth: Annotated[Path | None, typer.Option("--truth", help="The journal to write.")] = None,
    seconds: Seconds = 0,
    life: Annotated[int, typer.Option("--life", help="Another number: another life of the same city.")] = 0,
    resend_after: Annotated[
        float | None,
        typer.Option(
            "--resend-after", min=0.1, help="Seconds after which what is not confirmed goes again [20, or 10 by GB/T]."
        ),
    ] = None,
    ring: Annotated[int, typer.Option("--ring", min=1, help="Slots of a GB/T 26875.3 device's ring.")] = SLOTS,
    odds: Annotated[
        list[str] | None, typer.Option("--odds", metavar="NAME=VALUE", help="One of odds.py. May be repeated.")
    ] = None,
    log_format: Annotated[str, typer.Option("--log-format", envvar="FIREWARDEN_LOG_FORMAT")] = "json",
) -> None:
    """Play the city: every gateway its own connection, everything it says kept until it is stored."""
    configure_logging(log_format, process="sim")
    # By GB/T 26875.3 nobody has a secret, so there need not be a file.
    secrets = {} if protocol is Protocol.GB26875 else read_credentials(credentials or credentials_file())
    venues = venues or _registered(secrets, protocol)
    city = build_city(seed=seed, venues=venues, speed=speed, point_scale=points, protocol=protocol)
    missing = [gateway.id for gateway in city.gateways() if gateway.speech is None and gateway.id not in secrets]
    if missing:
        raise typer.BadParameter(f"{len(missing)} gateways have no credential, the first is {missing[0]}")
    try:
        chosen = odds_with(odds or [])
    except ValueError as error:
        raise typer.BadParameter(str(error), param_hint="--odds") from error
    options = RunOptions(
        pace=pace,
        odds=chosen,
        seconds=seconds or None,
        point_scale=points,
        resend_after_s=resend_after,
        ring_slots=ring,
        life=life,
    )
    path = truth or state_file("truth.jsonl")
    centre = _reachable(city, centre_of(gb26875_tcp, gb26875_udp))
    code = _play(city, secrets=secrets, broker=broker_of(mqtt_url), centre=centre, path=path, options=options)
    raise typer.Exit(code)


def _reachable(city: City, centre: Centre) -> Centre:
    """The centre, which must take what the city's devices speak."""
    spoken = {gateway.speech.transport for gateway in city.gateways() if gateway.speech is not None}
    for transport, port in ((Transport.TCP, centre.tcp), (Transport.UDP, centre.udp)):
        if transport in spoken and port is None:
            raise typer.BadParameter(f"the city speaks GB/T 26875.3 over {transport.value.upper()}: say where to")
    return centre


def _registered(secrets: dict[str, str], protocol: Protocol) -> int:
    """How many venues of the simulated city, counted from the first, have a credential."""
    if protocol is not Protocol.MQTT:
        raise typer.BadParameter(
            "not every gateway of this city has a credential: say how many venues", param_hint="--venues"
        )
    count = 0
    while f"XT-{count + 1:04d}" in secrets:
        count += 1
    if not count:
        raise typer.BadParameter("the credentials file holds no gateway of the simulated city")
    return count


def _play(
    city: City, *, secrets: dict[str, str], broker: Broker, centre: Centre, path: Path, options: RunOptions
) -> int:
    log = structlog.stdlib.get_logger("sim")
    try:
        memory = read_memory(path)
    except TruthError as error:
        raise typer.BadParameter(f"{path}: {error}") from error
    if options.seconds is not None and memory.end is not None:
        log.info("already_complete", truth=str(path), unconfirmed=memory.end.unconfirmed)
        return min(memory.end.unconfirmed, 1)
    failed = 0

    async def main() -> None:
        nonlocal failed
        with Truth(path, max_bytes=None if options.seconds else MAX_BYTES) as truth:
            player = Player(
                city, credentials=secrets, broker=broker, truth=truth, memory=memory, options=options, centre=centre
            )
            log.info("city", seed=city.seed, venues=len(city.venues), speed=city.speed, truth=str(path))
            announce_ready(_ready_file())
            failed = await player.run()
            _name_unconfirmed(log, player)

    return run_process("sim", main) or min(failed, 1)


def _ready_file() -> Path | None:
    name = os.environ.get("FIREWARDEN_READY_FILE")
    return Path(name) if name else None


def _name_unconfirmed(log: structlog.stdlib.BoundLogger, player: Player) -> None:
    for number, message in enumerate(player.unconfirmed()):
        if number == UNCONFIRMED_SHOWN_MAX:
            return
        log.error(
            "unconfirmed",
            stalled_s=DRAIN_S,
            **message_fields(
                MessageId(gateway=message.gateway, boot=message.boot, lane=message.lane.value, seq=message.seq)
            ),
        )

"""The command that publishes a recorded series: `firewarden replay`."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from firewarden.gateway_sim.options import MqttUrl, broker_of, read_credentials
from firewarden.gateway_sim.replay import ReplayCount, Replayer, ReplayOptions, open_rows
from firewarden.gateway_sim.replay_map import MapError, ReplayMap, parse_map

CsvFile = Annotated[Path, typer.Option("--csv", exists=True, dir_okay=False, help="The series: CSV, plain or .gz.")]
MapFile = Annotated[Path, typer.Option("--map", exists=True, dir_okay=False, help="Which column is which point.")]
GatewayId = Annotated[str, typer.Option("--gateway", help="Whose readings they become; not one that is connected.")]
Speed = Annotated[float, typer.Option("--speed", min=0.001, help="How many times faster than recorded.")]
Credentials = Annotated[Path | None, typer.Option("--credentials", help="Gateway id to secret, JSON.")]
Password = Annotated[
    str | None, typer.Option("--password", envvar="FIREWARDEN_GATEWAY_PASSWORD", help="The gateway's secret.")
]
KeepTime = Annotated[bool, typer.Option("--keep-time", help="Keep the recorded times instead of starting now.")]
FromRow = Annotated[int, typer.Option("--from-row", min=1, help="Begin with this row, to go on where one stopped.")]


def replay(
    *,
    csv: CsvFile,
    map: MapFile,  # noqa: A002 - the option is called --map
    gateway: GatewayId,
    mqtt_url: MqttUrl,
    speed: Speed = 1.0,
    credentials: Credentials = None,
    password: Password = None,
    keep_time: KeepTime = False,
    from_row: FromRow = 1,
) -> None:
    """Publish a recorded series as a gateway does; exit status 0 when every row is known to be stored."""
    console = Console()
    options = ReplayOptions(
        gateway=gateway,
        secret=_secret(gateway, credentials, password),
        broker=broker_of(mqtt_url),
        speed=speed,
        keep_time=keep_time,
        from_row=from_row,
    )
    try:
        replay_map = parse_map(map.read_text(encoding="utf-8"))
        total = _count_rows(csv, replay_map) - from_row + 1
        count = asyncio.run(_replay(csv, replay_map, options, total, console))
    except MapError as error:
        console.print(f"firewarden: {error}", style="bold red", highlight=False, markup=False)
        raise typer.Exit(1) from error
    console.print(
        f"{count.rows_sent:,} rows sent, {count.rows_stored:,} stored; "
        f"{count.readings_sent:,} readings sent, {count.readings_stored:,} stored",
        highlight=False,
    )
    if not count.complete:
        console.print(f"not all is confirmed: go on with --from-row {count.last_row + 1}", highlight=False)
    raise typer.Exit(0 if count.complete and count.rows_sent else 1)


def _secret(gateway: str, credentials: Path | None, password: str | None) -> str:
    if password is not None:
        return password
    if credentials is None:
        raise typer.BadParameter("give the gateway's secret: --password, or --credentials FILE")
    secret = read_credentials(credentials).get(gateway)
    if secret is None:
        raise typer.BadParameter(f"{credentials} holds no secret for {gateway}")
    return secret


def _count_rows(csv: Path, replay_map: ReplayMap) -> int:
    """The number of rows; a bad one is found before anything is sent."""
    with open_rows(csv, replay_map) as rows:
        return sum(1 for _ in rows)


async def _replay(
    csv: Path, replay_map: ReplayMap, options: ReplayOptions, total: int, console: Console
) -> ReplayCount:
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("rows stored"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task(options.gateway, total=total)
        show: Callable[[ReplayCount], None] = lambda count: bar.update(task, completed=count.rows_stored)  # noqa: E731
        with open_rows(csv, replay_map) as rows:
            return await Replayer(options, on_progress=show).run(rows)

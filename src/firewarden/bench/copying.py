"""`bench copy`: how many rows a second does the database take when nobody has to make them?"""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from firewarden.bench.figures import figure
from firewarden.bench.frames import STEP, Traffic
from firewarden.bench.machine import read_environment, read_machine
from firewarden.bench.options import BATCH_ROWS, POINTS_OF_GATEWAY, CopySize, Run
from firewarden.bench.progress import OnDone
from firewarden.bench.report import Counts, Report, Settings
from firewarden.bench.rows import packed, rows_of
from firewarden.bench.stage import Cast, Stage, embedded_stage, register_cast
from firewarden.bench.store import SQL


@dataclass(frozen=True, slots=True, kw_only=True)
class Copied:
    """One round of COPY."""

    rows: int
    lost: int
    duplicated: int
    seconds: float

    @property
    def rows_per_s(self) -> float:
        """The speed."""
        return self.rows / self.seconds


async def bench_copy(size: CopySize, run: Run) -> Report:
    """Copy the same rows again and again. Raises DeployError."""
    machine, begun_at = read_machine(), datetime.now(tz=UTC)
    async with embedded_stage(run.packages, run.on_step) as stage:
        cast = await register_cast(stage, gateways=size.gateways, points=POINTS_OF_GATEWAY)
        environment = await read_environment(machine, stage.store, stage.packages)
        rounds: list[Copied] = []
        with run.bars as bars:
            for number in range(1, size.rounds + 1):
                traffic = traffic_of(f"copy-{number}", size.messages_per_gateway, size.points)
                with bars.bar(f"copy {number}", size.gateways * size.messages_per_gateway * size.points) as on_done:
                    rounds.append(await copy_round(stage, cast, traffic, on_done))
    counts = Counts(lost=sum(one.lost for one in rounds), duplicated=sum(one.duplicated for one in rounds))
    settings = Settings(
        rounds=size.rounds,
        gateways=size.gateways,
        messages=size.gateways * size.messages_per_gateway,
        points=size.points,
        batch_rows=BATCH_ROWS,
    )
    return Report(
        bench="copy",
        begun_at=begun_at,
        environment=environment,
        settings=settings,
        figures=(figure("rows copied", "/s", [one.rows_per_s for one in rounds]),),
        counts=counts,
        passed=counts.clean,
    )


def traffic_of(boot: str, messages_per_gateway: int, points: int) -> Traffic:
    """Telemetry whose last message is of now."""
    first_at = datetime.now(tz=UTC).replace(microsecond=0) - messages_per_gateway * STEP - timedelta(seconds=1)
    return Traffic(
        boot=boot,
        first_at=first_at,
        messages_per_gateway=messages_per_gateway,
        points=points,
        points_of_gateway=POINTS_OF_GATEWAY,
    )


async def copy_round(stage: Stage, cast: Cast, traffic: Traffic, on_done: OnDone) -> Copied:
    """Pack the rows of `traffic`, then time how long they take to be committed."""
    batches = list(packed(rows_of(traffic, cast.names, cast.point_ids), BATCH_ROWS))
    await stage.store.begin_round()
    seconds = await asyncio.to_thread(_copy, stage.services.database_url, batches, on_done)
    expected = len(cast.gateways) * traffic.messages_per_gateway * traffic.points
    rows = await stage.store.readings()
    return Copied(
        rows=expected, lost=expected - rows.different, duplicated=rows.total - rows.different, seconds=seconds
    )


def _copy(database_url: str, batches: Sequence[bytes], on_done: OnDone) -> float:
    with psycopg.connect(database_url, autocommit=True) as connection:
        begun_s = time.monotonic()
        for number, batch in enumerate(batches, start=1):
            with connection.transaction(), connection.cursor() as cursor, cursor.copy(SQL["copy_readings"]) as copy:
                copy.write(batch)
            on_done(number * BATCH_ROWS)
        return time.monotonic() - begun_s

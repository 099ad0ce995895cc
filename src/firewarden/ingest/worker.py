"""The ingest process: two connections to the broker and those of devices, side by side, under a name of its own."""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from firewarden.figures.signals import Standing, nobody
from firewarden.ingest.connections import ALARM, BULK, session_config
from firewarden.ingest.flood import FloodLimits
from firewarden.ingest.gb_worker import GbWorker, places_of
from firewarden.ingest.mqtt import parse_url
from firewarden.ingest.pipeline import Pipeline
from firewarden.ingest.signals import Tell
from firewarden.ingest.worker_name import WorkerName
from firewarden.process import announce_ready
from firewarden.settings import Settings


class Part(Protocol):
    """What of a worker works by itself."""

    ready: asyncio.Event

    async def run(self) -> None:
        """Work until cancelled."""


async def work(settings: Settings, signal: Tell = nobody) -> None:
    """Store what gateways send until cancelled; a broker or database that goes away is waited for.

    Raises StoreError where the broker or the places to listen for devices are named wrong, or are taken.
    """
    broker = parse_url(settings.mqtt_url)
    flood_limits = FloodLimits(rate_per_s=settings.flood_rate, burst=settings.flood_burst)
    places = places_of(settings)
    name = WorkerName(settings.database_url, settings.worker)
    try:
        while True:
            signal(Standing(by=True))
            await name.take()
            signal(Standing(by=False))
            parts: list[Part] = [
                Pipeline(
                    config,
                    session_config(config, broker, settings.worker, shared=settings.ingest_shared),
                    broker=broker,
                    database_url=settings.database_url,
                    worker=settings.worker,
                    flood_limits=flood_limits if config is BULK else None,
                    signal=signal,
                )
                for config in (ALARM, BULK)
            ]
            if places:
                parts.append(GbWorker(places, settings, flood_limits=flood_limits, signal=signal))
            await _work_while_named(name, parts, settings.ready_file)
    finally:
        await name.release()


async def _work_while_named(name: WorkerName, parts: Sequence[Part], ready_file: Path | None) -> None:
    async with asyncio.TaskGroup() as tasks:
        working = [tasks.create_task(part.run()) for part in parts]
        working.append(tasks.create_task(_announce(parts, ready_file)))
        await name.lost()
        for task in working:
            task.cancel()


async def _announce(parts: Sequence[Part], ready_file: Path | None) -> None:
    for part in parts:
        await part.ready.wait()
    announce_ready(ready_file)

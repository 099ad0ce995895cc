"""The ingest process: the alarm connection and the bulk connection, side by side, under a name that is its own."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from firewarden.figures.signals import Standing, nobody
from firewarden.ingest.command_lines import Lines, MqttLine, NoDevices
from firewarden.ingest.command_sender import CommandSender
from firewarden.ingest.connections import ALARM, BULK, session_config
from firewarden.ingest.flood import FloodLimits
from firewarden.ingest.mqtt import parse_url
from firewarden.ingest.pipeline import Pipeline
from firewarden.ingest.signals import Tell
from firewarden.ingest.worker_name import WorkerName
from firewarden.process import announce_ready
from firewarden.settings import Settings


async def work(settings: Settings, signal: Tell = nobody) -> None:
    """Store what gateways send until cancelled; a broker or database that goes away is waited for."""
    broker = parse_url(settings.mqtt_url)
    flood_limits = FloodLimits(rate_per_s=settings.flood_rate, burst=settings.flood_burst)
    name = WorkerName(settings.database_url, settings.worker)
    try:
        while True:
            signal(Standing(by=True))
            await name.take()
            signal(Standing(by=False))
            pipelines = [
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
            lines = Lines(mqtt=MqttLine(pipelines[-1]), devices=NoDevices())
            sender = CommandSender(settings.database_url, settings.worker, lines)
            await _work_while_named(name, pipelines, sender, settings.ready_file)
    finally:
        await name.release()


async def _work_while_named(
    name: WorkerName, pipelines: Sequence[Pipeline], sender: CommandSender, ready_file: Path | None
) -> None:
    async with asyncio.TaskGroup() as tasks:
        working = [tasks.create_task(pipeline.run()) for pipeline in pipelines]
        working.append(tasks.create_task(sender.run()))
        working.append(tasks.create_task(_announce(pipelines, ready_file)))
        await name.lost()
        for task in working:
            task.cancel()


async def _announce(pipelines: Sequence[Pipeline], ready_file: Path | None) -> None:
    for pipeline in pipelines:
        await pipeline.ready.wait()
    announce_ready(ready_file)

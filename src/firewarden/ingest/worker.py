"""The ingest process: the alarm connection and the bulk connection, side by side."""

import asyncio

from firewarden.ingest.mqtt import parse_url
from firewarden.ingest.pipeline import ALARM, BULK, Pipeline
from firewarden.process import announce_ready
from firewarden.settings import Settings


async def work(settings: Settings) -> None:
    """Store what gateways send until cancelled; a broker or database that goes away is waited for."""
    broker = parse_url(settings.mqtt_url)
    pipelines = [
        Pipeline(config, broker=broker, database_url=settings.database_url, worker=settings.worker)
        for config in (ALARM, BULK)
    ]
    async with asyncio.TaskGroup() as tasks:
        for pipeline in pipelines:
            tasks.create_task(pipeline.run())
        for pipeline in pipelines:
            await pipeline.ready.wait()
        announce_ready(settings.ready_file)

"""What becomes of the messages that the broker keeps for a worker that will not return?"""

import asyncio
from dataclasses import replace

import structlog
from psycopg.rows import scalar_row

from firewarden.ingest.connections import ALARM, BULK, PipelineConfig, leaving_config
from firewarden.ingest.mqtt import Broker, parse_url
from firewarden.ingest.pipeline import Pipeline
from firewarden.ingest.register_cache import SQL
from firewarden.ingest.worker_name import WorkerName
from firewarden.settings import Settings
from firewarden.store.database import Role, connect
from firewarden.store.errors import StoreError

log = structlog.stdlib.get_logger("ingest")


class NobodyElseListensError(StoreError):
    """Without another worker messages would find no subscriber once this one's sessions are gone."""


async def drain(settings: Settings, worker: str) -> int:
    """Store all that the broker keeps for `worker`, and end its sessions. Returns how many messages there were.

    Raises StoreError where a process works under that name, or no other worker listens.
    """
    broker = parse_url(settings.mqtt_url)
    name = WorkerName(settings.database_url, worker)
    await name.take_now()
    try:
        async with await connect(settings.database_url, Role.INGEST, name=f"firewarden drain {worker}") as connection:
            async with connection.cursor(row_factory=scalar_row) as cursor:
                await cursor.execute(SQL["others_listening"], {"worker": worker})
                if not await cursor.fetchone():
                    raise NobodyElseListensError(
                        f"no ingest worker but {worker!r} listens; start one under another FIREWARDEN_WORKER first"
                    )
            messages = [await _empty(config, broker, settings.database_url, worker) for config in (ALARM, BULK)]
            await connection.execute(SQL["remove_worker"], {"worker": worker})
    finally:
        await name.release()
    return sum(messages)


async def _empty(config: PipelineConfig, broker: Broker, database_url: str, worker: str) -> int:
    pipeline = Pipeline(
        replace(config, watches=False, forgets=False),
        leaving_config(config, broker, worker),
        broker=broker,
        database_url=database_url,
        worker=worker,
    )
    async with asyncio.TaskGroup() as tasks:
        working = tasks.create_task(pipeline.run())
        messages = await pipeline.emptied()
        pipeline.end_session()
        working.cancel()
    log.info("drained", worker=worker, connection=config.name, messages=messages)
    return messages

"""How does one of our processes start, say that it is ready, and stop?"""

import asyncio
import logging
import signal
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import structlog

from firewarden.store.errors import StoreError

EXIT_UNUSABLE = 78  # EX_CONFIG of sysexits.h: starting again will not help until somebody acts


def configure_logging(log_format: str, *, process: str, worker: str = "", level: str = "info") -> None:
    """One line an event on standard error: a stable event name (docs/logs.md) and its fields, as JSON or as text."""
    who = {"process": process, **({"worker": worker} if worker else {})}

    def say_who(_: object, __: str, event: structlog.typing.EventDict) -> structlog.typing.EventDict:
        return {**who, **event}

    renderer = (
        structlog.dev.ConsoleRenderer(colors=False) if log_format == "text" else structlog.processors.JSONRenderer()
    )
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        say_who,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(structlog.stdlib.ProcessorFormatter(processor=renderer, foreign_pre_chain=shared))
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for library in ("httpx", "psycopg", "asyncio", "procrastinate", "nicegui"):
        logging.getLogger(library).setLevel(max(logging.WARNING, logging.getLogger().level))


def announce_ready(ready_file: Path | None) -> None:
    """Tell whoever started us that work has begun."""
    if ready_file is not None:
        ready_file.touch()


def run(name: str, main: Callable[[], Awaitable[None]]) -> int:
    """Run `main` until it ends or SIGTERM/SIGINT asks it to stop; returns the exit status."""
    log = structlog.stdlib.get_logger(name)
    try:
        asyncio.run(_until_signalled(main))
    except StoreError as error:
        log.error("process_unusable", reason=str(error))  # noqa: TRY400 - the message is for people, not a traceback
        return EXIT_UNUSABLE
    except Exception:
        log.exception("process_failed")
        return 1
    return 0


async def _until_signalled(main: Callable[[], Awaitable[None]]) -> None:
    task = asyncio.ensure_future(main())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, task.cancel)
    try:
        await task
    except asyncio.CancelledError:
        if not task.cancelled():
            raise

"""How is each kind of fault done to the running platform, and undone where it lasts?"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import signal
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from time import monotonic
from typing import LiteralString
from urllib.parse import unquote, urlsplit

import aiomqtt
import psycopg
import stamina
from psycopg import AsyncConnection, sql

from firewarden.deploy import mosquitto, postgres
from firewarden.deploy.errors import DeployError
from firewarden.proof.chaos_plan import Fault, Kind
from firewarden.proof.chaos_stage import Stage
from firewarden.proof.proxy import Proxy

SPARE_WORKER = "2"
CONNECTIONS_MAX = 120
"""More than the server lets in."""
AGAIN_S = 0.1
DRAINS_MAX = 8
TAKE_OVER_EVERY_S = 0.5
LOCK_TIMEOUT_MS = 2_000

_QUIET = logging.getLogger("firewarden.proof.thief")
_QUIET.setLevel(logging.CRITICAL + 1)  # it is thrown out all the time, and that is no news

TERMINATE: LiteralString = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name LIKE %(name)s AND pid <> pg_backend_pid()"
)
CANCEL: LiteralString = (
    "SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE datname = current_database()"
    " AND state = 'active' AND application_name LIKE %(name)s AND pid <> pg_backend_pid()"
)


class NotStruckError(Exception):
    """The fault could not be done: its target was away at that moment, through another fault."""


async def strike(stage: Stage, fault: Fault) -> None:
    """Do it and, where it lasts, undo it. Raises NotStruckError where there was nothing to strike."""
    try:
        await _STRIKES[fault.kind](stage, fault)
    except (ProcessLookupError, KeyError, psycopg.Error, aiomqtt.MqttError, DeployError, OSError) as error:
        raise NotStruckError(f"{type(error).__name__}: {str(error).strip().splitlines()[0]}") from error


# Processes.


async def _kill(stage: Stage, fault: Fault) -> None:
    stage.supervisor.kill(fault.target)


async def _restart(stage: Stage, fault: Fault) -> None:
    stage.supervisor.kill(fault.target, signal.SIGTERM)


async def _freeze(stage: Stage, fault: Fault) -> None:
    pid = stage.supervisor.kill(fault.target, signal.SIGSTOP)
    try:
        await asyncio.sleep(fault.lasts_s)
    finally:
        # It may have been killed meanwhile: its successor was never stopped.
        if stage.supervisor.pids().get(fault.target) == pid:
            stage.supervisor.kill(fault.target, signal.SIGCONT)


async def _spare(stage: Stage, fault: Fault) -> None:
    """A second worker comes, takes part, dies, and does not return: its session at the broker stays and fills.

    Where workers share lanes, its share would wait there for days: then it is drained, as an operator would.
    """
    process = stage.spare_ingest(SPARE_WORKER)
    if any(record.name == process.name for record in stage.supervisor.records()):
        raise NotStruckError("a second worker was there already")
    await stage.supervisor.start(process)
    try:
        await asyncio.sleep(fault.lasts_s)
    finally:
        await stage.supervisor.stop(process.name)
    if stage.shared:
        async for attempt in stamina.retry_context(on=DeployError, attempts=DRAINS_MAX, wait_initial=1.0, timeout=None):
            with attempt:  # the database or the broker may be away through another fault
                await stage.drain(SPARE_WORKER)


# The database and the broker.


def _signal(name: str, number: signal.Signals) -> Callable[[Stage, Fault], Awaitable[None]]:
    async def send(stage: Stage, _: Fault) -> None:
        stage.supervisor.kill(name, number)

    return send


async def _wipe(stage: Stage, _: Fault) -> None:
    stage.memory.lost = True
    stage.supervisor.kill(mosquitto.PROCESS_NAME)


@contextlib.asynccontextmanager
async def _connection(stage: Stage) -> AsyncGenerator[AsyncConnection, None]:
    connection = await AsyncConnection.connect(
        stage.env.database_url, autocommit=True, connect_timeout=5, application_name="chaos"
    )
    try:
        yield connection
    finally:
        await connection.close()


def _those_of(target: str) -> dict[str, str]:
    return {"name": f"firewarden {target}%"}


async def _terminate(stage: Stage, fault: Fault) -> None:
    async with _connection(stage) as connection:
        await connection.execute(TERMINATE, _those_of(fault.target))


async def _cancel(stage: Stage, fault: Fault) -> None:
    """What a statement timeout does, to whatever runs, again and again."""
    async with _connection(stage) as connection:
        until_s = monotonic() + fault.lasts_s
        while monotonic() < until_s:
            await connection.execute(CANCEL, _those_of(fault.target))
            await asyncio.sleep(AGAIN_S)


async def _lock(stage: Stage, fault: Fault) -> None:
    async with _connection(stage) as connection, connection.transaction():
        await connection.execute(sql.SQL("SET LOCAL lock_timeout = {}").format(LOCK_TIMEOUT_MS))
        await connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(fault.target)))
        await asyncio.sleep(fault.lasts_s)


async def _crowd(stage: Stage, fault: Fault) -> None:
    """Take every connection that is left, then end those of the platform, so that it needs new ones."""
    async with contextlib.AsyncExitStack() as crowd:
        # One after the other: the first refusal says that all are taken.
        first = await crowd.enter_async_context(_connection(stage))
        with contextlib.suppress(psycopg.OperationalError):
            for _ in range(CONNECTIONS_MAX):
                await crowd.enter_async_context(_connection(stage))
        await first.execute(TERMINATE, _those_of(""))
        with contextlib.suppress(psycopg.OperationalError):
            for _ in range(CONNECTIONS_MAX):  # those that just became free
                await crowd.enter_async_context(_connection(stage))
        await asyncio.sleep(fault.lasts_s)


def _take_over(*, clean: bool) -> Callable[[Stage, Fault], Awaitable[None]]:
    async def take_over(stage: Stage, fault: Fault) -> None:
        """Come again and again with ingest's client id, take what the broker has for it, and confirm it."""
        until_s = monotonic() + fault.lasts_s
        while monotonic() < until_s:
            with contextlib.suppress(aiomqtt.MqttError):
                async with _thief(stage, fault.target, clean=clean) as client, asyncio.timeout(TAKE_OVER_EVERY_S):
                    async for _ in client.messages:
                        pass
            await asyncio.sleep(AGAIN_S)

    return take_over


@contextlib.asynccontextmanager
async def _thief(stage: Stage, client_id: str, *, clean: bool) -> AsyncGenerator[aiomqtt.Client, None]:
    parts = urlsplit(stage.env.mqtt_url)
    client = aiomqtt.Client(
        parts.hostname or "",
        parts.port or mosquitto.PREFERRED_PORT,
        username=unquote(parts.username or ""),
        password=unquote(parts.password or ""),
        identifier=client_id,
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=clean,
        timeout=2.0,
        logger=_QUIET,
    )
    with contextlib.suppress(TimeoutError):
        async with client:
            yield client


# Lines.


async def _cut(stage: Stage, fault: Fault) -> None:
    stage.proxies[fault.target].cut()


async def _cut_mid_packet(stage: Stage, fault: Fault) -> None:
    stage.proxies[fault.target].cut_after(fault.amount)


def _line(
    spoil: Callable[[Proxy, Fault], AbstractAsyncContextManager[None]],
) -> Callable[[Stage, Fault], Awaitable[None]]:
    async def spoiled(stage: Stage, fault: Fault) -> None:
        async with spoil(stage.proxies[fault.target], fault):
            await asyncio.sleep(fault.lasts_s)

    return spoiled


_STRIKES: Mapping[Kind, Callable[[Stage, Fault], Awaitable[None]]] = {
    Kind.KILL: _kill,
    Kind.FREEZE: _freeze,
    Kind.RESTART: _restart,
    Kind.SPARE: _spare,
    Kind.DATABASE_KILL: _signal(postgres.PROCESS_NAME, signal.SIGKILL),
    Kind.DATABASE_IMMEDIATE: _signal(postgres.PROCESS_NAME, signal.SIGQUIT),
    Kind.DATABASE_FAST: _signal(postgres.PROCESS_NAME, signal.SIGINT),
    Kind.TERMINATE: _terminate,
    Kind.CANCEL: _cancel,
    Kind.LOCK: _lock,
    Kind.CROWD: _crowd,
    Kind.BROKER_KILL: _signal(mosquitto.PROCESS_NAME, signal.SIGKILL),
    Kind.BROKER_RESTART: _signal(mosquitto.PROCESS_NAME, signal.SIGTERM),
    Kind.BROKER_WIPE: _wipe,
    Kind.TAKEOVER: _take_over(clean=False),
    Kind.SESSION_ENDED: _take_over(clean=True),
    Kind.CUT: _cut,
    Kind.CUT_MID_PACKET: _cut_mid_packet,
    Kind.STALL: _line(lambda proxy, _: proxy.stalled()),
    Kind.HALF_OPEN: _line(lambda proxy, _: proxy.half_open(swallows_up=True)),
    Kind.UNANSWERED: _line(lambda proxy, _: proxy.half_open(swallows_up=False)),
    Kind.SLOW: _line(lambda proxy, fault: proxy.slow(fault.amount)),
    Kind.REFUSE: _line(lambda proxy, _: proxy.refusing()),
}
assert _STRIKES.keys() == set(Kind)

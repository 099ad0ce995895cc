"""Sockets for the MQTT session: one broker, one connection after the other, and no more read than can be stored."""

import asyncio
import ssl
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import stamina
import structlog

from firewarden.figures.signals import nobody
from firewarden.ingest.mqtt_session import (
    BrokenError,
    Message,
    MqttError,
    MqttSession,
    Ready,
    RefusedError,
    TakenOverError,
)
from firewarden.store.errors import StoreError

log = structlog.stdlib.get_logger("ingest.mqtt")

READ_BYTES = 256 * 1024
CONNECT_TIMEOUT_S = 10.0
RETRY_WAIT_MAX_S = 5.0
SETTLED_AFTER_S = 10.0
"""A connection that lasted so long was a good one; whoever ends us sooner, again and again, is met ever later."""
LOST_ADVICE = "nothing to do, unless the broker stays away: it and the gateways keep what is not acknowledged"
TAKEN_OVER_ADVICE = "another client uses our client id: give each ingest process a FIREWARDEN_WORKER of its own"
TAKEN_OVER_WAIT_S = 5.0
"""How long a session is left to whoever took it. Whoever took it by right keeps it: see worker_name.py."""


class ShortLivedError(Exception):
    """A connection was lost soon after it stood."""


class BrokerUrlError(StoreError):
    """FIREWARDEN_MQTT_URL cannot be used."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Broker:
    """Where the broker is, and as whom we come."""

    host: str
    port: int
    tls: bool
    username: str | None
    password: bytes | None


def parse_url(url: str) -> Broker:
    """Read `mqtt://user:password@host:port` or `mqtts://…`. Raises BrokerUrlError."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        # What Python says of it quotes a part of the address, which may be of the password.
        raise BrokerUrlError(
            "FIREWARDEN_MQTT_URL is no address: percent-encode what is special in its user and password"
        ) from None
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname:
        raise BrokerUrlError("FIREWARDEN_MQTT_URL must look like mqtt://user:password@host:1883 (mqtts:// for TLS)")
    tls = parts.scheme == "mqtts"
    return Broker(
        host=parts.hostname,
        port=port or (8883 if tls else 1883),
        tls=tls,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password).encode() if parts.password else None,
    )


class MqttLink:
    """Keeps one session connected and hands its messages on, in order."""

    def __init__(
        self,
        broker: Broker,
        session: MqttSession,
        *,
        on_ready: Callable[[bool], None],
        on_messages: Callable[[list[Message]], None],
        room: asyncio.Event,
        on_certificate: Callable[[float], None] = nobody,
    ) -> None:
        """`on_ready` gets whether the broker had kept our session, `on_messages` what came together, in order.

        `on_certificate` gets when the broker's certificate ends, in seconds since 1970, at each connection with TLS.

        `room` is clear while nothing more may be read.
        """
        self._broker = broker
        self._session = session
        self._on_ready = on_ready
        self._on_messages = on_messages
        self._room = room
        self._on_certificate = on_certificate
        self._writer: asyncio.StreamWriter | None = None

    async def run(self) -> None:
        """Connect, read, connect again; until cancelled."""
        while True:
            async for attempt in stamina.retry_context(
                on=ShortLivedError,
                attempts=None,
                timeout=None,
                wait_initial=0.1,
                wait_max=RETRY_WAIT_MAX_S,
                wait_jitter=0.5,
            ):
                with attempt:
                    await self._one_connection()

    async def _one_connection(self) -> None:
        """From connecting to losing it. Raises ShortLivedError where that was soon."""
        reader, writer = await self._connected()
        begun_s = time.monotonic()
        taken_over = False
        try:
            await self._read(reader)
        except* (OSError, MqttError) as group:
            taken_over = group.subgroup(TakenOverError) is not None
            log.warning(
                "mqtt_connection_lost",
                client=self._session.config.client_id,
                reasons=[str(error) for error in group.exceptions],
                advice=TAKEN_OVER_ADVICE if taken_over else LOST_ADVICE,
            )
        finally:
            self._session.disconnect()  # the broker keeps the session and queues for it
            self.flush()
            self._writer = None
            writer.close()
        if taken_over:
            await asyncio.sleep(TAKEN_OVER_WAIT_S)
        elif time.monotonic() - begun_s < SETTLED_AFTER_S:
            raise ShortLivedError

    def flush(self) -> None:
        """Send what the session has to say."""
        data = self._session.data_to_send()
        if data and self._writer is not None:
            self._writer.write(data)

    @stamina.retry(
        on=(OSError, MqttError),
        attempts=None,
        timeout=None,
        wait_initial=0.1,
        wait_max=RETRY_WAIT_MAX_S,
        wait_jitter=0.5,
    )
    async def _connected(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection on which our subscriptions stand."""
        # A new connection brings everything unacknowledged again: without room it would pile up with every attempt.
        await self._room.wait()
        context = ssl.create_default_context() if self._broker.tls else None
        async with asyncio.timeout(CONNECT_TIMEOUT_S):
            reader, writer = await asyncio.open_connection(self._broker.host, self._broker.port, ssl=context)
            try:
                self._writer = writer
                self._look_at_certificate(writer)
                self._session.connect()
                self.flush()
                while not self._session.ready:
                    await self._receive(reader)
            except RefusedError as error:
                log.error(  # noqa: TRY400 - an operator's error, not a defect
                    "mqtt_refused", reason=str(error), advice="check the account in FIREWARDEN_MQTT_URL and its rights"
                )
                self._give_up(writer)
                raise
            except BaseException:
                self._give_up(writer)
                raise
        return reader, writer

    def _look_at_certificate(self, writer: asyncio.StreamWriter) -> None:
        shown = writer.get_extra_info("peercert")
        if shown and "notAfter" in shown:
            self._on_certificate(ssl.cert_time_to_seconds(shown["notAfter"]))

    def _give_up(self, writer: asyncio.StreamWriter) -> None:
        self._writer = None
        writer.close()

    async def _read(self, reader: asyncio.StreamReader) -> None:
        async with asyncio.TaskGroup() as tasks:
            pings = tasks.create_task(self._keep_alive())
            try:
                while True:
                    await self._room.wait()
                    await self._receive(reader)
            finally:
                pings.cancel()

    async def _receive(self, reader: asyncio.StreamReader) -> None:
        data = await reader.read(READ_BYTES)
        if not data:
            raise BrokenError("the broker closed the connection")
        messages: list[Message] = []
        for event in self._session.receive(data):
            if type(event) is Message:
                messages.append(event)
            elif isinstance(event, Ready):
                self._on_ready(event.resumed)
        if messages:
            self._on_messages(messages)
        self.flush()

    async def _keep_alive(self) -> None:
        while True:
            await asyncio.sleep(self._session.config.keep_alive_s / 2)
            self._session.keep_alive()
            self.flush()

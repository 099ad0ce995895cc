"""Can one message be followed from its gateway to the screen, by one id, through every process?"""

import asyncio
import json
import os
import sys
import uuid
from collections.abc import AsyncGenerator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psycopg
import pytest
from httpx_sse import aconnect_sse
from playwright.async_api import Page, expect

from firewarden.deploy.ports import any_free
from firewarden.deploy.services import BlockingServices
from firewarden.figures.tracing import root_span_id
from firewarden.ingest.trace_id import MessageId
from tests.collector import Collected, collecting
from tests.e2e.conftest import PASSWORD, SignIn, Site, keep_picture
from tests.integration.city import GATEWAY, admit, register_venue
from tests.integration.ingest.harness import fire, gateway, message, told
from tests.integration.polling import until

SECRET_NOTE = "swordfish-in-a-payload"  # noqa: S105 - planted, and looked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Running:
    """A process and its log."""

    name: str
    log: Path

    def lines(self) -> list[dict[str, Any]]:
        """What it wrote so far."""
        whole = self.log.read_text(encoding="utf-8").splitlines()
        return [json.loads(line) for line in whole if line.startswith("{")]

    def said(self, event: str) -> list[dict[str, Any]]:
        """Its lines of one event."""
        return [line for line in self.lines() if line["event"] == event]


@asynccontextmanager
async def running(name: str, environment: Mapping[str, str], folder: Path) -> AsyncGenerator[Running]:
    """`firewarden NAME` from ready to its end."""
    ready, log = folder / f"{name}.ready", folder / f"{name}.log"
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PYTEST", "FIREWARDEN", "OTEL"))}
    whole = {
        **kept,
        "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
        "FIREWARDEN_READY_FILE": str(ready),
        **environment,
    }
    with log.open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "firewarden", name, env=whole, stdout=output, stderr=output
        )
    try:
        await until(lambda: ready.exists() or process.returncode is not None, name)
        assert process.returncode is None, log.read_text()
        yield Running(name=name, log=log)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()


async def next_event(site: Site, name: str, kind: str, subscribed: asyncio.Event) -> dict[str, Any]:
    """The first event of a kind that the stream brings from now on."""
    async with httpx.AsyncClient(base_url=site.url, headers={"Origin": site.url}, trust_env=False) as client:
        await client.post("/api/v1/session", json={"name": name, "password": PASSWORD})
        async with aconnect_sse(client, "GET", "/api/v1/stream", timeout=60) as source:
            async for event in source.aiter_sse():
                subscribed.set()
                if event.event == kind:
                    return json.loads(event.data)
    raise AssertionError("the stream ended")


async def way_told(site: Site, *names: str) -> str:
    """What `firewarden trace` prints."""
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "firewarden", "trace", *names),
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(path for path in sys.path if path),
            "FIREWARDEN_DATABASE_URL": site.database,
        },
        stdout=asyncio.subprocess.PIPE,
    )
    printed, _ = await process.communicate()
    assert process.returncode == 0
    return printed.decode()


def was_heard(url: str) -> None:
    """The gateway spoke before: that it speaks for the first time would be a fact of its own, for risk."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO gateway_liveness (gateway_id, heard_at, online, changed_at) VALUES (%s, now(), true, now())",
            [GATEWAY],
        )


@pytest.fixture
def process_environment(services: BlockingServices, site: Site) -> dict[str, str]:
    """What ingest, desk and risk are told."""
    return {
        "FIREWARDEN_DATABASE_URL": site.database,
        "FIREWARDEN_MQTT_URL": services.mqtt_url,
        "FIREWARDEN_WORKER": uuid.uuid4().hex,
    }


async def test_one_id_from_the_gateway_to_the_screen(
    services: BlockingServices,
    site: Site,
    sign_in: SignIn,
    process_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """The id of a fire is in the logs of ingest, desk and risk, in API, stream and spans, and on the page."""
    register_venue(site.database)
    admit(services, GATEWAY)
    was_heard(site.database)
    site.add_user("wang")
    trace_id = MessageId(gateway=GATEWAY, boot="b1", lane="alarm", seq=1).trace_id
    with collecting() as receiver:
        environment = {**process_environment, "OTEL_EXPORTER_OTLP_ENDPOINT": receiver.endpoint}
        async with (
            running("ingest", environment, tmp_path) as ingest,
            running("desk", environment, tmp_path) as desk,
            running("risk", process_environment, tmp_path) as risk,
            running("api", {**environment, "FIREWARDEN_API_PORT": str(any_free())}, tmp_path),
        ):
            await site.started()
            subscribed = asyncio.Event()
            streaming = asyncio.create_task(next_event(site, "wang", "incident.opened", subscribed))
            await subscribed.wait()
            async with gateway(services) as client:
                await client.publish(f"fire/v1/{GATEWAY}/alarm", message(1, fire()), qos=1)
                await told(client, boot="b1", alarm=1)
            async with asyncio.timeout(30):
                event = await streaming
            assert event["data"]["trace_id"] == trace_id
            incident = await _logs_agree(ingest, desk, risk, trace_id)
            assert incident == event["incident_id"]
            await _console_shows(await sign_in("wang"), incident, trace_id)
            for asked in ((trace_id,), (GATEWAY, "b1", "alarm", "1")):
                way = await way_told(site, *asked)
                assert trace_id in way
                for station in (
                    "sent, by",
                    "received",
                    "committed: fire set",
                    "opened: fire",
                    "incident.opened",
                    "score",
                ):
                    assert station in way, way
        _spans_belong_together(receiver.spans, trace_id)


async def _logs_agree(ingest: Running, desk: Running, risk: Running, trace_id: str) -> int:
    """The lines of three processes name the same message; returns the incident that they opened."""
    named = {"gateway": GATEWAY, "boot": "b1", "lane": "alarm", "seq": 1, "trace_id": trace_id}
    [committed] = await until(lambda: ingest.said("alarm_committed"), "ingest's line")
    [opened] = await until(lambda: desk.said("incident_opened"), "the desk's line")
    [changed] = await until(lambda: risk.said("risk_changed"), "the line of risk")
    assert {**committed, **named, "process": "ingest", "states": ["fire"]} == committed
    assert {**opened, **named, "process": "desk", "worker": committed["worker"]} == opened
    assert (changed["trace_id"], changed["venue_id"]) == (trace_id, opened["venue_id"])
    return int(opened["incident_id"])


async def _console_shows(page: Page, incident: int, trace_id: str) -> None:
    """The id is in the API's incident, on the page, and in the clipboard of whoever copies it."""
    answer = await page.request.get(f"/api/v1/incidents/{incident}")
    assert (await answer.json())["incident"]["trace_id"] == trace_id
    await page.locator("[data-kind=fire]").click()
    await expect(page.get_by_test_id("detail-trace")).to_have_text(trace_id)
    await page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    await page.get_by_role("button", name="复制追踪号").click()
    assert await page.evaluate("navigator.clipboard.readText()") == trace_id
    await keep_picture(page, "desk-trace")


def _spans_belong_together(spans: list[Collected], trace_id: str) -> None:
    """One trace: its root from ingest, below it the desk's step and the api's hand-over; the batch is linked to it."""
    of_trace = {span.name: span for span in spans if span.trace_id == trace_id}
    root = of_trace.pop("ingest.message")
    assert (root.span_id, root.parent, root.service) == (root_span_id(trace_id), "", "firewarden-ingest")
    below = {name: (span.parent, span.service) for name, span in of_trace.items()}
    assert below == {
        "desk.step": (root.span_id, "firewarden-desk"),
        "api.handed": (root.span_id, "firewarden-api"),
    }
    assert any(trace_id in span.links for span in spans if span.name == "ingest.batch")


async def test_no_secret_and_no_payload_is_in_any_log(
    services: BlockingServices,
    site: Site,
    process_environment: dict[str, str],
    tmp_path: Path,
) -> None:
    """Passwords of database and broker, a person's, a program's key and what gateways sent: none is in a log."""
    register_venue(site.database)
    admit(services, GATEWAY)
    site.add_user("wang")
    environment = {**process_environment, "FIREWARDEN_LOG_LEVEL": "debug"}
    async with running("ingest", environment, tmp_path) as ingest, running("desk", environment, tmp_path) as desk:
        await site.started()
        async with gateway(services) as client:
            broken = message(1, {"kind": "state", "point": SECRET_NOTE, "at": SECRET_NOTE})
            await client.publish(f"fire/v1/{GATEWAY}/alarm", broken, qos=1)
            await client.publish(f"fire/v1/{GATEWAY}/alarm", message(2, fire()), qos=1)
            await client.publish(f"fire/v1/{GATEWAY}/state", b"{" + SECRET_NOTE.encode(), qos=1)
            await told(client, boot="b1", alarm=2)
        await until(lambda: len(ingest.said("message_quarantined")) >= 2, "both in quarantine")
        [known] = [line for line in ingest.said("message_quarantined") if line.get("seq") == 1]
        assert known["trace_id"] == MessageId(gateway=GATEWAY, boot="b1", lane="alarm", seq=1).trace_id
        await until(lambda: desk.said("incident_opened"), "the incident")
        async with httpx.AsyncClient(base_url=site.url, headers={"Origin": site.url}, trust_env=False) as client:
            await client.post("/api/v1/session", json={"name": "wang", "password": f"{SECRET_NOTE}-1"})
            await client.get("/api/v1/incidents", headers={"Authorization": f"Bearer fwk_{SECRET_NOTE}"})
            await client.get(f"/api/v1/incidents?token={SECRET_NOTE}")
    logs = "".join(path.read_text() for path in (ingest.log, desk.log, site.log))
    secrets = [SECRET_NOTE, PASSWORD, *_passwords(site.database, services.mqtt_url, services.database_url)]
    assert [secret for secret in secrets if secret in logs] == []


def _passwords(*addresses: str) -> list[str]:
    """The passwords of addresses that have one."""
    found = [httpx.URL(address).password for address in addresses if "://" in address]
    found += [
        part.partition("=")[2] for address in addresses for part in address.split() if part.startswith("password=")
    ]
    assert any(found), "at least the broker has one"
    return [password for password in found if password]


@pytest.mark.parametrize("variable", ["FIREWARDEN_DATABASE_URL", "FIREWARDEN_MQTT_URL"])
async def test_an_address_that_cannot_be_read_is_not_quoted(
    process_environment: dict[str, str], tmp_path: Path, variable: str
) -> None:
    """A password with a slash makes the address unreadable; the process says so and ends, and quotes no part of it."""
    scheme = "postgresql" if "DATABASE" in variable else "mqtt"
    environment = {
        **process_environment,
        variable: f"{scheme}://user:pass{SECRET_NOTE}:12/x/{SECRET_NOTE}@127.0.0.1:1/x",
    }
    with pytest.raises(AssertionError, match="percent-encode") as failed:
        async with running("ingest", environment, tmp_path):
            raise AssertionError("it must not start")
    assert SECRET_NOTE not in str(failed.value)

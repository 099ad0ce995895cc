"""Is what was acknowledged still there when another server takes the database over?"""

from collections.abc import Callable
from pathlib import Path

import psycopg
from psycopg.conninfo import make_conninfo
from tests.integration.ingest.cluster import Cluster, cluster
from tests.integration.ingest.faulty import Scene, pipelines, scene
from tests.integration.ingest.harness import count
from tests.integration.polling import until

from firewarden.deploy import postgres
from firewarden.deploy.services import BlockingServices
from firewarden.deploy.state import State

CANCEL_WAITING = (
    "SELECT count(pg_cancel_backend(pid)) FROM pg_stat_activity"
    " WHERE wait_event = 'SyncRep' AND application_name LIKE 'firewarden ingest%alarm'"
)


async def test_a_failover(services: BlockingServices, service_packages: Path, make_state: Callable[[], State]) -> None:
    """Nothing is acknowledged that the standby lacks; after its promotion everything is there, once."""
    async with cluster(service_packages, make_state) as servers:
        ports = f"{servers.primary.port},{servers.standby.port}"
        async with scene(services, servers.url, host="127.0.0.1,127.0.0.1", port=ports) as it:
            servers.configure("synchronous_standby_names", "*")
            await until(servers.follows, "a synchronous standby")
            await _the_standby_is_silent(it, servers)
            mistaken = make_conninfo(servers.standby.url())
            async with pipelines(services.mqtt_url, mistaken):
                await it.logged("database_trouble", reason="read-only", advice="it is a standby")
                it.send(20)
                await it.arrived(it.gateway.numbers["alarm"])
                await servers.fail_over()
                it.send(20)
                await it.all_is_well()


async def _the_standby_is_silent(it: Scene, servers: Cluster) -> None:
    """Cancelled while it waits for the standby, PostgreSQL says that it has committed: that is not believed."""
    stopped = postgres.server_processes(servers.standby.data)
    for process in stopped:
        process.suspend()
    try:
        first = it.gateway.numbers["alarm"] + 1
        it.send(5)
        await it.arrived(first + 4)
        with psycopg.connect(servers.primary.url("postgres"), autocommit=True) as owner:
            await until(lambda: count(owner, CANCEL_WAITING), "a commit that waits for the standby")
        await it.logged("database_trouble", advice="synchronous_standby_names")
        assert it.acknowledged_since("alarm", first) == []
        assert it.acknowledged_since("reading", first) == []
    finally:
        for process in stopped:
            process.resume()
    await it.gateway.all_stored()

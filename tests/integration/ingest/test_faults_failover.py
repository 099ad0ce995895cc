"""Is what was acknowledged still there when another server takes the database over?"""

from collections.abc import Callable
from pathlib import Path

from psycopg.conninfo import make_conninfo
from tests.integration.ingest.cluster import Cluster, cluster
from tests.integration.ingest.faulty import Scene, pipelines, scene
from tests.integration.polling import until

from firewarden.deploy import postgres
from firewarden.deploy.services import BlockingServices
from firewarden.deploy.state import State


async def test_a_failover(services: BlockingServices, service_packages: Path, make_state: Callable[[], State]) -> None:
    """Nothing is acknowledged that the standby lacks; after its promotion everything is there, once."""
    async with cluster(service_packages, make_state) as servers:
        ports = f"{servers.primary.port},{servers.standby.port}"
        options = "-c statement_timeout=500"
        async with scene(services, servers.url, host="127.0.0.1,127.0.0.1", port=ports, options=options) as it:
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
    """PostgreSQL ends the wait for a silent standby at the statement timeout, and says that it has committed."""
    stopped = postgres.server_processes(servers.standby.data)
    for process in stopped:
        process.suspend()
    try:
        first = it.gateway.numbers["alarm"] + 1
        it.send(5)
        await it.arrived(first + 4)
        await it.logged("database_trouble", connection="alarm", advice="synchronous standby")
        await it.logged("database_trouble", connection="bulk", advice="synchronous standby")
        assert it.acknowledged_since("alarm", first) == []
        assert it.acknowledged_since("reading", first) == []
    finally:
        for process in stopped:
            process.resume()
    await it.gateway.all_stored()

"""Does every process of ours that `up` starts have a port for its figures and its readiness?"""

from pathlib import Path

from firewarden.api.processes import EXPECTED
from firewarden.deploy.platform import METRICS_PORTS, PlatformEnv, platform_processes
from firewarden.deploy.state import State


def test_every_process_has_a_port(tmp_path: Path) -> None:
    """Each is told its own port; the simulated city is no part of the platform and has none."""
    env = PlatformEnv(
        state=State(tmp_path),
        database_url="postgresql://127.0.0.1/x",
        mqtt_url="mqtt://127.0.0.1",
        api_host="127.0.0.1",
        api_port=8080,
        metrics_ports=METRICS_PORTS,
    )
    ports = {each.name: int(each.env["FIREWARDEN_METRICS_PORT"]) for each in platform_processes(env)}
    assert ports == METRICS_PORTS
    assert ports.keys() == set(EXPECTED)
    assert len(set(ports.values())) == len(ports)

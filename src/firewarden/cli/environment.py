"""Which platform does a command mean? The environment's, else the one that runs on this machine's state folder."""

from collections.abc import Mapping
from urllib.parse import quote, urlsplit

from firewarden.deploy import mosquitto
from firewarden.deploy.state import State, default_state_root, secret
from firewarden.deploy.up import find_status

DATABASE_URL = "FIREWARDEN_DATABASE_URL"
MQTT_URL = "FIREWARDEN_MQTT_URL"
STATE = "FIREWARDEN_STATE"


def of_running_platform(environment: Mapping[str, str]) -> dict[str, str]:
    """What is missing in `environment` to reach the embedded platform that runs here; empty where none runs."""
    root = default_state_root()
    status = find_status(root)
    if status.record is None or not status.supervisor_runs:
        return {}
    addresses, state = status.record.addresses, State(root)
    found = {STATE: str(root)}
    if "database" in addresses:
        found[DATABASE_URL] = _with_password(addresses["database"], "postgres", secret(state, "postgres"))
    if "MQTT" in addresses:
        found[MQTT_URL] = _with_password(addresses["MQTT"], mosquitto.PLATFORM_USER, secret(state, "mosquitto"))
    return {name: value for name, value in found.items() if name not in environment}


def _with_password(address: str, user: str, password: str) -> str:
    parts = urlsplit(address)
    servers = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{parts.username or user}:{quote(password, safe='')}@{servers}").geturl()

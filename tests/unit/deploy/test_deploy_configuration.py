"""The rendered configuration of database and broker, and small readers."""

from __future__ import annotations

from pathlib import Path

import pytest

from firewarden.deploy.account import Account
from firewarden.deploy.checks import check_steps
from firewarden.deploy.external import External, external_from, without_password
from firewarden.deploy.mosquitto import ACL, render_config
from firewarden.deploy.package_set import load_package_set
from firewarden.deploy.postgres import Postgres, render_settings
from firewarden.deploy.running import parse_credentials
from firewarden.deploy.state import State
from firewarden.deploy.up import duration


def _settings(text: str) -> dict[str, str]:
    lines = [line.split("#")[0] for line in text.splitlines()]
    return {name.strip(): value.strip() for name, _, value in (line.partition("=") for line in lines if "=" in line)}


def _server(root: Path, *, durable: bool) -> Postgres:
    return Postgres(packages=Path("/p"), state=State(root), account=None, port=15999, durable=durable)


def test_the_database_is_durable_and_local() -> None:
    """What is acknowledged is on the disk, and nobody outside the machine can connect."""
    settings = _settings(render_settings(_server(Path("/s"), durable=True)))
    assert settings["fsync"] == "on"
    assert settings["synchronous_commit"] == "on"
    assert settings["listen_addresses"] == "'127.0.0.1'"
    assert settings["port"] == "15999"
    assert settings["timescaledb.telemetry_level"] == "off"
    assert settings["timezone"] == "'Asia/Shanghai'"
    assert settings["unix_socket_directories"] == "'/s/run/postgres'"


def test_speed_is_for_tests_only() -> None:
    """Durability is given up only where it was asked for."""
    assert _settings(render_settings(_server(Path("/s"), durable=False)))["fsync"] == "off"


def test_a_long_socket_path_is_left_out() -> None:
    """A folder name too long for a socket address costs the socket, not the start."""
    settings = _settings(render_settings(_server(Path("/" + "x" * 100), durable=True)))
    assert settings["unix_socket_directories"] == "''"


def test_the_broker_admits_nobody_unknown() -> None:
    """Anonymous access is off, the address is local, queues persist and hold a million messages."""
    text = render_config(folder=Path("/s/mosquitto"), port=1999, account=Account("nobody", 65534, 65534))
    lines = set(text.splitlines())
    assert {
        "listener 1999 127.0.0.1",
        "allow_anonymous false",
        "password_file /s/mosquitto/passwords",
        "acl_file /s/mosquitto/acl",
        "persistence true",
        "max_queued_messages 1000000",
    } <= lines


def test_a_gateway_may_use_only_its_own_topics() -> None:
    """Every right of a gateway contains its name, and none lets it write what the platform writes."""
    patterns = [line for line in ACL.read_text(encoding="utf-8").splitlines() if line.startswith("pattern")]
    assert all("/%u/" in line for line in patterns)
    assert {line.rsplit("/", 1)[1] for line in patterns if " write " in line} == {
        "alarm",
        "state",
        "reading",
        "reply",
        "status",
    }
    assert {line.rsplit("/", 1)[1] for line in patterns if " read " in line} == {"cmd", "stored"}


def test_the_package_stamp_follows_the_content() -> None:
    """Two architectures never share a folder, and the same list always has the same name."""
    services = load_package_set("services")
    assert services.stamp("amd64") != services.stamp("arm64")
    assert services.stamp("amd64") == load_package_set("services").stamp("amd64")
    assert not any("llvm" in name or "perl" in name for name in services.packages)
    assert len(set(services.packages)) == len(services.packages)


def test_addresses_are_shown_without_passwords() -> None:
    """A password in an address never reaches a message."""
    assert without_password("postgresql://li:geheim@db.example:5432/fw") == "postgresql://li@db.example:5432/fw"
    assert without_password("mqtt://[::1]:1883").startswith("mqtt://")
    several = "postgresql://li:geheim@db1:5432,db2:5433/fw?target_session_attrs=read-write"
    assert without_password(several) == "postgresql://li@db1:5432,db2:5433/fw"


def test_empty_addresses_mean_embedded_services() -> None:
    """A variable that is set to nothing counts as not set."""
    assert external_from({"FIREWARDEN_DATABASE_URL": ""}) == External()
    assert external_from({"FIREWARDEN_MQTT_URL": "mqtt://x"}).mqtt_url == "mqtt://x"


def test_exported_credentials_are_read() -> None:
    """Lines that are not credentials are passed over."""
    assert parse_credentials("gw-1:$7$101$a$b\n\nnote: none\ngw-2:$7$101$c$d\n") == [
        ("gw-1", "$7$101$a$b"),
        ("gw-2", "$7$101$c$d"),
    ]


@pytest.mark.parametrize(
    ("seconds", "text"), [(0, "0 s"), (59.9, "59 s"), (61, "1 min 01 s"), (3600, "1 h 00 min"), (-5, "0 s")]
)
def test_durations_are_readable(seconds: float, text: str) -> None:
    """Uptime is shown in the two largest units."""
    assert duration(seconds) == text


def test_checks_begin_with_the_cheapest() -> None:
    """A typing mistake is reported by the linter before slower steps run."""
    names = [name for name, _ in check_steps(Path("/venv/bin"))]
    assert names[0] == "lint"
    assert names[-1] == "unit tests"

"""The state folder, its lock and its ports."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest

from firewarden.deploy.errors import DeployError
from firewarden.deploy.ports import any_free, is_free, next_free, remembered_port
from firewarden.deploy.state import (
    ProcessRecord,
    State,
    SupervisorRecord,
    exclusive,
    locate_state,
    open_state,
    read_supervisor,
    running_lock,
    secret,
    write_supervisor,
)

HOME = Path("/home/li")


def test_the_state_folder_follows_the_conventions() -> None:
    """The environment wins, root's is under /var/lib, others' follows XDG."""
    assert locate_state({}, uid=0, home=HOME) == Path("/var/lib/firewarden")
    assert locate_state({}, uid=1000, home=HOME) == HOME / ".local/state/firewarden"
    assert locate_state({"XDG_STATE_HOME": "/s"}, uid=1000, home=HOME) == Path("/s/firewarden")
    assert locate_state({"FIREWARDEN_STATE": "/x"}, uid=0, home=HOME) == Path("/x")
    assert locate_state({"FIREWARDEN_STATE": ""}, uid=0, home=HOME) == Path("/var/lib/firewarden")


def test_secrets_are_private_and_stay(tmp_path: Path) -> None:
    """A secret is made once, kept, and closed to everybody else."""
    state = open_state(tmp_path / "s")
    made = secret(state, "postgres")
    assert len(made) >= 40
    assert secret(open_state(state.root), "postgres") == made
    assert stat.S_IMODE(state.secrets.stat().st_mode) == 0o700
    assert stat.S_IMODE((state.secrets / "postgres").stat().st_mode) == 0o600


def test_another_format_is_refused(tmp_path: Path) -> None:
    """A folder that another version wrote is left alone, and the message names a way out."""
    state = open_state(tmp_path / "s")
    (state.root / "version").write_text("99\n", encoding="ascii")
    with pytest.raises(DeployError, match="format '99'") as caught:
        open_state(state.root)
    assert "FIREWARDEN_STATE" in caught.value.hint


def test_an_impossible_folder_is_explained(tmp_path: Path) -> None:
    """Where no folder can be made, the user learns how to choose another."""
    (tmp_path / "file").touch()
    with pytest.raises(DeployError, match="cannot be created"):
        open_state(tmp_path / "file" / "state")


def test_two_supervisors_exclude_each_other(tmp_path: Path) -> None:
    """The second start on a folder is refused while the first holds it, and only so long."""
    state = open_state(tmp_path / "s")
    with running_lock(state), pytest.raises(DeployError, match="already runs"), running_lock(state):
        raise AssertionError("both hold the lock")
    with running_lock(state):
        pass


def test_the_lock_tells_whether_it_is_ours(tmp_path: Path) -> None:
    """Who does not wait learns that somebody else holds the lock."""
    with exclusive(tmp_path / "l", wait=True) as first, exclusive(tmp_path / "l", wait=False) as second:
        assert (first, second) == (True, False)


def test_the_supervisors_account_survives_writing(tmp_path: Path) -> None:
    """What was written about the processes is read back equal; garbage reads as nothing."""
    state = open_state(tmp_path / "s")
    assert read_supervisor(state) is None
    process = ProcessRecord(name="api", pid=7, created_s=1.5, state="running", restarts=2, stop_signal=15)
    record = SupervisorRecord(
        pid=6, created_s=1.0, started_at="2026-11-23T08:00:00Z", processes=(process,), addresses={"console": "http://x"}
    )
    write_supervisor(state, record)
    assert read_supervisor(state) == record
    state.supervisor_file.write_text('{"pid": 1}', encoding="ascii")
    assert read_supervisor(state) is None


def test_the_next_free_port_is_taken() -> None:
    """A port in use is passed over; where all neighbours are in use, the message says so."""
    assert next_free(8080, lambda _: True) == 8080
    assert next_free(8080, lambda port: port >= 8083) == 8083
    with pytest.raises(DeployError, match="8080 to 8129"):
        next_free(8080, lambda _: False)


def test_a_port_is_remembered(tmp_path: Path) -> None:
    """A later start listens where the first did, although the preferred port is free again."""
    state = State(open_state(tmp_path / "s").root)
    port = any_free()
    assert is_free(port)
    assert remembered_port(state, "api", port) == port
    assert remembered_port(state, "api", any_free()) == port
    state.ports_file.write_text("not json", encoding="ascii")
    other = any_free()
    assert remembered_port(state, "api", other) == other


def test_a_promised_port_is_nobody_elses(tmp_path: Path) -> None:
    """Two services that start later do not get the same port, although nobody listens on it yet."""
    state = open_state(tmp_path / "s")
    first = remembered_port(state, "one", any_free())
    second = remembered_port(state, "two", first, promised=[first])
    assert second != first
    assert remembered_port(state, "two", first, promised=[first]) == second

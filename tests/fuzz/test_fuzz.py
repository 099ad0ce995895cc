"""Does anything but a module's own errors come out, whatever goes in?"""

import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path

import mqtt5
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz import targets
from tests.fuzz.engine import seeds

ROOT = Path(__file__).parents[2]
SECONDS = 5
NAMES = ("payload", "session", "frames", "units")
INPUTS = [pytest.param(name, path, id=f"{name}-{path.name}") for name in NAMES for path in seeds(name)]
AT = "2026-11-24T16:00:00+08:00"

pytestmark = pytest.mark.filterwarnings(
    "ignore::pytest.PytestUnraisableExceptionWarning"  # what the codec says while it panics
)


@pytest.mark.parametrize(("name", "path"), INPUTS)
def test_committed_inputs(name: str, path: Path) -> None:
    """What was once worth keeping raises nothing."""
    getattr(targets, name)(path.read_bytes())


@pytest.mark.parametrize("name", NAMES)
def test_a_few_seconds_of_libfuzzer(name: str, tmp_path: Path) -> None:
    """A short run with coverage as its guide finds no crash, no hang and no growth of memory."""
    if importlib.util.find_spec("atheris") is None:
        pytest.skip("atheris is made for Linux on x86-64 and Python before 3.14; install it to fuzz here")
    command = [
        sys.executable,
        "-m",
        f"tests.fuzz.{name}",
        f"-max_total_time={SECONDS}",
        f"-artifact_prefix={tmp_path}/",
    ]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}{os.pathsep}{ROOT}", "RUST_BACKTRACE": "0"}
    done = subprocess.run(
        [*command, str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-4_000:]
    assert "Done " in done.stderr


odd_values = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.sampled_from(
        ["fire", "reading", "pressure", "kPa", AT, "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-12:00"]
    ),
    st.lists(st.sampled_from(["fire", "fault", "smoke"]), max_size=40),
)
fields = st.sampled_from(
    ["kind", "point", "at", "set", "clear", "quantity", "value", "unit", "action", "command", "online"]
)
kinds = st.sampled_from(["state", "reading", "action", "reply", "heartbeat"])


def a_fact(kind: str, rest: dict[str, object]) -> dict[str, object]:
    """Something like a fact."""
    return {"at": AT, "kind": kind, **rest}


facts = st.builds(a_fact, kinds, st.dictionaries(fields, odd_values, max_size=6))
# The machine may be busy; nothing here is about how fast inputs are made.
patient = settings(suppress_health_check=[HealthCheck.too_slow])


@patient
@given(
    st.integers(0, len(targets.TOPICS) - 1),
    st.lists(facts, max_size=6),
    st.dictionaries(st.sampled_from(["boot", "seq", "sent_at"]), odd_values, max_size=2),
    st.integers(0, 600),
)
def test_messages_with_odd_parts(topic: int, some: list[object], changes: dict[str, object], cut: int) -> None:
    """Messages of the contract with anything in place of anything, whole or torn off, are read or refused."""
    message = json.dumps({"boot": "b", "seq": 3, "sent_at": AT, "facts": some, **changes}).encode()
    targets.payload(bytes([topic]) + message)
    targets.payload(bytes([topic]) + message[:cut])


def a_publication(topic: str, body: bytes, packet_id: int) -> bytes:
    """A message as a broker sends it."""
    return mqtt5.PublishPacket(topic, body, qos=mqtt5.QoS.AT_LEAST_ONCE, packet_id=packet_id).write()


topics = st.text(min_size=1, max_size=20, alphabet=st.characters(codec="utf-8", exclude_characters="\0+#"))
publications = st.builds(a_publication, topics, st.binary(max_size=200), st.integers(1, 65_535))
others = st.sampled_from(
    [
        mqtt5.PingRespPacket().write(),
        mqtt5.ConnAckPacket().write(),
        mqtt5.SubAckPacket(1, [targets.GRANTED]).write(),
        mqtt5.DisconnectPacket().write(),
        mqtt5.PubRelPacket(1).write(),
        mqtt5.AuthPacket().write(),
    ]
)


@patient
@given(
    st.integers(0, 255),
    st.lists(publications | others, max_size=12),
    st.lists(st.tuples(st.integers(0), st.integers(0, 255))),
)
def test_broker_bytes_with_errors(first: int, packets: list[bytes], errors: list[tuple[int, int]]) -> None:
    """Packets of a broker in any order, in pieces and with any bytes changed, end in messages or in MqttError."""
    stream = bytearray(b"".join(packets))
    for place, value in errors:
        if stream:
            stream[place % len(stream)] = value
    targets.session(bytes([first]) + bytes(stream))

"""Is the id by which a message is followed the same for everybody, and another for every message?"""

import hashlib
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from firewarden.figures.tracing import root_span_id
from firewarden.ingest.facts import LEDGER_LANES
from firewarden.ingest.trace_id import MessageId

PAGE = Path(__file__).parents[3] / "docs" / "observability.md"
names = st.text(st.characters(codec="utf-8", exclude_characters="\0/\n"), min_size=1, max_size=12)
boots = st.text(st.characters(codec="utf-8", exclude_characters="\0"), min_size=1, max_size=12)
messages = st.builds(
    MessageId,
    gateway=names,
    boot=boots,
    lane=st.sampled_from([lane.value for lane in LEDGER_LANES]),
    seq=st.integers(1, 2**63 - 1),
)


def test_the_documented_example_comes_out() -> None:
    """docs/observability.md names this id for this message; an integrator who computes it finds it in our logs."""
    message = MessageId(gateway="GW-1", boot="7f3a", lane="alarm", seq=17)
    assert message.trace_id == hashlib.sha256(b"fire/v1/GW-1/alarm/17/7f3a").hexdigest()[:32]
    assert f"`{message.trace_id}`" in PAGE.read_text(encoding="utf-8")


@given(messages)
def test_ids_are_what_w3c_asks_for(message: MessageId) -> None:
    """32 and 16 lower-case hexadecimal digits, never all zero."""
    for text, digits in ((message.trace_id, 32), (root_span_id(message.trace_id), 16)):
        assert len(text) == digits
        assert set(text) <= set("0123456789abcdef")
        assert text.strip("0")


@given(messages, messages)
def test_two_messages_have_two_ids(one: MessageId, other: MessageId) -> None:
    """Whatever a boot holds, slashes and numbers too, no two messages share an id."""
    assert (one.trace_id == other.trace_id) == (one == other)


def test_a_boot_cannot_pass_for_another_message() -> None:
    """The parts of the text cannot be moved from one to another."""
    one = MessageId(gateway="G", boot="1/2", lane="alarm", seq=3)
    other = MessageId(gateway="G", boot="2", lane="alarm", seq=31)
    assert one.trace_id != other.trace_id

"""What a gateway keeps, sends and forgets; and what its journal remembers for it."""

import copy
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from firewarden.gateway_sim import journal
from firewarden.gateway_sim.behaviour import ActiveState
from firewarden.gateway_sim.journal import Message, Record, TruthError, decode_lines, encode, remember
from firewarden.gateway_sim.outbox import ASKED_MAX, RESEND_AFTER_S, Entry, Outbox
from firewarden.gateway_sim.truth import Truth, read_memory
from firewarden.ingest.facts import Lane, State, StateChange
from firewarden.ingest.wire.json_v1 import Stored

NOW = datetime(2026, 11, 23, tzinfo=UTC)
POINT = "1.1/40.01000000"


def kept(outbox: Outbox, lane: Lane, state: State = State.FAULT) -> Message:
    """One more message."""
    fact = StateChange(point=POINT, at=NOW, set=(state,))
    message = outbox.compose(lane, (fact,), created_at=NOW, published_at=None)
    outbox.keep(message)
    return message


def sent(outbox: Outbox, now_s: float = 0.0) -> list[Message]:
    """Send everything that waits."""
    found: list[Message] = []
    while (entry := outbox.next()) is not None:
        entry.sent_s = now_s
        found.append(entry.message)
    return found


def test_an_alarm_overtakes_and_each_lane_keeps_its_order() -> None:
    """Whatever waits, alarms go first; numbers begin at 1 and rise by 1 within a lane."""
    outbox = Outbox("G", "b")
    for lane in (Lane.READING, Lane.STATE, Lane.READING, Lane.ALARM):
        kept(outbox, lane)
    order = [(message.lane, message.seq) for message in sent(outbox)]
    assert order == [(Lane.ALARM, 1), (Lane.STATE, 1), (Lane.READING, 1), (Lane.READING, 2)]


def test_a_message_stays_until_the_watermark_reaches_it() -> None:
    """Sending forgets nothing; a watermark forgets its lane and boot up to its number, and nothing else."""
    outbox = Outbox("G", "b")
    for lane in (Lane.STATE, Lane.STATE, Lane.STATE, Lane.ALARM):
        kept(outbox, lane)
    sent(outbox)
    assert len(outbox) == 4
    assert outbox.confirm(Stored(boot="another", state=3)) == 0
    assert outbox.confirm(Stored(boot="b", state=2)) == 2
    assert [(message.lane, message.seq) for message in outbox.unconfirmed()] == [(Lane.STATE, 3), (Lane.ALARM, 1)]


def test_after_a_reconnect_the_unconfirmed_goes_before_the_new() -> None:
    """Everything unconfirmed is sent again in order, then what is new; what was confirmed meanwhile is not."""
    outbox = Outbox("G", "b")
    for _ in range(3):
        kept(outbox, Lane.STATE)
    sent(outbox)
    outbox.requeue_all()
    kept(outbox, Lane.STATE)
    outbox.confirm(Stored(boot="b", state=1))
    assert [message.seq for message in sent(outbox)] == [2, 3, 4]


def test_what_was_not_confirmed_for_long_goes_again() -> None:
    """After RESEND_AFTER_S an unconfirmed message is sent again, once for each such time."""
    outbox = Outbox("G", "b")
    kept(outbox, Lane.STATE)
    sent(outbox, now_s=100.0)
    assert outbox.requeue_overdue(100.0 + RESEND_AFTER_S - 0.1) == 0
    assert outbox.requeue_overdue(100.0 + RESEND_AFTER_S) == 1
    assert outbox.requeue_overdue(100.0 + RESEND_AFTER_S) == 0
    assert [message.seq for message in sent(outbox)] == [1]


def test_a_restart_with_flash_memory_keeps_the_old_boot() -> None:
    """The old boot's messages keep their boot and number and go first; the new boot begins at 1."""
    outbox = Outbox("G", "old")
    kept(outbox, Lane.STATE)
    sent(outbox)
    assert outbox.restart("new", flash=True) == []
    kept(outbox, Lane.STATE)
    outbox.requeue_all()
    assert [(message.boot, message.seq) for message in sent(outbox)] == [("old", 1), ("new", 1)]


def test_a_restart_without_flash_memory_forgets() -> None:
    """Everything unconfirmed is handed back as gone and never sent again."""
    outbox = Outbox("G", "old")
    gone = kept(outbox, Lane.STATE)
    assert outbox.restart("new", flash=False) == [gone]
    assert sent(outbox) == []
    assert len(outbox) == 0


def test_a_full_memory_gives_up_its_oldest_unsent_reading() -> None:
    """Of too many messages a reading goes, never an alarm, and it is named."""
    outbox = Outbox("G", "b", capacity=3)
    for lane in (Lane.ALARM, Lane.READING, Lane.READING):
        kept(outbox, lane)
    message = outbox.compose(Lane.ALARM, (), created_at=NOW, published_at=None)
    dropped = outbox.keep(message)
    assert dropped is not None
    assert (dropped.lane, dropped.seq) == (Lane.READING, 1)
    assert len(outbox) == 3


def test_a_full_memory_stays_bounded_whatever_it_holds() -> None:
    """Readings go first, sent ones too when there are no others; alarms go when there is nothing else."""
    outbox = Outbox("G", "b", capacity=2)
    kept(outbox, Lane.READING)
    sent(outbox)
    lanes = (Lane.STATE, Lane.ALARM, Lane.ALARM, Lane.ALARM)
    dropped = [outbox.keep(outbox.compose(lane, (), created_at=NOW, published_at=None)) for lane in lanes]
    gone = [None if message is None else (message.lane, message.seq) for message in dropped]
    assert gone == [None, (Lane.READING, 1), (Lane.STATE, 1), (Lane.ALARM, 1)]
    assert len(outbox) == 2


def test_a_command_sends_again_what_is_not_confirmed_and_no_more() -> None:
    """What is confirmed stays away, what waits is not doubled, alarms overtake, each lane keeps its order."""
    outbox = Outbox("G", "b")
    for lane in (Lane.READING, Lane.READING, Lane.READING, Lane.ALARM):
        kept(outbox, lane)
    sent(outbox)
    outbox.confirm(Stored(boot="b", reading=1))
    kept(outbox, Lane.READING)
    assert outbox.requeue_asked() == 3
    assert outbox.requeue_asked() == 0
    kept(outbox, Lane.ALARM)
    order = [(message.lane, message.seq) for message in sent(outbox)]
    assert order == [(Lane.ALARM, 1), (Lane.ALARM, 2), (Lane.READING, 2), (Lane.READING, 3), (Lane.READING, 4)]


def test_a_command_is_bounded() -> None:
    """A gateway that holds a day sends a part of it for each command, the oldest first."""
    outbox = Outbox("G", "b")
    for _ in range(ASKED_MAX + 5):
        kept(outbox, Lane.READING)
    sent(outbox)
    assert outbox.requeue_asked() == ASKED_MAX
    assert [message.seq for message in sent(outbox)] == list(range(1, ASKED_MAX + 1))


def test_a_live_alarm_overtakes_a_backlog_that_is_being_sent() -> None:
    """While a day of readings drains, a new alarm is the next message to go."""
    outbox = Outbox("G", "b")
    for _ in range(100):
        kept(outbox, Lane.READING)
    outbox.requeue_all()
    assert outbox.next() is not None
    alarm = kept(outbox, Lane.ALARM)
    following = outbox.next()
    assert following is not None
    assert following.message is alarm


class OutboxMachine(RuleBasedStateMachine):
    """A gateway whose line and receiver do anything in any order."""

    def __init__(self) -> None:
        super().__init__()
        self.outbox = Outbox("G", "0")
        self.records: list[Record] = []
        self.boots = 0
        self.confirmed: set[tuple[str, Lane, int]] = set()

    @rule(lane=st.sampled_from([Lane.ALARM, Lane.STATE, Lane.READING, Lane.REPLY]))
    def report(self, lane: Lane) -> None:
        """One more message."""
        self.records.append(kept(self.outbox, lane))

    @rule()
    def send(self) -> None:
        """Publish what waits."""
        sent(self.outbox)

    @rule(now_s=st.floats(0, 1e6))
    def overdue(self, now_s: float) -> None:
        """Time passes."""
        self.outbox.requeue_overdue(now_s)

    @rule()
    def asked(self) -> None:
        """The platform asks to send again."""
        self.outbox.requeue_asked()

    @rule()
    def reconnect(self) -> None:
        """The line came back."""
        self.outbox.requeue_all()

    @rule(lane=st.sampled_from([Lane.ALARM, Lane.STATE, Lane.READING]), through=st.integers(0, 20))
    def confirm(self, lane: Lane, through: int) -> None:
        """A watermark, possibly an old one."""
        stored = Stored(boot=self.outbox.boot, **{lane.value: through})
        self.confirmed |= {
            (message.boot, message.lane, message.seq)
            for message in self.outbox.unconfirmed()
            if (message.boot, message.lane) == (stored.boot, lane) and message.seq <= through
        }
        self.outbox.confirm(stored)
        self.records.append(journal.Confirmed(gateway="G", boot=stored.boot, at=NOW, **{lane.value: through}))

    @rule(flash=st.booleans())
    def restart(self, flash: bool) -> None:  # noqa: FBT001 - drawn by hypothesis
        """Another boot."""
        self.boots += 1
        for message in self.outbox.restart(str(self.boots), flash=flash):
            self.records.append(message.gone(NOW, "restart"))

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """What the journal still expects is exactly what the gateway still keeps."""
        memory = remember(self.records)
        assert memory.messages_of("G") == self.outbox.unconfirmed()

    @invariant()
    def what_waits_is_in_order(self) -> None:
        """Each lane would be sent in the order of its numbers, the oldest boot first."""
        streams: dict[Lane, list[tuple[int, int]]] = {}
        for message in sent(copy.deepcopy(self.outbox)):
            streams.setdefault(message.lane, []).append((int(message.boot), message.seq))
        assert all(numbers == sorted(set(numbers)) for numbers in streams.values())

    @invariant()
    def a_reconnect_would_send_it_all(self) -> None:
        """Nothing confirmed is kept, and everything kept would be sent again in order within each lane."""
        keys = [(message.boot, message.lane, message.seq) for message in self.outbox.unconfirmed()]
        assert not self.confirmed & set(keys)
        streams: dict[tuple[str, Lane], list[int]] = {}
        for boot, lane, seq in keys:
            streams.setdefault((boot, lane), []).append(seq)
        assert all(numbers == sorted(numbers) for numbers in streams.values())


TestOutboxMachine = OutboxMachine.TestCase


def records() -> list[Record]:
    """A journal with one of each kind."""
    message = kept(Outbox("G", "b"), Lane.STATE)
    return [
        journal.Run(format=1, at=NOW, seed=1, venues=1, speed=20.0, pace=1.0, ends_at=NOW + timedelta(60)),
        message,
        message.published(NOW),
        journal.Link(gateway="G", at=NOW, up=True),
        journal.Boot(gateway="G", boot="b2", at=NOW, flash=True),
        journal.Active(gateway="G", point="p", state=State.FAULT),
    ]


def test_a_journal_reads_back_as_it_was_written(tmp_path: Path) -> None:
    """Every kind of line survives the file."""
    path = tmp_path / "truth.jsonl"
    with Truth(path) as truth:
        for record in records():
            truth.write(record)
    with path.open("rb") as lines:
        assert list(decode_lines(lines)) == records()


def test_a_torn_last_line_is_cut_off(tmp_path: Path) -> None:
    """What a SIGKILL left half-written is ignored, and what is appended stands on a line of its own."""
    path = tmp_path / "truth.jsonl"
    whole = b"".join(encode(record) for record in records())
    path.write_bytes(whole + b'{"t":"message","gate')
    assert len(read_memory(path).messages_of("G")) == 1
    with Truth(path) as truth:
        truth.write(journal.End(at=NOW, unconfirmed=0))
    assert path.read_bytes() == whole + encode(journal.End(at=NOW, unconfirmed=0))


@given(junk=st.binary().filter(lambda b: b"\n" not in b))
def test_an_unreadable_line_is_an_error_that_names_it(junk: bytes) -> None:
    """No journal is half understood: a whole line that makes no sense stops the start."""
    with pytest.raises(TruthError, match="line 7"):
        list(decode_lines([*map(encode, records()), junk + b"\n", encode(records()[0])]))


def test_the_memory_is_what_was_not_confirmed() -> None:
    """A restarted simulator knows each gateway's unconfirmed messages and the states its points are in."""
    memory = remember(records())
    assert [message.seq for message in memory.messages_of("G")] == [1]
    assert memory.messages_of("G")[0].published_at == NOW
    assert memory.active_of("G") == (
        ActiveState(point=POINT, state=State.FAULT),
        ActiveState(point="p", state=State.FAULT),
    )
    assert memory.runs == 1
    confirmed = journal.Confirmed(gateway="G", boot="b", at=NOW, state=1)
    assert remember([*records(), confirmed]).messages_of("G") == []


def test_a_large_journal_begins_anew_with_what_is_still_true(tmp_path: Path) -> None:
    """The file stays bounded: the old one is kept once, and the new one remembers the same."""
    path = tmp_path / "truth.jsonl"
    outbox = Outbox("G", "b")
    with Truth(path, max_bytes=4_000) as truth:

        def still_true() -> Iterable[Record]:
            return [records()[0], *outbox.unconfirmed()]

        truth.still_true = still_true
        for seq in range(1, 200):
            truth.write(kept(outbox, Lane.STATE))
            if seq % 5 == 0:
                outbox.confirm(Stored(boot="b", state=seq - 2))
                truth.write(journal.Confirmed(gateway="G", boot="b", at=NOW, state=seq - 2))
    assert path.stat().st_size < 8_000
    assert path.with_name("truth.jsonl.1").stat().st_size < 8_000
    assert read_memory(path).messages_of("G") == outbox.unconfirmed()


def test_lines_are_plain_json_with_their_kind() -> None:
    """Another program can read the journal: one JSON object a line, its kind in `t`."""
    kinds = [msgspec.json.decode(encode(record))["t"] for record in records()]
    assert kinds == ["run", "message", "published", "link", "boot", "active"]


def test_an_entry_is_sent_at_most_once_while_it_waits() -> None:
    """Becoming overdue while already queued queues nothing twice."""
    outbox = Outbox("G", "b")
    kept(outbox, Lane.STATE)
    outbox.requeue_overdue(1e9)
    assert len(sent(outbox)) == 1
    assert isinstance(outbox.next(), Entry | None)

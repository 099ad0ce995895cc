"""Mistakes that somebody could make, planted to see that the checker finds them."""

from enum import StrEnum

import mqtt5

from firewarden.ingest.batch import Received
from firewarden.ingest.ledger import SeqSet, Stream
from firewarden.ingest.mqtt_session import Message, MqttSession
from firewarden.ingest.writer import Written
from tests.simulation.store import MemoryStore, MemoryWriter, MessageKey


class Bug(StrEnum):
    """What is wrong in a run that must fail."""

    ACKNOWLEDGES_BEFORE_COMMIT = "acknowledges a batch when it is taken"
    ACKNOWLEDGES_OUT_OF_ORDER = "acknowledges each message when it is settled"
    LEDGER_FORGETS = "the ledger forgets a stream now and then"
    MARK_IS_HIGHEST = "the stored mark is the highest number"
    POISON_TAKES_THE_BATCH = "a refused message takes its whole batch along"
    READS_WITHOUT_ROOM = "reads on when nothing more may wait"
    GIVES_UP_RETRYING = "counts a batch as stored after three failures"


class HastySession(MqttSession):
    """Lets acknowledgements overtake each other."""

    def settle(self, messages: "list[Message]") -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        """Acknowledge each of these, the last first."""
        for message in reversed(list(messages)):
            if message in self._unsettled:
                self._unsettled.remove(message)
                assert message.packet_id is not None
                self._out.append(mqtt5.PubAckPacket(message.packet_id).write())


class ForgetfulStore(MemoryStore):
    """Loses what it knew of a stream at every seventh message."""

    def commit_number(self, key: MessageKey) -> bool:
        """Whether the message is new, as far as it remembers."""
        if sum(self.effects.values()) % 7 == 6:
            self.ledger[Stream(key.gateway, key.boot, key.lane)] = SeqSet()
        return MemoryStore.commit_number(self, key)


class BoastingStore(MemoryStore):
    """Says that everything is stored up to the highest number."""

    def through(self, stream: Stream) -> int:
        """The highest number, whatever is missing below."""
        return self.ledger[stream].spans[-1].last


class GreedyWriter(MemoryWriter):
    """Does not look for the message that was refused."""

    async def write(self, batch: list[Received]) -> list[Written]:
        """One transaction or none."""
        return [await self._write(batch)]

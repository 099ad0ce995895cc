"""Which connections does a worker have, and what does each take from the broker?"""

from dataclasses import dataclass
from typing import LiteralString

from firewarden.ingest.batch import BatchLimits
from firewarden.ingest.facts import Lane
from firewarden.ingest.mqtt import Broker
from firewarden.ingest.mqtt_session import SessionConfig
from firewarden.ingest.register_cache import SQL
from firewarden.ingest.wire import json_v1


@dataclass(frozen=True, slots=True, kw_only=True)
class PipelineConfig:
    """What distinguishes the alarm connection from the bulk one."""

    name: str
    lanes: tuple[Lane, ...]
    receive_max: int
    limits: BatchLimits
    notify: LiteralString
    forgets: bool  # whether it also deletes what nobody reads any more
    shareable: tuple[Lane, ...] = ()  # the lanes that workers may share
    watches: bool = True  # whether it hears all that is said: else its beats would prove nothing

    def client_id(self, worker: str) -> str:
        """How this connection of a worker calls itself at the broker, in every life: its session is kept by it."""
        return f"firewarden-ingest-{worker}-{self.name}"


ALARM = PipelineConfig(
    name="alarm",
    lanes=(Lane.ALARM,),
    receive_max=1_000,
    # An alarm never waits for company.
    limits=BatchLimits(facts_max=1_000, linger_s=0.0, waiting_max=2_000, waiting_bytes_max=4 * 1024 * 1024),
    notify=SQL["notify_alarm"],
    forgets=False,
)
BULK = PipelineConfig(
    name="bulk",
    lanes=(Lane.STATE, Lane.READING, Lane.REPLY, Lane.STATUS),
    # One batch is received and read while another is stored: there has to be room for both.
    receive_max=12_000,
    limits=BatchLimits(facts_max=10_000, linger_s=0.05, waiting_max=12_000),
    notify=SQL["notify_bulk"],
    forgets=True,
    # Not the status: a worker that is away would keep its share of the heartbeats, and gateways would seem silent.
    shareable=(Lane.STATE, Lane.READING, Lane.REPLY),
)

SHARE = "firewarden"


def session_config(config: PipelineConfig, broker: Broker, worker: str, *, shared: bool) -> SessionConfig:
    """What to subscribe to, and what an earlier life with the other setting may have subscribed to."""
    alone = tuple(json_v1.topic("+", lane.value) for lane in config.lanes if lane not in config.shareable)
    taken_by_all = tuple(json_v1.topic("+", lane.value) for lane in config.shareable)
    taken_in_turns = tuple(f"$share/{SHARE}/{topic}" for topic in taken_by_all)
    return SessionConfig(
        client_id=config.client_id(worker),
        username=broker.username,
        password=broker.password,
        filters=alone + (taken_in_turns if shared else taken_by_all),
        left=taken_by_all if shared else taken_in_turns,
        receive_max=config.receive_max,
    )


def leaving_config(config: PipelineConfig, broker: Broker, worker: str) -> SessionConfig:
    """The session of a worker that will not return: nothing new is added to it, and what it holds is handed on."""
    staying = session_config(config, broker, worker, shared=True)
    return SessionConfig(
        client_id=staying.client_id,
        username=staying.username,
        password=staying.password,
        filters=(),
        left=staying.filters + staying.left,
        receive_max=staying.receive_max,
    )

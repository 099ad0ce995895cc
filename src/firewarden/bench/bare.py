"""The limit of a subscriber in Python: `python -m firewarden.bench.bare` reads packets, acknowledges, and does no more.

The broker's address comes in FIREWARDEN_MQTT_URL. It says `ready`, and then how many messages it has had, every so
often, one number a line.
"""

import asyncio
import os
import sys
from dataclasses import dataclass

import mqtt5

from firewarden.ingest.connections import BULK
from firewarden.ingest.facts import Lane
from firewarden.ingest.mqtt import READ_BYTES, parse_url
from firewarden.ingest.wire import json_v1

CLIENT_ID = "firewarden-bench-bare"
SAY_EVERY_S = 0.02


async def run(url: str) -> None:
    """Acknowledge whatever comes until the broker closes the connection."""
    broker = parse_url(url)
    reader, writer = await asyncio.open_connection(broker.host, broker.port)
    hello = mqtt5.ConnectPacket(
        CLIENT_ID,
        username=broker.username,
        password=broker.password,
        clean_start=True,
        keep_alive=3_600,
        receive_max=BULK.receive_max,
    )
    readings = mqtt5.TopicFilter(json_v1.topic("+", Lane.READING.value), max_qos=mqtt5.QoS.AT_LEAST_ONCE)
    writer.write(hello.write() + mqtt5.SubscribePacket(1, [readings]).write())
    had = _Had()
    saying = asyncio.create_task(_say_often(had))
    buffer = bytearray()
    while data := await reader.read(READ_BYTES):
        buffer += data
        answers = _answers(buffer)
        writer.write(b"".join(answers))
        had.messages += len(answers)
    saying.cancel()


@dataclass(slots=True)
class _Had:
    messages: int = 0


async def _say_often(had: _Had) -> None:
    said = 0
    while True:
        await asyncio.sleep(SAY_EVERY_S)
        if had.messages != said:
            said = had.messages
            _say(str(said))


def _answers(buffer: bytearray) -> list[bytes]:
    """Take every whole packet from the buffer; returns the acknowledgements."""
    answers: list[bytes] = []
    done = 0
    with memoryview(buffer) as view:
        while done < len(view):
            try:
                packet, size = mqtt5.read(view[done:])
            except IndexError:
                break
            done += size
            if isinstance(packet, mqtt5.PublishPacket):
                assert packet.packet_id is not None
                answers.append(mqtt5.PubAckPacket(packet.packet_id).write())
            elif isinstance(packet, mqtt5.SubAckPacket):
                _say("ready")
    del buffer[:done]
    return answers


def _say(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    asyncio.run(run(os.environ["FIREWARDEN_MQTT_URL"]))

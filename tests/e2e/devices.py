"""Devices of GB/T 26875.3 in the small town: their frames, and the facts that these became, put in by SQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import psycopg

from firewarden.desk.worker import FOLLOWERS, follow_once
from firewarden.ingest.facts import OperatorAction, StateChange
from firewarden.ingest.wire.gb26875.facts import tell
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader, encode
from firewarden.ingest.wire.gb26875.objects import Analog, ComponentState, DeviceOperation, Object
from firewarden.ingest.wire.gb26875.profiles import STANDARD
from firewarden.ingest.wire.gb26875.units import SEND, decode_unit, encode_unit
from firewarden.store.database import Role, connect
from tests.e2e.town import Place

PEER = "10.20.0.7"
SOURCE = 0x0102030405
NAME = "三层东走道烟感"
SMOKE = bytes.fromhex("0a000100")


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A frame as it is stored: what finds it."""

    lane: str
    seq: int
    at: datetime


def make_device(url: str, place: Place) -> None:
    """The place's gateway is a device that has been connected for an hour."""
    with psycopg.connect(url) as connection:
        connection.execute(
            "INSERT INTO gb_device (gateway_id, source_address, peer) VALUES (%s, %s, '10.20.0.0/16')",
            [place.gateway, SOURCE],
        )
        connection.execute(
            "INSERT INTO device_link (gateway_id, worker, transport, peer, port, since_at)"
            " VALUES (%s, '1', 'tcp', %s, 50123, now() - interval '1 hour')",
            [place.gateway, PEER],
        )


def component(word: int, at: datetime, *, text: str = NAME) -> ComponentState:
    """A smoke detector's state."""
    return ComponentState(
        system_type=1,
        system_address=1,
        component_type=40,
        component_address=SMOKE,
        word=word,
        text=text,
        at=at,
    )


def unit_of(type_: int, *objects: Object) -> bytes:
    """An application unit as the standard has it."""
    return encode_unit(type_, objects, STANDARD)


def pressure(at: datetime) -> Analog:
    """A value of the end of the line: 0.2 MPa in steps of 0.1 kPa."""
    return Analog(
        system_type=11,
        system_address=1,
        component_type=99,
        component_address=bytes.fromhex("01000000"),
        analog_type=5,
        raw=2_000,
        at=at,
    )


def duty_answer(at: datetime) -> DeviceOperation:
    """Somebody at the control room has answered."""
    return DeviceOperation(flags=0b100000, operator=3, at=at)


async def send(url: str, place: Place, units: Sequence[bytes], *, first: int = 1) -> list[Sent]:
    """Store a frame for each unit and what it says, a second apart, the last just now; and let the desk read it."""
    now = datetime.now(tz=UTC)
    sent: list[Sent] = []
    with psycopg.connect(url) as connection:
        for number, unit in enumerate(units):
            at = now - timedelta(seconds=len(units) - 1 - number)
            sent.append(_store(connection, place, _frame(first + number, unit, at), first + number, at))
    async with await connect(url, Role.DESK, name="test desk") as desk:
        for follower in FOLLOWERS:
            await follow_once(desk, follower, datetime.now(tz=UTC))
    return sent


def _frame(serial: int, unit: bytes, at: datetime) -> Frame:
    raw = encode(serial=serial, source=SOURCE, destination=1, command=SEND, unit=unit, time=at)
    (frame,) = FrameReader().feed(raw)
    assert isinstance(frame, Frame)
    return frame


def _store(connection: psycopg.Connection, place: Place, frame: Frame, seq: int, at: datetime) -> Sent:
    unit = decode_unit(frame.command, frame.unit, STANDARD)
    told = tell(frame, unit, STANDARD, at)
    connection.execute(
        "INSERT INTO raw_frame (gateway_id, boot, lane, seq, received_at, transport, peer, serial, command, type,"
        " digest, undecoded, frame) VALUES (%s, 'gb26875', %s, %s, %s, 'tcp', %s, %s, %s, %s, 7, %s, %s)",
        [place.gateway, told.lane, seq, at, PEER, frame.serial, frame.command, unit.type, told.undecoded, frame.raw],
    )
    for fact in told.facts:
        if isinstance(fact, StateChange):
            for state in fact.set:
                connection.execute(
                    "INSERT INTO state_change (gateway_id, venue_id, point_id, state, raised, at, device_at, sent_at,"
                    " received_at, boot, lane, seq) VALUES (%s, %s, %s, %s, true, %s, %s, %s, %s, 'gb26875', %s, %s)",
                    [place.gateway, place.venue_id, place.detectors[0], state, *[at] * 4, told.lane, seq],
                )
        elif isinstance(fact, OperatorAction):
            connection.execute(
                "INSERT INTO operator_action (gateway_id, venue_id, action, operator, at, device_at, sent_at,"
                " received_at, boot, lane, seq) VALUES (%s, %s, %s, %s, %s, %s, %s, %s, 'gb26875', %s, %s)",
                [place.gateway, place.venue_id, fact.action, fact.operator, *[at] * 4, told.lane, seq],
            )
    return Sent(lane=told.lane.value, seq=seq, at=at)

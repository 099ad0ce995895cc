"""Do real frames of many vendors' devices end as the right facts, each read in the dialect of its gateway?"""

import json
from pathlib import Path
from typing import Any

import psycopg
from tests.integration.city import GATEWAY, register_venue
from tests.integration.ingest.gb_device import CONFIRM, component, device, frame, gb_ingest, register_device

from firewarden.deploy.services import BlockingServices
from firewarden.ingest.facts import State
from firewarden.ingest.wire.gb26875.frames import Frame, FrameReader

CAPTURED: dict[str, dict[str, Any]] = {
    entry["id"]: entry
    for entry in json.loads((Path(__file__).parents[2] / "data/gb26875_frames.json").read_text(encoding="utf-8"))
}
SET = """SELECT p.address, s.state::text FROM state_change s JOIN point p ON p.id = s.point_id
WHERE s.raised ORDER BY s.id"""


def captured(name: str) -> bytes:
    """A frame as some device sent it."""
    return bytes.fromhex(CAPTURED[name]["hex"])


def source_of(name: str) -> int:
    """Who sent it."""
    return int(CAPTURED[name]["computed"]["source"])


async def confirms(services: BlockingServices, database: str, name: str, **other: object) -> Frame:
    """Send one captured frame; what it is answered."""
    async with gb_ingest(services, database, **other) as port, device(port) as gateway:
        gateway.send(captured(name))
        return await gateway.answer()


async def test_every_captured_upload_is_confirmed(services: BlockingServices, database: str) -> None:
    """Whatever a sound frame holds, its device hears that it is stored; what was not understood has a reason."""
    register_venue(database)
    uploads = [
        name
        for name, entry in CAPTURED.items()
        if entry["expect"].startswith("accept") and entry.get("computed", {}).get("command") == 2
    ]
    sources = sorted({source_of(name) for name in uploads})
    with psycopg.connect(database) as connection:
        for number, source in enumerate(sources):
            gateway = f"{GATEWAY}-{number}"
            connection.execute(
                "INSERT INTO gateway (id, venue_id) SELECT %s, venue_id FROM gateway WHERE id = %s", [gateway, GATEWAY]
            )
            connection.execute("INSERT INTO gb_device (gateway_id, source_address) VALUES (%s, %s)", [gateway, source])
    async with gb_ingest(services, database) as port, device(port) as gateway:
        for name in uploads:
            gateway.send(captured(name))
            answer = await gateway.answer()
            sent = FrameReader().feed(captured(name))[0]
            assert isinstance(sent, Frame)
            assert (name, answer.command, answer.serial) == (name, CONFIRM, sent.serial)
            assert (answer.source, answer.destination) == (sent.destination, sent.source)
            assert answer.unit == (b"\x17" if sent.unit == b"\x16" else b"")
    with psycopg.connect(database) as connection:
        fires = connection.execute("SELECT count(*) FROM state_change WHERE state = 'fire' AND raised").fetchone()
        assert fires == (3,)  # V1, V18, and V41, which only its own dialect knows to be none
        kept = connection.execute("SELECT type, undecoded FROM raw_frame WHERE undecoded LIKE '%type%' ORDER BY type")
        assert kept.fetchall() == [
            (2, "4 objects of type 2 have 184 bytes, 54 came"),
            (150, "type 150 is private to a vendor"),
        ]


async def test_a_guard_who_left_the_post_is_no_fire(services: BlockingServices, database: str) -> None:
    """In its own dialect the word that is fire elsewhere is a supervisory signal."""
    register_venue(database)
    register_device(database, source=source_of("V41"), profile="stm32-gateway")
    assert (await confirms(services, database, "V41")).command == CONFIRM
    with psycopg.connect(database) as connection:
        assert connection.execute(SET).fetchall() == [("2.1/178.00000000", "supervise")]


async def test_a_confirm_has_the_style_of_the_dialect(services: BlockingServices, database: str) -> None:
    """Sanshan devices want their own header back, with the addresses as they were."""
    register_venue(database)
    register_device(database, source=source_of("V1"), profile="sanshan")
    answer = await confirms(services, database, "V1")
    assert (answer.command, answer.source, answer.destination) == (CONFIRM, 889, 88888)


async def test_a_users_profile_is_used_and_a_broken_one_costs_no_fire(
    services: BlockingServices, database: str, tmp_path: Path
) -> None:
    """A file in the folder is a dialect without a change of code; a broken one leaves its gateway the standard."""
    names = 'zh = "某"\nen = "some"\nabout_zh = "某"\nabout_en = "some"\n'
    bit = '[bits.component]\n9 = { zh = "离线", en = "offline", means = "fault" }\n'
    (tmp_path / "mine.toml").write_text(names + bit, encoding="utf-8")
    (tmp_path / "broken.toml").write_text(names + "nonsense = 1\n", encoding="utf-8")
    register_venue(database)
    register_device(database, profile="mine")
    async with gb_ingest(services, database, gb26875_profiles=tmp_path) as port, device(port) as gateway:
        offline = bytearray(component())
        offline[2 + 8] = 0b10
        gateway.send(frame(1, bytes(offline)))
        assert await gateway.answers(1) == [(1, CONFIRM)]
        with psycopg.connect(database) as connection:
            assert connection.execute(SET).fetchall() == [("1.1/40.0a000200", "fault")]
            connection.execute("UPDATE gb_device SET profile = 'broken'")
    async with gb_ingest(services, database, gb26875_profiles=tmp_path) as port, device(port) as gateway:
        gateway.send(frame(2, component(State.FIRE)))
        assert await gateway.answers(1) == [(2, CONFIRM)]
    with psycopg.connect(database) as connection:
        assert connection.execute(SET).fetchall()[-1] == ("1.1/40.0a000200", "fire")

"""A small register for tests: one venue, one gateway, two points."""

from dataclasses import dataclass

import psycopg

from firewarden.deploy.credentials import hash_credential
from firewarden.deploy.services import BlockingServices

GATEWAY = "GW-1"
SECRET = "a-secret-of-the-test"  # noqa: S105 - a gateway that lives as long as the test
DETECTOR = "1.1/40.0a000200"
PRESSURE = "11.1/99.01000000"


@dataclass(frozen=True, slots=True, kw_only=True)
class Venue:
    """Ids of what was registered."""

    venue_id: int
    detector_id: int
    pressure_id: int


def register_venue(url: str, gateway: str = GATEWAY, *, code: str = "V1", deadline_s: float = 180) -> Venue:
    """Put a venue with one gateway, a smoke detector and a pressure sensor into the register."""
    with psycopg.connect(url) as connection:
        venue_id = _one(
            connection,
            "INSERT INTO venue (code, name, name_en, use, district)"
            " VALUES (%s, '雨湖商场', 'Yuhu Mall', 'mall', '雨湖区')"
            " ON CONFLICT (code) DO UPDATE SET code = excluded.code RETURNING id",
            [code],
        )
        connection.execute(
            "INSERT INTO gateway (id, venue_id, name, heartbeat_s, silence_deadline_s) VALUES (%s, %s, %s, %s, %s)",
            [gateway, venue_id, gateway, deadline_s / 3, deadline_s],
        )
        detector = _one(
            connection,
            "INSERT INTO point (gateway_id, venue_id, address, component, name, floor)"
            " VALUES (%s, %s, %s, 40, '烟感', '3F') RETURNING id",
            [gateway, venue_id, DETECTOR],
        )
        pressure = _one(
            connection,
            "INSERT INTO point (gateway_id, venue_id, address, component, name, floor, quantity, low, high)"
            " VALUES (%s, %s, %s, 99, '最不利点', 'RF', 'pressure', 0.1, 0.3) RETURNING id",
            [gateway, venue_id, PRESSURE],
        )
    return Venue(venue_id=venue_id, detector_id=detector, pressure_id=pressure)


def admit(services: BlockingServices, *gateways: str) -> None:
    """Let the broker know the gateways, all with SECRET."""
    services.set_gateways([(gateway, hash_credential(SECRET)) for gateway in gateways])


def _one(connection: psycopg.Connection, query: str, values: list[object]) -> int:
    row = connection.execute(query, values).fetchone()  # pyright: ignore[reportArgumentType, reportCallIssue]
    assert row is not None
    return int(row[0])

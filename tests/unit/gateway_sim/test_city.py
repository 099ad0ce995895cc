"""The simulated city: the same from the same seed, and such that a register can take it."""

import json
from collections import Counter

import pytest
import typer
from hypothesis import given, settings
from hypothesis import strategies as st

from firewarden.api.register import parse
from firewarden.gateway_sim.city import CityOdds, build_city
from firewarden.gateway_sim.gb_dialects import STANDARD, VENDORS, Protocol
from firewarden.gateway_sim.gb_line import Centre
from firewarden.gateway_sim.options import centre_of
from firewarden.gateway_sim.places import USES
from firewarden.gateway_sim.points import BANDS, POINTS_MIN, Component, Sensor
from firewarden.gateway_sim.register import encode_register
from firewarden.ingest.profile_files import shipped_profiles


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), venues=st.integers(1, 20))
def test_the_same_seed_builds_the_same_city(seed: int, venues: int) -> None:
    """Two cities of one seed are equal to the last byte of their register files."""
    first = encode_register(build_city(seed=seed, venues=venues))
    assert first == encode_register(build_city(seed=seed, venues=venues))


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32), venues=st.integers(2, 20))
def test_a_larger_city_begins_with_the_smaller_one(seed: int, venues: int) -> None:
    """Asking for more venues changes none of those that were there."""
    small = build_city(seed=seed, venues=venues // 2)
    assert build_city(seed=seed, venues=venues).venues[: len(small.venues)] == small.venues


def test_another_seed_builds_another_city() -> None:
    """The seed matters."""
    assert build_city(seed=1, venues=5).venues != build_city(seed=2, venues=5).venues


def test_the_mix_of_uses_follows_the_control_rooms() -> None:
    """The commonest use of a large city is the one with the most control rooms, and each big one occurs."""
    uses = Counter(venue.use for venue in build_city(seed=3, venues=1_222, point_scale=0.001).venues)
    assert uses.most_common(1)[0][0] == "housing"
    assert {profile.use for profile in USES if profile.control_rooms >= 25} <= uses.keys()


@settings(max_examples=10, deadline=None)
@given(seed=st.integers(0, 2**32))
def test_every_control_room_is_complete(seed: int) -> None:
    """Each gateway has distinct addresses, six sensors, both pumps, an alarm valve, detectors and a call point."""
    for gateway in build_city(seed=seed, venues=10).gateways():
        addresses = [point.address for point in gateway.points]
        assert len(set(addresses)) == len(addresses) >= POINTS_MIN
        assert {point.sensor for point in gateway.points if point.sensor} == set(Sensor)
        components = {point.component for point in gateway.points}
        needed = {Component.HYDRANT_PUMP, Component.SPRINKLER_PUMP, Component.ALARM_VALVE, Component.CALL_POINT}
        assert needed <= components
        assert components & {Component.SMOKE, Component.HEAT}


def test_gateway_ids_and_addresses_are_as_published() -> None:
    """Gateways are named XT-0001 and so on, and an address reads system.1/component.number and loop in hex."""
    city = build_city(seed=1, venues=2)
    assert [gateway.id for gateway in city.gateways()] == ["XT-0001", "XT-0002"]
    assert "11.1/99.01000000" in {point.address for point in city.venues[0].gateway.points}


def test_a_faster_city_promises_shorter_deadlines() -> None:
    """At twenty times the speed a heartbeat comes every 3 s and silence is noticed after 9."""
    gateway = build_city(seed=1, venues=1, speed=20).venues[0].gateway
    assert (gateway.heartbeat_s, gateway.silence_deadline_s) == (3.0, 9.0)


def test_the_register_file_holds_bands_and_gaps_but_no_secrets_of_the_city() -> None:
    """Sensors have their normal band; what is unknown is null; the hidden quality of a venue is not there."""
    unknown = CityOdds(area_missing=1, height_missing=1, built_year_missing=1, position_missing=1)
    file = json.loads(encode_register(build_city(seed=1, venues=1, odds=unknown)))
    venue = file["venues"][0]
    assert file["version"] == 1
    assert [venue[name] for name in ("area_m2", "height_m", "built_year", "lat", "lon")] == [None] * 5
    assert "quality" not in venue
    (gateway,) = venue["gateways"]
    tank = next(point for point in gateway["points"] if point["quantity"] == "level")
    band = BANDS[Sensor.ROOF_TANK]
    assert (tank["low"], tank["high"]) == (band.low, band.high)


@pytest.mark.parametrize(("venues", "speed"), [(0, 1.0), (10_000, 1.0), (1, 0.0), (1, float("nan"))])
def test_a_city_outside_the_limits_is_refused(venues: int, speed: float) -> None:
    """No venue, too many, or no speed: ValueError."""
    with pytest.raises(ValueError, match="expected"):
        build_city(seed=1, venues=venues, speed=speed)


def test_the_register_is_told_who_speaks_what() -> None:
    """A device stands with source address and profile, with its systems and itself as points; the tank in metres."""
    register = json.loads(encode_register(build_city(seed=1, venues=4, protocol=Protocol.MIXED)))
    gateways = [venue["gateways"][0] for venue in register["venues"]]
    assert ["gb26875" in gateway for gateway in gateways] == [False, True, False, True]
    assert gateways[1]["gb26875"] == {"source_address": 430_300_000_002, "peer": None, "profile": "standard"}
    assert gateways[3]["gb26875"]["profile"] == "pressure-mpa"
    points = {point["address"]: point for point in gateways[1]["points"]}
    assert {"1.1", "11.1", "12.1", "device"} <= points.keys()
    assert (points["11.1/92.01000000"]["quantity"], points["11.1/92.01000000"]["low"]) == ("height", 2.55)
    assert parse(encode_register(build_city(seed=1, venues=4, protocol=Protocol.MIXED))).venues


def test_every_dialect_of_the_city_is_a_profile_that_ships() -> None:
    """What the devices speak the platform can be told to expect."""
    assert {dialect.profile for dialect in (STANDARD, *VENDORS)} <= shipped_profiles().keys()


@pytest.mark.parametrize(
    ("tcp", "udp", "expected"),
    [
        ("0.0.0.0:26875", "", Centre(host="127.0.0.1", tcp=26875, udp=None)),
        ("[::1]:1", "[::1]:2", Centre(host="::1", tcp=1, udp=2)),
        ("", "host:9", Centre(host="host", tcp=None, udp=9)),
        ("", "", Centre(host="", tcp=None, udp=None)),
    ],
)
def test_the_centre_is_read_from_what_ingest_is_told(tcp: str, udp: str, expected: Centre) -> None:
    """Where ingest listens everywhere, the city reports to this machine."""
    assert centre_of(tcp, udp) == expected


@pytest.mark.parametrize("text", ["host", "host:", "host:x", "host:1\u00b2"])
def test_an_address_without_a_port_is_refused(text: str) -> None:
    """With the text that was given."""
    with pytest.raises(typer.BadParameter, match="HOST:PORT"):
        centre_of(text, "")

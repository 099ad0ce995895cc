"""Does the import file say exactly what is wrong with it, and where?"""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.register import POINTS_OF_GATEWAY_MAX, PROBLEMS_SHOWN_MAX, RegisterError, parse

Json = dict[str, Any]


def a_point(**more: object) -> Json:
    """A point as the simulator writes it."""
    return {"address": "11.1/99.01000000", "system": 11, "component": 99, "name": "最不利点", "floor": "RF"} | more


def a_gateway(**more: object) -> Json:
    """A gateway with one point."""
    return {"id": "G1", "points": [a_point()]} | more


def a_venue(**more: object) -> Json:
    """A venue with one system and one gateway."""
    venue: Json = {"code": "V1", "name": "商场", "use": "mall", "district": "雨湖区"}
    return venue | {"systems": [{"kind": 11, "name": "消火栓系统"}], "gateways": [a_gateway()]} | more


def a_file(*venues: Json, version: object = 1) -> bytes:
    """A whole file."""
    return json.dumps({"version": version, "venues": list(venues)}).encode()


def problems(data: bytes) -> tuple[str, ...]:
    """What is wrong with a file."""
    with pytest.raises(RegisterError) as caught:
        parse(data)
    return caught.value.problems


def test_a_small_file_is_read() -> None:
    """What may be absent or null may be absent or null."""
    register = parse(a_file(a_venue(lat=None, control_room=None)))
    assert register.venues[0].gateways[0].points[0].component == 99
    assert register.venues[0].lat is None


@pytest.mark.parametrize(
    ("venue", "problem"),
    [
        (a_venue(gateways=[a_gateway(id="G 1")]), "venues[1].gateways[0].id: "),
        (a_venue(gateways=[a_gateway(id=7)]), "venues[1].gateways[0].id: expected `str`, got `int`"),
        (a_venue(use="castle"), "venues[1].use: invalid enum value 'castle'"),
        (a_venue(lat=27.8), "venues[1].lat: expected lat and lon together"),
        (a_venue(lat=91, lon=0), "venues[1].lat: expected `float` <= 90.0"),
        (a_venue(colour="red"), "venues[1]: object contains unknown field `colour`"),
        (a_venue(name=""), "venues[1].name: expected `str` of length >= 1"),
        (a_venue(name="a\0b"), "venues[1].name: expected `str` matching"),
        (a_venue(systems=[]), "venues[1].gateways[0].points[0].system: the venue lists no system of kind 11"),
        (
            a_venue(gateways=[a_gateway(points=[a_point(quantity="joy")])]),
            "venues[1].gateways[0].points[0].quantity: expected one of",
        ),
        (
            a_venue(gateways=[a_gateway(points=[a_point(low=2, high=1)])]),
            "venues[1].gateways[0].points[0].low: expected less than high, got 2 and 1",
        ),
        (
            a_venue(gateways=[a_gateway(points=[a_point(), a_point()])]),
            "venues[1].gateways[0].points: the address 11.1/99.01000000 stands 2 times",
        ),
        (
            a_venue(gateways=[a_gateway(heartbeat_s=60, silence_deadline_s=60)]),
            "venues[1].gateways[0].silence_deadline_s: expected more than",
        ),
        (
            a_venue(gateways=[a_gateway(points=[a_point(address=f"p{n}") for n in range(POINTS_OF_GATEWAY_MAX + 1)])]),
            "venues[1].gateways[0].points: expected at most 32000, got 32001",
        ),
    ],
    ids=lambda value: value[:60] if isinstance(value, str) else "",
)  # fmt: skip
def test_problems_start_with_their_path(venue: Json, problem: str) -> None:
    """Whoever wrote the file finds the place at once."""
    first = a_venue(code="V0", gateways=[a_gateway(id="G0")])
    [found] = problems(a_file(first, venue))
    assert found.startswith(problem)


def test_all_venues_are_looked_at() -> None:
    """A problem in one venue does not hide that of the next."""
    found = problems(a_file(a_venue(use="castle"), a_venue(lat=1)))
    assert [problem.split(":")[0] for problem in found] == ["venues[0].use", "venues[1].lat"]


def test_codes_and_gateways_stand_once() -> None:
    """The same code, or the same gateway in two venues, is a mistake of the file."""
    found = problems(a_file(a_venue(), a_venue()))
    assert found == (
        "venues: the code V1 stands 2 times",
        "venues[1].gateways[0].id: G1 stands at venues[0].gateways[0].id already",
    )


def test_other_versions_are_refused() -> None:
    """A file of another version is not guessed at."""
    assert problems(a_file(version=2)) == ("version: expected 1, got 2",)


def test_a_hopeless_file_is_not_recited() -> None:
    """At most so many problems are shown; how many more there are is said."""
    with pytest.raises(RegisterError) as caught:
        parse(a_file(*[a_venue(use="castle")] * 80))
    lines = str(caught.value).splitlines()
    assert len(lines) == PROBLEMS_SHOWN_MAX + 1
    assert lines[-1] == "and 30 more problems"


@pytest.mark.parametrize("data", [b"", b"[]", b"{", b"\xff\xfe", b"[" * 100_000, b'{"version":1}', b'{"venues":[]}'])
def test_what_is_no_register_is_refused(data: bytes) -> None:
    """Not one of these ends in another error."""
    assert len(problems(data)) == 1


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_no_json_makes_it_fail_otherwise(value: object) -> None:
    """Any JSON as a venue is either refused with its path or read."""
    with pytest.raises(RegisterError) as caught:
        parse(json.dumps({"version": 1, "venues": [value]}).encode())
    assert str(caught.value).startswith("venues[0]") or "NaN" in json.dumps(value) or "Infinity" in json.dumps(value)

"""Are addresses read as the profile labels them, and controllers and loops held to GB 50116?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.api.sheets.addresses import Labelling, Parts, of_loop, take_apart
from firewarden.api.sheets.faults import CellError, Why
from firewarden.api.sheets.limits import CONTROLLER_MAX, LOOP_MAX, Limits

WORD = st.integers(0, 65_535)
OCTET = st.integers(0, 255)


@given(WORD, WORD, st.sampled_from(Labelling))
def test_loops_come_back(loop: int, point: int, labelling: Labelling) -> None:
    """The loop of an address that was made of loop and point is that loop."""
    parts = Parts(system=1, system_address=1, component=40, component_address=of_loop(loop, point, labelling))
    assert parts.loop(labelling) == loop


def test_the_order_of_the_words() -> None:
    """Loop 10, point 2: each word low byte first."""
    assert of_loop(10, 2, Labelling.LOOP_POINT) == "0a000200"
    assert of_loop(10, 2, Labelling.POINT_LOOP) == "02000a00"


@given(OCTET, OCTET, OCTET, st.binary(min_size=4, max_size=4))
def test_addresses_come_back(system: int, system_address: int, component: int, data: bytes) -> None:
    """Put together and taken apart, also in upper case."""
    parts = Parts(system=system, system_address=system_address, component=component, component_address=data.hex())
    assert take_apart(parts.address) == parts
    assert take_apart(parts.address.upper()) == parts


@given(st.text(max_size=40))
def test_other_texts_are_no_addresses(text: str) -> None:
    """Whatever is taken apart is put together to the same."""
    parts = take_apart(text)
    assert parts is None or parts.address == "/".join(
        ".".join(part.lstrip("0") or "0" if len(part) < 8 else part for part in half.split("."))
        for half in text.lower().split("/")
    )


def address(loop: int, point: int, *, system: int = 1, controller: int = 1) -> str:
    """A component of a controller."""
    return f"{system}.{controller}/40.{of_loop(loop, point, Labelling.LOOP_POINT)}"


def refused(limits: Limits, where: str, labelling: Labelling | None = None, known: tuple[str, ...] = ()) -> Why:
    """Why there is no room."""
    with pytest.raises(CellError) as error:
        limits.take("G", where, labelling, known)
    return error.value.why


def fill_loop(limits: Limits, loop: int, count: int, labelling: Labelling | None = None) -> None:
    """That many addresses of a loop."""
    for point in range(count):
        limits.take("G", address(loop, point), labelling, ())


def test_a_loop_has_two_hundred_addresses() -> None:
    """The next one is refused; another loop, another controller, another kind of system are not."""
    limits = Limits()
    fill_loop(limits, 1, LOOP_MAX)
    assert refused(limits, address(1, 999)) is Why.LOOP_FULL
    limits.take("G", address(2, 999), None, ())
    limits.take("G", address(1, 999, controller=2), None, ())
    limits.take("G", address(1, 999, system=11), None, ())


def test_points_that_the_register_has_count() -> None:
    """What an import adds comes on top of them."""
    known = tuple(address(1, point) for point in range(LOOP_MAX))
    assert refused(Limits(), address(1, 999), known=known) is Why.LOOP_FULL


def test_a_controller_has_3200_addresses() -> None:
    """Sixteen full loops are all of them; also where the loops would have room."""
    limits = Limits()
    for loop in range(1, 18):
        fill_loop(limits, loop, 188)
    fill_loop(limits, 18, CONTROLLER_MAX - 17 * 188)
    assert refused(limits, address(19, 1)) is Why.CONTROLLER_FULL


def test_a_gateway_has_3200_points() -> None:
    """On several controllers together."""
    limits = Limits()
    for controller in (1, 2):
        for loop in range(1, 11):
            for point in range(160):
                limits.take("G", address(loop, point, controller=controller), None, ())
    assert refused(limits, "11.1/99.01000000") is Why.GATEWAY_FULL


def test_where_no_profile_labels_a_zero_word_is_no_loop() -> None:
    """Numbers in the last two bytes are not taken for one overfull loop; a profile that labels is believed."""
    limits = Limits()
    fill_loop(limits, 0, LOOP_MAX + 1)
    labelled = Limits()
    fill_loop(labelled, 0, LOOP_MAX, Labelling.LOOP_POINT)
    assert refused(labelled, address(0, 999), Labelling.LOOP_POINT) is Why.LOOP_FULL

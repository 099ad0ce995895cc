"""Can people copy what the system makes up, and can nobody guess it?"""

import re

import pytest

from firewarden.api.made_up import made_up_secret
from firewarden.api.passwords import LENGTH_MIN, check_new, one_time_password

LETTERS_AND_DIGITS = re.compile(r"[A-Za-z0-9]+")


@pytest.mark.parametrize("bits", [96, 128, 256])
def test_a_secret_has_enough_characters_of_one_kind(bits: int) -> None:
    """Letters and digits only, and so many that there are at least two to the `bits` of them; no two are the same."""
    made = {made_up_secret(bits) for _ in range(200)}
    assert len(made) == 200
    for secret in made:
        assert LETTERS_AND_DIGITS.fullmatch(secret)
        assert 62 ** len(secret) >= 2**bits > 62 ** (len(secret) - 1)


def test_a_one_time_password_is_a_password() -> None:
    """What the system makes up would be accepted from a person, and no shell reads it as an option."""
    password = one_time_password()
    check_new("admin", password)
    assert LETTERS_AND_DIGITS.fullmatch(password)
    assert len(password) > LENGTH_MIN

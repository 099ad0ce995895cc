"""Which secrets does the system make up? Random letters and digits, which no shell, address or file gives a meaning."""

import math
import secrets
import string

_ALPHABET = string.ascii_letters + string.digits


def made_up_secret(bits: int) -> str:
    """A text with at least so many random bits."""
    characters = math.ceil(bits / math.log2(len(_ALPHABET)))
    return "".join(secrets.choice(_ALPHABET) for _ in range(characters))

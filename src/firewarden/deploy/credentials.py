"""How does the broker know a gateway? By a hash in its password file; the database keeps the same hash."""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import string
from typing import TYPE_CHECKING

from firewarden.deploy.state import write_atomic

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from firewarden.deploy.account import Account

ALPHABET = string.ascii_letters + string.digits
SECRET_CHARACTERS = 32
SALT_BYTES = 12
DIGEST_BYTES = 64
# Mosquitto's own default. It computes this on every connect, in the one thread that also moves the messages: after a
# restart thousands of gateways connect at once. More rounds protect weak passwords; ours are 190 random bits.
ITERATIONS = 101


def new_secret() -> str:
    """Make a gateway's password: letters and digits only, so that no shell, address or file gives one a meaning."""
    return "".join(secrets.choice(ALPHABET) for _ in range(SECRET_CHARACTERS))


def hash_credential(secret: str, *, salt: bytes | None = None, iterations: int = ITERATIONS) -> str:
    """Return `$7$iterations$salt$digest` (PBKDF2 with SHA-512) as Mosquitto's password file holds it."""
    salt = secrets.token_bytes(SALT_BYTES) if salt is None else salt
    digest = hashlib.pbkdf2_hmac("sha512", secret.encode(), salt, iterations, DIGEST_BYTES)
    return f"$7${iterations}${base64.b64encode(salt).decode()}${base64.b64encode(digest).decode()}"


def verify_credential(secret: str, credential: str) -> bool:
    """Say whether the secret is the one the credential was made from."""
    try:
        _, kind, iterations, salt, digest = credential.split("$")
        computed = hash_credential(secret, salt=base64.b64decode(salt), iterations=int(iterations))
    except ValueError:
        return False
    return kind == "7" and hmac.compare_digest(computed.rsplit("$", 1)[1], digest)


def render_password_file(entries: Iterable[tuple[str, str]]) -> str:
    """Write one `user:credential` line each; a name that would forge a line or an entry is refused."""
    lines: list[str] = []
    for name, credential in entries:
        if not name or any(character in name for character in ":\r\n\0") or not credential.startswith("$7$"):
            raise ValueError(f"expected a user name without ':' and a $7$ credential, got {name!r}")
        lines.append(f"{name}:{credential}\n")
    return "".join(lines)


def write_password_file(path: Path, entries: Iterable[tuple[str, str]], *, account: Account | None = None) -> None:
    """Replace the password file at once; readable by the broker's account only."""
    owner = (account.uid, account.gid) if account is not None else None
    write_atomic(path, render_password_file(entries), mode=0o600, owner=owner)

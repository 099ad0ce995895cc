"""Hashes and the password file."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from firewarden.deploy.credentials import (
    hash_credential,
    new_secret,
    render_password_file,
    verify_credential,
    write_password_file,
)

# HMAC fills a short key up with zeros, so that trailing ones change nothing; no secret of ours has any.
secrets = st.text(alphabet=st.characters(exclude_characters="\0", codec="utf-8"), max_size=40)


@given(secrets, secrets)
def test_only_the_right_secret_verifies(secret: str, other: str) -> None:
    """A credential admits the secret it was made from and no other."""
    credential = hash_credential(secret)
    assert verify_credential(secret, credential)
    assert verify_credential(other, credential) == (other == secret)


def test_the_format_is_mosquittos() -> None:
    """The credential has Mosquitto's four fields, and the same salt gives the same digest."""
    credential = hash_credential("geheim", salt=b"123456789012")
    kind, iterations, salt, digest = credential.removeprefix("$").split("$")
    assert (kind, iterations, salt) == ("7", "101", "MTIzNDU2Nzg5MDEy")
    assert len(digest) == 88
    assert credential == hash_credential("geheim", salt=b"123456789012")
    assert hash_credential("geheim") != hash_credential("geheim")


@pytest.mark.parametrize("broken", ["", "x", "$7$101$a$b$c", "$6$101$YQ==$YQ==", "$7$x$YQ==$YQ==", "$7$1$?$?"])
def test_broken_credentials_admit_nobody(broken: str) -> None:
    """What is not a credential is refused without an exception."""
    assert not verify_credential("", broken)


def test_secrets_are_long_plain_and_different() -> None:
    """A secret has 32 letters and digits, so that it can be typed anywhere, and is not repeated."""
    made = {new_secret() for _ in range(100)}
    assert len(made) == 100
    assert all(len(secret) == 32 and secret.isalnum() and secret.isascii() for secret in made)


@pytest.mark.parametrize("name", ["", "a:b", "a\nb", "a\rb", "a\0b"])
def test_forged_names_are_refused(name: str) -> None:
    """A name cannot bring a second entry into the password file."""
    with pytest.raises(ValueError, match="expected a user name"):
        render_password_file([(name, hash_credential("x"))])


def test_plain_passwords_are_refused() -> None:
    """Only hashes reach the disk."""
    with pytest.raises(ValueError, match="credential"):
        render_password_file([("gw-1", "secret")])


def test_the_password_file_is_private_and_whole(tmp_path: Path) -> None:
    """The file is readable by its owner only, and nothing temporary stays beside it."""
    path = tmp_path / "passwords"
    write_password_file(path, [("gw-1", "$7$101$a$b"), ("gw-2", "$7$101$c$d")])
    write_password_file(path, [("gw-2", "$7$101$c$d")])
    assert path.read_text(encoding="utf-8") == "gw-2:$7$101$c$d\n"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]

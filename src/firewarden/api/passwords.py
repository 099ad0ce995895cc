"""Is this the password? Argon2id, off the event loop, a few at a time, and as slow for names that nobody has."""

import asyncio
from collections.abc import Callable
from http import HTTPStatus
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from firewarden.api.errors import refuse
from firewarden.api.made_up import made_up_secret

LENGTH_MIN = 10
LENGTH_MAX = 128
_AT_ONCE_MAX = 2  # each takes 64 MiB and a core for some 50 ms
_WAITING_MAX = 32

Result = TypeVar("Result")


def one_time_password() -> str:
    """A password that is shown once: 96 random bits."""
    return made_up_secret(96)


def check_new(name: str, password: str) -> None:
    """Raise ProblemError where `password` is not good enough for the user `name`."""
    if not LENGTH_MIN <= len(password) <= LENGTH_MAX:
        raise refuse(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "weak-password",
            f"a password has {LENGTH_MIN} to {LENGTH_MAX} characters, got {len(password)}",
        )
    if name.lower() in password.lower() and len(password) - len(name) < LENGTH_MIN:
        raise refuse(
            HTTPStatus.UNPROCESSABLE_ENTITY,
            "weak-password",
            "the password is little more than the user's name",
        )


class Passwords:
    """Hashes and checks passwords; refuses with `busy` when too many wait."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._nobody = self._hasher.hash(made_up_secret(128))
        self._permits = asyncio.Semaphore(_AT_ONCE_MAX)
        self._waiting = 0

    async def hash(self, password: str) -> str:
        """The text to store."""
        return await self._run(self._hash, password, "")

    async def is_right(self, password: str, stored: str | None) -> bool:
        """Whether `password` belongs to the `stored` hash; None (nobody has that name) takes as long and is False."""
        right = await self._run(self._verify, password, self._nobody if stored is None else stored)
        return right and stored is not None

    def _hash(self, password: str, _: str) -> str:
        return self._hasher.hash(password)

    def _verify(self, password: str, stored: str) -> bool:
        try:
            return self._hasher.verify(stored, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _run(self, work: Callable[[str, str], Result], password: str, stored: str) -> Result:
        if self._waiting >= _WAITING_MAX:
            raise refuse(HTTPStatus.SERVICE_UNAVAILABLE, "login-busy", "too many logins at once, try again")
        self._waiting += 1
        try:
            async with self._permits:
                return await asyncio.to_thread(work, password, stored)
        finally:
            self._waiting -= 1

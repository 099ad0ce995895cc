"""Which gateways may sign in, and with what hash? Secrets are shown once by the caller and kept nowhere."""

import re
from collections.abc import AsyncIterator, Callable
from http import HTTPStatus

from psycopg import AsyncConnection
from psycopg.rows import scalar_row

from firewarden.api.errors import not_found, refuse
from firewarden.api.register_import import SQL

_BATCH = 1_000
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")

OnCredentialsChanged = Callable[[], None]
"""Tells the broker that it should read the credentials anew."""


async def add_gateway(
    connection: AsyncConnection, gateway_id: str, *, venue_code: str, name: str, credential: str | None
) -> None:
    """A new gateway of a venue; without `credential` it never signs in to the broker.

    Raises ProblemError: invalid-name, name-taken, not-found (the venue).
    """
    if not _ID.fullmatch(gateway_id):
        detail = f"a gateway's id has 1 to 64 letters, digits, - and _; got {gateway_id!r}"
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-name", detail)
    if await gateway_exists(connection, gateway_id):
        raise refuse(HTTPStatus.CONFLICT, "name-taken", f"there is a gateway {gateway_id} already")
    params = {"id": gateway_id, "venue": venue_code, "name": name}
    if not (await connection.execute(SQL["add_gateway"], params)).rowcount:
        raise not_found(f"venue with the code {venue_code}")
    if credential is not None:
        await set_credential(connection, gateway_id, credential)


async def set_credential(connection: AsyncConnection, gateway_id: str, credential: str) -> None:
    """Another hash for a gateway. Raises ProblemError (not-found)."""
    params = {"ids": [gateway_id], "credentials": [credential]}
    if not (await connection.execute(SQL["set_credentials"], params)).rowcount:
        raise not_found(f"gateway {gateway_id}")


async def gateway_exists(connection: AsyncConnection, gateway_id: str) -> bool:
    """Whether the register has it."""
    async with connection.cursor(row_factory=scalar_row) as cursor:
        await cursor.execute(SQL["gateway_exists"], {"id": gateway_id})
        return await cursor.fetchone() is not None


async def credentials(connection: AsyncConnection) -> AsyncIterator[tuple[str, str]]:
    """Every gateway that may sign in, with its hash, by id."""
    after_id = ""
    while True:
        result = await connection.execute(SQL["credentials"], {"after_id": after_id, "rows": _BATCH})
        rows = await result.fetchall()
        for gateway_id, credential in rows:
            yield str(gateway_id), str(credential)
        if len(rows) < _BATCH:
            return
        after_id = str(rows[-1][0])

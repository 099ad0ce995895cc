"""Who has an account, a session or a key? Functions over one connection; who may call them is decided before."""

import hashlib
import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

from psycopg import AsyncConnection

from firewarden.api import cursors
from firewarden.api.errors import not_found, refuse
from firewarden.api.fetch import execute, fetch_all, fetch_one, page_of, rows_wanted
from firewarden.api.made_up import made_up_secret
from firewarden.api.policy import SCOPES, Principal, PrincipalKind, Role, Scope, scopes_of
from firewarden.api.rows import Page

SESSION_AGE_MAX = timedelta(hours=12)
"""A session that is not used for this long ends."""

SESSION_RENEWED_AFTER = timedelta(minutes=10)
"""Use of a session is written down at most this often."""

SESSIONS_MAX = 10
"""Of one user; the oldest ends when another begins."""

KEY_PREFIX = "fwk_"
NAME_PATTERN = r"^[A-Za-z0-9_.@-]{1,64}$"


def hash_token(token: str) -> bytes:
    """What is stored of a session's token or a key: 256 random bits need no slow hash."""
    return hashlib.sha256(token.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class UserRow:
    """One user, without the password's hash."""

    id: int
    name: str
    role: Role
    language: str
    must_change_password: bool
    disabled: bool
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class KeyRow:
    """One API key, without what it opens doors with."""

    id: int
    name: str
    scopes: tuple[str, ...]
    created_by: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPassword:
    """What a password is checked against."""

    id: int
    password_hash: str
    disabled: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class _Session:
    id: int
    name: str
    role: Role
    language: str
    must_change: bool
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class _Key:
    id: int
    name: str
    scopes: tuple[str, ...]


async def stored_password(connection: AsyncConnection, name: str) -> StoredPassword | None:
    """What a login as `name` is checked against; None where nobody has that name."""
    return await fetch_one(connection, "login_user", {"name": name}, StoredPassword)


async def stored_password_of(connection: AsyncConnection, user_id: int) -> StoredPassword | None:
    """What a change of this user's password is checked against."""
    return await fetch_one(connection, "user_password", {"id": user_id}, StoredPassword)


async def open_session(connection: AsyncConnection, user_id: int, *, now: datetime) -> str:
    """Begin a session; the token to give to the browser."""
    token = made_up_secret(256)
    params = {"token_hash": hash_token(token), "user_id": user_id, "now": now}
    await execute(connection, "open_session", {**params, "expires_at": now + SESSION_AGE_MAX})
    await execute(connection, "close_old_sessions", {"now": now, "user_id": user_id, "keep": SESSIONS_MAX})
    return token


async def session_principal(connection: AsyncConnection, token: str, *, now: datetime) -> Principal | None:
    """The user whose session this is, which thereby lives on; None where it is unknown, ended or expired."""
    token_hash = hash_token(token)
    session = await fetch_one(connection, "session", {"token_hash": token_hash, "now": now}, _Session)
    if session is None:
        return None
    expires_at = now + SESSION_AGE_MAX
    if expires_at - session.expires_at > SESSION_RENEWED_AFTER:
        await execute(connection, "renew_session", {"token_hash": token_hash, "expires_at": expires_at})
    return Principal(
        kind=PrincipalKind.USER,
        id=session.id,
        name=session.name,
        role=session.role,
        scopes=SCOPES[session.role],
        language=session.language,
        must_change_password=session.must_change,
    )


async def close_session(connection: AsyncConnection, token: str) -> None:
    """End one session."""
    await execute(connection, "close_session", {"token_hash": hash_token(token)})


async def key_principal(connection: AsyncConnection, key: str, *, now: datetime) -> Principal | None:
    """Whose API key this is; None where it is unknown, revoked or expired."""
    if not key.startswith(KEY_PREFIX):
        return None
    row = await fetch_one(connection, "key_principal", {"key_hash": hash_token(key), "now": now}, _Key)
    if row is None:
        return None
    return Principal(kind=PrincipalKind.API_KEY, id=row.id, name=row.name, scopes=scopes_of(row.scopes))


async def list_users(connection: AsyncConnection, *, cursor: str | None = None, limit: int = 50) -> Page[UserRow]:
    """Users in the order in which they were added."""
    after = 0 if cursor is None else cursors.decode(cursor, cursors.Accounts).id
    params = {"after_id": after, "name": None, "rows": rows_wanted(limit)}
    rows = await fetch_all(connection, "users", params, UserRow)
    return page_of(rows, limit, lambda row: cursors.Accounts(id=row.id))


async def get_user(connection: AsyncConnection, name: str) -> UserRow:
    """One user. Raises ProblemError (not-found)."""
    user = await fetch_one(connection, "users", {"after_id": 0, "name": name, "rows": 1}, UserRow)
    if user is None:
        raise not_found(f"user {name}")
    return user


async def add_user(
    connection: AsyncConnection,
    *,
    name: str,
    role: Role,
    password_hash: str,
    must_change: bool,
    language: str = "zh",
) -> UserRow:
    """A new user. Raises ProblemError where the name is taken or no name."""
    if not re.match(NAME_PATTERN, name):
        detail = f"a user's name has 1 to 64 letters, digits or _.@-, got {name[:80]!r}"
        raise refuse(HTTPStatus.UNPROCESSABLE_ENTITY, "invalid-name", detail)
    params = {"name": name, "role": role, "password_hash": password_hash, "language": language}
    if not await execute(connection, "add_user", {**params, "must_change": must_change}):
        raise refuse(HTTPStatus.CONFLICT, "name-taken", f"there is a user {name} already")
    return await get_user(connection, name)


async def set_password(
    connection: AsyncConnection, user_id: int, *, password_hash: str, must_change: bool, keep_token: str = ""
) -> None:
    """Another password; every session of the user ends, except that of `keep_token`."""
    params = {"id": user_id, "password_hash": password_hash, "must_change": must_change}
    await execute(connection, "set_password", params)
    await execute(connection, "close_sessions_of", {"user_id": user_id, "except_hash": hash_token(keep_token)})


async def change_user(
    connection: AsyncConnection,
    name: str,
    *,
    role: Role | None = None,
    disabled: bool | None = None,
    language: str | None = None,
) -> UserRow:
    """Another role or language, or no more entry; None leaves a value as it is. Run it in a transaction.

    Raises ProblemError where there is no such user, or nobody who can administer would be left.
    """
    await fetch_all(connection, "administrators_for_update", {}, _Id)
    user = await get_user(connection, name)
    params = {"id": user.id, "role": role, "disabled": disabled, "language": language}
    await execute(connection, "change_user", params)
    if user.role is Role.ADMINISTRATOR and not await fetch_all(connection, "administrators_for_update", {}, _Id):
        detail = f"{name} is the only administrator: make somebody else one first"
        raise refuse(HTTPStatus.CONFLICT, "last-administrator", detail)
    if disabled:
        await execute(connection, "close_sessions_of", {"user_id": user.id, "except_hash": b""})
    return await get_user(connection, name)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Id:
    id: int


async def has_administrator(connection: AsyncConnection) -> bool:
    """Whether anybody can administer. Nobody can become one before the caller's transaction ends."""
    await execute(connection, "lock_users", {})
    return bool(await fetch_all(connection, "administrators_for_update", {}, _Id))


async def list_keys(connection: AsyncConnection, *, cursor: str | None = None, limit: int = 50) -> Page[KeyRow]:
    """API keys in the order in which they were made, the revoked ones too."""
    after = 0 if cursor is None else cursors.decode(cursor, cursors.Accounts).id
    params = {"after_id": after, "id": None, "name": None, "rows": rows_wanted(limit)}
    rows = await fetch_all(connection, "keys", params, KeyRow)
    return page_of(rows, limit, lambda row: cursors.Accounts(id=row.id))


async def add_key(
    connection: AsyncConnection,
    *,
    name: str,
    scopes: Collection[Scope],
    created_by: str,
    expires_at: datetime | None = None,
) -> tuple[KeyRow, str]:
    """A new API key, and the text that opens doors, which is stored nowhere. Raises ProblemError (name-taken)."""
    key = KEY_PREFIX + made_up_secret(256)
    params = {"name": name, "key_hash": hash_token(key), "created_by": created_by, "expires_at": expires_at}
    if not await execute(connection, "add_key", {**params, "scopes": sorted(set(scopes))}):
        raise refuse(HTTPStatus.CONFLICT, "name-taken", f"there is or was an API key {name} already")
    row = await fetch_one(connection, "keys", {"after_id": 0, "id": None, "name": name, "rows": 1}, KeyRow)
    if row is None:
        raise not_found(f"API key {name}")
    return row, key


async def key_id(connection: AsyncConnection, id_or_name: str) -> int | None:
    """The id of a key that is called so, or else has that id; None where there is none."""
    params = {"after_id": 0, "id": None, "name": id_or_name, "rows": 1}
    row = await fetch_one(connection, "keys", params, KeyRow)
    if row is None and id_or_name.isascii() and id_or_name.isdigit():
        by_id = {"after_id": 0, "id": min(int(id_or_name), cursors.BIGINT_MAX), "name": None, "rows": 1}
        row = await fetch_one(connection, "keys", by_id, KeyRow)
    return None if row is None else row.id


async def revoke_key(connection: AsyncConnection, key_id: int, *, now: datetime) -> KeyRow:
    """A key opens nothing any more; once revoked, it stays so. Raises ProblemError (not-found)."""
    await execute(connection, "revoke_key", {"id": key_id, "now": now})
    row = await fetch_one(connection, "keys", {"after_id": 0, "id": key_id, "name": None, "rows": 1}, KeyRow)
    if row is None:
        raise not_found(f"API key {key_id}")
    return row

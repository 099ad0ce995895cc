"""Users and API keys on the command line: for the first administrator, and for when nobody can sign in."""

import sys
from datetime import UTC, datetime
from typing import Annotated

import typer
from psycopg import AsyncConnection

from firewarden.api import accounts
from firewarden.api.command_line import ACTOR, CommandError, group, in_transaction, plainly, record
from firewarden.api.fetch import LIMIT_MAX
from firewarden.api.passwords import LENGTH_MAX, Passwords, check_new, one_time_password
from firewarden.api.policy import Role, Scope

Name = Annotated[str, typer.Argument(help="the user's name")]


def add_user_commands(app: typer.Typer) -> None:
    """Add `firewarden user`."""
    users = group(app, "user", "Who may sign in.")
    users.command("add")(add_user)
    users.command("list")(list_users)
    users.command("set-password")(set_password)
    users.command("disable")(disable_user)
    users.command("ensure-admin")(ensure_admin)


def add_key_commands(app: typer.Typer) -> None:
    """Add `firewarden api-key`."""
    keys = group(app, "api-key", "Keys for programs.")
    keys.command("create")(create_key)
    keys.command("list")(list_keys)
    keys.command("revoke")(revoke_key)


def add_user(
    name: Name,
    role: Annotated[Role, typer.Option(help="what the user is here for")],
    language: Annotated[str, typer.Option(help="zh or en")] = "zh",
) -> None:
    """Add a user and show a one-time password."""
    if language not in {"zh", "en"}:
        raise typer.BadParameter("expected zh or en", param_hint="--language")
    password = one_time_password()

    async def work(connection: AsyncConnection) -> None:
        await accounts.add_user(
            connection,
            name=name,
            role=role,
            password_hash=await Passwords().hash(password),
            must_change=True,
            language=language,
        )
        await record(connection, "user.add", f"user {name}", role=role.value)

    with plainly():
        in_transaction(work)
        typer.echo(f"one-time password of {name}: {password}")


def list_users() -> None:
    """List users: name, role, and what is special about them."""

    async def work(connection: AsyncConnection) -> list[accounts.UserRow]:
        found: list[accounts.UserRow] = []
        cursor: str | None = None
        while True:
            page = await accounts.list_users(connection, cursor=cursor, limit=LIMIT_MAX)
            found += page.items
            if (cursor := page.next) is None:
                return found

    with plainly():
        for user in in_transaction(work):
            notes = [
                note
                for note, holds in (
                    ("disabled", user.disabled),
                    ("has a one-time password", user.must_change_password),
                )
                if holds
            ]
            typer.echo("\t".join([user.name, user.role.value, ", ".join(notes)]).rstrip())


def set_password(
    name: Name,
    *,
    from_stdin: Annotated[bool, typer.Option("--stdin", help="read the password's line from standard input")] = False,
    one_time: Annotated[bool, typer.Option("--one-time", help="make one up, show it, and have it changed")] = False,
) -> None:
    """Give a user another password; all their sessions end."""
    with plainly():
        if one_time:
            password = one_time_password()
        elif from_stdin:
            password = sys.stdin.readline(LENGTH_MAX + 2).rstrip("\r\n")
        else:
            password = str(typer.prompt("New password", hide_input=True, confirmation_prompt=True))
        check_new(name, password)

        async def work(connection: AsyncConnection) -> None:
            user = await accounts.get_user(connection, name)
            password_hash = await Passwords().hash(password)
            await accounts.set_password(connection, user.id, password_hash=password_hash, must_change=one_time)
            await record(connection, "user.set_password", f"user {name}")

        in_transaction(work)
        if one_time:
            typer.echo(f"one-time password of {name}: {password}")


def disable_user(name: Name) -> None:
    """Let a user enter no more; their sessions end."""

    async def work(connection: AsyncConnection) -> None:
        await accounts.change_user(connection, name, disabled=True)
        await record(connection, "user.change", f"user {name}", disabled="True")

    with plainly():
        in_transaction(work)


def ensure_admin(name: Annotated[str, typer.Option(help="the first administrator's name")] = "admin") -> None:
    """Make the first administrator and show a one-time password; do nothing where there is one."""
    password = one_time_password()

    async def work(connection: AsyncConnection) -> bool:
        if await accounts.has_administrator(connection):
            return False
        password_hash = await Passwords().hash(password)
        await accounts.add_user(
            connection, name=name, role=Role.ADMINISTRATOR, password_hash=password_hash, must_change=True
        )
        await record(connection, "user.add", f"user {name}", role=Role.ADMINISTRATOR.value)
        return True

    with plainly():
        if in_transaction(work):
            typer.echo(f"admin password: {password}")


def create_key(
    name: Annotated[str, typer.Option(help="what the key is for")],
    scopes: Annotated[str, typer.Option(help=f"some of {', '.join(Scope)}, with commas between")],
) -> None:
    """Make an API key and show it, this once."""
    wanted = {part.strip() for part in scopes.split(",") if part.strip()}
    unknown = wanted - {scope.value for scope in Scope}
    if unknown or not wanted:
        raise typer.BadParameter(f"expected some of {', '.join(Scope)}", param_hint="--scopes")

    async def work(connection: AsyncConnection) -> str:
        _, key = await accounts.add_key(
            connection, name=name, scopes=[Scope(scope) for scope in wanted], created_by=ACTOR
        )
        await record(connection, "api_key.add", f"key {name}", scopes=" ".join(sorted(wanted)))
        return key

    with plainly():
        typer.echo(in_transaction(work))


def list_keys() -> None:
    """List API keys: id, name, scopes, and whether they are revoked."""

    async def work(connection: AsyncConnection) -> list[accounts.KeyRow]:
        found: list[accounts.KeyRow] = []
        cursor: str | None = None
        while True:
            page = await accounts.list_keys(connection, cursor=cursor, limit=LIMIT_MAX)
            found += page.items
            if (cursor := page.next) is None:
                return found

    with plainly():
        for key in in_transaction(work):
            state = "revoked" if key.revoked_at else ""
            typer.echo("\t".join([str(key.id), key.name, ",".join(key.scopes), state]).rstrip())


def revoke_key(key: Annotated[str, typer.Argument(help="the key's id or name")]) -> None:
    """Revoke an API key, for ever."""

    async def work(connection: AsyncConnection) -> None:
        key_id = await accounts.key_id(connection, key)
        if key_id is None:
            raise CommandError(f"there is no API key {key}")
        row = await accounts.revoke_key(connection, key_id, now=datetime.now(tz=UTC))
        await record(connection, "api_key.revoke", f"key {row.name}")

    with plainly():
        in_transaction(work)

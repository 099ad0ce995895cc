"""Users, API keys and the audit: for administrators."""

from typing import Annotated, Literal

from fastapi import APIRouter, Path
from pydantic import AwareDatetime, BaseModel, ConfigDict, Field, StringConstraints

from firewarden.api import accounts, audit
from firewarden.api.accounts import KeyRow, UserRow
from firewarden.api.audit import AuditRow, Entry, audited
from firewarden.api.auth import Admin
from firewarden.api.context import Connection, Context
from firewarden.api.passwords import check_new, one_time_password
from firewarden.api.policy import Role, Scope
from firewarden.api.routes.params import Cursor, Id, Limit, problems
from firewarden.api.routes.session import Password
from firewarden.api.rows import Page

router = APIRouter(tags=["administration"])

UserName = Annotated[str, Path(pattern=accounts.NAME_PATTERN)]
KeyName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_. @-]{1,64}$")]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewUser(_Body):
    """A user to add. Without a password, one is made up, shown once, and must be changed at the first sign-in."""

    name: Annotated[str, Field(pattern=accounts.NAME_PATTERN)]
    role: Role
    password: Password | None = None
    language: Literal["zh", "en"] = "zh"


class UserChange(_Body):
    """What to change of a user; what is absent or null stays."""

    role: Role | None = None
    disabled: bool | None = None
    language: Literal["zh", "en"] | None = None


class NewKey(_Body):
    """An API key to make."""

    name: KeyName
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=len(Scope))]
    expires_at: AwareDatetime | None = None


class IssuedUser(BaseModel):
    """A user and, this once, the password that was made up for them."""

    user: UserRow
    one_time_password: str | None


class IssuedKey(BaseModel):
    """A key's row and, this once, the key."""

    row: KeyRow
    key: Annotated[str, Field(examples=["fwk_…"])]


@router.get("/users", responses=problems(400))
async def list_users(_: Admin, connection: Connection, cursor: Cursor = None, limit: Limit = 50) -> Page[UserRow]:
    """List users, the disabled ones too."""
    return await accounts.list_users(connection, cursor=cursor, limit=limit)


@router.post("/users", status_code=201, responses=problems(409))
async def add_user(principal: Admin, context: Context, new: NewUser) -> IssuedUser:
    """Add a user."""
    made_up = one_time_password() if new.password is None else None
    entry = Entry(actor=principal.actor, action="user.add", target=f"user {new.name}", detail={"role": new.role.value})
    async with audited(context.pool, entry) as connection:
        if new.password is not None:
            check_new(new.name, new.password)
        user = await accounts.add_user(
            connection,
            name=new.name,
            role=new.role,
            password_hash=await context.passwords.hash(new.password or made_up or ""),
            must_change=made_up is not None,
            language=new.language,
        )
    return IssuedUser(user=user, one_time_password=made_up)


@router.patch("/users/{name}", responses=problems(404, 409))
async def change_user(principal: Admin, context: Context, name: UserName, change: UserChange) -> UserRow:
    """Change a user's role or language, or whether they may enter. Somebody who can administer must remain."""
    detail = {key: str(value) for key, value in change.model_dump(exclude_none=True).items()}
    entry = Entry(actor=principal.actor, action="user.change", target=f"user {name}", detail=detail)
    async with audited(context.pool, entry) as connection:
        return await accounts.change_user(
            connection, name, role=change.role, disabled=change.disabled, language=change.language
        )


@router.post("/users/{name}/password", responses=problems(404))
async def reset_password(principal: Admin, context: Context, name: UserName) -> IssuedUser:
    """Make up a one-time password for a user who has lost theirs; all their sessions end."""
    made_up = one_time_password()
    entry = Entry(actor=principal.actor, action="user.reset_password", target=f"user {name}")
    async with audited(context.pool, entry) as connection:
        user = await accounts.get_user(connection, name)
        password_hash = await context.passwords.hash(made_up)
        await accounts.set_password(connection, user.id, password_hash=password_hash, must_change=True)
        user = await accounts.get_user(connection, name)
    return IssuedUser(user=user, one_time_password=made_up)


@router.get("/api-keys", responses=problems(400))
async def list_keys(_: Admin, connection: Connection, cursor: Cursor = None, limit: Limit = 50) -> Page[KeyRow]:
    """List API keys, the revoked ones too."""
    return await accounts.list_keys(connection, cursor=cursor, limit=limit)


@router.post("/api-keys", status_code=201, responses=problems(409))
async def add_key(principal: Admin, context: Context, new: NewKey) -> IssuedKey:
    """Make an API key. It is shown this once and stored nowhere."""
    detail = {"scopes": " ".join(sorted(new.scopes))}
    entry = Entry(actor=principal.actor, action="api_key.add", target=f"key {new.name}", detail=detail)
    async with audited(context.pool, entry) as connection:
        row, key = await accounts.add_key(
            connection,
            name=new.name,
            scopes=new.scopes,
            created_by=principal.actor,
            expires_at=new.expires_at,
        )
    return IssuedKey(row=row, key=key)


@router.delete("/api-keys/{key_id}", responses=problems(404))
async def revoke_key(principal: Admin, context: Context, key_id: Id) -> KeyRow:
    """Revoke an API key, for ever."""
    entry = Entry(actor=principal.actor, action="api_key.revoke", target=f"key {key_id}")
    async with audited(context.pool, entry) as connection:
        return await accounts.revoke_key(connection, key_id, now=context.now())


@router.get("/audit", responses=problems(400))
async def list_audit(_: Admin, connection: Connection, cursor: Cursor = None, limit: Limit = 50) -> Page[AuditRow]:
    """List what was done and refused, newest first."""
    return await audit.list_audit(connection, cursor=cursor, limit=limit)

"""As which user do PostgreSQL and Mosquitto run when Firewarden itself runs as root?"""

from __future__ import annotations

import os
import pwd
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING

from firewarden.deploy.errors import DeployError

if TYPE_CHECKING:
    from pathlib import Path

# An own account, where the administrator or a system package has made one, else the one that exists everywhere.
# We make none ourselves: trying a program must not change the machine's accounts.
CANDIDATES = ("firewarden", "nobody")


@dataclass(frozen=True, slots=True)
class Account:
    """An unprivileged user of this machine."""

    name: str
    uid: int
    gid: int


def service_account() -> Account | None:
    """Return the account to change to; None when we are an ordinary user and stay who we are."""
    if os.geteuid() != 0:
        return None
    for name in CANDIDATES:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if entry.pw_uid != 0:
            return Account(name, entry.pw_uid, entry.pw_gid)
    raise DeployError(
        "PostgreSQL refuses to run as root and there is no account named " + " or ".join(CANDIDATES) + ".",
        "Make one with `useradd --system firewarden`, or run ./firewarden as an ordinary user.",
    )


def give_to(account: Account | None, folder: Path, *, mode: int = 0o700) -> None:
    """Make the folder, and make it the account's own."""
    folder.mkdir(parents=True, exist_ok=True)
    if account is not None and folder.stat().st_uid != account.uid:
        # Also what lies in it: the folder may be from a time when another account was chosen.
        for path in (folder, *folder.rglob("*")):
            os.chown(path, account.uid, account.gid, follow_symlinks=False)
    folder.chmod(mode)


def require_reachable(account: Account | None, folder: Path) -> None:
    """Refuse a folder that the account could not enter because a parent is closed to it."""
    if account is None:
        return
    for parent in (folder, *folder.parents):
        if parent.exists() and not _may_enter(account, parent.stat()):
            raise DeployError(
                f"The account {account.name}, which runs the database, may not enter {parent}.",
                "Choose another folder with FIREWARDEN_STATE=/var/lib/firewarden, "
                "or run ./firewarden as an ordinary user.",
            )


def _may_enter(account: Account, entry: os.stat_result) -> bool:
    if entry.st_uid == account.uid:
        return bool(entry.st_mode & stat.S_IXUSR)
    if entry.st_gid == account.gid:
        return bool(entry.st_mode & stat.S_IXGRP)
    return bool(entry.st_mode & stat.S_IXOTH)

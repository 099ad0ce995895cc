"""May this process, and what it starts, hold so many connections at once?"""

import resource

from firewarden.deploy.errors import DeployError

OTHER_FILES = 200
"""What a process holds besides: database, logs, programs."""


def allow_connections(count: int) -> None:
    """Raise the soft limit of open files to what so many connections need; children inherit it. Raises DeployError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = soft_limit(count, soft, hard)
    if wanted == soft:
        return
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError) as error:  # the kernel has a bound of its own, whatever the account's is
        raise _too_many(count, wanted, soft) from error


def soft_limit(count: int, soft: int, hard: int) -> int:
    """The soft limit under which so many connections fit, given the limits that hold. Raises DeployError."""
    needed = count + OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return soft
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise _too_many(count, needed, hard)
    return needed


def _too_many(count: int, needed: int, allowed: int) -> DeployError:
    return DeployError(
        f"{count:,} connections need {needed:,} open files; this account may have {allowed:,}.",
        f"Raise its limit (ulimit -Hn {needed}, or LimitNOFILE= of the service), or ask for fewer connections.",
    )

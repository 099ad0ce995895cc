"""May this process, and what it starts, hold so many connections at once?"""

import resource

from firewarden.deploy.errors import DeployError

OTHER_FILES = 200
"""What a process holds besides: database, logs, programs."""


def allow_connections(count: int) -> None:
    """Raise the soft limit of open files to what so many connections need; children inherit it. Raises DeployError."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = count + OTHER_FILES
    if soft == resource.RLIM_INFINITY or soft >= needed:
        return
    if hard != resource.RLIM_INFINITY and hard < needed:
        raise DeployError(
            f"{count:,} connections need {needed:,} open files; this account may have {hard:,}.",
            f"Raise its limit (ulimit -Hn {needed}, or LimitNOFILE= of the service), or ask for fewer connections.",
        )
    resource.setrlimit(resource.RLIMIT_NOFILE, (needed, hard))

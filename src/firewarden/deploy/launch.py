"""Start a program that ends with its supervisor: change user, ask the kernel for a signal on its death, become it.

Run as a script by a bare interpreter (`python -I -S launch.py ...`), so it imports nothing of the project.

The kernel sends the signal when the *thread* that started us ends, which is the supervisor's event loop. It forgets the
request on a change of user, so the user is changed first. PostgreSQL's backends are children of the postmaster, not
ours: the postmaster gets the signal (a fast shutdown) and ends them, and should it be killed, they notice that by
themselves.
"""

from __future__ import annotations

import argparse
import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1


def main() -> None:
    """Read `--parent PID --death-signal N [--user UID:GID] -- PROGRAM ARGUMENT...`."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--parent", type=int, required=True)
    parser.add_argument("--death-signal", type=int, required=True)
    parser.add_argument("--user")
    parser.add_argument("command", nargs="+")
    options = parser.parse_args()
    if options.user:
        uid, gid = (int(number) for number in options.user.split(":"))
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, options.death_signal, 0, 0, 0)
    if os.getppid() != options.parent:
        # The supervisor died before the request was made.
        sys.exit(1)
    # A parent may have ignored these; a service must be stoppable.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGPIPE):
        signal.signal(number, signal.SIG_DFL)
    try:
        os.execv(options.command[0], options.command)  # noqa: S606 - replacing ourselves is the purpose
    except OSError as error:
        sys.exit(f"{options.command[0]} cannot be started: {error.strerror}")


if __name__ == "__main__":
    main()

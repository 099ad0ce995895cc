"""What does it mean, what is there on this machine? Each rule looks at one thing, and says so also where it is well."""

from collections.abc import Callable, Iterator

from firewarden.cli.doctor.findings import Finding, error, note, ok, warning
from firewarden.cli.doctor.machine import MachineFacts
from firewarden.deploy.child import ProcessState
from firewarden.deploy.postgres import MAJOR
from firewarden.deploy.state import STATE_FORMAT

PYTHON_MIN = (3, 11)
FREE_ERROR_BYTES = 500_000_000
FREE_WARNING_BYTES = 5_000_000_000
RESTARTS_MANY = 5
SHOWN_MAX = 5
UP_AGAIN = "./firewarden down && ./firewarden up"


def python(facts: MachineFacts) -> Iterator[Finding]:
    """Is it young enough?"""
    shown = ".".join(map(str, facts.python))
    if facts.python < PYTHON_MIN:
        yield error(
            "python", f"Python {shown} is too old.", "install 3.11 or later: FIREWARDEN_PYTHON=/path ./firewarden up"
        )
    else:
        yield ok("python", f"Python {shown}.")


def environment(facts: MachineFacts) -> Iterator[Finding]:
    """Is installed what the lock names?"""
    again = "./firewarden status    # any command installs what the lock names"
    if not facts.locks:
        yield ok("environment", "Installed as a package, without a checkout.")
    elif facts.stamp is None:
        yield note("environment", "Nobody says that the locked packages are installed here.", again)
    elif facts.stamp not in facts.locks.values():
        yield warning("environment", "The installed packages are those of another lock.", again)
    else:
        yield ok("environment", "The locked packages are installed.")


def traces(facts: MachineFacts) -> Iterator[Finding]:
    """Can be sent what is asked for?"""
    if facts.traces_wanted and not facts.traces_installed:
        yield error(
            "traces",
            "A collector is named, and the packages for it are missing: no process starts.",
            "pip install 'firewarden[traces]'    # or unset OTEL_EXPORTER_OTLP_ENDPOINT",
        )
    else:
        yield ok("traces", "Traces are sent." if facts.traces_wanted else "No collector of traces is named.")


def state_folder(facts: MachineFacts) -> Iterator[Finding]:
    """Is it ours to write, of this version, and closed where it must be?"""
    state = facts.state
    if not state.writable:
        yield error(
            "state folder",
            f"{state.root} cannot be written by this user.",
            "run as its owner, or choose another with FIREWARDEN_STATE=/path",
        )
    elif not state.exists:
        yield note("state folder", f"{state.root} does not exist yet: nothing was started here.", "./firewarden up")
    elif state.format not in {None, str(STATE_FORMAT)}:
        yield error(
            "state folder",
            f"{state.root} has format {state.format}; this version reads {STATE_FORMAT}.",
            "use the version that made it, or another folder: FIREWARDEN_STATE=/path",
        )
    else:
        yield ok("state folder", f"{state.root} is there and can be written.")
    if state.open_secrets:
        names = ", ".join(state.open_secrets)
        yield error("secrets", f"Others may read passwords: {names}.", f"chmod 600 {state.root}/secrets/*")
    else:
        yield ok("secrets", "Nobody else may read the passwords.")


def disk(facts: MachineFacts) -> Iterator[Finding]:
    """Is there room?"""
    state = facts.state
    said = f"{state.free_bytes / 1e9:.1f} of {state.total_bytes / 1e9:.0f} GB are free below {state.root}."
    mend = "free some space, or keep less: firewarden upkeep keep"
    if state.free_bytes < FREE_ERROR_BYTES:
        yield error("disk", said, mend)
    elif state.free_bytes < FREE_WARNING_BYTES:
        yield warning("disk", said, mend)
    else:
        yield ok("disk", said)


def packages(facts: MachineFacts) -> Iterator[Finding]:
    """Are the programs there that are not Python's?"""
    if not (facts.embedded_database or facts.embedded_broker):
        yield ok("programs", "Database and broker are other services than ours.")
    elif facts.services_fetched:
        yield ok("programs", f"PostgreSQL {MAJOR} with TimescaleDB and Mosquitto are fetched.")
    else:
        yield note("programs", "PostgreSQL and Mosquitto of this version are not fetched yet.", "./firewarden up")
    if facts.state.cluster not in {None, MAJOR}:
        yield error(
            "cluster",
            f"The database here is of PostgreSQL {facts.state.cluster}; {MAJOR} is what we start.",
            "start it with the version that made it, `firewarden db backup`, and restore into a new one",
        )
    else:
        yield ok("cluster", "The database's files are of the version that we start, or not there.")
    if facts.browser:
        yield ok("browser", "There is a Chromium for the tests.")
    else:
        yield note("browser", "There is no Chromium; only the tests need one.", "./firewarden test    # fetches it")


def zone(facts: MachineFacts) -> Iterator[Finding]:
    """Does the machine know where days end?"""
    if facts.embedded_database and not facts.zone_file:
        yield error(
            "time zone",
            "This machine does not know Asia/Shanghai: the embedded database will not start.",
            "apt-get install tzdata    # as root",
        )
    else:
        yield ok("time zone", "Asia/Shanghai is known.")


def clock(facts: MachineFacts) -> Iterator[Finding]:
    """Does anybody keep it?"""
    if facts.clock_kept is None:
        yield note("clock", "The kernel does not say whether this machine's clock is kept.", "timedatectl")
    elif facts.clock_kept:
        yield ok("clock", "This machine's clock is kept by NTP or the like.")
    else:
        yield warning(
            "clock", "Nobody keeps this machine's clock.", "timedatectl set-ntp true    # as root, or install chrony"
        )


def ports(facts: MachineFacts) -> Iterator[Finding]:
    """Could the services have theirs again?"""
    for name, port in sorted(facts.taken_ports.items()):
        yield warning(
            "ports",
            f"Another program listens on {port}, which is of {name}: its address will change.",
            f"ss -ltnp 'sport = :{port}'    # stop it, then ./firewarden up",
        )
    if not facts.taken_ports:
        yield ok("ports", "Nobody else has our ports.")


def supervisor(facts: MachineFacts) -> Iterator[Finding]:
    """Do the processes run that should?"""
    if not facts.supervisor_recorded:
        yield note("supervisor", "No platform runs here.", "./firewarden up")
        return
    if not facts.supervisor_runs:
        left = [each.name for each in facts.processes if each.alive]
        said = f"It was killed, and left {', '.join(left)} running." if left else "It was killed; nothing of it runs."
        yield error("supervisor", said, UP_AGAIN)
        return
    wrong = False
    for each in facts.processes:
        if each.state == ProcessState.STARTING and each.alive:
            wrong = True
            yield note("supervisor", f"{each.name} is starting.", "./firewarden status    # in a minute")
        elif each.state != ProcessState.RUNNING or not each.alive:
            wrong = True
            yield error("supervisor", f"{each.name} is {each.state}.", f"less {facts.state.root}/logs/{each.name}.log")
        elif each.restarts >= RESTARTS_MANY:
            wrong = True
            yield warning(
                "supervisor",
                f"{each.name} ended by itself {each.restarts} times.",
                f"less {facts.state.root}/logs/{each.name}.log",
            )
    if not wrong:
        yield ok("supervisor", f"All {len(facts.processes)} processes run.")


def leftovers(facts: MachineFacts) -> Iterator[Finding]:
    """Is something left that nobody needs?"""
    stale = facts.state.stale
    if stale:
        shown = ", ".join(path.name for path in stale[:SHOWN_MAX]) + (" …" if len(stale) > SHOWN_MAX else "")
        yield warning(
            "left over",
            f"{len(stale)} files of starts that were broken off: {shown}.",
            "rm -r " + " ".join(str(path) for path in stale[:SHOWN_MAX]),
        )
    else:
        yield ok("left over", "Nothing is left of starts that were broken off.")


RULES: tuple[Callable[[MachineFacts], Iterator[Finding]], ...] = (
    python,
    environment,
    traces,
    state_folder,
    disk,
    packages,
    zone,
    clock,
    ports,
    supervisor,
    leftovers,
)


def judge(facts: MachineFacts) -> list[Finding]:
    """Every rule's findings."""
    return [finding for rule in RULES for finding in rule(facts)]

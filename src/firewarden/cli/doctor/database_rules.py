"""What does it mean, what the database says? Each rule looks at one thing, and says so also where it is well."""

from collections.abc import Callable, Iterator

from firewarden.api.processes import ProcessRow
from firewarden.cli.doctor.database import DatabaseFacts, PlatformFacts, Server
from firewarden.cli.doctor.findings import Finding, error, note, ok, warning
from firewarden.figures.verdict import Condition
from firewarden.store.errors import MigrationMismatchError
from firewarden.store.migrate import load, pending

VERSION_MIN = 150_000
CLOCK_WARNING_S = 2.0
CLOCK_ERROR_S = 60.0
CONNECTIONS_SHARE_MAX = 0.8
BEAT_MAX_S = 5.0
MIGRATE = "firewarden db migrate"


def server(facts: DatabaseFacts, found: Server) -> Iterator[Finding]:
    """Is it one that we can work with?"""
    if found.version < VERSION_MIN:
        yield error(
            "database", f"PostgreSQL {found.version_text} is too old.", "upgrade it to 15 or later; 17 is tested"
        )
    elif found.standby:
        yield error(
            "database", f"{facts.address} is a standby: it takes no writes.", "promote it, or name the primary too"
        )
    else:
        yield ok(
            "database", f"{facts.address} answers: PostgreSQL {found.version_text}, {found.size_bytes / 1e6:.0f} MB."
        )
    if found.timescaledb is not None:
        yield ok("TimescaleDB", f"TimescaleDB {found.timescaledb} is installed.")
    elif found.timescaledb_available:
        yield error("TimescaleDB", "TimescaleDB is there and not installed in this database.", MIGRATE)
    else:
        yield error(
            "TimescaleDB",
            "The server has no TimescaleDB.",
            "install timescaledb for its version, add it to shared_preload_libraries, restart the server",
        )


def durability(_: DatabaseFacts, found: Server) -> Iterator[Finding]:
    """Is kept what is committed?"""
    off = [
        name for name, value in (("fsync", found.fsync), ("full_page_writes", found.full_page_writes)) if value != "on"
    ]
    if off:
        yield error(
            "durability",
            f"{' and '.join(off)} off: a power failure loses what was acknowledged.",
            "; ".join(f"ALTER SYSTEM SET {name} = on" for name in off) + "; SELECT pg_reload_conf()    # in psql",
        )
    else:
        yield ok("durability", "What is committed is on the disk.")


def text(_: DatabaseFacts, found: Server) -> Iterator[Finding]:
    """Does it hold Chinese, and are its sorted indexes still sorted?"""
    if found.encoding != "UTF8":
        yield error(
            "encoding", f"The database is in {found.encoding}.", "make one with ENCODING 'UTF8', and restore into it"
        )
    else:
        yield ok("encoding", "The database is in UTF-8.")
    if found.collation_recorded != found.collation_actual:
        yield warning(
            "collation",
            f"The system's sorting rules changed ({found.collation_recorded} to {found.collation_actual}): indexes of"
            " text may be out of order.",
            "REINDEX DATABASE firewarden; ALTER DATABASE firewarden REFRESH COLLATION VERSION    # in psql",
        )
    else:
        yield ok("collation", "Text is sorted as when its indexes were made.")


def clock(facts: DatabaseFacts, _: Server) -> Iterator[Finding]:
    """Do the two machines agree on the time?"""
    ahead_s = facts.clock_ahead_s
    said = f"The database's clock is {abs(ahead_s):.1f} s {'ahead of' if ahead_s >= 0 else 'behind'} this machine's."
    if abs(ahead_s) > CLOCK_ERROR_S:
        yield error("clocks", said, "timedatectl set-ntp true    # on both, as root")
    elif abs(ahead_s) > CLOCK_WARNING_S:
        yield warning("clocks", said, "timedatectl set-ntp true    # on both, as root")
    else:
        yield ok("clocks", said)


def connections(_: DatabaseFacts, found: Server) -> Iterator[Finding]:
    """Is there room for more?"""
    said = f"{found.connections} of {found.connections_max} connections are in use."
    if found.connections > CONNECTIONS_SHARE_MAX * found.connections_max:
        mend = "SELECT application_name, count(*) FROM pg_stat_activity GROUP BY 1    # in psql: who has them?"
        yield warning("connections", said, mend)
    else:
        yield ok("connections", said)


def migrations(facts: DatabaseFacts, _: Server) -> Iterator[Finding]:
    """Are the tables those of this version, and whole?"""
    try:
        missing = pending(dict(facts.applied), load())
    except MigrationMismatchError as problem:
        yield error("migrations", f"{problem}.", "run the version of Firewarden that the database is of")
        return
    if missing:
        yield error("migrations", f"{len(missing)} are missing, from {missing[0].version:04d}.", MIGRATE)
    else:
        yield ok("migrations", f"All {len(facts.applied)} are applied.")
    if facts.broken_indexes:
        yield warning("indexes", f"Broken off while they were made: {', '.join(facts.broken_indexes)}.", MIGRATE)
    else:
        yield ok("indexes", "All indexes are whole.")


def roles(facts: DatabaseFacts, _: Server) -> Iterator[Finding]:
    """May the processes act as they have to?"""
    absent = [role.name for role in facts.roles if not role.exists]
    foreign = [role.name for role in facts.roles if role.exists and not role.member]
    if absent:
        yield error("roles", f"These do not exist: {', '.join(absent)}.", MIGRATE)
    if foreign:
        yield error(
            "roles", f"The login may not act as {', '.join(foreign)}.", f"GRANT {', '.join(foreign)} TO CURRENT_USER"
        )
    if not absent and not foreign:
        yield ok("roles", "The login may act as every process's role.")


def grafana(facts: DatabaseFacts, _: Server) -> Iterator[Finding]:
    """May Grafana read its views, and nothing else?"""
    found = facts.grafana
    if found is None:
        yield note("grafana", "There is no login for Grafana; none is needed without it.", "firewarden grafana login")
    elif found.powerful or found.others:
        more = ", ".join(found.others) or "more than a reader"
        yield error(
            "grafana", f"Grafana's login is also {more}.", "DROP ROLE fw_grafana_login, then firewarden grafana login"
        )
    elif not found.may_login:
        yield warning("grafana", "Grafana's role may not log in.", "firewarden grafana login")
    else:
        yield ok("grafana", "Grafana's login reads its views and nothing else.")


def grants(platform: PlatformFacts) -> Iterator[Finding]:
    """Has each role the rights of its work?"""
    missing = [f"{grant.role} {grant.privilege} on {grant.object}" for grant in platform.missing_grants]
    if missing:
        mend = "; ".join(f"GRANT {g.privilege} ON {g.object} TO {g.role}" for g in platform.missing_grants)
        yield error("rights", f"Taken away: {', '.join(missing)}.", f"{mend}    # in psql")
    else:
        yield ok("rights", "Each role has the rights of its work.")


def processes(platform: PlatformFacts) -> Iterator[Finding]:
    """Does one of each kind work, and keep up?"""
    found = platform.processes
    for kind in found.missing:
        yield error("processes", f"No {kind} has ever reported.", f"./firewarden up    # or start `firewarden {kind}`")
    for kind in sorted({row.process for row in found.processes}):
        yield from _kind(kind, [row for row in found.processes if row.process == kind])


def _kind(kind: str, rows: list[ProcessRow]) -> Iterator[Finding]:
    mend = f"./firewarden status, then the log of {kind}"
    working = [row for row in rows if row.condition not in {Condition.STANDBY, Condition.STOPPED, Condition.SILENT}]
    if not working:
        last = max(row.seen_at for row in rows)
        yield error("processes", f"No {kind} works; the last report is of {last.isoformat(timespec='seconds')}.", mend)
        return
    for row in working:
        name = f"{kind} {row.worker}"
        if row.condition is Condition.BEHIND:
            yield warning("processes", f"{name} is {row.lag_s or 0.0:.0f} s behind with {row.of}.", mend)
        elif row.condition is Condition.TROUBLED:
            yield warning("processes", f"{name} tries again and again: {', '.join(row.errors)}.", mend)
        else:
            yield ok("processes", f"{name} works, version {row.version}.")


def versions(platform: PlatformFacts) -> Iterator[Finding]:
    """Was an upgrade finished?"""
    stopped = {Condition.STOPPED, Condition.SILENT}
    known = sorted({row.version for row in platform.processes.processes if row.condition not in stopped})
    if len(known) > 1:
        yield warning("versions", f"Processes of several versions work: {', '.join(known)}.", "restart the older ones")
    else:
        yield ok("versions", "All processes that work are of one version.")


def listening(platform: PlatformFacts) -> Iterator[Finding]:
    """Does anybody hear the gateways?"""
    ages = {beat.connection: beat.age_s for beat in platform.beats}
    deaf = [name for name in ("alarm", "bulk") if ages.get(name, BEAT_MAX_S + 1) > BEAT_MAX_S]
    if deaf:
        mend = "see the log of ingest: mqtt_refused, mqtt_connection_lost, database_trouble (docs/logs.md)"
        yield error("listening", f"Nobody listens to gateways: {' and '.join(deaf)}.", mend)
    else:
        yield ok("listening", "Ingest listens to alarms and to all else.")
    silent = platform.silent
    if silent.gateways and silent.silent == silent.gateways:
        yield warning(
            "gateways", f"None of {silent.gateways} gateways is heard.", "the page Gateways; see broker and network"
        )
    else:
        yield ok("gateways", f"{silent.silent} of {silent.gateways} gateways are past their deadline.")


def jobs(platform: PlatformFacts) -> Iterator[Finding]:
    """Does upkeep's work get done?"""
    wrong = False
    for job in platform.jobs:
        failed = job.last is not None and job.last.outcome == "failed"
        if failed or job.overdue:
            wrong = True
            yield warning(
                "jobs", f"{job.name} {'failed' if failed else 'is overdue'}.", f"firewarden upkeep run {job.name}"
            )
    if not wrong:
        yield ok("jobs", f"All {len(platform.jobs)} periodic jobs are done in time.")


def messages(platform: PlatformFacts) -> Iterator[Finding]:
    """Is anything missing, or not understood?"""
    gaps = platform.gaps
    if gaps.open or gaps.given_up:
        yield warning(
            "gaps",
            f"{gaps.open} gaps are open for over 10 minutes, {gaps.given_up} were given up today;"
            f" {gaps.gateways} gateways.",
            "GET /api/v1/gaps, or the page Gateways: which gateways lose messages?",
        )
    else:
        yield ok("gaps", "No message is missing.")
    if platform.quarantined:
        shown = ", ".join(f"{each.reason} {each.messages} of {each.gateways} gateways" for each in platform.quarantined)
        yield warning("quarantine", f"Not understood today: {shown}.", "GET /api/v1/quarantine; mend the gateways")
    else:
        yield ok("quarantine", "Everything that came today was understood.")


OF_DATABASE: tuple[Callable[[DatabaseFacts, Server], Iterator[Finding]], ...] = (
    server,
    durability,
    text,
    clock,
    connections,
    migrations,
    roles,
    grafana,
)
OF_PLATFORM: tuple[Callable[[PlatformFacts], Iterator[Finding]], ...] = (
    grants,
    processes,
    versions,
    listening,
    jobs,
    messages,
)


def judge(facts: DatabaseFacts) -> list[Finding]:
    """Every rule's findings; of a database that does not answer only that."""
    if facts.server is None:
        mend = "start it, or correct FIREWARDEN_DATABASE_URL (postgresql://user:password@host:port/database)"
        return [error("database", f"{facts.address} cannot be asked: {facts.problem}.", mend)]
    found = [finding for rule in OF_DATABASE for finding in rule(facts, facts.server)]
    if facts.platform is not None:
        return found + [finding for rule in OF_PLATFORM for finding in rule(facts.platform)]
    return [*found, error("tables", "The login cannot read the platform's tables.", f"{MIGRATE}, as their owner")]

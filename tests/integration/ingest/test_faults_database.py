"""Whatever the database does, is nothing acknowledged before its commit, and everything stored once afterwards?"""

import asyncio
import secrets

import psycopg
from psycopg import sql
from tests.integration.ingest.faulty import Scene, scene
from tests.integration.ingest.harness import count, fire
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices

END_OURS = (
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND application_name LIKE 'firewarden ingest%'"
)
WAITING_FOR_THE_TABLE = (
    "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'relation' AND query LIKE '%state_change%'"
)


async def _nothing_acknowledged(it: Scene, number: int = 5) -> int:
    """Send while the fault lasts; returns the first number sent, of which none may be acknowledged."""
    first = it.gateway.numbers["alarm"] + 1
    it.send(number)
    await it.arrived(first + number - 1)
    await it.arrived(first + number - 1, "reading")
    return first


def _still_nothing(it: Scene, first: int) -> None:
    assert it.acknowledged_since("alarm", first) == []
    assert it.acknowledged_since("reading", first) == []


async def test_a_database_that_is_down(services: BlockingServices, database: str) -> None:
    """While nobody answers at its address, messages wait; the log says what to look at, and that it is over."""
    async with scene(services, database) as it:
        it.postgres.refusing = True
        it.postgres.cut()
        first = await _nothing_acknowledged(it)
        await it.logged("database_trouble", advice="FIREWARDEN_DATABASE_URL")
        _still_nothing(it, first)
        it.postgres.refusing = False
        await it.all_is_well()
        await it.logged("database_works_again")


async def test_a_slow_database(services: BlockingServices, database: str) -> None:
    """With every packet late, everything is stored late, once, and without an error."""
    async with scene(services, database) as it:
        it.postgres.delay_s = 0.03
        it.send(50)
        await it.gateway.all_stored()
        assert [line for line in it.lines if line["event"] == "database_trouble"] == []
        it.postgres.delay_s = 0.0
        await it.all_is_well()


async def test_a_database_killed_again_and_again(services: BlockingServices, database: str) -> None:
    """Killed in the middle of writing, three times: nothing is lost and nothing doubled."""
    async with scene(services, database) as it:
        for _ in range(3):
            it.send(20)
            await it.arrived(it.gateway.numbers["alarm"])
            services.kill("postgres")
            it.send(20)
            await it.gateway.all_stored()
        await it.all_is_well()


async def test_a_database_out_of_connections(services: BlockingServices, database: str) -> None:
    """Where no connection is left messages wait, and the log says so."""
    name = f"login_{secrets.token_hex(4)}"
    login = sql.Identifier(name)
    with psycopg.connect(database, autocommit=True) as owner:
        owner.execute(sql.SQL("CREATE ROLE {} LOGIN PASSWORD 'x' IN ROLE fw_ingest").format(login))
        try:
            async with scene(services, database, user=name, password="x") as it:  # noqa: S106 - of this test
                owner.execute(sql.SQL("ALTER ROLE {} CONNECTION LIMIT 0").format(login))
                owner.execute(END_OURS)
                first = await _nothing_acknowledged(it)
                await it.logged("database_trouble", advice="out of connections")
                _still_nothing(it, first)
                owner.execute(sql.SQL("ALTER ROLE {} CONNECTION LIMIT -1").format(login))
                await it.all_is_well()
        finally:
            owner.execute(sql.SQL("DROP ROLE {}").format(login))


async def test_a_statement_timeout(services: BlockingServices, database: str) -> None:
    """While somebody locks a table each attempt ends by itself and the next begins; the log says to look for locks."""
    async with scene(services, database, options="-c statement_timeout=200") as it:
        with psycopg.connect(database) as other:
            other.execute("LOCK TABLE state_change, reading IN ACCESS EXCLUSIVE MODE")
            first = await _nothing_acknowledged(it)
            await it.logged("database_trouble", connection="alarm", advice="somebody locks a table")
            await it.logged("database_trouble", connection="bulk", advice="somebody locks a table")
            _still_nothing(it, first)
        await it.all_is_well()


async def test_a_deadlock(services: BlockingServices, database: str) -> None:
    """Ended as the victim of a deadlock, ingest begins that transaction again."""
    async with scene(services, database) as it:
        with psycopg.connect(database) as other, psycopg.connect(database, autocommit=True) as watcher:
            other.execute("SET deadlock_timeout = '1min'")  # so that ingest is the one that looks, and ends
            other.execute("LOCK TABLE state_change IN SHARE MODE")
            it.gateway.send("alarm", fire())
            await until(lambda: count(watcher, WAITING_FOR_THE_TABLE), "ingest, which waits for the table")
            await asyncio.to_thread(other.execute, "SELECT * FROM message_ledger FOR UPDATE")
            other.rollback()
        await it.logged("database_trouble", connection="alarm", reason="deadlock")
        await it.all_is_well()


async def test_a_commit_whose_answer_is_lost(services: BlockingServices, database: str) -> None:
    """Cut between COMMIT and its answer, nobody knows whether it happened: it is done again, and has one effect."""
    async with scene(services, database) as it:
        cuts: list[int] = []
        commits: set[int] = set()

        def on_statement(number: int, data: bytes) -> bytes:
            if b"COMMIT" in data:
                commits.add(number)
            return data

        def on_answer(number: int, data: bytes) -> bytes | None:
            if number in commits and len(cuts) < 4:
                cuts.append(number)
                return None
            return data

        it.postgres.to_server, it.postgres.to_client = on_statement, on_answer
        it.send(10)
        await until(lambda: len(cuts) == 4, "four lost answers")
        await it.all_is_well()
        with psycopg.connect(database) as connection:
            assert count(connection, "SELECT sum(duplicates) FROM message_ledger") > 0


async def test_a_connection_cut_in_the_middle_of_a_copy(services: BlockingServices, database: str) -> None:
    """Half a COPY leaves nothing behind."""
    async with scene(services, database) as it:
        cuts: list[int] = []

        def on_statement(number: int, data: bytes) -> bytes:
            if b"PGCOPY" in data and len(cuts) < 3:
                cuts.append(number)
                return data[: data.index(b"PGCOPY") + 30]
            return data

        it.postgres.to_server = on_statement
        it.send(20)
        await until(lambda: len(cuts) == 3, "three cuts")
        await it.all_is_well()


async def test_a_database_that_says_nothing(services: BlockingServices, database: str) -> None:
    """A connection that is half open is given up: neither its answer nor its end will ever come."""
    async with scene(services, database, answer_timeout_s=0.5) as it:
        it.postgres.stall()
        first = await _nothing_acknowledged(it)
        await it.logged("database_trouble", connection="alarm", advice="hangs")
        await it.logged("database_trouble", connection="bulk", advice="hangs")
        _still_nothing(it, first)
        it.postgres.flow()
        await it.all_is_well()

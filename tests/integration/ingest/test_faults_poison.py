"""Does a message that the database refuses leave the others alone, whatever else goes wrong?"""

import psycopg
from tests.integration.ingest.faulty import Scene, scene
from tests.integration.ingest.harness import count, fire
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices


def _refuse(database: str, numbers: str) -> None:
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(f"ALTER TABLE state_change ADD CHECK (seq NOT IN ({numbers}))")  # pyright: ignore[reportArgumentType, reportCallIssue]


async def _in_one_batch(it: Scene, number: int) -> None:
    """Let so many alarms wait for the database, which they then meet together."""
    it.postgres.refusing = True
    it.postgres.cut()
    first = it.gateway.numbers["alarm"] + 1
    for _ in range(number):
        it.gateway.send("alarm", fire())
    await it.arrived(first + number - 1)
    await it.logged("database_trouble")


def _stored(database: str) -> tuple[list[int], list[int]]:
    """Numbers of the states that are stored, and of the messages in quarantine."""
    with psycopg.connect(database) as connection:
        states = [int(seq) for (seq,) in connection.execute("SELECT seq FROM state_change ORDER BY seq").fetchall()]
        refused = connection.execute(
            "SELECT (convert_from(payload, 'UTF8')::jsonb ->> 'seq')::int FROM quarantine"
            " WHERE reason = 'refused_by_database' ORDER BY 1"
        ).fetchall()
    return states, [int(seq) for (seq,) in refused]


async def test_poison_in_the_middle_of_a_batch(services: BlockingServices, database: str) -> None:
    """Three refused messages of forty go to quarantine, the others are stored, all are acknowledged in order."""
    async with scene(services, database) as it:
        _refuse(database, "7, 20, 21")
        await _in_one_batch(it, 40)
        it.postgres.refusing = False
        await it.gateway.all_stored()
        assert _stored(database) == ([seq for seq in range(1, 42) if seq not in {7, 20, 21}], [7, 20, 21])
        assert it.witness.wrong == []


async def test_poison_and_a_failing_database(services: BlockingServices, database: str) -> None:
    """The database fails again and again while the refused message is looked for: one effect, one quarantine row."""
    async with scene(services, database) as it:
        _refuse(database, "7, 20")
        await _in_one_batch(it, 40)
        commits: list[int] = []

        def on_statement(number: int, data: bytes) -> bytes | None:
            if b"COMMIT" in data:
                commits.append(number)
                if len(commits) in {2, 4, 5, 8}:
                    return None
            return data

        it.postgres.to_server = on_statement
        it.postgres.refusing = False
        await it.gateway.all_stored()
        assert len(commits) > 8
        assert _stored(database) == ([seq for seq in range(1, 42) if seq not in {7, 20}], [7, 20])
        assert it.witness.wrong == []


async def test_a_fire_beside_a_refused_fact(services: BlockingServices, database: str) -> None:
    """Of a refused message every fact is stored that can be; quarantine says how many could not, and why."""
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute("ALTER TABLE operator_action ADD CONSTRAINT no_strangers CHECK (operator <> 'stranger')")
        connection.execute("ALTER TABLE state_change ADD CONSTRAINT no_tests CHECK (state <> 'test')")
        action = {"kind": "action", "at": fire()["at"], "action": "confirm", "operator": "stranger"}
        async with scene(services, database) as it:
            it.gateway.send(
                "alarm", action, fire(), fire(set=["test"]), fire(point="new/1"), {**action, "operator": "3"}
            )
            await it.gateway.all_stored()
            states = connection.execute(
                "SELECT state::text, seq FROM state_change WHERE seq > 1 ORDER BY id"
            ).fetchall()
            assert states == [("fire", 2), ("fire", 2)]
            assert count(connection, "SELECT count(*) FROM operator_action") == 1
            assert count(connection, "SELECT count(*) FROM point p JOIN state_change s ON s.point_id = p.id") == 3
            [(detail,)] = connection.execute("SELECT detail FROM quarantine").fetchall()
            assert detail.startswith("2 of 5 facts were refused, the others are stored")
            assert "no_strangers" in detail
            assert "no_tests" in detail
            assert it.witness.wrong == []


async def test_a_gateway_deleted_while_it_speaks(services: BlockingServices, database: str) -> None:
    """What is remembered of the register is forgotten when it no longer holds: nothing stops, nothing is blamed."""
    async with scene(services, database) as it:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(
                "TRUNCATE message_ledger, gateway_liveness, resend_request, state_change, reading CASCADE;"
                " DELETE FROM point; DELETE FROM gateway"
            )
            it.gateway.send("alarm", fire())
            unknown = "SELECT count(*) FROM quarantine WHERE reason = 'unknown_gateway'"
            await until(lambda: count(connection, unknown), "the message of a gateway that was deleted")
            assert count(connection, "SELECT count(*) FROM quarantine WHERE reason = 'refused_by_database'") == 0
            assert it.acknowledged_since("alarm", 2) != []


async def test_a_ledger_row_that_was_cleaned_up(services: BlockingServices, database: str) -> None:
    """A stream whose row was deleted, although it was remembered, begins again: the process does not end over it."""
    async with scene(services, database) as it:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("TRUNCATE message_ledger CASCADE")
            it.gateway.boot = "b2"
            it.gateway.numbers = dict.fromkeys(it.gateway.numbers, 0)
            it.send(2)
            await it.gateway.all_stored()
            it.gateway.boot = "b1"
            it.gateway.numbers["alarm"] = 0
            it.gateway.told["alarm"] = 0
            it.gateway.send("alarm", fire())
            await it.gateway.all_stored()
            assert count(connection, "SELECT count(*) FROM message_ledger WHERE boot = 'b1'") == 1

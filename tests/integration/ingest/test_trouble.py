"""When the database is the one that is wrong, is it waited for, and nothing blamed on the messages?"""

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict
from tests.integration.city import GATEWAY, admit, register_venue
from tests.integration.ingest.harness import count, fire, gateway, ingest, message, told
from tests.integration.polling import until

from firewarden.deploy.services import BlockingServices

ALARM = f"fire/v1/{GATEWAY}/alarm"


async def test_a_missing_column_is_not_the_messages_fault(services: BlockingServices, database: str) -> None:
    """While an upgrade goes wrong alarms wait; after the repair they are stored, and none is in quarantine."""
    register_venue(database)
    admit(services, GATEWAY)
    async with ingest(services, database), gateway(services) as client:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute("ALTER TABLE state_change RENAME COLUMN sent_at TO sent")
            await client.publish(ALARM, message(1, fire()), qos=1)
            failed = "SELECT xact_rollback FROM pg_stat_database WHERE datname = current_database()"
            before = count(connection, failed)
            await until(lambda: count(connection, failed) > before, "a refused attempt")
            connection.execute("ALTER TABLE state_change RENAME COLUMN sent TO sent_at")
            await told(client, alarm=1)
            assert count(connection, "SELECT count(*) FROM state_change") == 1
            assert count(connection, "SELECT count(*) FROM quarantine") == 0


async def test_a_read_only_database_is_waited_for(services: BlockingServices, database: str) -> None:
    """After a failover to a server that may not write yet, everything is stored once it may."""
    register_venue(database)
    admit(services, GATEWAY)
    name = sql.Identifier(str(conninfo_to_dict(database)["dbname"]))
    async with ingest(services, database), gateway(services) as client:
        with psycopg.connect(database, autocommit=True) as connection:
            connection.execute(sql.SQL("ALTER DATABASE {} SET default_transaction_read_only = on").format(name))
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE 'firewarden ingest%'"
            )
            await client.publish(ALARM, message(1, fire()), qos=1)
            waiting = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'firewarden ingest%'"
            await until(lambda: count(connection, waiting), "a new connection")
            connection.execute(sql.SQL("ALTER DATABASE {} RESET default_transaction_read_only").format(name))
            connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND application_name LIKE 'firewarden ingest%'"
            )
            await told(client, alarm=1)
            assert count(connection, "SELECT count(*) FROM state_change") == 1


async def test_a_point_of_a_refused_message_is_found_again(services: BlockingServices, database: str) -> None:
    """A point whose first message was rolled back gets a row of its own with the next one: no fact names a ghost."""
    register_venue(database)
    admit(services, GATEWAY)
    with psycopg.connect(database) as connection:
        connection.execute("ALTER TABLE state_change ADD CHECK (state <> 'test')")
    action = {"kind": "action", "at": fire()["at"], "action": "confirm", "operator": "1"}
    async with ingest(services, database), gateway(services) as client:
        await client.publish(ALARM, message(1, action, fire(point="new/1", set=["test"])), qos=1)
        await told(client, alarm=1)
        await client.publish(ALARM, message(2, fire(point="new/1")), qos=1)
        await told(client, alarm=2)
    with psycopg.connect(database) as connection:
        assert count(connection, "SELECT count(*) FROM quarantine WHERE reason = 'refused_by_database'") == 1
        assert count(connection, "SELECT count(*) FROM state_change s JOIN point p ON p.id = s.point_id") == 1
        assert count(connection, "SELECT count(*) FROM operator_action") == 1

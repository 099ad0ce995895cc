"""Does a process find the server that may write, and keep what must not be changed?"""

from psycopg.conninfo import conninfo_to_dict

from firewarden.store.database import Role, conninfo

SEVERAL = "postgresql://fw:x@db1:5432,db2:5433/firewarden"


def _parts(url: str) -> dict[str, object]:
    return dict(conninfo_to_dict(conninfo(url, Role.INGEST, name="test")))


def test_of_several_servers_the_one_that_may_write_is_asked_for() -> None:
    """Both are kept, in order, and a standby among them is passed by."""
    parts = _parts(SEVERAL)
    assert (parts["host"], parts["port"]) == ("db1,db2", "5432,5433")
    assert parts["target_session_attrs"] == "read-write"


def test_what_the_address_says_itself_is_kept() -> None:
    """Who names another kind of server gets it; a single server is not asked what it may do."""
    assert _parts(f"{SEVERAL}?target_session_attrs=primary")["target_session_attrs"] == "primary"
    assert "target_session_attrs" not in _parts("postgresql://fw:x@db1/firewarden")


def test_timeouts_may_be_chosen_and_the_contract_may_not() -> None:
    """The last of two equal options counts: the address's own timeout wins, its synchronous_commit does not."""
    url = "postgresql://fw:x@db1/firewarden?options=-c%20statement_timeout%3D5000%20-c%20synchronous_commit%3Doff"
    options = str(_parts(url)["options"])
    assert options.index("statement_timeout=30000") < options.index("statement_timeout=5000")
    assert options.index("synchronous_commit=off") < options.index("synchronous_commit=on")
    assert options.index("statement_timeout=5000") < options.index("role=fw_ingest")
